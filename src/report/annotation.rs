//! Red rows as annotations that GitHub shows beside a workflow's run.

use std::fmt::Write as _;

use super::document::CompareReport;
use super::words;

/// One `::error` line for each red row, in the workflow-command format of GitHub Actions; empty
/// without red rows. Each line is to be printed by itself on stdout or stderr of the job.
#[must_use]
pub fn annotations(report: &CompareReport<'_>) -> String {
    let mut lines = String::new();
    for row in report.comparison.rows.iter().filter(|row| row.decision.is_red()) {
        let (_, word, _) = words::decision(row.decision);
        let title = format!("perfbase: {} {word}", row.endpoint);
        let Some(note) = super::pages::finding(row, report) else { continue };
        let message: Vec<String> = std::iter::once(&note.head)
            .chain(&note.details)
            .map(super::text::Text::letters)
            .collect();
        let _ = writeln!(
            lines,
            "::error title={}::{}",
            property(&crate::model::visible(&title)),
            data(&message.join("\n"))
        );
    }
    lines
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
