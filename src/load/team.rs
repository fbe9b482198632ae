//! Workers that share a target, seen as one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::EngineError;
use super::around::Makers;
use super::busy::Busy;
use super::ledger::{Counted, Tally};
use super::recorder::Progress;
use super::script::Script;
use super::shortage::Shortage;
use super::shutdown::{Shutdown, Signal};
use super::slice::{Order, Seat, Yield};
use super::staging::{Bucket, Timeline};
use super::transport::Factory;
use super::worker::{Kit, Report, Worker};
use crate::model::{Cleanup, Count, Histogram, Sample};

/// How often the coordinator looks for signals.
const LOOK: Duration = Duration::from_millis(100);

/// What all workers together brought of one slice.
pub(crate) struct Outcome {
    /// In the order of the slice's endpoints, stage after stage.
    pub(crate) samples: Vec<Sample>,
    /// In the order of the plan's counters, as far as there was anything to count.
    pub(crate) counts: Vec<Count>,
    /// What came after the top.
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) intended: u64,
    pub(crate) sent: u64,
    /// Of all workers.
    pub(crate) poll_delay: Histogram,
    /// Of each worker, by its index.
    pub(crate) busy: Vec<Busy>,
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
    /// What this machine did not have for their connections.
    shortage: Shortage,
    /// What the users of each worker made.
    tallies: Vec<Arc<Tally>>,
    /// Whether its workers may still be at something that is not waited for.
    is_abandoned: bool,
}

/// How long workers may take to hear that they are to stop deleting.
const HEARING: Duration = Duration::from_secs(2);

impl Team {
    /// A worker for each of `scripts`, whose connections note in `shortage` what this machine does not
    /// have for them.
    pub(crate) fn start(
        factory: &impl Factory,
        shortage: &Shortage,
        scripts: Vec<Script>,
    ) -> Result<Self, EngineError> {
        let (sender, reports) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let of = scripts.len() as u32;
        let tally = |script: &Script| Arc::new(Tally::new(script.acts.len()));
        let tallies: Vec<_> = scripts.iter().map(tally).collect();
        let start = |((index, script), tally): ((u32, Script), &Arc<Tally>)| {
            let kit = Kit {
                factory: factory.clone(),
                script,
                seat: Seat { index, of },
                reports: sender.clone(),
                stop: Arc::clone(&stop),
                tally: Arc::clone(tally),
            };
            Worker::start(kit).map_err(EngineError::System)
        };
        let workers = (0..of).zip(scripts).zip(&tallies).map(start).collect::<Result<_, _>>()?;
        let shortage = shortage.clone();
        Ok(Self { workers, reports, stop, shortage, tallies, is_abandoned: false })
    }

    /// Lets the workers go as they are.
    fn abandon(&mut self) {
        self.is_abandoned = true;
        self.workers.iter_mut().for_each(Worker::abandon);
    }

    /// Has every worker do its part and adds the parts up.
    pub(crate) fn carry_out(
        &mut self,
        order: &Order,
        shutdown: &Shutdown,
        tell: &mut dyn FnMut(Told),
    ) -> Result<Outcome, EngineError> {
        let timeline = order.timeline.as_ref();
        let stages = timeline.map_or(1, Timeline::stages);
        let mut outcome = Outcome {
            samples: vec![Sample::default(); order.endpoints.len() * stages],
            counts: Vec::new(),
            buckets: vec![Bucket::default(); timeline.map_or(0, Timeline::buckets)],
            intended: 0,
            sent: 0,
            poll_delay: Histogram::new(),
            busy: vec![Busy::default(); self.workers.len()],
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
                Ok((worker, Report::Done { yielded })) => {
                    let Yield { samples, counts, buckets, intended, sent, poll_delay, busy, fatal } =
                        *yielded;
                    failed = failed.or(fatal);
                    // One by one, so that what has been added is freed at once.
                    for (sum, part) in outcome.samples.iter_mut().zip(samples) {
                        sum.merge(&part);
                    }
                    for (sum, part) in outcome.buckets.iter_mut().zip(buckets) {
                        sum.merge(&part);
                    }
                    let most = outcome.counts.len().max(counts.len());
                    outcome.counts.resize(most, Count::default());
                    outcome.counts.iter_mut().zip(&counts).for_each(|(sum, part)| sum.merge(part));
                    outcome.intended += intended;
                    outcome.sent += sent;
                    outcome.poll_delay.merge(&poll_delay);
                    outcome.busy[worker as usize] = busy;
                    at_work -= 1;
                }
                Ok((_, Report::Cleaned(_))) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(EngineError::WorkerDied),
            }
            if self.shortage.is_found() {
                self.stop.store(true, Ordering::Relaxed);
            }
            if signal.is_none()
                && let Some(asked) = shutdown.asked()
            {
                signal = Some(asked);
                self.stop.store(true, Ordering::Relaxed);
                tell(Told::Stopping);
            }
            if let (Some(signal), true) = (signal, shutdown.insisted()) {
                self.abandon();
                return Err(EngineError::Interrupted(signal));
            }
        }
        // A login that was not answered may be for want of the same.
        let failed = self.shortage.found().or(failed);
        match (signal.or_else(|| shutdown.asked()), failed) {
            (Some(signal), _) => Err(EngineError::Interrupted(signal)),
            (None, Some(failed)) => Err(failed),
            (None, None) => Ok(outcome),
        }
    }
}

impl Makers for Team {
    fn made(&self, endpoint: usize) -> Counted {
        self.tallies.iter().map(|tally| tally.of(endpoint)).fold(Counted::default(), |a, b| {
            Counted {
                made: a.made + b.made,
                unnamed: a.unnamed + b.unnamed,
                unknown: a.unknown + b.unknown,
            }
        })
    }

    /// Has every user delete what it made: nothing of what workers hold that are not waited for any
    /// more.
    fn clean(
        &mut self,
        shutdown: &Shutdown,
        known: Option<Signal>,
        asked: &mut dyn FnMut(),
    ) -> BTreeMap<usize, Cleanup> {
        let mut cleaned: BTreeMap<usize, Cleanup> = BTreeMap::new();
        if self.is_abandoned {
            return cleaned;
        }
        self.workers.iter().for_each(|worker| worker.clean(shutdown.clone()));
        let mut at_work = self.workers.len();
        let mut was_asked = known.is_some();
        let mut insisted: Option<Instant> = None;
        while at_work > 0 {
            match self.reports.recv_timeout(LOOK) {
                Ok((_, Report::Cleaned(parts))) => {
                    for (endpoint, part) in parts {
                        let sum = cleaned.entry(endpoint);
                        sum.or_insert_with(|| Cleanup::new(None, String::new())).merge(&part);
                    }
                    at_work -= 1;
                }
                Ok((_, Report::Progress(_) | Report::Done { .. }))
                | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if !was_asked && shutdown.asked().is_some() {
                was_asked = true;
                asked();
            }
            if shutdown.insisted() && insisted.get_or_insert_with(Instant::now).elapsed() > HEARING
            {
                self.abandon();
                break;
            }
        }
        cleaned
    }
}
