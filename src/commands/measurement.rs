//! A run under way: rounds are measured, judged sound or not, and stored as they come.

use std::thread::JoinHandle;

use super::context::Context;
use super::error::CommandError;
use super::machine::ThisMachine;
use super::session;
use crate::config::GateOverrides;
use crate::host;
use crate::judge;
use crate::load::{Engine, EngineError, Event, Observer, REDONE, RoundOrder, Shutdown};
use crate::model::{
    Block, Cleanup, EndpointName, GitFacts, Kind, Plan, Policy, Pooled, Run, RunEndpoint, RunState,
    Validity,
};
use crate::store::{RunNumber, Store};
use crate::ui::{Printer, Progress};

/// A run under way.
pub(super) struct Measurement<'a> {
    plan: &'a Plan,
    policy: Policy,
    engine: Engine<'a>,
    store: Store,
    progress: Progress,
    run: Run,
    number: RunNumber,
}

/// A run that is over, and its number in the history.
pub(super) struct Measured {
    pub(super) run: Run,
    pub(super) number: RunNumber,
    pub(super) store: Store,
}

/// A run of `plan` that begins now, in the state of the code that `git` tells.
pub(super) fn begun(plan: &Plan, git: JoinHandle<Option<GitFacts>>) -> Run {
    Run {
        session: session::begin(git),
        scenario: plan.scenario.clone(),
        environment: plan.environment.clone(),
        url: plan.base_url.written().to_owned(),
        lookup: None,
        workload: plan.workload.clone(),
        endpoints: plan
            .endpoints
            .iter()
            .map(|endpoint| RunEndpoint {
                name: endpoint.name.clone(),
                kind: endpoint.action.kind(),
                budgets: endpoint.budgets,
            })
            .collect(),
        seed: plan.seed,
        machine: host::machine_class(),
        state: RunState::Running,
        rounds: Vec::new(),
        pooled: Pooled::default(),
        counters: plan
            .behaviour
            .counters
            .iter()
            .map(|counter| {
                // Only under a load that is judged by its time is it known how much there has to be.
                let least = counter.least.filter(|_| plan.kind == Kind::Load);
                (counter.name.clone(), least)
            })
            .collect(),
        requirements: Vec::new(),
        cleanups: Vec::new(),
    }
}

impl<'a> Measurement<'a> {
    /// Waits for the service, opens the database and begins the run, which `shutdown` may stop.
    pub(super) fn begin(
        plan: &'a Plan,
        context: &Context,
        printer: &mut Printer,
        shutdown: Shutdown,
    ) -> Result<Self, CommandError> {
        let git = session::ask_git(&context.directory);
        let store = context.store()?;
        let policy = context.config.policy(&GateOverrides::default());
        let mut progress = printer.progress();
        let engine = Engine::start(plan, Box::new(ThisMachine::new()), shutdown, &mut progress)?;
        let run = Run { lookup: engine.lookup().cloned(), ..begun(plan, git) };
        let mut measurement =
            Self { plan, policy, engine, store, progress, run, number: RunNumber::new(0) };
        match measurement.store.begin_run(&measurement.run) {
            Ok(number) => {
                measurement.number = number;
                Ok(measurement)
            }
            Err(error) => {
                let cleanups = measurement.engine.clean_up(&mut measurement.progress);
                tell(&cleanups, printer);
                Err(error.into())
            }
        }
    }

    /// Shows from now on on `progress` how it goes.
    pub(super) fn watch(&mut self, progress: Progress) {
        self.progress = progress;
    }

    /// Connects anew, to a service that was started again; the run goes on.
    pub(super) fn reconnect(&mut self, shutdown: Shutdown) -> Result<(), CommandError> {
        let machine = Box::new(ThisMachine::new());
        self.engine = Engine::start(self.plan, machine, shutdown, &mut self.progress)?;
        Ok(())
    }

    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// Sends what is not counted.
    pub(super) fn warm_up(&mut self) -> Result<(), CommandError> {
        Ok(self.engine.warm_up(&mut self.progress)?)
    }

    /// The scenario itself: warm-up and first pass.
    pub(super) fn first_pass(&mut self) -> Result<(), CommandError> {
        self.warm_up()?;
        self.pass(Block::First, None)
    }

    /// Measures `only` these endpoints again, as often as in the first pass.
    pub(super) fn again(
        &mut self,
        block: Block,
        only: &[EndpointName],
    ) -> Result<(), CommandError> {
        self.pass(block, Some(only))
    }

    /// Ends the run, and the progress on the terminal.
    pub(super) fn end(mut self, printer: &mut Printer) -> Result<Measured, CommandError> {
        let closed = self.close(RunState::Complete, printer);
        if let Some(signal) = self.engine.insisted() {
            return Err(EngineError::Interrupted(signal).into());
        }
        closed?;
        Ok(Measured { run: self.run, number: self.number, store: self.store })
    }

    /// Ends a run that was stopped; the rounds that were finished are there.
    pub(super) fn give_up(
        mut self,
        error: &CommandError,
        printer: &mut Printer,
    ) -> Result<Measured, CommandError> {
        let state = match error {
            CommandError::Engine(error) if error.signal().is_some() => RunState::Interrupted,
            _ => RunState::Broken,
        };
        self.close(state, printer)?;
        Ok(Measured { run: self.run, number: self.number, store: self.store })
    }

    /// Stores how the run ended, and cleans up after it, whatever comes of the storing.
    fn close(&mut self, state: RunState, printer: &mut Printer) -> Result<(), CommandError> {
        self.run.state = state;
        let finished = self.store.finish_run(self.number, state);
        let cleaned = self.clean_up();
        self.watch(Progress::silent());
        tell(&self.run.cleanups, printer);
        finished?;
        cleaned
    }

    /// Deletes what was made since the service was connected to, and stores what came of it.
    pub(super) fn clean_up(&mut self) -> Result<(), CommandError> {
        for new in self.engine.clean_up(&mut self.progress) {
            let known = &mut self.run.cleanups;
            let same =
                |old: &&mut Cleanup| (&old.endpoint, &old.request) == (&new.endpoint, &new.request);
            match known.iter_mut().find(same) {
                Some(old) => old.merge(&new),
                None => known.push(new),
            }
        }
        if self.run.cleanups.is_empty() {
            return Ok(());
        }
        Ok(self.store.save_cleanups(self.number, &self.run.cleanups)?)
    }

    /// Asks what must hold after all that was sent, and stores what came of it.
    pub(super) fn find_out(&mut self) -> Result<(), CommandError> {
        let ended = self.engine.ended();
        let mut found = match self.plan.kind {
            Kind::Load | Kind::Limiter { .. } => Vec::new(),
            Kind::Correctness { .. } => {
                let sent = self.run.endpoints.iter().filter(|it| it.counts_as_request());
                let names: Vec<EndpointName> = sent.map(|it| it.name.clone()).collect();
                judge::no_failures(&names, &ended)
            }
        };
        let invariants = &self.plan.steward.invariants;
        if !invariants.is_empty() {
            let asked = self.engine.look_after()?;
            found.extend(judge::invariants(invariants, &asked, &ended));
        }
        if found.is_empty() {
            return Ok(());
        }
        self.run.requirements.extend(found);
        Ok(self.store.save_requirements(self.number, &self.run.requirements)?)
    }

    fn pass(&mut self, block: Block, only: Option<&[EndpointName]>) -> Result<(), CommandError> {
        let of = self.plan.rounds.get();
        for number in 1..=of {
            let mut redone = 0;
            while !self.round(block, number, of, only)? && redone < self.redos(block) {
                redone += 1;
            }
        }
        Ok(())
    }

    /// How often an invalid round may be redone: not at all once a first round has used up its
    /// tries, because then the machine or the load is at fault and more of the same is in vain.
    pub(super) fn redos(&self, block: Block) -> u32 {
        let of_block = || self.run.rounds.iter().filter(|round| round.block == block);
        let in_vain = of_block().all(|round| !round.validity.is_valid())
            && of_block().count() > REDONE as usize;
        if in_vain { 0 } else { REDONE }
    }

    /// Measures and stores one round; says whether it counts.
    pub(super) fn round(
        &mut self,
        block: Block,
        number: u32,
        of: u32,
        only: Option<&[EndpointName]>,
    ) -> Result<bool, CommandError> {
        let index = u32::try_from(self.run.rounds.len()).unwrap_or(u32::MAX);
        let order = RoundOrder { index, block, number, of, only };
        let mut round = self.engine.round(&order, &mut self.progress)?;
        // What a correctness scenario sends is judged by nothing that the machine could spoil.
        if self.plan.kind == Kind::Load {
            let (health, endpoints) = (round.health(&self.run.endpoints), &self.run.endpoints);
            round.validity =
                judge::validate_round(&health, &round.samples, endpoints, &self.policy);
        }
        self.store.save_round(self.number, &round)?;
        let validity = round.validity.clone();
        self.run.add(round);
        self.progress.observe(&Event::RoundDone { block, number, validity: validity.clone() });
        Ok(matches!(validity, Validity::Valid))
    }
}

/// Says what was deleted, and what is left.
pub(super) fn tell(cleanups: &[Cleanup], printer: &mut Printer) {
    for cleanup in cleanups {
        let line = format!("cleanup of {}: {cleanup}", cleanup.subject());
        if cleanup.is_whole() {
            printer.note(line);
        } else {
            printer.warning(line);
        }
    }
}
