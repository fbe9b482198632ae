//! GitHub Actions: the job summary and annotations.

use std::io::Write as _;

use super::context::environment;
use crate::host;
use crate::model::Requirement;
use crate::report::{CompareReport, Document, Format, Style, annotations, unmet};
use crate::ui::Printer;

/// Adds the comparison to the job summary and annotates red rows, when this is a GitHub job. A
/// summary that cannot be written is told and changes nothing: the verdict stands.
pub(super) fn tell(report: &CompareReport<'_>, printer: &mut Printer) {
    if !host::is_github_actions(&environment) {
        return;
    }
    printer.laid_out(&annotations(report));
    summarize(&Document::Compare(*report), printer);
}

/// Annotates the requirements that are not met, when this is a GitHub job.
pub(super) fn tell_unmet(requirements: &[Requirement], printer: &mut Printer) {
    if host::is_github_actions(&environment) {
        printer.laid_out(&unmet(requirements));
    }
}

/// Adds the document to the job summary, when this is a GitHub job.
pub(super) fn summarize(document: &Document<'_>, printer: &mut Printer) {
    if !host::is_github_actions(&environment) {
        return;
    }
    let Some(path) = host::job_summary_path(&environment) else { return };
    let text = document.render(Format::Markdown, &Style::default());
    let written = fs_err::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    if let Err(error) = written {
        printer.warning(format!("the job summary cannot be written: {error}"));
    }
}
