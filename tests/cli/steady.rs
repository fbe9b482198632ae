//! A load under which verdicts are steady on a busy machine, and a baseline of it.
//!
//! The sample service's latencies are drawn thirty times as long as usual, so that an endpoint's p95
//! may rise by more than 100 ms before it is red: the busiest machine adds less. 48 users who mostly
//! wait are far from saturating it.

use std::sync::LazyLock;

use perfbase::demo::{Options, Running};
use perfbase::model::Validity;
use perfbase::store::{RunRef, Store};

use super::project::{Finished, Project};

/// Three endpoints under a load of 48 users, in three rounds.
pub(crate) const SCENARIO: &str = r#"
[endpoints."GET /clients"]
[endpoints."GET /signals"]
[endpoints."GET /patterns"]

[scenarios.steady]
users = 48
duration = "3s"
rounds = 3
warm_up = "500ms"
warm_up_requests = 1
"#;

/// The sample service, its latencies drawn thirty times as long.
pub(crate) fn service() -> Running {
    Running::start(Options { latency_scale: 30.0, ..Options::default() }).unwrap()
}

/// A folder with a `perfbase.toml` for `service`.
pub(crate) fn project(service: &Running) -> Project {
    Project::with(&format!(
        "[service]\nurl = \"{}\"\nready = \"GET /health\"\n{SCENARIO}",
        service.url()
    ))
}

/// The same with the baseline of the healthy service.
pub(crate) fn recorded(service: &Running) -> Project {
    let project = project(service);
    project.write("performance_baselines.json", &RECORDED.baseline);
    project
}

/// What `perfbase record` gave, once for all tests. Where the service listens is no part of it.
pub(crate) struct Recorded {
    /// Nothing if the machine was too busy for a baseline. The file then has the right form, and no
    /// figures to judge by.
    pub(crate) finished: Option<Finished>,
    pub(crate) baseline: String,
}

pub(crate) static RECORDED: LazyLock<Recorded> = LazyLock::new(|| {
    let service = service();
    let project = project(&service);
    let record = ["record", "--scenario", "steady", "--format", "json"];
    let Some(finished) = conclusive(|| project.run(&record)) else {
        let baseline = as_if_sound(&project);
        return Recorded { finished: None, baseline };
    };
    let finished = Some(finished.exits(0));
    Recorded { finished, baseline: project.read("performance_baselines.json") }
});

/// The baseline that the last run would have given on a quiet machine: of the right form.
fn as_if_sound(project: &Project) -> String {
    let mut run = Store::open(project.database()).unwrap().run(RunRef::Last(0)).unwrap();
    for round in &mut run.rounds {
        round.validity = Validity::Valid;
    }
    project.accept(&run);
    project.read("performance_baselines.json")
}

/// How often is measured on a machine that is too busy.
const TRIES: u32 = 3;

/// What `measure` gives, tried again while perfbase says that the machine was too busy for any verdict: an
/// answer that is never wrong, and no answer to the question of a test. `None` when it stays so.
#[expect(clippy::print_stdout, reason = "why a test was skipped belongs to its output")]
pub(crate) fn conclusive(mut measure: impl FnMut() -> Finished) -> Option<Finished> {
    for _ in 0..TRIES {
        let finished = measure();
        if finished.code != Some(3) || !finished.to_string().contains("saturated") {
            return Some(finished);
        }
        println!("no verdict, the machine is too busy: {finished}");
    }
    None
}

/// `perfbase compare` with these arguments against the baseline of the healthy service; `None` on a machine that
/// is too busy.
pub(crate) fn judged(measure: impl FnMut() -> Finished) -> Option<Finished> {
    RECORDED.finished.as_ref().and_then(|_| conclusive(measure))
}

/// `perfbase compare` under that load.
pub(crate) const COMPARE: [&str; 3] = ["compare", "--scenario", "steady"];
