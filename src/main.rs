//! The `perfbase` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    perfbase::commands::run(std::env::args_os()).into()
}
