//! Values of a program at points that come block by block and are seen once.
//!
//! In: a program whose features are columns as they are ([`Program::stream`]), blocks of columns.
//! Out: its first output, a block at a time.

use super::block::Registers;
use super::pass::Level;
use crate::law::program::{Operand, Program};

/// Points a block.
pub const BLOCK: usize = 128;

/// Runs a program; each worker has its own.
#[derive(Debug)]
pub struct Stream<'a> {
    program: &'a Program,
    /// The columns that the features are.
    features: Vec<usize>,
    registers: Registers,
}

impl<'a> Stream<'a> {
    /// A worker.
    pub fn new(program: &'a Program) -> Stream<'a> {
        let (mut registers, mut values) = (Registers::default(), Vec::new());
        registers.reserve(program.registers, BLOCK);
        program.scalars(&[], &mut values, &mut registers.scalars);
        let features = program.features(|column| column as usize, |_, _, _| 0);
        Stream { program, features, registers }
    }

    /// The values at the first `count` points of the columns, at most [`BLOCK`]; there is at least
    /// one column.
    pub fn values(&mut self, columns: &[Vec<f64>], count: usize) -> &[f64] {
        let all = self.features.iter().map(|&k| &columns[k][..count]);
        let mut views: Vec<&[f64]> = all.collect();
        if views.is_empty() {
            views.push(&columns[0][..count]);
        }
        execute(self.program, &views, &mut self.registers);
        let Registers { registers, scalars, spread } = &mut self.registers;
        match self.program.outputs[0] {
            Operand::Register(i) => &registers[i as usize][..count],
            Operand::Feature(i) => {
                spread[0][..count].copy_from_slice(views[i as usize]);
                &spread[0][..count]
            }
            Operand::Scalar(i) => {
                spread[0].fill(scalars[i as usize]);
                &spread[0][..count]
            }
        }
    }
}

/// Runs all instructions on a block, compiled for what this processor has.
pub(super) fn execute(program: &Program, columns: &[&[f64]], registers: &mut Registers) {
    match Level::get() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Level::get` has seen that this processor has the features.
        Level::Avx512 => unsafe { execute_avx512(program, columns, registers) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { execute_avx2(program, columns, registers) },
        Level::Portable => registers.run::<{ cfg!(target_arch = "aarch64") }>(
            &program.instructions,
            columns,
            &[],
            &mut [],
        ),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
fn execute_avx512(program: &Program, columns: &[&[f64]], registers: &mut Registers) {
    registers.run::<true>(&program.instructions, columns, &[], &mut []);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn execute_avx2(program: &Program, columns: &[&[f64]], registers: &mut Registers) {
    registers.run::<true>(&program.instructions, columns, &[], &mut []);
}
