//! Being asked to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::model::ExitStatus;

/// A request to stop, shared by everything that works. Cheap to ask.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// The first signal: 0 for none.
    first: AtomicU8,
    /// Whether there was a second one while somebody held the end up.
    insisted: AtomicBool,
    /// How many hold the end up.
    holds: AtomicU32,
}

/// Somebody who ends by itself at once when a second signal comes, and has something to say
/// before. Until it is dropped.
#[derive(Debug)]
pub(crate) struct Hold(Arc<State>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.holds.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How often a signal is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// The signal that asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: the terminal was closed, or its connection lost.
    HangUp,
}

impl Signal {
    /// How a process ends that was stopped by it.
    #[must_use]
    pub fn exit_status(self) -> ExitStatus {
        match self {
            Self::Interrupt => ExitStatus::Interrupted,
            Self::Terminate => ExitStatus::Terminated,
            Self::HangUp => ExitStatus::HungUp,
        }
    }
}

impl Shutdown {
    /// Asks to stop. The first signal is the one that is remembered; `false` says that there was
    /// one before.
    #[must_use]
    pub fn ask(&self, signal: Signal) -> bool {
        let number = match signal {
            Signal::Interrupt => 1,
            Signal::Terminate => 2,
            Signal::HangUp => 3,
        };
        self.0.first.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// The signal that asked to stop, if one has.
    #[must_use]
    pub fn asked(&self) -> Option<Signal> {
        match self.0.first.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Signal::Interrupt),
            2 => Some(Signal::Terminate),
            _ => Some(Signal::HangUp),
        }
    }

    /// Insists on stopping, after [`Self::ask`] told that there was a signal before. Whether
    /// somebody sees to it; if not, or if it was insisted before, the process should be ended.
    #[must_use]
    pub fn insist(&self) -> bool {
        self.0.holds.load(Ordering::Relaxed) > 0 && !self.0.insisted.swap(true, Ordering::Relaxed)
    }

    /// Whether a second signal said that nothing is to be waited for any more.
    #[must_use]
    pub fn insisted(&self) -> bool {
        self.0.insisted.load(Ordering::Relaxed)
    }

    /// Promises to end by itself at once when a second signal comes.
    pub(crate) fn hold(&self) -> Hold {
        self.0.holds.fetch_add(1, Ordering::Relaxed);
        Hold(Arc::clone(&self.0))
    }

    /// Waits for a first signal.
    pub(crate) async fn first(&self) {
        while self.asked().is_none() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits for a second signal.
    pub(crate) async fn second(&self) {
        while !self.insisted() {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// How long after a signal a SIGTERM or SIGHUP is still the same request. `timeout` and some process
/// managers signal the process and then its group, and a closed terminal is told by the shell and by the
/// system, so that one wish to stop comes twice. Ctrl-C comes once.
const ECHO: Duration = Duration::from_millis(300);

/// Listens for Ctrl-C, SIGTERM and SIGHUP on a thread of its own until the process ends. The first asks
/// `shutdown`; the second calls `at_once`, which should end the process, unless somebody holds it up
/// to say what is left; the third always does. A SIGTERM or SIGHUP within 0.3 s of
/// the first signal belongs to it. A SIGHUP that the process was started to ignore (`nohup`) stays ignored.
///
/// # Errors
/// When the system refuses the thread or the handlers.
pub fn listen(
    shutdown: Shutdown,
    at_once: impl Fn(Signal) + Send + 'static,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let guard = runtime.enter();
    let mut signals = Signals::new()?;
    drop(guard);
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            let mut first = None;
            loop {
                let signal = signals.next().await;
                let now = Instant::now();
                if shutdown.ask(signal) {
                    first = Some(now);
                } else if !is_echo(first, signal, now) && !shutdown.insist() {
                    at_once(signal);
                }
            }
        });
    })?;
    Ok(())
}

/// Whether a signal at `now` is still the one that came `first`.
fn is_echo(first: Option<Instant>, signal: Signal, now: Instant) -> bool {
    signal != Signal::Interrupt && first.is_some_and(|first| now.duration_since(first) < ECHO)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// Absent where whoever started the process has it ignored.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: if ignores_hang_up() { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    async fn next(&mut self) -> Signal {
        let hung_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = hung_up => Signal::HangUp,
        }
    }
}

/// Whether the process was started with SIGHUP ignored, where the system tells.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| is_hang_up_ignored(&status))
}

/// Whether the first bit is set of `SigIgn` in the text of `/proc/self/status`: SIGHUP has number 1.
#[cfg(unix)]
fn is_hang_up_ignored(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        // Without a handler there is nothing to wait for; the system's default ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_is_remembered_and_the_second_is_told_so() {
        let shutdown = Shutdown::default();
        assert_eq!(shutdown.asked(), None);
        assert!(shutdown.ask(Signal::Terminate));
        assert!(!shutdown.clone().ask(Signal::Interrupt));
        assert_eq!(shutdown.asked(), Some(Signal::Terminate));
    }

    #[test]
    fn a_signal_that_comes_twice_at_once_is_one() {
        let first = Instant::now();
        let at_once = first + Duration::from_micros(20);
        assert!(is_echo(Some(first), Signal::Terminate, at_once));
        assert!(is_echo(Some(first), Signal::HangUp, at_once));
        assert!(!is_echo(Some(first), Signal::Terminate, first + ECHO), "who asks again means it");
        assert!(!is_echo(Some(first), Signal::Interrupt, at_once), "who presses twice means it");
        assert!(!is_echo(None, Signal::Terminate, first), "asked by somebody else");
    }

    #[test]
    fn each_signal_is_remembered_as_what_it_was() {
        for signal in [Signal::Interrupt, Signal::Terminate, Signal::HangUp] {
            let shutdown = Shutdown::default();
            assert!(shutdown.ask(signal));
            assert_eq!(shutdown.asked(), Some(signal));
        }
        assert_eq!(Signal::HangUp.exit_status().code(), 128 + 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_was_started_to_outlive_its_terminal_does() {
        let status = |mask: &str| format!("Name:\tperfbase\nSigBlk:\t1\nSigIgn:\t{mask}\n");
        assert!(is_hang_up_ignored(&status("0000000000001001")));
        assert!(!is_hang_up_ignored(&status("0000000000001000")));
        assert!(!is_hang_up_ignored(""));
    }

    #[test]
    fn the_second_signal_is_left_to_whoever_holds_the_end_up_and_the_third_to_nobody() {
        let shutdown = Shutdown::default();
        assert!(!shutdown.insist() && !shutdown.insisted());
        let hold = shutdown.hold();
        assert!(shutdown.insist() && shutdown.insisted());
        assert!(!shutdown.insist(), "the third");
        drop(hold);
        let shutdown = Shutdown::default();
        drop(shutdown.hold());
        assert!(!shutdown.insist());
    }
}
