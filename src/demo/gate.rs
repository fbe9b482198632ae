//! What every request passes: faults, the token, and the latency of its route.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Route;
use super::in_force::{Ticket, Turned};
use super::problem::Problem;
use super::route::Access;
use super::service::Service;
use super::token::Unaccepted;

/// The response header with the latency that was drawn and what the faults made of it, in whole
/// microseconds, without the real work: the truth that a test reads in place of a clock.
pub const LATENCY_HEADER: &str = "x-demo-latency-us";

/// The service and the route that a request came by.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub(super) service: Arc<Service>,
    pub(super) route: Route,
}

/// The signed-in user of a request.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) String);

/// The gap of the lost-update fault, for the counter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap(pub(super) Duration);

/// Lets a request through to its handler and answers when its time has come.
pub(super) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    match gate.answer(started, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

impl Gate {
    async fn answer(
        self,
        started: Instant,
        mut request: Request,
        next: Next,
    ) -> Result<Response, Problem> {
        let ticket = self.admit()?;
        if let Some(caller) = self.caller(request.headers())? {
            request.extensions_mut().insert(caller);
        }
        if ticket.fails {
            return Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "an error that was asked for",
            ));
        }
        if let Some(gap) = ticket.lost_update {
            request.extensions_mut().insert(Gap(gap));
        }
        let mut response = next.run(request).await;
        let latency = self.wait(started, &ticket).await;
        let micros = HeaderValue::from(latency.as_micros() as u64);
        response.headers_mut().insert(HeaderName::from_static(LATENCY_HEADER), micros);
        Ok(response)
    }

    /// Counts the request and turns it away if a fault says so.
    pub(super) fn admit(&self) -> Result<Ticket, Problem> {
        let admitted = self.service.faults.admit(self.route);
        // Counted last: who sees the count knows that the request holds its place.
        self.service.count(self.route);
        admitted.map_err(|turned| match turned {
            Turned::Limited(left) => {
                // Whole seconds, rounded up: who comes back then is let in.
                let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "over the rate limit")
                    .with(header::RETRY_AFTER, HeaderValue::from(seconds))
            }
            Turned::Full => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "over the capacity"),
        })
    }

    /// Draws the route's latency and waits until the work since `started` and the draw have taken
    /// the time that they should. Returns what was waited for besides the work.
    pub(super) async fn wait(&self, started: Instant, ticket: &Ticket) -> Duration {
        let drawn = self.service.draw(self.route);
        let handled = (started.elapsed() + drawn).mul_f64(ticket.factor) + ticket.addition;
        self.service.timer.sleep_until(started + handled).await;
        drawn.mul_f64(ticket.factor) + ticket.addition
    }

    fn caller(&self, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
        let needed = match self.route.access() {
            Access::Open => false,
            Access::Guarded => self.service.is_guarded(),
            Access::User => true,
        };
        if !needed {
            return Ok(None);
        }
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| Problem::unauthorized("a bearer token is needed"))?;
        match self.service.user(token) {
            Ok(user) => Ok(Some(Caller(user))),
            Err(Unaccepted::Unknown) => Err(Problem::unauthorized("the token is unknown")),
            Err(Unaccepted::Expired) => Err(Problem::unauthorized("the token has expired")),
        }
    }
}
