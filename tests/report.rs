//! What people and programs are shown, as snapshots beside this file.
//!
//! Set `UPDATE_SCHEMAS=1` to write the schemas under `schemas/` anew from the types.

#![expect(clippy::unwrap_used, reason = "fixtures and tests may fail loudly")]

#[path = "report/answers.rs"]
mod answers;
#[path = "report/fixture.rs"]
mod fixture;
#[path = "report/formats.rs"]
mod formats;
#[path = "report/plans.rs"]
mod plans;
#[path = "report/schemas.rs"]
mod schemas;
#[path = "report/staged.rs"]
mod staged;
#[path = "report/tables.rs"]
mod tables;

use perfbase::report::{Document, Format, Style, Verbosity};

const VERBOSE: Style = Style {
    width: Style::WIDTH,
    colour: perfbase::report::Colour::Off,
    verbosity: Verbosity::Verbose,
};

fn table(document: &Document<'_>) -> String {
    document.render(Format::Table, &Style::default())
}

/// Compares `shown` with the snapshot of that name.
fn snapshot(name: &str, shown: &str) {
    insta::with_settings!({
        snapshot_path => "report/snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, shown);
    });
}
