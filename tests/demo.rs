//! The sample service from outside: what it answers, and what its faults do to it.

#[path = "demo/access.rs"]
mod access;
#[expect(clippy::unwrap_used, reason = "a client of tests: what it cannot do is a failed test")]
#[path = "demo/client.rs"]
mod client;
#[path = "demo/faults.rs"]
mod faults;
#[path = "demo/routes.rs"]
mod routes;
#[expect(clippy::unwrap_used, reason = "a socket that breaks is a failed test")]
#[path = "demo/socket.rs"]
mod socket;
