//! The CPU anchor: a fixed piece of work whose time tells the machine's speed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::model::Share;

/// How often the work is repeated.
const REPETITIONS: u32 = 40;

/// Steps of one repetition, about 0.5 ms of an optimised build on a server CPU of 2024. Never
/// changed without a new baseline schema: the times of two runs are compared.
const STEPS: u32 = 78_000;

/// Words of the table the work reads, 16 KiB: it stays in the innermost cache.
const TABLE: usize = 2048;

/// Times a fixed CPU kernel of about 20 ms and returns the time it would take if every repetition
/// went as well as the best: 40 times the shortest of 40 repetitions of about 0.5 ms.
///
/// The amount of work is fixed, so the time differs between machines and between debug and
/// optimised builds (half as long again); only times of the same build profile are compared.
///
/// The shortest repetition leaves scheduling out: with other processes on every core some of the 40
/// still run undisturbed, because 0.5 ms is less than a scheduler's time slice. What remains is
/// the speed of the core itself: its clock under the present load, a busy sibling thread, an
/// emulated CPU. A container's quota, which lets work run at full speed and then stops it, is left
/// out as well; that is read by [`super::StealMeter::throttled`] and stands in the machine class.
#[must_use]
pub fn cpu_kernel() -> CpuKernel {
    let table = table();
    let begun = Instant::now();
    let shortest = (0..REPETITIONS)
        .map(|repetition| {
            let started = Instant::now();
            black_box(work(black_box(&table), black_box(u64::from(repetition))));
            started.elapsed()
        })
        .min();
    let time = shortest.unwrap_or_default() * REPETITIONS;
    let whole = begun.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
    CpuKernel { time, crowding: Share::new(1.0 - time.as_secs_f64() / whole) }
}

/// What the CPU kernel tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CpuKernel {
    /// 40 times the shortest repetition.
    pub time: Duration,
    /// The share of the time in which the kernel was not running although it could have: other
    /// processes had the CPU. Next to 0 on a machine that has a core to spare.
    pub crowding: Share,
}

/// One repetition. Each step hangs on the one before it through a multiplication, a load, a
/// division of floats and a branch that cannot be foreseen: the kinds of work a service does, none
/// of which can be done for several steps at a time or left out.
fn work(table: &[u64; TABLE], seed: u64) -> (u64, f64) {
    let mut state = seed | 1;
    let mut level = 1.0_f64;
    for _ in 0..STEPS {
        state = state.wrapping_mul(0x2545_F491_4F6C_DD1D).rotate_left(29);
        state ^= table[(state >> 40) as usize % TABLE];
        if state & 0x100 == 0 {
            level = (level + (state >> 56) as f64) / (level + 1.5);
        } else {
            state = state.wrapping_add(level.to_bits());
        }
    }
    (state, level)
}

/// The same numbers everywhere: the `SplitMix64` sequence from 0.
fn table() -> [u64; TABLE] {
    let mut state = 0_u64;
    std::array::from_fn(|_| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_published_sequence() {
        assert_eq!(table()[..2], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }

    #[test]
    fn the_work_is_the_same_every_time_and_everywhere() {
        let (state, level) = work(&table(), 1);
        assert_eq!((state, level.to_bits()), (0xdba3_d07e_a517_ae3b, 0x4042_4e34_adc5_d05e));
    }

    #[test]
    fn a_kernel_takes_time() {
        let CpuKernel { time, crowding } = cpu_kernel();
        assert!(time > Duration::ZERO);
        assert!((0.0..1.0).contains(&crowding.get()));
    }
}
