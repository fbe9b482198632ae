//! A counter: each increment counts, unless a fault loses some.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::{Extension, Json};
use serde_json::json;

use super::Answer;
use crate::demo::gate::Gap;
use crate::demo::service::Service;

/// `GET /counter`.
pub(in crate::demo) async fn read(State(service): State<Arc<Service>>) -> Answer {
    Ok(Json(json!({ "value": value(&service)? })))
}

/// `POST /counter/increment`: one more, in one statement; with the lost-update fault read, gap, write.
pub(in crate::demo) async fn increment(
    State(service): State<Arc<Service>>,
    gap: Option<Extension<Gap>>,
) -> Answer {
    let value = if let Some(Extension(Gap(gap))) = gap {
        let next = value(&service)? + 1;
        service.timer.sleep_until(Instant::now() + gap).await;
        service.database.with(|connection| {
            connection.prepare_cached("UPDATE counter SET value = ?1")?.execute([next])
        })?;
        next
    } else {
        service.database.with(|connection| {
            connection
                .prepare_cached("UPDATE counter SET value = value + 1 RETURNING value")?
                .query_row([], |row| row.get(0))
        })?
    };
    Ok(Json(json!({ "value": value })))
}

fn value(service: &Service) -> rusqlite::Result<i64> {
    service.database.with(|connection| {
        connection.prepare_cached("SELECT value FROM counter")?.query_row([], |row| row.get(0))
    })
}
