//! A neighbour on the machine: a thread that spins on one core in seeded random intervals.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Shortest and longest interval, of spinning and of rest alike. A short round with its anchors
/// lasts about as long, so that some rounds are hit as a whole, some in part and some not.
const SHORTEST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_millis(1800);

/// Spins until dropped.
pub(crate) struct Hog {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Hog {
    /// Starts the thread; `seed` fixes the intervals.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(seed: u64) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("hog".to_owned())
            .spawn(move || run(seed, &stopped))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Hog {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // However the thread ended, it has ended.
            drop(thread.join());
        }
    }
}

fn run(seed: u64, stopped: &AtomicBool) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut spins = random.next_u64() & 1 == 0;
    while !stopped.load(Ordering::Relaxed) {
        let end = Instant::now() + interval(&mut random);
        while Instant::now() < end && !stopped.load(Ordering::Relaxed) {
            if spins {
                (0..10_000_u64).for_each(|step| _ = black_box(step.wrapping_mul(step)));
            } else {
                std::thread::park_timeout(end.saturating_duration_since(Instant::now()));
            }
        }
        spins = !spins;
    }
}

fn interval(random: &mut Xoshiro256PlusPlus) -> Duration {
    let uniform = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    SHORTEST + LONGEST.saturating_sub(SHORTEST).mul_f64(uniform)
}
