//! Serving: on a listener of the caller's, or on a thread of its own.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::database::Database;
use super::router::router;
use super::service::Service;
use super::timer::Timer;
use super::{Fault, Options, Route};

/// How long requests in flight may go on after the shutdown.
const GRACE: Duration = Duration::from_secs(5);

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The database.
    #[error("the sample service's database cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// The database file is somebody else's.
    #[error("`{0}` is not a database of the sample service; give a file that does not exist yet")]
    Foreign(std::path::PathBuf),
    /// The system gives no timer, thread, runtime or port.
    #[error("the sample service cannot start: {0}")]
    Start(#[source] io::Error),
    /// The listener.
    #[error("the sample service stopped: {0}")]
    Serve(#[source] io::Error),
}

/// Serves on `listener` until `shutdown` is ready, then lets requests in flight end, for at most five
/// seconds.
///
/// # Errors
/// When the database cannot be used, the system gives no timer, or the listener fails.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), DemoError> {
    let service = Arc::new(assemble(options)?);
    serve_until(listener, service, shutdown, GRACE).await
}

/// The service on a free port of 127.0.0.1, on a thread with a runtime of its own. Stops when dropped, and
/// waits for that; requests in flight are cut off.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    service: Arc<Service>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts the service; when this returns, it accepts connections.
    ///
    /// # Errors
    /// When the database cannot be used or the system gives no port, thread or timer.
    pub fn start(options: Options) -> Result<Self, DemoError> {
        let listener =
            std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(DemoError::Start)?;
        let address = listener.local_addr().map_err(DemoError::Start)?;
        listener.set_nonblocking(true).map_err(DemoError::Start)?;
        let (report, reported) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        // The runtime lives and dies on its thread, so that this can be called from another runtime's.
        let thread = std::thread::Builder::new()
            .name("perfbase-demo".to_owned())
            .spawn(move || run(listener, options, stopped, &report))
            .map_err(DemoError::Start)?;
        match reported.recv() {
            Ok(Ok(service)) => {
                Ok(Self { address, service, stop: Some(stop), thread: Some(thread) })
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(DemoError::Start(io::Error::other("its thread ended"))),
        }
    }

    /// The address without a slash at the end: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces all faults; none clears them. Their counts begin anew.
    pub fn set_faults(&self, faults: &[Fault]) {
        self.service.faults.set(faults);
    }

    /// Requests to `route` that have come so far.
    #[must_use]
    pub fn handled(&self, route: Route) -> u64 {
        self.service.handled(route)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // However the thread ended, it has ended.
            let _ = thread.join();
        }
    }
}

/// Serves on the present thread, with a runtime of one thread: on a small machine the other cores belong
/// to who measures. Reports once whether it serves.
fn run(
    listener: std::net::TcpListener,
    options: Options,
    stopped: oneshot::Receiver<()>,
    report: &std::sync::mpsc::Sender<Result<Arc<Service>, DemoError>>,
) {
    let started = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let entered = runtime.enter();
        let listener = TcpListener::from_std(listener)?;
        drop(entered);
        Ok((runtime, listener))
    };
    let (runtime, listener) = match started() {
        Ok(started) => started,
        Err(error) => return drop(report.send(Err(DemoError::Start(error)))),
    };
    runtime.block_on(async {
        let service = match assemble(options) {
            Ok(service) => Arc::new(service),
            Err(error) => return drop(report.send(Err(error))),
        };
        if report.send(Ok(Arc::clone(&service))).is_err() {
            return;
        }
        // Dropping the sender stops the service as well. Nobody is left to hear of a failure: who
        // asks gets no answer.
        let stopped = async move { drop(stopped.await) };
        drop(serve_until(listener, service, stopped, Duration::ZERO).await);
    });
}

fn assemble(options: Options) -> Result<Service, DemoError> {
    let database = Database::open(&options)?;
    let timer = Timer::new().map_err(DemoError::Start)?;
    Ok(Service::new(options, database, timer))
}

async fn serve_until(
    listener: TcpListener,
    service: Arc<Service>,
    shutdown: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> Result<(), DemoError> {
    // A small answer must not wait for the acknowledgement of the one before. If the option cannot
    // be set, the connection is dead already and its first read says so.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let (ending, ended) = oneshot::channel::<()>();
    let served = axum::serve(listener, router(&service)).with_graceful_shutdown(async move {
        shutdown.await;
        drop(ending);
    });
    let result = tokio::select! {
        result = async { served.await } => result.map_err(DemoError::Serve),
        () = async { let _ = ended.await; tokio::time::sleep(grace).await; } => Ok(()),
        () = service.timer.drive() => Err(DemoError::Serve(io::Error::other("the timer failed"))),
    };
    service.timer.stop();
    result
}
