//! A thread that sends: one runtime, its own users, connections and recorder; nothing shared.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Sender;

use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::clean::clean;
use super::ledger::{Ledger, Tally};
use super::recorder::Progress;
use super::script::Script;
use super::shutdown::Shutdown;
use super::slice::{self, Crew, Order, Seat, Yield};
use super::transport::{Factory, Transport};
use crate::model::Cleanup;

/// A worker's thread. It ends when this is dropped.
pub(crate) struct Worker {
    jobs: Option<UnboundedSender<Job>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// What a worker is told to do.
enum Job {
    /// A part of a slice.
    Slice(Order),
    /// To delete what its users made, unless it is to stop.
    Clean(Shutdown),
}

/// What a worker tells the coordinator.
#[derive(Debug)]
pub(crate) enum Report {
    /// How far it is.
    Progress(Progress),
    /// The slice is over.
    Done {
        /// What was measured.
        yielded: Box<Yield>,
    },
    /// What became of what its users made, by the position in the plan of what made it.
    Cleaned(Vec<(usize, Cleanup)>),
}

/// What a worker is made of.
pub(crate) struct Kit<F> {
    /// Makes its transport, on its own thread.
    pub(crate) factory: F,
    pub(crate) script: Script,
    pub(crate) seat: Seat,
    /// Where reports go, each with the worker's index.
    pub(crate) reports: Sender<(u32, Report)>,
    /// Set to end the slice under way early.
    pub(crate) stop: Arc<AtomicBool>,
    /// Where things that its users make are counted.
    pub(crate) tally: Arc<Tally>,
}

impl Worker {
    /// Starts the thread, which waits for orders.
    pub(crate) fn start<F: Factory>(kit: Kit<F>) -> std::io::Result<Self> {
        let (jobs, inbox) = unbounded_channel();
        let (started, outcome) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name(format!("load-{}", kit.seat.index)).spawn(
            move || {
                // A local runtime has no queue that other threads can reach, so no lock either.
                let runtime =
                    Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
                match runtime {
                    Ok(runtime) => {
                        let _ = started.send(Ok(()));
                        runtime.block_on(serve(kit, inbox));
                    }
                    Err(error) => {
                        let _ = started.send(Err(error));
                    }
                }
            },
        )?;
        outcome.recv().map_err(std::io::Error::other)??;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Begins a slice. Its end is reported, unless the thread has died.
    pub(crate) fn begin(&self, order: Order) {
        self.give(Job::Slice(order));
    }

    /// Has its users delete what they made. The end of it is reported likewise.
    pub(crate) fn clean(&self, shutdown: Shutdown) {
        self.give(Job::Clean(shutdown));
    }

    fn give(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // A dead thread has dropped its reports too, which the coordinator notices.
            let _ = jobs.send(job);
        }
    }

    /// Lets the thread go: it will not be waited for, whatever it still waits for itself.
    pub(crate) fn abandon(&mut self) {
        self.thread = None;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve<F: Factory>(kit: Kit<F>, mut inbox: UnboundedReceiver<Job>) {
    let Kit { factory, script, seat, reports, stop, tally } = kit;
    let transport = factory.make(seat, script.at_once());
    let crew = Rc::new(Crew::new(transport, script, seat, Ledger::new(tally)));
    while let Some(job) = inbox.recv().await {
        let order = match job {
            Job::Slice(order) => order,
            Job::Clean(shutdown) => {
                let cleaned = clean(Rc::clone(&crew), shutdown).await;
                let _ = reports.send((seat.index, Report::Cleaned(cleaned)));
                continue;
            }
        };
        let tell = |progress| {
            let _ = reports.send((seat.index, Report::Progress(progress)));
        };
        let yielded = run(Rc::clone(&crew), order, &stop, tell).await;
        let done = Report::Done { yielded: Box::new(yielded) };
        if reports.send((seat.index, done)).is_err() {
            break;
        }
    }
}

#[cfg(target_os = "linux")]
async fn run<T: Transport + 'static>(
    crew: Rc<Crew<T>>,
    order: Order,
    stop: &AtomicBool,
    tell: impl FnMut(Progress),
) -> Yield {
    use super::alarm::{PreciseAlarm, RuntimeAlarm};
    match PreciseAlarm::new().and_then(|users| Ok([users, PreciseAlarm::new()?])) {
        Ok(alarms) => slice::run(crew, order, alarms, stop, tell).await,
        Err(_) => slice::run(crew, order, [RuntimeAlarm; 2], stop, tell).await,
    }
}

#[cfg(not(target_os = "linux"))]
async fn run<T: Transport + 'static>(
    crew: Rc<Crew<T>>,
    order: Order,
    stop: &AtomicBool,
    tell: impl FnMut(Progress),
) -> Yield {
    slice::run(crew, order, [super::alarm::RuntimeAlarm; 2], stop, tell).await
}
