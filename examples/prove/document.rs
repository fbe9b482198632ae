//! `docs/error-rates.md`, and the same table in `docs/method.md` between its marks.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use perfbase::host;

use super::quota::Quota;
use super::simulation::Prediction;
use super::table::{self, Outcome};

/// The marks in `docs/method.md`.
const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// Under what circumstances the table was made.
pub(crate) struct Circumstances {
    /// When it began.
    pub(crate) began: Timestamp,
    /// Minutes it took.
    pub(crate) minutes: f64,
    /// The one-minute load average before it began; absent where the system has none.
    pub(crate) load_before: Option<f64>,
    /// The median of the load averages during it, its own part included.
    pub(crate) load_during: Option<f64>,
    /// The seed.
    pub(crate) seed: u64,
}

/// The circumstances and the tables.
pub(crate) fn measured(outcomes: &[Outcome], circumstances: &Circumstances) -> String {
    format!("{}\n{}", recorded(circumstances), table::experiments(outcomes))
}

/// The whole of `docs/error-rates.md`.
pub(crate) fn whole(
    outcomes: &[Outcome],
    predictions: &[Prediction],
    trials: u32,
    circumstances: &Circumstances,
) -> String {
    format!(
        "# Error rates\n\n\
         How often perfbase is wrong, measured and not claimed. `cargo run --release --example prove -- --write` measures \
         all of it again (about {minutes:.0} minutes here) and writes this page; `--only NAME` and `--repeats N` do a part.\n\n\
         ## On a live service\n\n\
         Each compare is `perfbase compare` as people run it, in a process of its own: five rounds, about 400 requests for \
         each endpoint in each of them, suspects measured again. The target is the sample service (`perfbase demo`) in \
         another process; at most ten compares share one start of it and one baseline, recorded undisturbed. \
         *slower* and *tail* rows have the fault on one endpoint of three, *0.2 ms* rows measure the service with its \
         waiting switched off, and a fault adds the difference. The order of all is shuffled, so that no row has the quiet hour to itself.\n\n\
         The *naive gate* is what people write by hand: one pass, all latencies in one heap, red when its p95 is above twice \
         the old one. It judged the first pass of the same compares. Shares are in per cent, with the 95 % interval \
         of Wilson. *seconds* is the median of a whole compare; in brackets, what the naive gate would have sent.\n\n\
         {measured}\n\
         The CPU hog is a thread that spins on one core, in random intervals of 0.2 to 1.8 seconds, half of the time. \
         The quota holds the service and perfbase together to {quota}.\n\n\
         {particulars}\n\
         ## The judge alone\n\n\
         Share of red on simulated lognormal rounds, {trials} comparisons a cell. The two figures on the left are the \
         standard deviations of ln p95 between runs and between the rounds of one run. The prediction is the point \
         rule's, from sd(ln ratio) = √(2·runs² + 2·rounds²·(π/2)/5); the whole procedure looks twice.\n\n\
         {predictions}",
        minutes = circumstances.minutes.max(1.0),
        measured = measured(outcomes, circumstances),
        quota = Quota::words(),
        particulars = table::particulars(outcomes),
        predictions = table::predictions(predictions),
    )
}

fn recorded(circumstances: &Circumstances) -> String {
    let machine = host::machine_class();
    let build = if cfg!(debug_assertions) { "a debug build" } else { "a release build" };
    let loads = circumstances.load_before.zip(circumstances.load_during);
    let load = loads.map_or_else(String::new, |(before, during)| {
        format!(
            " Load average of the machine: {before:.1} before it began, {during:.1} in the middle \
             (the experiments alone make about 1)."
        )
    });
    format!(
        "Recorded on {} with perfbase {}, {build}, seed {}, on {} × {}{}.{load}\n",
        circumstances.began.strftime("%Y-%m-%d %H:%M UTC"),
        env!("CARGO_PKG_VERSION"),
        circumstances.seed,
        machine.cpus,
        machine.cpu,
        if machine.virtualised { ", virtualised" } else { "" },
    )
}

/// Writes `whole` to `docs/error-rates.md` under `root`, and `measured` into `docs/method.md` if
/// that has the marks.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn write(root: &Path, whole: &str, measured: &str) -> io::Result<()> {
    let docs = root.join("docs");
    fs_err::write(docs.join("error-rates.md"), whole)?;
    let method = docs.join("method.md");
    if !method.exists() {
        return Ok(());
    }
    let text = fs_err::read_to_string(&method)?;
    match between_marks(&text, measured) {
        Some(text) => fs_err::write(method, text),
        None => Ok(()),
    }
}

/// `text` with `measured` in place of what is between the marks.
fn between_marks(text: &str, measured: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{measured}{END}{after}"))
}
