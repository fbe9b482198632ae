//! How an answer that a user has heard counts: by its status, by its checks, and by whether it has
//! what the user wants to keep.

use super::check::Answer;
use super::parsed::Parsed;
use super::person::Person;
use super::request::Request;
use super::transport::Exchange;
use crate::model::{Failure, Outcome, Slot};

/// Assesses the answer that `person` has heard, keeps what is wanted of it, and tells of each check
/// that does not hold how it is written and what was found. Of an answer with an allowed status
/// nothing is checked and nothing kept. The values of the user's `identity` are given by nobody but the
/// service.
pub(super) fn assess(
    person: &mut Person,
    request: &Request,
    identity: &[Slot],
    exchange: &Exchange,
    mut failed: impl FnMut(&str, &dyn std::fmt::Display),
) -> Outcome {
    let (Outcome::Success, Ok(status)) = (request.judge(exchange), exchange.answer) else {
        return request.judge(exchange);
    };
    let mut body = Parsed::default();
    let mut holds = true;
    if !request.checks.is_empty() {
        let Person { reply, values, .. } = &*person;
        let mut answer = Answer { status, reply, body: &mut body };
        request.checks.test(&mut answer, values, |written, finding| {
            holds = false;
            failed(written, finding);
        });
    }
    if holds && person.reply.is_foreign && request.captures.fill(identity) {
        holds = false;
        failed("[login] headers", &"another host does not say who a user is");
    }
    if holds && let Err(missed) = person.keep(&request.captures, &mut body) {
        holds = false;
        failed(&format!("save {}", missed.name), &missed.why);
    }
    if holds { Outcome::Success } else { Outcome::Failed(Failure::Check) }
}
