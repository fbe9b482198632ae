//! What each verb's report says, whatever draws it.

mod aa;
mod ab;
mod answers;
mod baseline;
mod behaviour;
mod change;
mod check;
mod choose;
mod cleanup;
mod compare;
mod connection;
mod counters;
mod finding;
mod history;
mod phases;
mod planned;
mod record;
mod requirement;
mod rounds;
mod run;
mod stages;
mod steward;

pub(super) use choose::page;
pub(super) use finding::finding;
pub(super) use requirement::note as requirement_note;
