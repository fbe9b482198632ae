//! Which of the baseline verbs it is.

use super::{amend, view};
use crate::cli::BaselineVerb;
use crate::commands::context::Context;
use crate::commands::error::CommandError;
use crate::model::ExitStatus;
use crate::ui::Printer;

pub(in crate::commands) fn baseline(
    verb: &BaselineVerb,
    context: &Context,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    match verb {
        BaselineVerb::Show(args) => view::show(args, context, printer),
        BaselineVerb::Diff(args) => view::diff(args, context, printer),
        BaselineVerb::Bless(args) => amend::bless(args, context, printer),
        BaselineVerb::Waive(args) => amend::waive(args, context, printer),
    }
}
