//! What is red as annotations that GitHub shows beside a workflow's run.

use super::document::CompareReport;
use super::page::Note;
use super::pages::requirement_note;
use super::words;
use crate::model::{Met, Requirement};

/// One `::error` line for each red row and each requirement that is not met, in the workflow-command
/// format of GitHub Actions; empty without. Each line is to be printed by itself on stdout or
/// stderr of the job.
#[must_use]
pub fn annotations(report: &CompareReport<'_>) -> String {
    let mut lines = String::new();
    for row in report.comparison.rows.iter().filter(|row| row.decision.is_red()) {
        let (_, word, _) = words::decision(row.decision);
        let title = format!("perfbase: {} {word}", row.endpoint);
        let Some(note) = super::pages::finding(row, report) else { continue };
        lines.push_str(&error(&title, &note));
    }
    lines + &unmet(&report.comparison.requirements)
}

/// One such line for each requirement that is not met.
#[must_use]
pub fn unmet(requirements: &[Requirement]) -> String {
    let unmet = requirements.iter().filter(|requirement| requirement.met == Met::No);
    let lines = unmet.map(|requirement| {
        let Requirement { kind, subject, met, .. } = requirement;
        error(&format!("perfbase: {kind} {subject} {met}"), &requirement_note(requirement))
    });
    lines.collect()
}

fn error(title: &str, note: &Note) -> String {
    let message: Vec<String> =
        std::iter::once(&note.head).chain(&note.details).map(super::text::Text::letters).collect();
    let title = property(&crate::model::visible(title));
    format!("::error title={title}::{}\n", data(&message.join("\n")))
}

/// A message: percent signs and line breaks would end it or change it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value: colons and commas end it as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_end_its_command() {
        assert_eq!(data("100% a\r\nb::c,d"), "100%25 a%0D%0Ab::c,d");
        assert_eq!(property("a: 5%, b\n"), "a%3A 5%25%2C b%0A");
    }
}
