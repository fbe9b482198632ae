//! What a signal does while something is measured.

use super::error::CommandError;
use crate::host::Groups;
use crate::load::{EngineError, Shutdown, listen};

/// The first Ctrl-C, SIGTERM or SIGHUP asks the measurement to stop; a second one means now, for
/// finished rounds are stored.
pub(super) fn on_signals() -> Result<Shutdown, CommandError> {
    on_signals_with(Groups::default())
}

/// The same, and then nothing that was started is left behind.
pub(super) fn on_signals_with(started: Groups) -> Result<Shutdown, CommandError> {
    let shutdown = Shutdown::default();
    listen(shutdown.clone(), move |signal| {
        started.kill_all();
        std::process::exit(signal.exit_status().code().into())
    })
    .map_err(EngineError::System)?;
    Ok(shutdown)
}
