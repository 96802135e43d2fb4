//! Row loops compiled for each instruction set, and the best one chosen at run time.
//!
//! In: a [`Kernel`]. Out: what it gives. Which set ran changes the last digits at most (fused multiply-add).

use std::sync::OnceLock;

/// Work that is worth an instruction set of its own.
pub(crate) trait Kernel {
    /// What it gives.
    type Output;

    /// The work; `FMA` says whether the set has fused multiply-add. To be `#[inline(always)]`, with all that it
    /// calls: what is not inlined is compiled for any processor.
    fn run<const FMA: bool>(self) -> Self::Output;
}

/// Runs a kernel by the best instruction set of this processor.
#[inline]
pub(crate) fn best<K: Kernel>(kernel: K) -> K::Output {
    match Level::get() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `Level::best` has seen that this processor has the features.
        Level::Avx512 => unsafe { avx512(kernel) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { avx2(kernel) },
        Level::Portable => kernel.run::<{ cfg!(target_arch = "aarch64") }>(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<true>()
}

/// Instruction sets that kernels are compiled for.
#[derive(Debug, Clone, Copy)]
enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

static LEVEL: OnceLock<Level> = OnceLock::new();

impl Level {
    /// The best that this processor has.
    fn get() -> Level {
        *LEVEL.get_or_init(Level::best)
    }

    fn best() -> Level {
        #[cfg(target_arch = "x86_64")]
        {
            let fused = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if fused
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
            {
                return Level::Avx512;
            }
            if fused {
                return Level::Avx2;
            }
        }
        Level::Portable
    }
}

/// The instruction set in use, for reports.
pub fn instruction_set() -> &'static str {
    match Level::get() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => "AVX-512",
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => "AVX2",
        Level::Portable => std::env::consts::ARCH,
    }
}
