//! `perfbase demo`.

use super::error::CommandError;
use crate::cli::DemoArgs;
use crate::demo::{Fault, FaultError, Options, serve_blocking};
use crate::model::ExitStatus;
use crate::ui::Printer;

pub(super) fn demo(args: &DemoArgs, printer: &mut Printer) -> Result<ExitStatus, CommandError> {
    let faults = args
        .faults
        .iter()
        .map(|text| text.parse::<Fault>())
        .collect::<Result<_, FaultError>>()
        .map_err(|error| CommandError::Usage(error.to_string()))?;
    let options = Options {
        seed: args.seed,
        faults,
        database: args.database.clone(),
        token_lifetime: args.token_lifetime,
        password: args.password.clone(),
        token: args.token.clone(),
        latency_scale: args.latency_scale,
        ..Options::default()
    };
    serve_blocking(args.listen, options, |address| {
        printer.note(format!("the sample service listens on http://{address} (Ctrl-C ends it)"));
        printer.note(format!("try it: perfbase record http://{address}/health"));
    })?;
    Ok(ExitStatus::Pass)
}
