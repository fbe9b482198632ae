//! From arguments to an exit status.

use std::ffi::OsString;

use super::context::Context;
use super::error::CommandError;
use super::{aa, ab, baseline, check, compare, demo, history, init, record, run as run_verb, show};
use crate::cli::{Cli, Stop, Verb, parse};
use crate::load::raise_open_files;
use crate::model::ExitStatus;
use crate::ui::{ColorChoice, Printer, Volume};

/// Does what `arguments` say (the first is the program's name) and says how the process ends.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitStatus {
    let cli = match parse(arguments) {
        Ok(cli) => cli,
        Err(stop) => return told(&stop),
    };
    let volume = if cli.global.quiet { Volume::Quiet } else { Volume::Normal };
    let mut printer = Printer::of_process(volume, cli.global.color.into());
    match carry_out(cli, &mut printer) {
        Ok(status) => status,
        Err(error) => {
            error.tell(&mut printer);
            error.exit_status()
        }
    }
}

fn carry_out(cli: Cli, printer: &mut Printer) -> Result<ExitStatus, CommandError> {
    let Cli { verb, global } = cli;
    let files = raise_open_files();
    // Not for all of them: what `init` replaces may be no configuration yet.
    let context = || Context::new(&global, &verb);
    match &verb {
        Verb::Run(args) => run_verb::run(args, &context()?, printer),
        Verb::Record(args) => record::record(args, &context()?, printer),
        Verb::Compare(args) => compare::compare(args, &context()?, printer),
        Verb::Ab(args) => ab::ab(args, &context()?, files, printer),
        Verb::Aa(args) => aa::aa(args, &context()?, printer),
        Verb::Baseline(verb) => baseline::baseline(verb, &context()?, printer),
        Verb::History(args) => history::history(args, &context()?, printer),
        Verb::Show(args) => show::show(args, &context()?, printer),
        Verb::Check(args) => check::check(args, &context()?, printer),
        Verb::Init(args) => init::init(args, global.config.as_deref(), printer),
        Verb::Demo(args) => demo::demo(args, printer),
    }
}

/// Tells why there is nothing to carry out.
fn told(stop: &Stop) -> ExitStatus {
    let mut printer = Printer::of_process(Volume::Normal, ColorChoice::Auto);
    match stop {
        Stop::Usage(text) => {
            printer.laid_out(text);
            ExitStatus::Usage
        }
        Stop::Value(what) => {
            printer.error(what, &[]);
            ExitStatus::Usage
        }
        Stop::Information(text) => match printer.document(text) {
            Ok(()) => ExitStatus::Pass,
            Err(_) => ExitStatus::Broken,
        },
    }
}
