//! A service that keeps what is put on it, to see what is left there.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use super::server::{head, server};

/// What answers a request before the shelf does: its method and path, and how much is there. It may take
/// its time.
pub(crate) type Before = dyn Fn(&str, &str, usize) -> Option<String> + Send + Sync;

/// The service. A thing is a path; what lies below it is a part of it.
pub(crate) struct Shelf {
    pub(crate) url: String,
    things: Arc<Mutex<BTreeSet<String>>>,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self::with(|_, _, _| None)
    }

    /// One that `before` answers for.
    pub(crate) fn with(
        before: impl Fn(&str, &str, usize) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let things: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let (kept, before): (_, Box<Before>) = (Arc::clone(&things), Box::new(before));
        let address = server(move |mut stream| {
            while let Some(request) = head(&mut stream) {
                let mut words = request.split_whitespace();
                let (method, path) = (words.next().unwrap(), words.next().unwrap());
                let there = kept.lock().unwrap().len();
                let answer = before(method, path, there);
                let answer =
                    answer.unwrap_or_else(|| answer_of(method, path, &mut kept.lock().unwrap()));
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        });
        Self { url: format!("http://{address}"), things }
    }

    /// What is there now.
    pub(crate) fn things(&self) -> Vec<String> {
        self.things.lock().unwrap().iter().cloned().collect()
    }
}

fn answer_of(method: &str, path: &str, things: &mut BTreeSet<String>) -> String {
    let parts = things.iter().filter(|thing| thing.starts_with(&format!("{path}/"))).count();
    match method {
        "PUT" => {
            things.insert(path.to_owned());
            answer("201 Created", "{}")
        }
        "POST" => {
            let is_free = |id: &usize| !things.contains(&format!("{path}/{id}"));
            let id = (1..=things.len() + 1).find(is_free).unwrap();
            things.insert(format!("{path}/{id}"));
            answer("201 Created", &format!("{{\"id\": \"{id}\", \"state\": \"queued\"}}"))
        }
        "DELETE" if parts > 0 => answer("409 Conflict", ""),
        "DELETE" if things.remove(path) => answer("204 No Content", ""),
        "DELETE" => answer("404 Not Found", ""),
        _ => answer("200 OK", &format!("{{\"total\": {parts}}}")),
    }
}

/// An answer with this status and JSON.
pub(crate) fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}
