//! Every law's kernels are WGSL that validates; a few are kept as snapshots. No device is needed.

use std::sync::Arc;

use mixlaw::engine::gpu::{Kernel, Layout, Shape, surface_source};
use mixlaw::problem::{Forms, Loss, Objective, Residual, Surface};

use crate::planted::{laws, model};
use crate::support::{file, huber, law};

pub(crate) fn validate(source: &str, what: &str) {
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{what}: {}", error.emit_to_string(source)));
    let flags = naga::valid::ValidationFlags::all();
    let capabilities = naga::valid::Capabilities::empty();
    naga::valid::Validator::new(flags, capabilities)
        .validate(&module)
        .unwrap_or_else(|error| panic!("{what}: {}", error.emit_to_string(source)));
}

#[test]
fn all_kernels_of_all_laws_validate() {
    let mut checked = 0;
    for law in laws() {
        for domains in [3, 17] {
            let model = model(&law, domains);
            for residual in [Residual::Raw, Residual::Log, Residual::Relative] {
                for loss in [Loss::Squared, Loss::Huber { delta: 1e-3 }] {
                    let objective = Objective { residual, loss };
                    let forms = Forms::new(Arc::clone(&model), objective);
                    let small = model.parameters.len() <= 12;
                    let layouts = [Layout::Lane, Layout::Group { tile: 16 }];
                    for layout in layouts.into_iter().skip(usize::from(!small)) {
                        let what = format!("{} {domains} {objective:?} {layout:?}", law.name);
                        let kernel = Kernel::with_layout(&forms, Shape::default(), layout)
                            .unwrap_or_else(|why| panic!("{what}: {why}"));
                        validate(&kernel.source, &what);
                        checked += 1;
                    }
                }
            }
        }
    }
    assert!(checked >= 26 * 2 * 6, "{checked}");
}

#[test]
fn the_surfaces_of_all_laws_validate() {
    for law in laws() {
        for domains in [3, 17] {
            let surface = Surface::new(&model(&law, domains), Some(1));
            let surface = surface.unwrap_or_else(|error| panic!("{}: {error}", law.name));
            let source = surface_source(&surface).unwrap_or_else(|why| panic!("{why}"));
            validate(&source, &format!("surface of {} {domains}", law.name));
            assert_eq!(source.matches("surface[base + ").count(), 1 + domains, "{}", law.name);
        }
    }
}

#[test]
fn a_surface_needs_the_domain_that_r_stands_for() {
    let Err(error) = Surface::new(&model(&law("bimix"), 3), None) else { panic!("no domain") };
    assert!(error.to_string().contains("--own"), "{error}");
}

/// The function `look` of a kernel: all that a law decides.
fn look(source: &str) -> &str {
    let start = source.find("fn look(").unwrap_or_else(|| panic!("no `look` in {source}"));
    let length = source[start..].find("\n}\n").unwrap_or_else(|| panic!("`look` has no end"));
    &source[start..start + length + 3]
}

/// Text that no change may alter unseen. MIXLAW_BLESS=1 writes it anew.
#[test]
fn kernels_are_as_they_were() {
    let raw = Objective::default();
    let cases = [
        ("bimix", 3, raw, Layout::Lane),
        ("chinchilla", 0, huber(Residual::Log, 1e-3), Layout::Lane),
        ("mixing-exp", 3, raw, Layout::Group { tile: 16 }),
    ];
    for (name, domains, objective, layout) in cases {
        let forms = Forms::new(model(&law(name), domains), objective);
        let kernel = Kernel::with_layout(&forms, Shape::default(), layout)
            .unwrap_or_else(|why| panic!("{why}"));
        let path = file(&format!("tests/gpu/snapshots/{name}.wgsl"));
        if std::env::var_os("MIXLAW_BLESS").is_some() {
            std::fs::write(&path, look(&kernel.source)).unwrap_or_else(|error| panic!("{error}"));
        }
        let known = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
        assert!(
            look(&kernel.source) == known,
            "{name}: run with MIXLAW_BLESS=1 and look at the change"
        );
    }
}
