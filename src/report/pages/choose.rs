//! The page of whatever document there is.

use super::{aa, ab, baseline, change, check, compare, history, record, run};
use crate::report::document::{Document, Verbosity};
use crate::report::page::Page;

/// The report's page.
pub(in crate::report) fn page(document: &Document<'_>, verbosity: Verbosity) -> Page {
    match document {
        Document::Run(report) => run::run(report),
        Document::Show(report) => run::show(report, verbosity),
        Document::Record(report) => record::page(report),
        Document::Compare(report) => compare::page(report, verbosity),
        Document::Baseline(report) => baseline::page(report),
        Document::Change(report) => change::page(report),
        Document::Aa(report) => aa::page(report),
        Document::Ab(report) => ab::page(report, verbosity),
        Document::History(lines) => history::page(lines),
        Document::Check(report) => check::page(report),
    }
}
