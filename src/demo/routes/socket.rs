//! A WebSocket that echoes and reports the progress of jobs.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::demo::Route;
use crate::demo::gate::Gate;
use crate::demo::problem::Problem;
use crate::demo::service::Service;

/// Longest message in bytes.
const LONGEST_MESSAGE: usize = 64 << 10;
/// Most steps of a job.
const MOST_STEPS: u32 = 1000;

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Said {
    /// Comes back as it is.
    Echo(Value),
    /// Gives so many progress messages, then that it is done.
    Job(u32),
}

/// `GET /ws`: `{"echo": …}` comes back; `{"job": n}` gives `{"progress": 1, "of": n}` and so on, then
/// `{"done": n}`. Anything else gives `{"error": …}`. Each message that the service sends in
/// answer counts as a request of this route: it waits for a draw, and faults hit it.
pub(in crate::demo) async fn open(
    State(service): State<Arc<Service>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade =
        upgrade.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let gate = Gate { service, route: Route::Socket };
    Ok(upgrade
        .max_message_size(LONGEST_MESSAGE)
        .max_frame_size(LONGEST_MESSAGE)
        .on_upgrade(move |socket| converse(socket, gate)))
}

/// Ends when the client goes, closes or breaks the protocol.
async fn converse(mut socket: WebSocket, gate: Gate) {
    while let Some(Ok(message)) = socket.recv().await {
        let said = match &message {
            Message::Text(text) => serde_json::from_str(text.as_str()),
            Message::Binary(bytes) => serde_json::from_slice(bytes),
            // Pings are answered below this; a close ends the stream by itself.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => continue,
        };
        let answered = match said {
            Ok(Said::Echo(value)) => send(&mut socket, &gate, json!({ "echo": value })).await,
            Ok(Said::Job(steps)) if (1..=MOST_STEPS).contains(&steps) => {
                work(&mut socket, &gate, steps).await
            }
            Ok(Said::Job(_)) => {
                let why = format!("a job has 1 to {MOST_STEPS} steps");
                send(&mut socket, &gate, json!({ "error": why })).await
            }
            Err(error) => send(&mut socket, &gate, json!({ "error": error.to_string() })).await,
        };
        if answered.is_err() {
            return;
        }
    }
}

async fn work(socket: &mut WebSocket, gate: &Gate, steps: u32) -> Result<(), axum::Error> {
    for step in 1..=steps {
        send(socket, gate, json!({ "progress": step, "of": steps })).await?;
    }
    send(socket, gate, json!({ "done": steps })).await
}

async fn send(socket: &mut WebSocket, gate: &Gate, answer: Value) -> Result<(), axum::Error> {
    let started = Instant::now();
    let answer = match gate.admit() {
        Ok(ticket) if ticket.fails => json!({ "error": "an error that was asked for" }),
        Ok(ticket) => {
            gate.wait(started, &ticket).await;
            answer
        }
        Err(problem) => json!({ "error": problem.message() }),
    };
    socket.send(Message::Text(answer.to_string().into())).await
}
