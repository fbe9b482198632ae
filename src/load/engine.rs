//! The coordinator: makes rounds of slices and adds up what the workers measured.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::around::Around;
use super::busy::Busy;
use super::open_files;
use super::origin::Origin;
use super::parts::times;
use super::passage::{StageWatch, staged};
use super::ready::{self, Reached};
use super::script::Script;
use super::sequence::{shuffled, stir};
use super::shape::{slice_load, timeline, workers};
use super::shutdown::Shutdown;
use super::slice::{Order, Seat, SliceLoad};
use super::slices::{Form, Pace, Slice};
use super::spoken::SpokenFactory;
use super::steward::Errands;
use super::team::{Outcome, Team, Told};
use super::transport::Factory;
use super::{EngineError, Event, Observer, null_handler};
use crate::model::{
    Anchors, Block, EndpointName, GeneratorHealth, Histogram, Kind, Lookup, Outcomes, Plan, Round,
    Sample, Share, Validity,
};

/// What the engine asks of the machine it runs on.
pub trait Machine {
    /// Runs the fixed CPU kernel; says how long it takes at best, and the share of its time that
    /// other processes took.
    fn cpu_kernel(&mut self) -> (Duration, Share);

    /// The share of CPU time the hypervisor took, or a quota held back, since the last call.
    fn steal(&mut self) -> Share;
}

/// Measures one plan. Everything that was opened is closed when this is dropped.
pub struct Engine<'a> {
    pub(super) plan: &'a Plan,
    pub(super) shutdown: Shutdown,
    machine: Box<dyn Machine + 'a>,
    pub(super) target: Team,
    null: Team,
    pub(super) pace: Pace,
    pub(super) around: Around<'a>,
    /// How all requests so far ended, by the endpoint's position.
    pub(super) ended: Vec<Outcomes>,
    lookup: Option<Lookup>,
}

/// Which round is to be measured.
#[derive(Debug, Clone, Copy)]
pub struct RoundOrder<'a> {
    /// Its position in the run, from 0; fixes what the seed chooses.
    pub index: u32,
    /// The pass.
    pub block: Block,
    /// Its number within the pass, from 1.
    pub number: u32,
    /// Rounds of the pass.
    pub of: u32,
    /// Only these endpoints; `None` for all. An open loop and several users always send the whole
    /// mix, because a part of it would be another load.
    pub only: Option<&'a [EndpointName]>,
}

/// Requests to the null handler begin for this long in each round.
const NULL_SLICE: Duration = Duration::from_millis(80);

/// A machine that is busy with something else may let its worker run only when the slice is over;
/// then there is another one, up to so many.
const NULL_TRIES: u32 = 10;

/// Probes of the workers in a round from which on their p95 says something, and their p99; as many as
/// successes of an endpoint.
const P95_PROBES: u64 = 59;
const P99_PROBES: u64 = 299;

/// From the order to the first request: all workers have to hear it.
pub(super) const HEADWAY: Duration = Duration::from_millis(2);

impl<'a> Engine<'a> {
    /// Waits for the service, connects to it and starts the workers. Sends nothing that counts.
    ///
    /// # Errors
    /// When the service is not there or not ready in time, the plan holds what cannot be sent, a
    /// signal came, or the system gives no threads or ports, or fewer files than the plan takes.
    pub fn start(
        plan: &'a Plan,
        machine: Box<dyn Machine + 'a>,
        shutdown: Shutdown,
        observer: &mut dyn Observer,
    ) -> Result<Self, EngineError> {
        let origin = Origin::of(plan)?;
        // What cannot be sent is found before anything is asked of the service.
        let mut scripts = (0..workers(plan))
            .map(|_| Script::new(plan, &origin))
            .collect::<Result<Vec<_>, _>>()?;
        open_files::suffice(plan, &scripts[0])?;
        let errands = Errands::new(plan, &origin)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build_local(tokio::runtime::LocalOptions::default())
            .map_err(EngineError::System)?;
        let Reached { factory, lookup } =
            runtime.block_on(ready::reach(plan, &origin, &shutdown, observer))?;
        let with = (factory.make(Seat::ONLY, 1), runtime, factory.shortage().clone());
        let (around, given) = Around::begin(plan, errands, with, &shutdown, observer)?;
        for script in &mut scripts {
            script.given.clone_from(&given);
            script.abroad.heed(factory.shortage());
        }
        let (target, null) = match teams(&factory, scripts) {
            Ok(teams) => teams,
            Err(error) => return Err(around.give_up(error, observer)),
        };
        let pace = Pace::new(plan);
        let ended = vec![Outcomes::default(); plan.endpoints.len()];
        Ok(Self { plan, shutdown, machine, target, null, pace, around, ended, lookup })
    }

    /// Where the service's name led; nothing if it has none, or none that can be told.
    #[must_use]
    pub fn lookup(&self) -> Option<&Lookup> {
        self.lookup.as_ref()
    }

    /// Sends what is not counted, and learns how fast the endpoints answer.
    ///
    /// # Errors
    /// When a signal came or a worker died.
    pub fn warm_up(&mut self, observer: &mut dyn Observer) -> Result<(), EngineError> {
        let positions: Vec<usize> = (0..self.plan.endpoints.len()).collect();
        let expected = self.pace.warm_up_time();
        if expected.is_zero() {
            return Ok(());
        }
        observer.observe(&Event::WarmUp { expected });
        let begin = Instant::now();
        let seed = stir(&[self.plan.seed, u64::MAX]);
        for slice in self.pace.warm_up_slices(&positions) {
            let mut wanted = Some(slice);
            while let Some(slice) = wanted {
                let outcome = self.measure(&slice, seed, begin, observer)?;
                self.pace.learn(&slice, &outcome.samples);
                wanted = self.pace.more_warm_up(&slice, &outcome.samples);
            }
        }
        Ok(())
    }

    /// Measures one round. Its validity is for the caller to judge; it is `Valid` until then.
    ///
    /// # Errors
    /// When a signal came (the round is lost) or a worker died.
    pub fn round(
        &mut self,
        order: &RoundOrder<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Round, EngineError> {
        if let Kind::Correctness { tasks } = self.plan.kind {
            return self.round_of_tasks(tasks.get(), order, observer);
        }
        let positions = self.positions(order);
        let expected = self.pace.round_time(positions.len());
        observer.observe(&Event::Round {
            block: order.block,
            number: order.number,
            of: order.of,
            expected,
            left: expected * (order.of + 1).saturating_sub(order.number),
        });
        let started = Timestamp::now();
        let begin = Instant::now();
        let seed = stir(&[self.plan.seed, u64::from(order.index)]);
        let mut total = Totals::default();
        let mut samples: BTreeMap<EndpointName, Sample> = BTreeMap::new();
        let mut counts = self.counts();
        let mut of_stages = None;
        // On both sides of the round: a neighbour that came or went meanwhile shows in one of them.
        let before = self.machine.cpu_kernel();
        self.machine.steal();
        for slice in self.pace.slices(&shuffle(&positions, seed)) {
            if let Some(&position) = slice.endpoints.first().filter(|_| self.pace.one_by_one())
                && positions.len() > slice.endpoints.len()
            {
                observer.observe(&Event::Slice {
                    endpoint: self.plan.endpoints[position].called().clone(),
                });
            }
            let mut gathered = vec![Sample::default(); slice.endpoints.len()];
            let mut part = Some(slice);
            while let Some(slice) = part {
                let seed = stir(&[seed, total.slices]);
                let outcome = self.measure(&slice, seed, begin, observer)?;
                total.add(&outcome, slice.duration);
                let times = times(&slice.endpoints, slice.duration, &outcome);
                self.count(&mut counts, &times, &outcome);
                if let (Form::Stages, Some(stages)) = (slice.form, self.plan.load.stages()) {
                    let names: Vec<_> = self.names(&slice).collect();
                    let (whole, of_each) = staged(stages, &names, &outcome);
                    samples.extend(names.into_iter().zip(whole));
                    of_stages = Some(of_each);
                    break;
                }
                self.pace.learn(&slice, &outcome.samples);
                let of_slice = outcome.samples.into_iter().zip(times);
                for (sum, (sample, (_, time))) in gathered.iter_mut().zip(of_slice) {
                    let measured = sum.measured + time;
                    sum.merge(&sample);
                    sum.measured = measured;
                }
                part = self.pace.more(&slice, &gathered);
                if part.is_none() {
                    for (name, sample) in self.names(&slice).zip(std::mem::take(&mut gathered)) {
                        // A part of several things is measured in the slice of each.
                        let sum = samples.entry(name).or_default();
                        let measured = sum.measured + sample.measured;
                        sum.merge(&sample);
                        sum.measured = measured;
                    }
                }
            }
        }
        samples.values_mut().for_each(Sample::settle_phases);
        let steal = self.machine.steal();
        let (anchors, crowding) = self.anchors(before, observer)?;
        Ok(Round {
            index: order.index,
            block: order.block,
            started,
            measured: total.measured,
            validity: Validity::Valid,
            anchors,
            generator: total.health(steal, crowding),
            samples,
            counts,
            staged: of_stages,
        })
    }

    fn names(&self, slice: &Slice) -> impl Iterator<Item = EndpointName> {
        slice.endpoints.iter().map(|&at| self.plan.endpoints[at].name.clone())
    }

    /// The anchors, and how crowded the CPU was: of the kernel `before` the slices and the one
    /// after them the better time and the worse crowding.
    fn anchors(
        &mut self,
        before: (Duration, Share),
        observer: &mut dyn Observer,
    ) -> Result<(Anchors, Share), EngineError> {
        let (null_p50, null_p95) = self.null_handler()?;
        // The kernel comes last, so that it does not run beside the null handler's thread.
        let after = self.machine.cpu_kernel();
        let cpu_kernel = before.0.min(after.0);
        let crowding = Share::new(before.1.get().max(after.1.get()));
        if let Some(signal) = self.shutdown.asked() {
            observer.observe(&Event::Stopping);
            return Err(EngineError::Interrupted(signal));
        }
        Ok((Anchors { cpu_kernel, null_p50, null_p95 }, crowding))
    }

    /// p50 and p95 of the null handler.
    fn null_handler(&mut self) -> Result<(Duration, Duration), EngineError> {
        for _ in 0..NULL_TRIES {
            let order = Order {
                endpoints: vec![0],
                load: SliceLoad::Users(1),
                begin: Instant::now(),
                duration: NULL_SLICE,
                tasks: None,
                seed: 0,
                timeline: None,
            };
            let outcome = self.null.carry_out(&order, &self.shutdown, &mut |_| {})?;
            let answered = |sample: &&Sample| !sample.latency.is_empty();
            if let Some(sample) = outcome.samples.first().filter(answered) {
                return Ok((sample.latency.quantile(0.50), sample.latency.quantile(0.95)));
            }
        }
        Err(EngineError::NullHandler)
    }

    fn measure(
        &mut self,
        slice: &Slice,
        seed: u64,
        began: Instant,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, EngineError> {
        let start = Instant::now() + HEADWAY;
        let order = Order {
            endpoints: slice.endpoints.clone(),
            load: slice_load(self.plan, slice),
            begin: start,
            duration: slice.duration,
            tasks: None,
            seed,
            timeline: timeline(self.plan, slice, start),
        };
        let stages = self.plan.load.stages().filter(|_| slice.form == Form::Stages);
        let watch = stages.map(|stages| StageWatch::new(stages, start));
        self.carry_out(&order, began, watch, observer)
    }

    /// Has `order` carried out, tells of the stages that `watch` sees begin, and counts how its
    /// requests ended.
    pub(super) fn carry_out(
        &mut self,
        order: &Order,
        began: Instant,
        mut watch: Option<StageWatch>,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, EngineError> {
        let outcome = self.target.carry_out(order, &self.shutdown, &mut |told| match told {
            Told::Stopping => observer.observe(&Event::Stopping),
            Told::Progress { requests, failures, p95 } => {
                if let Some(event) = watch.as_mut().and_then(StageWatch::look) {
                    observer.observe(&event);
                }
                let elapsed = began.elapsed();
                observer.observe(&Event::Snapshot { elapsed, requests, failures, p95 });
            }
        })?;
        // Stage after stage, each with every endpoint.
        for (&position, sample) in order.endpoints.iter().cycle().zip(&outcome.samples) {
            self.ended[position].merge(&sample.outcomes);
        }
        Ok(outcome)
    }
}

/// Who sends to the service, and who to perfbase's own null handler.
fn teams(factory: &SpokenFactory, scripts: Vec<Script>) -> Result<(Team, Team), EngineError> {
    // Each a generic parameter: what one of them costs, the other does not.
    let target = match factory {
        SpokenFactory::Http1(http1) => Team::start(http1, factory.shortage(), scripts)?,
        SpokenFactory::Http2(http2) => Team::start(http2, factory.shortage(), scripts)?,
    };
    Ok((target, null_handler::asked()?))
}

fn shuffle(positions: &[usize], seed: u64) -> Vec<usize> {
    shuffled(seed, positions.len()).into_iter().map(|index| positions[index]).collect()
}

/// A round's slices added up.
#[derive(Default)]
struct Totals {
    slices: u64,
    measured: Duration,
    lag: Histogram,
    poll_delay: Histogram,
    intended: u64,
    sent: u64,
    busy: Vec<Busy>,
}

impl Totals {
    fn add(&mut self, outcome: &Outcome, duration: Duration) {
        self.slices += 1;
        self.measured += duration;
        for sample in &outcome.samples {
            self.lag.merge(&sample.lag);
        }
        self.poll_delay.merge(&outcome.poll_delay);
        self.intended += outcome.intended;
        self.sent += outcome.sent;
        self.busy.resize(outcome.busy.len().max(self.busy.len()), Busy::default());
        for (sum, part) in self.busy.iter_mut().zip(&outcome.busy) {
            sum.add(*part);
        }
    }

    fn health(&self, steal: Share, crowding: Share) -> GeneratorHealth {
        let poll_delay = |level, needed| {
            (self.poll_delay.count() >= needed).then(|| self.poll_delay.quantile(level))
        };
        GeneratorHealth {
            busy: Busy::most(&self.busy),
            steal,
            crowding,
            lag_p95: self.lag.quantile(0.95),
            lag_p99: Some(self.lag.quantile(0.99)),
            poll_delay_p95: poll_delay(0.95, P95_PROBES),
            poll_delay_p99: poll_delay(0.99, P99_PROBES),
            intended: self.intended,
            sent: self.sent,
        }
    }
}
