//! What is tried: the table of experiments, and what the method promises of each.

use super::tally::Tally;

/// One row of the published table: a change of the service under one kind of noise.
#[derive(Debug, Clone)]
pub(crate) struct Experiment {
    /// Its name, as `--only` takes it.
    pub(crate) name: &'static str,
    /// The truth, as the table says it.
    pub(crate) truth: &'static str,
    /// The paths that are measured, with GET.
    pub(crate) paths: &'static [&'static str],
    /// Users of the closed loop.
    pub(crate) users: u32,
    /// Multiplies the sample service's drawn latencies, see `perfbase::demo::Options`.
    pub(crate) latency_scale: f64,
    /// The change: faults that the service has during each compare and not during the record.
    pub(crate) faults: &'static [&'static str],
    /// What else happens on the machine during each compare.
    pub(crate) noise: Noise,
    /// How much is measured.
    pub(crate) size: Size,
    /// Further arguments of `perfbase compare`.
    pub(crate) gate: &'static [&'static str],
    /// Compares, unless `--repeats` says otherwise.
    pub(crate) repeats: u32,
    /// What has to come out.
    pub(crate) promise: Promise,
}

/// What else happens on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noise {
    /// Nothing on purpose.
    Quiet,
    /// A thread that spins on one core in seeded random intervals, half of the time.
    Hog,
    /// The service and perfbase together may use a part of one core only.
    Quota,
}

impl Noise {
    /// The condition in the table's words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Quiet => "none",
            Self::Hog => "CPU hog, half of the time",
            Self::Quota => "CPU quota on all",
        }
    }
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// Five short rounds; perfbase lets them grow until each endpoint has about 400 successes.
    Short,
    /// One round of about ten requests, recorded with `--accept-anyway`.
    Ten,
}

/// The share of an exit code that the method promises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Promise {
    /// At least this share ends with this exit code.
    AtLeast(u8, f64),
    /// At most this share does.
    AtMost(u8, f64),
}

impl Promise {
    /// Whether the counted share keeps it; not when nothing was counted.
    pub(crate) fn is_kept(self, tally: &Tally) -> bool {
        let share = |code| tally.share(code).map(|share| share.point);
        match self {
            Self::AtLeast(code, least) => share(code).is_some_and(|share| share >= least),
            Self::AtMost(code, most) => share(code).is_some_and(|share| share <= most),
        }
    }

    /// The promise in the table's words.
    pub(crate) fn words(self) -> String {
        match self {
            Self::AtLeast(code, least) if least >= 1.0 => format!("always exit {code}"),
            Self::AtLeast(code, least) => format!("exit {code} in {} % or more", least * 100.0),
            Self::AtMost(code, most) if most <= 0.0 => format!("never exit {code}"),
            Self::AtMost(code, most) => format!("exit {code} in {} % or less", most * 100.0),
        }
    }
}

/// Five endpoints: as many as a uniform shift takes to show.
const FIVE: &[&str] = &["/health", "/config", "/capabilities", "/workflows", "/clients"];
/// One that changes, and two that do not.
const THREE: &[&str] = &["/health", "/config", "/clients"];

/// What experiments have unless they say otherwise.
pub(crate) const COMMON: Experiment = Experiment {
    name: "",
    truth: "",
    paths: THREE,
    users: 8,
    latency_scale: 1.0,
    faults: &[],
    noise: Noise::Quiet,
    size: Size::Short,
    gate: &[],
    repeats: 20,
    promise: Promise::AtMost(1, 0.01),
};

/// Every experiment, in the order of the table.
pub(crate) const ALL: &[Experiment] = &[
    Experiment { name: "same", truth: "no change", paths: FIVE, repeats: 120, ..COMMON },
    Experiment {
        name: "same-hog",
        truth: "no change",
        paths: FIVE,
        noise: Noise::Hog,
        repeats: 120,
        ..COMMON
    },
    Experiment { name: "same-one", truth: "no change, one user", paths: THREE, users: 1, ..COMMON },
    Experiment {
        name: "slower-2.5-one",
        truth: "one endpoint 2.5x as slow, one user",
        users: 1,
        faults: &["GET /clients factor=2.5"],
        repeats: 10,
        promise: Promise::AtLeast(1, 0.95),
        ..COMMON
    },
    Experiment {
        name: "slower-1.5",
        truth: "one endpoint 1.5x as slow",
        faults: &["GET /clients factor=1.5"],
        promise: Promise::AtMost(1, 0.05),
        ..COMMON
    },
    Experiment {
        name: "slower-2.5",
        truth: "one endpoint 2.5x as slow",
        faults: &["GET /clients factor=2.5"],
        repeats: 30,
        promise: Promise::AtLeast(1, 0.95),
        ..COMMON
    },
    Experiment {
        name: "slower-2.5-hog",
        truth: "one endpoint 2.5x as slow",
        faults: &["GET /clients factor=2.5"],
        noise: Noise::Hog,
        // Nothing is promised of detection beside a hog, but that it is no pass by chance.
        promise: Promise::AtLeast(1, 0.8),
        ..COMMON
    },
    Experiment {
        name: "slower-3",
        truth: "one endpoint 3x as slow",
        faults: &["GET /clients factor=3"],
        repeats: 30,
        promise: Promise::AtLeast(1, 0.99),
        ..COMMON
    },
    Experiment {
        name: "tail-10",
        truth: "10 % of one endpoint's requests 10x as slow",
        faults: &["GET /clients factor=10 share=10%"],
        promise: Promise::AtLeast(1, 0.95),
        ..COMMON
    },
    Experiment {
        name: "tail-2",
        truth: "2 % of one endpoint's requests 10x as slow",
        faults: &["GET /clients factor=10 share=2%"],
        promise: Promise::AtMost(1, 0.05),
        ..COMMON
    },
    Experiment {
        name: "tiny",
        truth: "0.2 ms becomes 0.45 ms",
        paths: &["/health"],
        users: 1,
        latency_scale: 0.0,
        faults: &["GET /health add=0.25ms"],
        promise: Promise::AtLeast(0, 0.95),
        ..COMMON
    },
    Experiment {
        name: "tiny-large",
        truth: "0.2 ms becomes 3 ms",
        paths: &["/health"],
        users: 1,
        latency_scale: 0.0,
        faults: &["GET /health add=2.8ms"],
        promise: Promise::AtLeast(1, 0.95),
        ..COMMON
    },
    Experiment {
        name: "ten",
        truth: "ten requests, no change",
        size: Size::Ten,
        repeats: 10,
        promise: Promise::AtLeast(3, 1.0),
        ..COMMON
    },
    Experiment {
        name: "uniform",
        truth: "all endpoints 2.2x as slow",
        paths: FIVE,
        faults: &["factor=2.2"],
        repeats: 10,
        promise: Promise::AtLeast(1, 0.95),
        ..COMMON
    },
    Experiment {
        name: "quota",
        truth: "no change",
        paths: FIVE,
        noise: Noise::Quota,
        repeats: 10,
        promise: Promise::AtLeast(3, 0.95),
        ..COMMON
    },
];
