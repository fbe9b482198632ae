//! Rounds of both services in alternation, one of them at a time.

use super::side::Side;
use crate::commands::context::Context;
use crate::commands::error::CommandError;
use crate::commands::measurement::{Measured, Measurement};
use crate::commands::run;
use crate::load::Shutdown;
use crate::model::{Block, Plan};
use crate::ui::{Printer, Progress};

/// Which of the two goes first, pair by pair: ABBA, then BAAB, so that whatever drifts during the
/// measurement hits both sides alike.
const FIRST: [usize; 4] = [0, 1, 1, 0];

/// Both services while they are measured.
pub(super) struct Alternation<'a> {
    plans: &'a [Plan; 2],
    sides: &'a mut [Side; 2],
    measurements: [Measurement<'a>; 2],
    shutdown: Shutdown,
}

/// Starts what is to be started and measures every pair. What was begun is ended in any case.
pub(super) fn measure(
    plans: &[Plan; 2],
    sides: &mut [Side; 2],
    context: &Context,
    printer: &mut Printer,
    shutdown: &Shutdown,
) -> Result<[Measured; 2], CommandError> {
    for (side, plan) in sides.iter_mut().zip(plans) {
        side.start(plan, shutdown)?;
    }
    let mut begin = |index: usize| {
        let begun = Measurement::begin(&plans[index], context, printer, shutdown.clone());
        begun.map_err(|error| sides[index].explained(error))
    };
    let base = begin(0)?;
    let head = match begin(1) {
        Ok(head) => head,
        Err(error) => return Err(run::stopped(base, error, printer)),
    };
    let measurements = [base, head];
    let mut both = Alternation { plans, sides, measurements, shutdown: shutdown.clone() };
    let outcome = both.all_pairs(printer);
    let [base, head] = both.measurements;
    match outcome {
        Ok(()) => {
            // Both clean up, whatever becomes of the other.
            let (base, head) = (base.end(printer), head.end(printer));
            Ok([base?, head?])
        }
        Err(error) => {
            let error = run::stopped(base, error, printer);
            Err(run::stopped(head, error, printer))
        }
    }
}

impl<'a> Alternation<'a> {
    fn all_pairs(&mut self, printer: &Printer) -> Result<(), CommandError> {
        self.warm_up(printer)?;
        let of = self.plans[0].rounds.get();
        for number in 1..=of {
            if of > 1 && number == of / 2 + 1 {
                self.restart(printer)?;
            }
            let mut redone = 0;
            while !self.pair(number, of, printer)? && redone < self.redos() {
                redone += 1;
            }
        }
        Ok(())
    }

    /// How often a pair may be redone that does not count.
    fn redos(&self) -> u32 {
        let [base, head] = &self.measurements;
        base.redos(Block::First).min(head.redos(Block::First))
    }

    fn warm_up(&mut self, printer: &Printer) -> Result<(), CommandError> {
        for index in [0, 1] {
            self.on_turn(index, printer, Measurement::warm_up)?;
        }
        Ok(())
    }

    /// Measures one round of each; says whether both count.
    fn pair(&mut self, number: u32, of: u32, printer: &Printer) -> Result<bool, CommandError> {
        let first = FIRST[(number as usize - 1) % FIRST.len()];
        let mut counts = true;
        for index in [first, 1 - first] {
            counts &= self.on_turn(index, printer, |measurement| {
                measurement.round(Block::First, number, of, None)
            })?;
            self.sides[index].check(&self.plans[index])?;
        }
        Ok(counts)
    }

    /// Starts the services anew, so that one process's luck is not taken for the code's doing.
    fn restart(&mut self, printer: &Printer) -> Result<(), CommandError> {
        let started: Vec<usize> =
            [0, 1].into_iter().filter(|index| self.sides[*index].has_command()).collect();
        for &index in &started {
            self.on_turn(index, printer, Measurement::clean_up)?;
            self.sides[index].stop();
        }
        for &index in &started {
            self.sides[index].start(&self.plans[index], &self.shutdown)?;
            let shutdown = self.shutdown.clone();
            let connected = self.on_turn(index, printer, |it| it.reconnect(shutdown));
            connected.map_err(|error| self.sides[index].explained(error))?;
            self.on_turn(index, printer, Measurement::warm_up)?;
        }
        Ok(())
    }

    /// Lets one side work while its progress, and that of no other, is shown.
    fn on_turn<T>(
        &mut self,
        index: usize,
        printer: &Printer,
        work: impl FnOnce(&mut Measurement<'a>) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let measurement = &mut self.measurements[index];
        measurement.watch(printer.progress());
        let outcome = work(measurement);
        measurement.watch(Progress::silent());
        outcome
    }
}
