//! A rate limiter is put under more load than it may let through, and watched.
//!
//! First it is asked until it rejects something, and asked again when that rejection says so. Then it is
//! asked above its limit for several windows, left alone, and asked once more. All of it comes from one
//! user, whose identity the limiter may go by. Nothing is measured: what counts is what was let through, and
//! when at the earliest and at the latest. Around it there is what is around any load.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::act::Act;
use super::around::{Around, Makers};
use super::clean::clean;
use super::desk::{Desk, Rejection};
use super::ledger::{Counted, Ledger, Tally};
use super::open_files;
use super::origin::Origin;
use super::ready::{self, Reached};
use super::request::Request;
use super::schedule::Schedule;
use super::script::Script;
use super::shortage::Shortage;
use super::shutdown::{Shutdown, Signal};
use super::slice::{Crew, Seat};
use super::slope::Slope;
use super::spoken::Spoken;
use super::steward::Errands;
use super::transport::{Factory, Transport};
use super::visitor::Visitor;
use super::{EngineError, Event, LimiterStep, Observer};
use crate::model::{
    Asked, Cleanup, Endpoint, EndpointName, Limiter, LimiterSeen, Offer, Outcomes, Plan, Recovered,
    Returned,
};

/// How often is looked for a signal while nothing is sent, and told how it goes.
const GLANCE: Duration = Duration::from_millis(100);

/// What it takes to watch the rate limiters of a plan.
pub struct LimiterWatch<'p> {
    plan: &'p Plan,
    asking: Asking,
    shutdown: Shutdown,
    around: Around<'p>,
    ended: BTreeMap<EndpointName, Outcomes>,
}

/// Who asks, and on what thread.
struct Asking {
    runtime: LocalRuntime,
    crew: Rc<Crew<Spoken>>,
    tally: Arc<Tally>,
    shortage: Shortage,
}

impl<'p> LimiterWatch<'p> {
    /// Waits for the service, finds its address and sets it up. Asks nothing of the limiters.
    ///
    /// # Errors
    /// When the service is not there or not ready in time, the plan holds what cannot be sent, the setup
    /// came to nothing, a signal came, or the system gives no ports, or fewer files than the plan takes.
    pub fn start(
        plan: &'p Plan,
        shutdown: Shutdown,
        observer: &mut dyn Observer,
    ) -> Result<Self, EngineError> {
        let origin = Origin::of(plan)?;
        let mut script = Script::new(plan, &origin)?;
        open_files::suffice(plan, &script)?;
        let errands = Errands::new(plan, &origin)?;
        let runtime = || {
            let mut builder = Builder::new_current_thread();
            builder.enable_all().build_local(LocalOptions::default()).map_err(EngineError::System)
        };
        let (of_steward, runtime) = (runtime()?, runtime()?);
        let Reached { factory, .. } =
            of_steward.block_on(ready::reach(plan, &origin, &shutdown, observer))?;
        let with = (factory.make(Seat::ONLY, 1), of_steward, factory.shortage().clone());
        let (around, given) = Around::begin(plan, errands, with, &shutdown, observer)?;
        script.given = given;
        script.abroad.heed(factory.shortage());
        let tally = Arc::new(Tally::new(plan.endpoints.len()));
        let ledger = Ledger::new(Arc::clone(&tally));
        let transport = factory.make(Seat::ONLY, 1);
        let crew = Rc::new(Crew::new(transport, script, Seat::ONLY, ledger));
        let shortage = factory.shortage().clone();
        let asking = Asking { runtime, crew, tally, shortage };
        Ok(Self { plan, asking, shutdown, around, ended: BTreeMap::new() })
    }

    /// Watches the limiters of the plan's endpoints, one after the other, for so many windows each, over
    /// so many connections at most. Gives what was seen of each.
    ///
    /// # Errors
    /// When a request cannot be made, the user cannot log in, a signal came, or this machine could not
    /// open a connection.
    pub fn watch(
        &mut self,
        windows: NonZeroU32,
        connections: NonZeroU32,
        observer: &mut dyn Observer,
    ) -> Result<Vec<(&'p Endpoint, Limiter, LimiterSeen)>, EngineError> {
        let Self { plan, asking: Asking { runtime, crew, shortage, .. }, shutdown, ended, .. } =
            self;
        let mut visitor = Visitor::new(&crew.script, plan.seed);
        let watched = runtime.block_on(async {
            let mut all = Vec::new();
            let acts = plan.endpoints.iter().zip(&crew.script.acts).enumerate();
            for (position, (endpoint, act)) in acts {
                let (Some(limiter), Act::Request(request)) = (&endpoint.limiter, act) else {
                    continue;
                };
                let desk = Rc::new(Desk::new(crew, position, limiter));
                let watch = Watch {
                    desk: Rc::clone(&desk),
                    visitor: &mut visitor,
                    request: Rc::new(request.clone()),
                    name: &endpoint.name,
                    limiter,
                    windows: windows.get(),
                    connections: connections.get() as usize,
                    shutdown,
                    shortage,
                    observer,
                    under_way: JoinSet::new(),
                };
                all.push((endpoint, *limiter, watch.watch().await?));
                ended.insert(endpoint.name.clone(), desk.ended.take());
            }
            Ok(all)
        });
        // Whoever made something deletes it.
        crew.resting.borrow_mut().insert(Visitor::NUMBER, visitor.into_user());
        match (&watched, shortage.found()) {
            (Err(EngineError::Interrupted(_)), _) | (_, None) => watched,
            (_, Some(shortage)) => Err(shortage),
        }
    }

    /// How all requests of the run ended so far.
    #[must_use]
    pub fn ended(&self) -> &BTreeMap<EndpointName, Outcomes> {
        &self.ended
    }

    /// Asks the service what its invariants want to know after all that; in the plan's order.
    ///
    /// # Errors
    /// When a signal came, or this machine could not open a connection.
    pub fn look_after(&mut self) -> Result<Vec<Asked>, EngineError> {
        self.around.look_after()
    }

    /// Deletes what was made and sends the cleanup, whatever came of the watch. Takes bounded time; a
    /// second signal ends it at once. Says what was deleted and what is left; nothing when it was done
    /// before.
    pub fn clean_up(&mut self, observer: &mut dyn Observer) -> Vec<Cleanup> {
        self.around.clean_up(&mut self.asking, observer)
    }

    /// The first signal, if a second one said that nothing is to be waited for.
    #[must_use]
    pub fn insisted(&self) -> Option<Signal> {
        self.shutdown.asked().filter(|_| self.shutdown.insisted())
    }
}

impl Makers for Asking {
    fn made(&self, endpoint: usize) -> Counted {
        self.tally.of(endpoint)
    }

    fn clean(
        &mut self,
        shutdown: &Shutdown,
        known: Option<Signal>,
        asked: &mut dyn FnMut(),
    ) -> BTreeMap<usize, Cleanup> {
        let cleaned = self.runtime.block_on(async {
            let mut cleaning = pin!(clean(Rc::clone(&self.crew), shutdown.clone()));
            if known.is_none() {
                tokio::select! {
                    cleaned = &mut cleaning => return cleaned,
                    () = shutdown.first() => asked(),
                }
            }
            cleaning.await
        });
        cleaned.into_iter().collect()
    }
}

/// When a load ends before its schedule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// With the first rejection.
    Rejection,
    /// Not at all.
    End,
}

/// One limiter under watch.
struct Watch<'a, 's, T: Transport> {
    desk: Rc<Desk<T>>,
    visitor: &'a mut Visitor<'s>,
    request: Rc<Request>,
    name: &'a EndpointName,
    limiter: &'a Limiter,
    windows: u32,
    connections: usize,
    shutdown: &'a Shutdown,
    shortage: &'a Shortage,
    observer: &'a mut dyn Observer,
    under_way: JoinSet<()>,
}

impl<T: Transport + 'static> Watch<'_, '_, T> {
    async fn watch(mut self) -> Result<LimiterSeen, EngineError> {
        let shutdown = self.shutdown;
        let watched = tokio::select! {
            watched = self.steps() => watched,
            () = shutdown.second() => {
                Err(EngineError::Interrupted(shutdown.asked().unwrap_or(Signal::Interrupt)))
            }
        };
        // What is under way may make something, of which its answer tells.
        tokio::select! {
            () = async { while self.under_way.join_next().await.is_some() {} } => {}
            () = self.shutdown.second() => {}
        }
        watched.map(|()| self.desk.seen.take())
    }

    async fn steps(&mut self) -> Result<(), EngineError> {
        self.flood(Until::Rejection).await?;
        let first = *self.desk.first.borrow();
        if let Some(first) = first {
            self.come_back(first).await?;
            self.flood(Until::End).await?;
            self.recover().await?;
        }
        Ok(())
    }

    /// Asks above the limit, for all windows or until something is rejected.
    async fn flood(&mut self, until: Until) -> Result<(), EngineError> {
        let over = self.limiter.per * self.windows;
        let offered = self.limiter.offered(self.windows);
        self.tell(
            match until {
                Until::Rejection => LimiterStep::Reaching,
                Until::End => LimiterStep::Exceeding,
            },
            over,
        );
        let offer = self.send(offered, over, until).await?;
        self.desk.seen.borrow_mut().offer = offer;
        Ok(())
    }

    /// Waits as long as the rejection says, and asks again.
    async fn come_back(&mut self, rejection: Rejection) -> Result<(), EngineError> {
        let Rejection { span, wait: Some(wait) } = rejection else { return Ok(()) };
        self.rest(self.desk.began + span.ended + wait).await?;
        self.visitor.log_in(&self.desk).await?;
        let letter = self.visitor.letter(&self.request, self.name.as_str())?;
        let answer = self.desk.ask(&self.request, &letter).await;
        self.desk.seen.borrow_mut().returned = Some(Returned { after: wait, answer });
        Ok(())
    }

    /// Leaves the limiter alone until it is as if it had never been used, and asks for its limit.
    async fn recover(&mut self) -> Result<(), EngineError> {
        let limiter = self.limiter;
        let longest = self.desk.seen.borrow().rejected.longest.unwrap_or_default();
        // Windows end by the service's clock, and what counts them may do so in whole steps.
        let rest = limiter.rest().mul_f64(1.0 + limiter.tolerance.get());
        self.rest(Instant::now() + rest.max(longest.min(limiter.retry_after))).await?;
        let before = self.counts();
        let over = limiter.rest().min(limiter.per) / 2;
        self.tell(LimiterStep::Returning, over);
        let begun = Instant::now();
        let offer = self.send(limiter.afresh(), over, Until::End).await?;
        let after = self.counts();
        self.desk.seen.borrow_mut().recovered = Some(Recovered {
            sent: offer.sent,
            admitted: after.0 - before.0,
            unanswered: after.1 - before.1,
            took: begun.elapsed(),
        });
        Ok(())
    }

    /// Requests that were let through, and requests without an answer.
    fn counts(&self) -> (u64, u64) {
        let seen = self.desk.seen.borrow();
        (seen.admitted.len() as u64, seen.unanswered.len() as u64)
    }

    /// Sends so many requests evenly over a time, whatever is answered, and waits for the answers.
    async fn send(
        &mut self,
        requests: u64,
        over: Duration,
        until: Until,
    ) -> Result<Offer, EngineError> {
        self.visitor.log_in(&self.desk).await?;
        let rate = requests as f64 / over.as_secs_f64();
        let schedule = Schedule::slopes([Slope { from: rate, to: rate, over }]);
        let begin = Instant::now();
        let mut offer = Offer { intended: requests, over, ..Offer::default() };
        let mut told = begin;
        for n in 0..requests {
            let Some(at) = schedule.arrival(n) else { break };
            while Instant::now() < begin + at {
                tokio::select! {
                    () = tokio::time::sleep_until((begin + at).min(Instant::now() + GLANCE)) => {}
                    () = self.shutdown.first() => {}
                }
                self.heed()?;
            }
            // Behind its schedule the loop would never pause, and nobody else would get to work.
            tokio::task::yield_now().await;
            self.heed()?;
            while self.under_way.try_join_next().is_some() {}
            if until == Until::Rejection && self.desk.first.borrow().is_some() {
                break;
            }
            if told.elapsed() >= GLANCE {
                told = Instant::now();
                self.glance(begin);
            }
            // Like an arrival of an open loop that finds no connection.
            if self.under_way.len() >= self.connections {
                continue;
            }
            let letter = self.visitor.letter(&self.request, self.name.as_str())?;
            let (desk, request) = (Rc::clone(&self.desk), Rc::clone(&self.request));
            self.under_way.spawn_local(async move {
                desk.ask(&request, &letter).await;
            });
            offer.sent += 1;
            offer.took = begin.elapsed();
        }
        while self.under_way.join_next().await.is_some() {}
        self.glance(begin);
        Ok(offer)
    }

    /// Sends nothing until then.
    async fn rest(&mut self, until: Instant) -> Result<(), EngineError> {
        self.tell(LimiterStep::Resting, until.saturating_duration_since(Instant::now()));
        let begin = Instant::now();
        while Instant::now() < until {
            tokio::time::sleep_until(until.min(Instant::now() + GLANCE)).await;
            self.heed()?;
            self.glance(begin);
        }
        Ok(())
    }

    /// Stops where a signal asks to, or this machine could not open a connection.
    fn heed(&mut self) -> Result<(), EngineError> {
        if let Some(signal) = self.shutdown.asked() {
            self.observer.observe(&Event::Stopping);
            return Err(EngineError::Interrupted(signal));
        }
        self.shortage.found().map_or(Ok(()), Err)
    }

    fn tell(&mut self, step: LimiterStep, expected: Duration) {
        self.observer.observe(&Event::Limiter { endpoint: self.name.clone(), step, expected });
    }

    fn glance(&mut self, begin: Instant) {
        let seen = self.desk.seen.borrow();
        let others: u64 = seen.others.values().sum();
        let snapshot = Event::Snapshot {
            elapsed: begin.elapsed(),
            requests: seen.total(),
            failures: others + seen.unanswered.len() as u64,
            p95: None,
        };
        drop(seen);
        self.observer.observe(&snapshot);
    }
}
