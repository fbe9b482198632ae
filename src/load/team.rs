//! Workers that share a target, seen as one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::EngineError;
use super::recorder::Progress;
use super::script::Script;
use super::shutdown::{Shutdown, Signal};
use super::slice::{Order, Seat, Yield};
use super::staging::{Bucket, Timeline};
use super::transport::Transport;
use super::worker::{Kit, Report, Worker};
use crate::model::Sample;

/// How often the coordinator looks for signals.
const LOOK: Duration = Duration::from_millis(100);

/// What all workers together brought of one slice.
pub(crate) struct Outcome {
    /// In the order of the slice's endpoints, stage after stage.
    pub(crate) samples: Vec<Sample>,
    /// What came after the top.
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) intended: u64,
    pub(crate) sent: u64,
    /// CPU time and time of each worker, by its index.
    pub(crate) busy: Vec<(Duration, Duration)>,
}

/// What is told while a slice is under way.
pub(crate) enum Told {
    Progress { requests: u64, failures: u64, p95: Option<Duration> },
    Stopping,
}

/// Workers that share a target.
pub(crate) struct Team {
    workers: Vec<Worker>,
    reports: Receiver<(u32, Report)>,
    stop: Arc<AtomicBool>,
}

impl Team {
    /// A worker for each of `scripts`.
    pub(crate) fn start<T: Transport + Clone + Send + 'static>(
        transport: &T,
        scripts: Vec<Script>,
    ) -> Result<Self, EngineError> {
        let (sender, reports) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let of = scripts.len() as u32;
        let start = |(index, script)| {
            let kit = Kit {
                transport: transport.clone(),
                script,
                seat: Seat { index, of },
                reports: sender.clone(),
                stop: Arc::clone(&stop),
            };
            Worker::start(kit).map_err(EngineError::System)
        };
        let workers = (0..of).zip(scripts).map(start).collect::<Result<_, _>>()?;
        Ok(Self { workers, reports, stop })
    }

    /// Has every worker do its part and adds the parts up.
    pub(crate) fn carry_out(
        &self,
        order: &Order,
        shutdown: &Shutdown,
        tell: &mut dyn FnMut(Told),
    ) -> Result<Outcome, EngineError> {
        let timeline = order.timeline.as_ref();
        let stages = timeline.map_or(1, Timeline::stages);
        let mut outcome = Outcome {
            samples: vec![Sample::default(); order.endpoints.len() * stages],
            buckets: vec![Bucket::default(); timeline.map_or(0, Timeline::buckets)],
            intended: 0,
            sent: 0,
            busy: vec![<(Duration, Duration)>::default(); self.workers.len()],
        };
        let mut at_work = self.workers.len();
        for worker in &self.workers {
            worker.begin(order.clone());
        }
        let mut progress = vec![Progress::default(); self.workers.len()];
        let mut signal: Option<Signal> = None;
        let mut failed: Option<EngineError> = None;
        while at_work > 0 {
            match self.reports.recv_timeout(LOOK) {
                Ok((worker, Report::Progress(now))) => {
                    progress[worker as usize] = now;
                    if worker == 0 {
                        tell(Told::Progress {
                            requests: progress.iter().map(|p| p.requests).sum(),
                            failures: progress.iter().map(|p| p.failures).sum(),
                            p95: progress.iter().filter_map(|p| p.p95).max(),
                        });
                    }
                }
                Ok((worker, Report::Done { yielded, cpu, wall })) => {
                    let Yield { samples, buckets, intended, sent, fatal } = yielded;
                    failed = failed.or(fatal);
                    // One by one, so that what has been added is freed at once.
                    for (sum, part) in outcome.samples.iter_mut().zip(samples) {
                        sum.merge(&part);
                    }
                    for (sum, part) in outcome.buckets.iter_mut().zip(buckets) {
                        sum.merge(&part);
                    }
                    outcome.intended += intended;
                    outcome.sent += sent;
                    outcome.busy[worker as usize] = (cpu, wall);
                    at_work -= 1;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(EngineError::WorkerDied),
            }
            if signal.is_none()
                && let Some(asked) = shutdown.asked()
            {
                signal = Some(asked);
                self.stop.store(true, Ordering::Relaxed);
                tell(Told::Stopping);
            }
        }
        match (signal.or_else(|| shutdown.asked()), failed) {
            (Some(signal), _) => Err(EngineError::Interrupted(signal)),
            (None, Some(failed)) => Err(failed),
            (None, None) => Ok(outcome),
        }
    }
}
