//! Agents: what they did, how well, and having one do something.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Answer;
use super::dashboard::objects;
use crate::demo::problem::{Body, PathId, Problem};
use crate::demo::service::Service;

/// `GET /api/v1/agents/{id}/executions`: the last twenty.
///
/// Every UUID is an agent: it stands for one of those in the data, so that a load of random ids
/// does the same work as one of known ids.
pub(in crate::demo) async fn executions(
    State(service): State<Arc<Service>>,
    PathId(id): PathId<Uuid>,
) -> Answer {
    let executions = service.database.with(|connection| {
        let agent = agent(connection, id)?;
        objects(
            connection,
            "SELECT id, state, took_ms FROM execution WHERE agent = ?1 ORDER BY id DESC LIMIT 20",
            [agent],
            &["id", "state", "took_ms"],
        )
    })?;
    Ok(Json(json!({ "agent_id": id, "executions": executions })))
}

/// `GET /api/v1/agents/{id}/metrics`: how many executions, how many failed, how long they took.
pub(in crate::demo) async fn metrics(
    State(service): State<Arc<Service>>,
    PathId(id): PathId<Uuid>,
) -> Answer {
    let metrics = service.database.with(|connection| {
        let agent = agent(connection, id)?;
        objects(
            connection,
            "SELECT count(*), sum(state = 'failed'), avg(took_ms) FROM execution WHERE agent = ?1",
            [agent],
            &["executions", "failed", "mean_ms"],
        )
    })?;
    let metrics = metrics.into_iter().next().unwrap_or(Value::Null);
    Ok(Json(json!({ "agent_id": id, "metrics": metrics })))
}

/// What an agent is to do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::demo) struct Task {
    agent_id: Uuid,
    input: String,
}

/// `POST /api/v1/agent-studio/execute` with `{"agent_id": …, "input": …}`: adds an execution. Only the
/// last executions of an agent are kept.
pub(in crate::demo) async fn execute(
    State(service): State<Arc<Service>>,
    Body(task): Body<Task>,
) -> Answer {
    const KEPT: i64 = 100;
    if task.input.is_empty() {
        return Err(Problem::unprocessable("`input` is empty"));
    }
    let digest = blake3::hash(task.input.as_bytes());
    let took = i64::from(digest.as_bytes()[0]) + 50;
    let id = service.database.with(|connection| {
        let agent = agent(connection, task.agent_id)?;
        let transaction = connection.transaction()?;
        transaction
            .prepare_cached(
                "INSERT INTO execution (agent, state, took_ms) VALUES (?1, 'succeeded', ?2)",
            )?
            .execute((agent, took))?;
        let id = transaction.last_insert_rowid();
        transaction
            .prepare_cached(
                "DELETE FROM execution WHERE agent = ?1 AND id <=
                 (SELECT id FROM execution WHERE agent = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute((agent, KEPT))?;
        transaction.commit()?;
        Ok(id)
    })?;
    Ok(Json(json!({
        "execution_id": id,
        "state": "succeeded",
        "output": digest.to_hex().as_str(),
    })))
}

fn agent(connection: &rusqlite::Connection, id: Uuid) -> rusqlite::Result<i64> {
    let agents: i64 = connection
        .prepare_cached("SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'agents'")?
        .query_row([], |row| row.get(0))?;
    Ok((id.as_u128() % u128::from(agents.max(1).unsigned_abs())) as i64)
}
