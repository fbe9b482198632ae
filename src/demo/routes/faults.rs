//! Setting faults at run time. These routes pass no gate: they answer whatever is wrong.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Answer;
use crate::demo::fault::{Draft, Fault, FaultError};
use crate::demo::problem::{Body, Problem};
use crate::demo::service::Service;

/// `{"faults": [{"route": "GET /clients", "factor": 3}, …]}`: the words of the flag as members; a word's
/// value is text or a number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::demo) struct Wanted {
    faults: Vec<Map<String, Value>>,
}

/// `GET /_demo/faults`: what is set, and what it has done so far.
pub(in crate::demo) async fn show(State(service): State<Arc<Service>>) -> Json<Value> {
    let all = service.faults.all();
    let faults: Vec<_> = all
        .iter()
        .map(|active| {
            json!({
                "fault": active.fault.to_string(),
                "matched": active.matched(),
                "hit": active.hit(),
                "over": active.is_over(),
                "leaked_bytes": active.leaked(),
            })
        })
        .collect();
    Json(json!({ "faults": faults }))
}

/// `POST /_demo/faults`: replaces all faults, or, when one of them is wrong, changes nothing.
pub(in crate::demo) async fn set(
    State(service): State<Arc<Service>>,
    Body(wanted): Body<Wanted>,
) -> Answer {
    if wanted.faults.len() > Fault::MOST {
        let message = format!("at most {} faults can be set", Fault::MOST);
        return Err(Problem::unprocessable(message));
    }
    let faults = wanted
        .faults
        .iter()
        .enumerate()
        .map(|(index, members)| {
            read(members).map_err(|why| Problem::unprocessable(format!("faults[{index}]: {why}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    service.faults.set(&faults);
    Ok(show(State(service)).await)
}

/// `DELETE /_demo/faults`: nothing is wrong any more.
pub(in crate::demo) async fn clear(State(service): State<Arc<Service>>) -> Json<Value> {
    service.faults.set(&[]);
    show(State(service)).await
}

fn read(members: &Map<String, Value>) -> Result<Fault, String> {
    let mut draft = Draft::default();
    for (word, value) in members {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(format!("`{word}` takes text or a number")),
        };
        let set = if word == "route" { draft.route(&value) } else { draft.set(word, &value) };
        set.map_err(|error: FaultError| error.to_string())?;
    }
    draft.finish().map_err(|error| error.to_string())
}
