//! What makes two runs of a plan comparable, taken from what is written, never from secrets.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::model::{Body, Endpoint, Load, Workload, show_duration};

/// Hexadecimal digits of an endpoint's digest: enough that two requests of one file do not meet.
const DIGEST_DIGITS: usize = 12;

/// The workload of a plan.
pub(super) fn workload(
    load: Load,
    duration: Duration,
    rounds: NonZeroU32,
    timeout: Duration,
    endpoints: &[Endpoint],
) -> Workload {
    let parts = [
        ("load", show_load(load)),
        // Time a round rather than in all, so that more rounds of the same length stay comparable.
        ("round", show_duration(duration / rounds.get())),
        ("timeout", show_duration(timeout)),
        ("connection", "keep-alive, HTTP/1.1".to_owned()),
        ("latency", "intended start to last body byte".to_owned()),
        ("order", order(load).to_owned()),
    ];
    Workload {
        parts: parts.map(|(name, text)| (name.to_owned(), text)).into(),
        endpoints: endpoints
            .iter()
            .map(|endpoint| (endpoint.name.clone(), digest(endpoint)))
            .collect::<BTreeMap<_, _>>(),
    }
}

fn show_load(load: Load) -> String {
    match load {
        Load::Users(NonZeroU32::MIN) => "1 user".to_owned(),
        Load::Users(users) => format!("{users} users"),
        Load::Rate { rate, connections } => format!("{rate}, at most {connections} connections"),
    }
}

fn order(load: Load) -> &'static str {
    match load {
        Load::Users(NonZeroU32::MIN) => "one after the other",
        Load::Users(_) | Load::Rate { .. } => "mixed",
    }
}

fn digest(endpoint: &Endpoint) -> String {
    let mut hasher = blake3::Hasher::new();
    // Every field is preceded by its length, so that no two requests have one spelling.
    let mut field = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(b"perfbase request 1");
    field(endpoint.method.as_str().as_bytes());
    field(endpoint.path.written().as_bytes());
    field(&(endpoint.headers.len() as u64).to_le_bytes());
    for (name, value) in &endpoint.headers {
        field(name.as_bytes());
        field(value.written().as_bytes());
    }
    match &endpoint.body {
        None => field(b"none"),
        Some(Body::Text(text)) => {
            field(b"text");
            field(text.written().as_bytes());
        }
        Some(Body::Bytes(bytes)) => {
            field(b"bytes");
            field(bytes);
        }
    }
    field(endpoint.expect.to_string().as_bytes());
    let hex = hasher.finalize().to_hex();
    hex.chars().take(DIGEST_DIGITS).collect()
}
