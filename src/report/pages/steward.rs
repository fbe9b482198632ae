//! What perfbase itself asks of the service, for `check`.

use crate::model::{Plan, Request};
use crate::report::text::Text;

/// A line each for what is sent around the load.
pub(super) fn facts(plan: &Plan) -> Vec<(&'static str, Text)> {
    let steward = &plan.steward;
    let of = |word, requests: &[Request]| {
        let facts: Vec<_> = requests.iter().map(|it| (word, Text::new().code(it.line()))).collect();
        facts
    };
    let deleted = plan.endpoints.iter().filter_map(|endpoint| {
        let request = endpoint.cleanup.as_ref()?.line();
        Some(("cleanup", Text::new().code(request).say(" for ").name(&endpoint.name)))
    });
    let invariants = steward.invariants.iter().map(|invariant| {
        let text = Text::new().name(&invariant.name).say(": ").code(&invariant.holds.written);
        ("invariant", text.say(" of ").code(invariant.request.line()))
    });
    of("setup", &steward.setup)
        .into_iter()
        .chain(deleted)
        .chain(of("cleanup", &steward.cleanup))
        .chain(invariants)
        .collect()
}
