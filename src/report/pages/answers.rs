//! What an endpoint's answers were like, as notes below a table: checks that did not hold, allowed
//! statuses, a limiter in place of the service, and bodies where none may be.

use crate::model::{Baseline, EndpointName, Failure, Outcomes, Share};
use crate::report::figure::{count, plural, share};
use crate::report::page::Note;
use crate::report::text::{Text, Tone};
use crate::report::words;

/// Checks of one endpoint that are shown at most.
const SHOWN: usize = 5;

/// From this share of the successes on, an endpoint's figures are those of allowed answers.
const MUCH: f64 = 0.5;

/// The notes of one endpoint, a limiter's included.
pub(super) fn notes(name: &EndpointName, outcomes: &Outcomes) -> Vec<Note> {
    let limiter = outcomes.is_limited().then(|| limiter(name, outcomes.limited_share()));
    limiter.into_iter().chain(heard(name, outcomes)).collect()
}

/// The checks that did not hold, and the statuses that were allowed.
pub(super) fn heard(name: &EndpointName, outcomes: &Outcomes) -> Vec<Note> {
    let mut notes = checks(name, outcomes);
    notes.extend(allowed(name, outcomes));
    notes.extend(body_behind_head(name, outcomes));
    notes
}

/// How many requests came to something only when they were sent a second time.
pub(super) fn repeated(name: &EndpointName, outcomes: &Outcomes) -> Option<Note> {
    if outcomes.repeated == 0 {
        return None;
    }
    let (number, total) = (count(outcomes.repeated), plural(outcomes.total(), "request"));
    if outcomes.is_repeated() {
        let requests = format!("{number} of {total} ({})", share(outcomes.repeated_share()));
        return Some(warned(name, words::repeated(&requests)));
    }
    let text = format!(": {number} of {total} lost their connection and were sent again");
    Some(Note::new(Text::new().tone(Tone::Info, "·").say(" ").name(name).say(text)))
}

/// That messages came which nobody had asked for.
pub(super) fn unasked(name: &EndpointName, outcomes: &Outcomes) -> Option<Note> {
    (outcomes.unasked > 0).then(|| {
        let came = plural(outcomes.unasked, "message");
        warned(name, format!("{came} came unasked and were not taken for an answer"))
    })
}

/// What nobody looks for in the answer before: it has no body whatever its headers say.
fn body_behind_head(name: &EndpointName, outcomes: &Outcomes) -> Option<Note> {
    let is_likely = name.as_str().starts_with("HEAD ")
        && outcomes.failures.get(&Failure::Protocol).is_some_and(|count| *count > 0);
    is_likely.then(|| {
        let text = "a body behind the answer to HEAD, where none may be, is taken for the next \
                    answer and fails as protocol";
        warned(name, text)
    })
}

/// What the figures of a new baseline are not those of.
pub(super) fn accepted(new: &Baseline, limited: &[(EndpointName, Share)]) -> Vec<Note> {
    let limited = limited.iter().map(|(name, share)| limiter(name, *share));
    let mostly = new.endpoints.iter().filter(|(_, it)| it.allowed_share().get() > MUCH);
    let allowed = mostly.map(|(name, endpoint)| {
        warned(
            name,
            format!(
                "{} of its successes have an allowed status: the figures are mostly of those",
                share(endpoint.allowed_share())
            ),
        )
    });
    limited.chain(allowed).collect()
}

fn limiter(name: &EndpointName, share: Share) -> Note {
    warned(name, words::limiter(share))
}

fn warned(name: &EndpointName, text: impl std::fmt::Display) -> Note {
    Note::new(Text::new().tone(Tone::Warn, "!").say(" ").name(name).say(": ").say(text))
}

/// The checks that did not hold, the most frequent first.
fn checks(name: &EndpointName, outcomes: &Outcomes) -> Vec<Note> {
    let mut checks: Vec<_> = outcomes.checks.iter().collect();
    checks.sort_by(|a, b| b.1.count.cmp(&a.1.count).then(a.0.cmp(b.0)));
    let mut notes: Vec<Note> = checks
        .iter()
        .take(SHOWN)
        .map(|(written, failed)| {
            Note::new(
                Text::new()
                    .tone(Tone::Bad, "✗")
                    .say(" ")
                    .name(name)
                    .say(format!(": {} failed ", plural(failed.count, "answer")))
                    .quoted(written)
                    .say(format!(", at first because {}", failed.first)),
            )
        })
        .collect();
    if let Some(more) = checks.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let text = format!(": {} more did not hold", plural(more as u64, "check"));
        notes.push(Note::new(Text::new().tone(Tone::Bad, "✗").say(" ").name(name).say(text)));
    }
    notes
}

/// The successes that were allowed: `of 412 successes, allowed 404: 37`.
fn allowed(name: &EndpointName, outcomes: &Outcomes) -> Option<Note> {
    if outcomes.allowed.is_empty() {
        return None;
    }
    let statuses = outcomes.allowed.iter();
    let statuses: Vec<String> =
        statuses.map(|(status, number)| format!("{status}: {}", count(*number))).collect();
    let much = outcomes.allowed_share().get() > MUCH;
    let (tone, mark) = if much { (Tone::Warn, "!") } else { (Tone::Info, "·") };
    Some(Note::new(Text::new().tone(tone, mark).say(" ").name(name).say(format!(
        ": {}, of which allowed {}",
        plural(outcomes.successes, "success"),
        statuses.join(", ")
    ))))
}
