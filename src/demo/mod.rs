//! The sample service: the newcomer's first target and the ground truth of the tests.
//!
//! One small HTTP service with real state in SQLite. Each request does real work (a query on seeded
//! data) and then waits until the work and a draw from its route's distribution
//! ([`latency::truth`]) have taken their time; the header [`LATENCY_HEADER`] says what was drawn.
//! [`Route`] lists the routes, [`Fault`] what can be wrong with them, by flag or at run time by
//! `POST /_demo/faults`.
//!
//! - Dashboard: `/health`, `/snapshot`, `/clients`, `/signals`, `/patterns`, `/cost-to-serve`.
//! - Platform: `/config`, `/capabilities`, `/workflows`, `/workflows/{id}`; metrics are collected by
//!   `GET /api/v1/metrics`, analysed and optimised by `POST /api/v1/analysis` and `/api/v1/optimisation`, both
//!   with `{"series": "cpu"}`.
//! - Users: `/api/v1/auth/login` and `/api/v1/auth/test-token` give tokens, which builds, agents and
//!   `/api/v1/users/me/stats` ask for.
//! - Correctness: `/counter`, `/counter/increment`, `/machine`; and the WebSocket `/ws`.
//!
//! It knows nothing of how perfbase measures.

mod blocking;
mod clock;
mod database;
mod fault;
mod gate;
mod in_force;
pub mod latency;
mod options;
mod problem;
mod route;
mod router;
mod routes;
mod server;
mod service;
mod timer;
mod token;

pub use blocking::serve_blocking;
pub use clock::Clock;
pub use fault::{Effect, Fault, FaultError, FaultSet, Warm};
pub use gate::LATENCY_HEADER;
pub use options::Options;
pub use route::{Access, Route, UnknownRoute};
pub use server::{DemoError, Running, serve};
