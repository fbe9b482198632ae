//! The machine, as the engine asks for it.

use std::time::Duration;

use crate::host::{CpuKernel, StealMeter, cpu_kernel};
use crate::load::Machine;
use crate::model::Share;

/// This machine.
pub(super) struct ThisMachine {
    meter: StealMeter,
}

impl ThisMachine {
    pub(super) fn new() -> Self {
        Self { meter: StealMeter::start() }
    }
}

impl Machine for ThisMachine {
    fn cpu_kernel(&mut self) -> (Duration, Share) {
        let CpuKernel { time, crowding } = cpu_kernel();
        (time, crowding)
    }

    /// What the hypervisor took or the container's quota held back, whichever is more: to who
    /// measures, both are time in which nothing ran.
    fn steal(&mut self) -> Share {
        let (stolen, throttled) = (self.meter.steal(), self.meter.throttled());
        self.meter = StealMeter::start();
        Share::new(stolen.get().max(throttled.get()))
    }
}
