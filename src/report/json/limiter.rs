//! A rate limiter as it is declared, in `perfbase check --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Kind, Limiter, Plan, Windowing};
use crate::report::figure::millis;

/// What a scenario is for that measures no latency: whether rate limiters do what is declared.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LimitersDoc {
    /// For how many of its windows each limiter is asked above its limit.
    windows: u32,
    /// Most connections at a time.
    connections: u32,
}

impl LimitersDoc {
    /// Nothing for a plan that measures a load.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        match plan.kind {
            Kind::Load | Kind::Correctness { .. } => None,
            Kind::Limiter { windows, connections } => {
                Some(Self { windows: windows.get(), connections: connections.get() })
            }
        }
    }
}

/// What is declared of a rate limiter.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LimiterDoc {
    /// Requests that it lets through in a window.
    limit: u32,
    /// Length of a window.
    per_ms: f64,
    /// How windows lie: `fixed`, `sliding`, or `bucket`.
    window: &'static str,
    /// Requests that a full bucket lets through at once; null for windows.
    burst: Option<u32>,
    /// How far beside its limit it may be, 0 to 0.5.
    tolerance_share: f64,
    /// The longest wait that a rejection may ask for.
    retry_after_ms: f64,
}

impl LimiterDoc {
    pub(super) fn of(limiter: &Limiter) -> Self {
        let (window, burst) = match limiter.window {
            Windowing::Fixed => ("fixed", None),
            Windowing::Sliding => ("sliding", None),
            Windowing::Bucket { burst } => ("bucket", Some(burst.get())),
        };
        Self {
            limit: limiter.limit.get(),
            per_ms: millis(limiter.per),
            window,
            burst,
            tolerance_share: limiter.tolerance.get(),
            retry_after_ms: millis(limiter.retry_after),
        }
    }
}
