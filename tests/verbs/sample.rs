//! The sample service, and how it is measured quickly.

use perfbase::demo::{Options, Running};

use crate::project::Ended;

/// A service that adds no latency.
pub(crate) fn service() -> Running {
    Running::start(Options { latency_scale: 0.0, ..Options::default() }).unwrap()
}

/// A service that does nothing but the one thing its name says, as a shell command for `ab`: the
/// sample service without latency, with `faults`.
pub(crate) fn command(faults: &[&str]) -> String {
    let program = env!("CARGO_BIN_EXE_perfbase");
    let faults: Vec<String> = faults.iter().map(|fault| format!(" --fault '{fault}'")).collect();
    let faults = faults.concat();
    format!("'{program}' demo --listen 127.0.0.1:{{port}} --latency-scale 0{faults}")
}

/// Little time and few requests: what is learnt is whether the verb works.
pub(crate) const BRIEF: [&str; 6] =
    ["--duration", "300ms", "--warm-up", "0s", "--warm-up-requests", "5"];

/// A machine that is busy with other things makes rounds invalid: then there is no verdict, which
/// is right and nothing to test by.
pub(crate) fn is_saturated(ended: &Ended) -> bool {
    ended.stdout.contains("saturated\": true") || ended.stdout.contains("✗ saturated")
}
