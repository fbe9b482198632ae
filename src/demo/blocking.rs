//! The service in the foreground, for the command line.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::{DemoError, Options, serve};

/// Serves on `listen` until Ctrl-C or SIGTERM; `announce` is told the address once connections are
/// accepted.
///
/// # Errors
/// When the address is taken, or as [`serve`].
pub fn serve_blocking(
    listen: SocketAddr,
    options: Options,
    announce: impl FnOnce(SocketAddr),
) -> Result<(), DemoError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(DemoError::Start)?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|source| DemoError::Listen { address: listen, source })?;
        let address = listener.local_addr().map_err(DemoError::Start)?;
        announce(address);
        serve(listener, options, asked_to_stop()).await
    })
}

#[cfg(unix)]
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        // Ctrl-C still ends it; a SIGTERM then ends the process without the grace.
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() {
    drop(tokio::signal::ctrl_c().await);
}
