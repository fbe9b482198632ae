//! What a user who is at work does next.

use std::time::Duration;

use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use tokio::time::Instant;

use super::super::EngineError;
use super::super::alarm::Alarm;
use super::super::cast::{Role, draw, generator};
use super::super::line::Line;
use super::super::paced::Paced;
use super::super::presence::Entry;
use super::super::sequence::choice_of_arrival;
use super::super::slice::SliceLoad;
use super::super::transport::Transport;
use super::super::turn::{Due, Ended, Start, Turn};
use super::super::turnstile::Arrival;
use super::{Clock, Shift};
use crate::model::{Failure, Outcome};

/// How long a user waits after it could not connect, so that a dead service is not hammered.
const RECONNECT_PAUSE: Duration = Duration::from_millis(50);

/// How long a user waits at least after a task of which nothing could be sent.
const IDLE_PAUSE: Duration = Duration::from_millis(10);

/// A stretch of time in which a user is at work.
#[derive(Clone, Copy)]
pub(super) struct Stay {
    /// Its begin.
    pub(super) from: Instant,
    /// From when on it is free: later than its begin if the last answer before kept it.
    pub(super) free: Instant,
    /// Nothing is begun from then on.
    pub(super) to: Instant,
    /// How it came.
    pub(super) entry: Entry,
}

impl<T: Transport + 'static, A: Alarm + 'static> Shift<T, A> {
    /// All that the user of `line` does during `stay`.
    pub(super) async fn work(
        &self,
        line: &mut Line<'_, T>,
        stay: Stay,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<(), EngineError> {
        line.stay_until(stay.to);
        match self.crew.script.cast.role(line.number()) {
            None => self.send_any(line, stay, random).await,
            Some(role) => self.send_tasks(line, role, stay, random).await,
        }
    }

    /// How many tasks the user of that number begins at most.
    fn tasks_of(&self, number: u64) -> u64 {
        match (self.order.tasks, &self.order.load) {
            (Some(tasks), SliceLoad::Users(users)) => {
                let (tasks, users) = (u64::from(tasks), u64::from(*users).max(1));
                tasks / users + u64::from(number < tasks % users)
            }
            _ => u64::MAX,
        }
    }

    fn is_over(&self, stay: Stay, now: Instant) -> bool {
        self.stopped.get() || now >= stay.to
    }

    /// Anything there is to do with equal chance, one after the other.
    async fn send_any(
        &self,
        line: &mut Line<'_, T>,
        stay: Stay,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<(), EngineError> {
        let choices = self.acts.len();
        let mut left = self.tasks_of(line.number());
        let mut free = stay.free;
        while left > 0 && !self.is_over(stay, free) {
            left -= 1;
            let choice = if choices > 1 { random.random_range(0..choices) } else { 0 };
            let (position, endpoint) = self.acts[choice];
            let turn = Turn::at(free, position, endpoint);
            let (until, was_sent) = self.send(line, &turn, random).await?;
            free = until;
            if !was_sent {
                tokio::time::sleep(IDLE_PAUSE).await;
                free = Instant::now();
            }
        }
        Ok(())
    }

    /// What the user's role has it do.
    async fn send_tasks(
        &self,
        line: &mut Line<'_, T>,
        role: &Role,
        stay: Stay,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<(), EngineError> {
        let Clock::Users(sleepers) = &self.clock else { return Ok(()) };
        // Users come back in the middle of a pause, as they would be found at any moment.
        let mut first = draw(role.pause, random).mul_f64(random.random::<f64>());
        if let Some(rate) = role.rate {
            let seconds = random.random::<f64>() / rate.get();
            let most = stay.to.saturating_duration_since(stay.from);
            first = Duration::try_from_secs_f64(seconds).map_or(most, |first| first.min(most));
        }
        if stay.entry == Entry::Comes {
            first = Duration::ZERO;
        }
        // A rate does not wait for whoever is kept.
        let begin = if role.rate.is_some() { stay.from } else { stay.free } + first;
        let mut paced = role.rate.map(|rate| Paced::new(rate, begin, stay.to));
        let mut due = begin;
        let mut available = begin.max(stay.free);
        // What the generator's delays before have moved that.
        let mut late = Duration::ZERO;
        let mut left = self.tasks_of(line.number());
        while left > 0 && !self.is_over(stay, due.max(available)) {
            left -= 1;
            sleepers.until(due).await;
            if self.stopped.get() {
                return Ok(());
            }
            if let Some(paced) = &mut paced {
                paced.start();
            }
            let free = due.max(before(available, late));
            let start = if role.rate.is_some() { Start::AT_RATE } else { Start::User };
            let first = Due { intended: due, free, taken: due.max(available), start };
            let sent = self.send_steps(line, role, stay, first, random).await?;
            available = sent.until;
            late = line.was_late();
            let away = line.was_away();
            due = if let Some(paced) = &mut paced {
                if !sent.any {
                    tokio::task::consume_budget().await;
                }
                paced.delay(away);
                // The next intended start, whatever the answers took.
                let Some(due) = paced.due() else { break };
                due
            } else {
                let least = if sent.any { Duration::ZERO } else { IDLE_PAUSE };
                sent.until + draw(role.pause, random).max(least)
            };
        }
        // Users who end with their tasks are free for all of them.
        if let Some(mut paced) = paced.filter(|_| self.order.tasks.is_none()) {
            self.settle(role, &mut paced, random);
        }
        Ok(())
    }

    /// The steps of one task, the first of which is due like that.
    async fn send_steps(
        &self,
        line: &mut Line<'_, T>,
        role: &Role,
        stay: Stay,
        first: Due,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<Steps, EngineError> {
        let mut due = first;
        let mut steps = Steps { until: first.taken, any: false };
        for &endpoint in role.choose(random) {
            let until = steps.until;
            let Some(position) = self.places[endpoint].filter(|_| !self.is_over(stay, until))
            else {
                break;
            };
            let turn = Turn { position, endpoint, due };
            let (until, was_sent) = self.send(line, &turn, random).await?;
            steps = Steps { until, any: steps.any || was_sent };
            due = if was_sent { due.then(until) } else { due.delayed(until - due.taken) };
        }
        Ok(steps)
    }

    /// Sends one request; says when the user is free again, and whether anything was sent.
    async fn send(
        &self,
        line: &mut Line<'_, T>,
        turn: &Turn,
        random: &mut Xoshiro256PlusPlus,
    ) -> Result<(Instant, bool), EngineError> {
        match line.send(turn, random).await? {
            Ended::Skipped(taken) => Ok((taken, false)),
            Ended::Sent(_, Outcome::Failed(Failure::Connect | Failure::Tls | Failure::Dns)) => {
                tokio::time::sleep(RECONNECT_PAUSE).await;
                Ok((Instant::now(), true))
            }
            Ended::Sent(end, _) => Ok((end, true)),
        }
    }

    /// What an arrival asks for; says since when the user is free again, or would be without the
    /// generator's delays.
    pub(super) async fn take_on(
        &self,
        line: &mut Line<'_, T>,
        arrival: Arrival,
    ) -> Result<Instant, EngineError> {
        let end = self.order.begin + self.order.duration;
        line.stay_until(end);
        let Arrival { intended, free, taken, .. } = arrival;
        let mut random = generator(self.order.seed, arrival.n);
        line.arrive(self.first + arrival.n);
        let any;
        let steps = if let Some(role) = self.crew.script.cast.role(arrival.n) {
            role.choose(&mut random)
        } else {
            let choice = choice_of_arrival(self.order.seed, arrival.n, self.acts.len());
            any = [self.acts[choice].1];
            &any
        };
        let mut due = Due { intended, free, taken, start: Start::AT_RATE };
        for (nth, &endpoint) in steps.iter().enumerate() {
            let Some(position) = self.places[endpoint] else { break };
            // What the schedule asked for is sent or dropped; what would only follow it is not.
            if nth > 0 && (self.stopped.get() || due.taken >= end) {
                break;
            }
            let turn = Turn { position, endpoint, due };
            if arrival.waited() > self.crew.script.timeout {
                self.dropped.set(self.dropped.get() + 1);
                self.recorder.borrow_mut().dropped(turn.place(), 1);
                // A schedule that nobody can keep up with must not keep the worker from its tick.
                tokio::task::consume_budget().await;
                break;
            }
            match line.send(&turn, &mut random).await? {
                Ended::Sent(end, _) => due = due.then(end),
                Ended::Skipped(taken) => due = due.delayed(taken - due.taken),
            }
        }
        Ok(before(due.free, line.was_late()))
    }
}

fn before(at: Instant, by: Duration) -> Instant {
    at.checked_sub(by).unwrap_or(at)
}

/// What became of a task's steps.
#[derive(Clone, Copy)]
struct Steps {
    /// When the last one ended.
    until: Instant,
    /// Whether anything was sent.
    any: bool,
}
