//! Builds: each belongs to the user who made it, and nobody else sees it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use rusqlite::OptionalExtension;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Answer;
use crate::demo::gate::Caller;
use crate::demo::problem::{Asked, Body, PathId, Problem};
use crate::demo::service::Service;

/// Most builds that are kept; the oldest make room. Enough for half an hour of a hundred users, so that
/// none of them asks for a build that had to go; some 30 MB.
const KEPT: i64 = 100_000;
/// Time that a build takes.
const BUILDING: Duration = Duration::from_secs(1);
const LONGEST_PROMPT: usize = 4096;
const MOST_CHAINS: usize = 16;

/// What to build.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::demo) struct Order {
    prompt: String,
    chains: Vec<String>,
}

impl Order {
    fn check(&self) -> Result<(), Problem> {
        if self.prompt.trim().is_empty() || self.prompt.len() > LONGEST_PROMPT {
            return Err(Problem::unprocessable(format!(
                "`prompt` has to have 1 to {LONGEST_PROMPT} bytes"
            )));
        }
        let named = |chain: &String| !chain.is_empty() && chain.len() <= 64;
        if self.chains.is_empty()
            || self.chains.len() > MOST_CHAINS
            || !self.chains.iter().all(named)
        {
            return Err(Problem::unprocessable(format!(
                "`chains` has to have 1 to {MOST_CHAINS} names of 1 to 64 bytes"
            )));
        }
        Ok(())
    }
}

/// `POST /api/v1/builds` with `{"prompt": …, "chains": […]}`: 201 and the `build_id`.
pub(in crate::demo) async fn create(
    State(service): State<Arc<Service>>,
    Extension(Caller(user)): Extension<Caller>,
    Body(order): Body<Order>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    order.check()?;
    let created = service.clock.now().as_millis() as i64;
    let chains = json!(order.chains).to_string();
    let id = service.database.with(|connection| {
        let transaction = connection.transaction()?;
        let number = made(&transaction)? + 1;
        let id = build_id(service.seed(), number);
        transaction
            .prepare_cached(
                "INSERT INTO build (number, id, owner, prompt, chains, created_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((number, id.to_string(), &user, &order.prompt, &chains, created))?;
        transaction
            .prepare_cached("DELETE FROM build WHERE number <= ?1")?
            .execute([number - KEPT])?;
        transaction.commit()?;
        Ok(id)
    })?;
    Ok((StatusCode::CREATED, Json(json!({ "build_id": id, "status": "building" }))))
}

/// The id of the `number`-th build under `seed`: as good as random, and the same each time.
fn build_id(seed: u64, number: i64) -> Uuid {
    let mut hasher = blake3::Hasher::new_derive_key("perfbase demo build ids");
    hasher.update(&seed.to_le_bytes()).update(&number.to_le_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

struct Build {
    id: String,
    prompt: String,
    chains: String,
    created_ms: i64,
}

impl Build {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            prompt: row.get(1)?,
            chains: row.get(2)?,
            created_ms: row.get(3)?,
        })
    }

    fn show(&self, now: Duration) -> Value {
        // A build of an earlier process has a time that may lie ahead; it is new again.
        let age = (now.as_millis() as i64 - self.created_ms).max(0);
        let progress = (age * 100 / BUILDING.as_millis() as i64).min(100);
        json!({
            "build_id": self.id,
            "prompt": self.prompt,
            "chains": serde_json::from_str::<Value>(&self.chains).unwrap_or(Value::Null),
            "status": if progress == 100 { "completed" } else { "building" },
            "progress": progress,
        })
    }
}

fn find(service: &Service, user: &str, id: Uuid) -> Result<Build, Problem> {
    let build = service.database.with(|connection| {
        connection
            .prepare_cached(
                "SELECT id, prompt, chains, created_ms FROM build WHERE id = ?1 AND owner = ?2",
            )?
            .query_row((id.to_string(), user), Build::read)
            .optional()
    })?;
    build.ok_or_else(|| Problem::not_found(format!("no build {id} of yours")))
}

/// `GET /api/v1/builds/{id}`: `building` with its progress for a second, then `completed`.
pub(in crate::demo) async fn status(
    State(service): State<Arc<Service>>,
    Extension(Caller(user)): Extension<Caller>,
    PathId(id): PathId<Uuid>,
) -> Answer {
    Ok(Json(find(&service, &user, id)?.show(service.clock.now())))
}

/// `GET /api/v1/builds/{id}/code`: what was built, as far as it is; there from the start.
pub(in crate::demo) async fn code(
    State(service): State<Arc<Service>>,
    Extension(Caller(user)): Extension<Caller>,
    PathId(id): PathId<Uuid>,
) -> Answer {
    let build = find(&service, &user, id)?;
    let mut code = format!("// {}\n", build.prompt.replace('\n', " "));
    code.push_str(&"function step() { return 1; }\n".repeat(40));
    Ok(Json(json!({ "build_id": build.id, "files": [{ "name": "main.js", "code": code }] })))
}

/// `DELETE /api/v1/builds/{id}`: 204.
pub(in crate::demo) async fn remove(
    State(service): State<Arc<Service>>,
    Extension(Caller(user)): Extension<Caller>,
    PathId(id): PathId<Uuid>,
) -> Result<StatusCode, Problem> {
    let removed = service.database.with(|connection| {
        connection
            .prepare_cached("DELETE FROM build WHERE id = ?1 AND owner = ?2")?
            .execute((id.to_string(), &user))
    })?;
    if removed == 0 {
        return Err(Problem::not_found(format!("no build {id} of yours")));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Which part of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::demo) struct Part {
    #[serde(default = "first_page")]
    page: u32,
    #[serde(default = "usual_size")]
    page_size: u32,
}

fn first_page() -> u32 {
    1
}

fn usual_size() -> u32 {
    20
}

/// `GET /api/v1/builds?page=1&page_size=20`: own builds, newest first; a page has 1 to 100.
pub(in crate::demo) async fn list(
    State(service): State<Arc<Service>>,
    Extension(Caller(user)): Extension<Caller>,
    Asked(part): Asked<Part>,
) -> Answer {
    if part.page == 0 || !(1..=100).contains(&part.page_size) {
        return Err(Problem::unprocessable("`page` begins at 1, `page_size` is 1 to 100"));
    }
    let now = service.clock.now();
    let skipped = i64::from(part.page - 1) * i64::from(part.page_size);
    let (total, builds) = service.database.with(|connection| {
        let builds = connection
            .prepare_cached(
                "SELECT id, prompt, chains, created_ms FROM build WHERE owner = ?1
                 ORDER BY number DESC LIMIT ?2 OFFSET ?3",
            )?
            .query_map((&user, part.page_size, skipped), Build::read)?
            .map(|build| Ok(build?.show(now)))
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Ok((owned(connection, &user)?, builds))
    })?;
    Ok(Json(json!({
        "builds": builds,
        "page": part.page,
        "page_size": part.page_size,
        "total": total,
    })))
}

/// `GET /api/v1/users/me/stats`: own builds, and all that were ever made.
pub(in crate::demo) async fn stats(
    State(service): State<Arc<Service>>,
    Extension(Caller(user)): Extension<Caller>,
) -> Answer {
    let (own, ever) =
        service.database.with(|connection| Ok((owned(connection, &user)?, made(connection)?)))?;
    Ok(Json(json!({ "user_id": user, "builds": own, "builds_ever": ever })))
}

/// Builds made so far: SQLite's own count, whose cost does not grow with them.
fn made(connection: &rusqlite::Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'build'")?
        .query_row([], |row| row.get(0))
}

fn owned(connection: &rusqlite::Connection, user: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT count(*) FROM build WHERE owner = ?1")?
        .query_row([user], |row| row.get(0))
}
