//! The dashboard's data: clients, their signals, the patterns in them, and what they cost.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Answer;
use crate::demo::service::Service;

/// `GET /snapshot`: the totals of everything.
pub(in crate::demo) async fn snapshot(State(service): State<Arc<Service>>) -> Answer {
    let snapshot = service.database.with(|connection| {
        let (clients, revenue, cost) = connection
            .prepare_cached("SELECT count(*), sum(revenue_cents), sum(cost_cents) FROM client")?
            .query_row([], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
            })?;
        let (signals, strength) = connection
            .prepare_cached("SELECT count(*), avg(strength) FROM signal")?
            .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, f64>(1)?)))?;
        Ok(json!({
            "clients": clients,
            "revenue_cents": revenue,
            "cost_cents": cost,
            "signals": signals,
            "mean_strength": strength,
        }))
    })?;
    Ok(Json(snapshot))
}

/// `GET /clients`: the twenty with the most revenue.
pub(in crate::demo) async fn clients(State(service): State<Arc<Service>>) -> Answer {
    rows(
        &service,
        "clients",
        "SELECT id, name, region, revenue_cents FROM client ORDER BY revenue_cents DESC LIMIT 20",
        &["id", "name", "region", "revenue_cents"],
    )
}

/// `GET /signals`: the twenty strongest.
pub(in crate::demo) async fn signals(State(service): State<Arc<Service>>) -> Answer {
    rows(
        &service,
        "signals",
        "SELECT id, client_id, kind, strength FROM signal ORDER BY strength DESC LIMIT 20",
        &["id", "client_id", "kind", "strength"],
    )
}

/// `GET /patterns`: signals by kind.
pub(in crate::demo) async fn patterns(State(service): State<Arc<Service>>) -> Answer {
    rows(
        &service,
        "patterns",
        "SELECT kind, count(*), avg(strength) FROM signal GROUP BY kind ORDER BY kind",
        &["kind", "signals", "mean_strength"],
    )
}

/// `GET /cost-to-serve`: cost and revenue by region.
pub(in crate::demo) async fn cost_to_serve(State(service): State<Arc<Service>>) -> Answer {
    rows(
        &service,
        "regions",
        "SELECT region, count(*), sum(cost_cents), sum(revenue_cents),
                1.0 * sum(cost_cents) / sum(revenue_cents)
         FROM client GROUP BY region ORDER BY region",
        &["region", "clients", "cost_cents", "revenue_cents", "cost_share"],
    )
}

fn rows(service: &Service, name: &str, sql: &str, columns: &[&str]) -> Answer {
    let rows = service.database.with(|connection| objects(connection, sql, [], columns))?;
    Ok(Json(json!({ name: rows })))
}

/// The rows of a query as objects.
pub(super) fn objects(
    connection: &rusqlite::Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    columns: &[&str],
) -> rusqlite::Result<Vec<Value>> {
    let mut statement = connection.prepare_cached(sql)?;
    let objects = statement.query_map(parameters, |row| {
        let members = columns.iter().enumerate().map(|(index, name)| {
            let value = match row.get_ref(index)? {
                rusqlite::types::ValueRef::Integer(number) => json!(number),
                rusqlite::types::ValueRef::Real(number) => json!(number),
                rusqlite::types::ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
                rusqlite::types::ValueRef::Null | rusqlite::types::ValueRef::Blob(_) => Value::Null,
            };
            Ok(((*name).to_owned(), value))
        });
        members.collect::<rusqlite::Result<serde_json::Map<_, _>>>().map(Value::Object)
    })?;
    objects.collect()
}
