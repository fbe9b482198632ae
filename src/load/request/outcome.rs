//! How what is answered to a request counts.

use super::Request;
use crate::load::transport::Exchange;
use crate::model::{Failure, Outcome};

impl Request {
    /// Whether an answer with `status` is a redirect to be followed, and not what is awaited.
    pub(crate) fn follows(&self, status: u16) -> bool {
        self.redirects > 0
            && matches!(status, 301 | 302 | 303 | 307 | 308)
            && self.success_of(status).is_none()
    }

    /// How an exchange counts, as far as its status tells. What was sent before its last answer may have
    /// done what a failure would say was not done.
    pub(crate) fn judge(&self, exchange: &Exchange) -> Outcome {
        match (self.judge_last(exchange), exchange.in_doubt) {
            (Outcome::Failed(failure), Some(doubt)) if !failure.leaves_fate_unknown() => {
                Outcome::Failed(doubt)
            }
            (outcome, _) => outcome,
        }
    }

    /// How its last answer counts.
    fn judge_last(&self, exchange: &Exchange) -> Outcome {
        let status = match exchange.answer {
            Ok(status) => status,
            Err(failure) => return Outcome::Failed(failure),
        };
        let by_limiter = status == 429 || status == 503 && exchange.retry_after;
        match self.judge_status(status) {
            Outcome::Failed(_) if by_limiter => Outcome::Failed(Failure::Limited),
            outcome => outcome,
        }
    }

    /// How an answer counts that is known not to be a limiter's.
    pub(crate) fn judge_status(&self, status: u16) -> Outcome {
        self.success_of(status).unwrap_or(Outcome::Failed(match status {
            408 => Failure::Status408,
            400..=499 => Failure::Status4xx,
            500..=599 => Failure::Status5xx,
            _ => Failure::StatusOther,
        }))
    }

    /// Whether `status` is one that is expected.
    pub(crate) fn expects(&self, status: u16) -> bool {
        self.expect.accepts(status)
    }

    /// The success that `status` is, if it is one.
    fn success_of(&self, status: u16) -> Option<Outcome> {
        if self.expect.accepts(status) {
            Some(Outcome::Success)
        } else if self.allow.iter().any(|range| range.holds(status)) {
            Some(Outcome::Allowed(status))
        } else {
            None
        }
    }
}
