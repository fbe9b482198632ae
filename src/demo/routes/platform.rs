//! The platform: health, configuration, capabilities, workflows, and its own metrics.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, LOCATION};
use rusqlite::OptionalExtension;
use serde::Deserialize;
use serde_json::json;

use super::Answer;
use super::dashboard::objects;
use crate::demo::database::SERIES;
use crate::demo::problem::{Body, PathId, Problem};
use crate::demo::service::Service;
use crate::demo::{Route, latency};

/// `GET /health`: whether the database answers.
pub(in crate::demo) async fn health(State(service): State<Arc<Service>>) -> Answer {
    service.database.with(|connection| {
        connection.prepare_cached("SELECT 1")?.query_row([], |row| row.get::<_, i64>(0))
    })?;
    Ok(Json(json!({ "status": "ok" })))
}

/// `GET /config`: the settings.
pub(in crate::demo) async fn config(State(service): State<Arc<Service>>) -> Answer {
    let settings = service.database.with(|connection| {
        let mut statement = connection.prepare_cached("SELECT name, value FROM setting")?;
        let settings = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        settings.collect::<rusqlite::Result<std::collections::BTreeMap<String, String>>>()
    })?;
    Ok(Json(json!({ "config": settings })))
}

/// `GET /capabilities`: every route with the truth of its latency.
pub(in crate::demo) async fn capabilities() -> Answer {
    let routes: Vec<_> = Route::ALL
        .iter()
        .map(|route| {
            let truth = latency::truth(*route);
            json!({
                "route": route.to_string(),
                "median_ms": truth.median.as_secs_f64() * 1e3,
                "sigma": truth.sigma,
            })
        })
        .collect();
    Ok(Json(json!({ "capabilities": routes })))
}

/// `GET /workflows`: all of them.
pub(in crate::demo) async fn workflows(State(service): State<Arc<Service>>) -> Answer {
    let workflows = service.database.with(|connection| {
        objects(
            connection,
            "SELECT id, name, state, steps FROM workflow ORDER BY id",
            [],
            &["id", "name", "state", "steps"],
        )
    })?;
    Ok(Json(json!({ "workflows": workflows })))
}

/// `GET /workflows/{id}`: one, or 404.
pub(in crate::demo) async fn workflow(
    State(service): State<Arc<Service>>,
    PathId(id): PathId<i64>,
) -> Answer {
    let found = service.database.with(|connection| {
        objects(
            connection,
            "SELECT id, name, state, steps FROM workflow WHERE id = ?1",
            [id],
            &["id", "name", "state", "steps"],
        )
    })?;
    let workflow = found.into_iter().next();
    workflow.map(Json).ok_or_else(|| Problem::not_found(format!("no workflow {id}")))
}

/// `GET /workflows/latest`: where the newest one is.
pub(in crate::demo) async fn latest_workflow(
    State(service): State<Arc<Service>>,
) -> Result<Found, Problem> {
    let latest = service.database.with(|connection| {
        connection
            .prepare_cached("SELECT max(id) FROM workflow")?
            .query_row([], |row| row.get::<_, Option<i64>>(0))
    })?;
    let latest = latest.ok_or_else(|| Problem::not_found("no workflow"))?;
    Ok((StatusCode::FOUND, [(LOCATION, format!("/workflows/{latest}"))]))
}

/// An answer that says where to look.
type Found = (StatusCode, [(HeaderName, String); 1]);

/// `GET /api/v1/metrics`: collects the metrics of every series.
pub(in crate::demo) async fn metrics(State(service): State<Arc<Service>>) -> Answer {
    let series = service.database.with(|connection| {
        objects(
            connection,
            "SELECT series, count(*), min(value), avg(value), max(value)
             FROM measurement GROUP BY series ORDER BY series",
            [],
            &["series", "count", "least", "mean", "most"],
        )
    })?;
    Ok(Json(json!({ "metrics": series })))
}

/// What to analyse or optimise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::demo) struct Subject {
    /// One of [`SERIES`].
    series: String,
}

/// `POST /api/v1/analysis` with `{"series": "cpu"}`: its median, 95th percentile and maximum.
pub(in crate::demo) async fn analysis(
    State(service): State<Arc<Service>>,
    Body(subject): Body<Subject>,
) -> Answer {
    let series = known(&subject.series)?;
    let percentile = |percent: i64| {
        service.database.with(|connection| {
            connection
                .prepare_cached(
                    "SELECT value FROM measurement WHERE series = ?1 ORDER BY value LIMIT 1 OFFSET
                     (SELECT (count(*) * ?2 + 99) / 100 - 1 FROM measurement WHERE series = ?1)",
                )?
                .query_row((series, percent), |row| row.get::<_, i64>(0))
                .optional()
        })
    };
    let (p50, p95, max) = (percentile(50)?, percentile(95)?, percentile(100)?);
    Ok(Json(json!({ "series": series, "p50": p50, "p95": p95, "max": max })))
}

/// `POST /api/v1/optimisation` with `{"series": "cpu"}`: what to leave out to bring its mean down most.
pub(in crate::demo) async fn optimisation(
    State(service): State<Arc<Service>>,
    Body(subject): Body<Subject>,
) -> Answer {
    let series = known(&subject.series)?;
    let suggestions = service.database.with(|connection| {
        objects(
            connection,
            "SELECT id, value FROM measurement WHERE series = ?1
             AND value > (SELECT avg(value) FROM measurement WHERE series = ?1)
             ORDER BY value DESC, id LIMIT 5",
            [series],
            &["id", "value"],
        )
    })?;
    Ok(Json(json!({ "series": series, "suggestions": suggestions })))
}

fn known(series: &str) -> Result<&'static str, Problem> {
    SERIES.into_iter().find(|known| *known == series).ok_or_else(|| {
        Problem::unprocessable(format!("no series `{series}`; there are {}", SERIES.join(", ")))
    })
}
