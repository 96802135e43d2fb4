//! Values of a program at points that come block by block and are seen once.
//!
//! In: a program whose features are columns as they are ([`Program::stream`]), blocks of columns.
//! Out: its first output, a block at a time.

use super::block::Registers;
use super::level::{Kernel, best};
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

/// Runs all instructions on a block.
pub(super) fn execute(program: &Program, columns: &[&[f64]], registers: &mut Registers) {
    best(Block { program, columns, registers });
}

struct Block<'a> {
    program: &'a Program,
    columns: &'a [&'a [f64]],
    registers: &'a mut Registers,
}

impl Kernel for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        self.registers.run::<FMA>(&self.program.instructions, self.columns, &[], &mut []);
    }
}
