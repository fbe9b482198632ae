//! A state machine with one cycle: idle, starting, running, stopping, idle.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::Answer;
use crate::demo::problem::{Body, Problem};
use crate::demo::service::Service;

/// The states in the order of the cycle.
const CYCLE: [&str; 4] = ["idle", "starting", "running", "stopping"];

/// Where to go.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::demo) struct Step {
    to: String,
}

/// `GET /machine`: the state and the transitions made so far. The state is always the one that so many
/// transitions from idle lead to.
pub(in crate::demo) async fn read(State(service): State<Arc<Service>>) -> Answer {
    let (state, transitions) = service.database.with(|connection| current(connection))?;
    Ok(Json(json!({ "state": state, "transitions": transitions, "next": after(&state) })))
}

/// `POST /machine` with `{"to": "starting"}`: goes there if that is the next state, otherwise 409.
pub(in crate::demo) async fn transition(
    State(service): State<Arc<Service>>,
    Body(step): Body<Step>,
) -> Answer {
    let Some(at) = CYCLE.iter().position(|state| *state == step.to) else {
        let states = CYCLE.join(", ");
        return Err(Problem::unprocessable(format!("no state `{}`; there are {states}", step.to)));
    };
    let from = CYCLE[(at + CYCLE.len() - 1) % CYCLE.len()];
    let (moved, (state, transitions)) = service.database.with(|connection| {
        let moved = connection
            .prepare_cached(
                "UPDATE machine SET state = ?1, transitions = transitions + 1 WHERE state = ?2",
            )?
            .execute((CYCLE[at], from))?;
        Ok((moved == 1, current(connection)?))
    })?;
    if moved {
        return Ok(Json(
            json!({ "state": state, "transitions": transitions, "next": after(&state) }),
        ));
    }
    let message = format!("from {state} the machine goes to {}, not to {}", after(&state), step.to);
    Err(Problem::new(StatusCode::CONFLICT, message))
}

fn current(connection: &rusqlite::Connection) -> rusqlite::Result<(String, i64)> {
    connection
        .prepare_cached("SELECT state, transitions FROM machine")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn after(state: &str) -> &'static str {
    let at = CYCLE.iter().position(|known| *known == state).unwrap_or(CYCLE.len() - 1);
    CYCLE[(at + 1) % CYCLE.len()]
}
