//! What there is to say besides the file.

use super::description::{Choice, Description};
use super::traffic::counted;
use super::variable::Variables;

/// Lines of one kind that are shown; the rest is counted.
const SHOWN: usize = 20;

/// What is not sent and why, what was left out, and which variables have to be set.
pub(super) fn told(description: &Description, choice: Choice, needed: &Variables) -> Vec<String> {
    let mut told = Vec::new();
    let held: Vec<String> = description
        .drafts
        .iter()
        .map(|draft| (draft.name(), draft.reasons(choice)))
        .filter(|(_, reasons)| !reasons.is_empty())
        .map(|(name, reasons)| format!("{name}: {}", reasons.join("; ")))
        .collect();
    if !held.is_empty() {
        told.push(format!("{} not sent, but in the file as comments:", are(held.len())));
        list(&held, &mut told);
    }
    if !description.left_out.is_empty() {
        told.push("left out:".to_owned());
        list(&description.left_out, &mut told);
    }
    let variables: Vec<String> =
        needed.by_name().into_iter().map(|(name, what)| format!("{name}: {what}")).collect();
    if !variables.is_empty() {
        told.push("not copied, to be set in the environment:".to_owned());
        list(&variables, &mut told);
    }
    told
}

fn are(count: usize) -> String {
    format!("{} {}", counted(count, "endpoint"), if count == 1 { "is" } else { "are" })
}

fn list(lines: &[String], told: &mut Vec<String>) {
    told.extend(lines.iter().take(SHOWN).map(|line| format!("  {line}")));
    if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        told.push(format!("  and {more} more"));
    }
}
