//! A HAR file (HTTP Archive 1.2): what a browser or a proxy recorded.

use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;

use super::body::{Payload, essence};
use super::description::Description;
use super::error::InitError;
use super::traffic::{Request, Traffic, counted, describe};
use super::tree::not_json;

/// Endings of files that are served as they are.
const STATIC: &[&str] = &[
    "avif", "bmp", "css", "eot", "gif", "ico", "jpeg", "jpg", "js", "map", "mjs", "mp3", "mp4",
    "otf", "png", "svg", "ttf", "wasm", "webm", "webp", "woff", "woff2",
];

/// What a browser calls requests for such files.
const STATIC_TYPES: &[&str] =
    &["image", "stylesheet", "script", "font", "media", "texttrack", "manifest"];

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Recorded,
    response: Option<Answer>,
    #[serde(rename = "_resourceType")]
    resource_type: Option<String>,
}

#[derive(Deserialize)]
struct Recorded {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(rename = "postData")]
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostData {
    mime_type: Option<String>,
    text: Option<String>,
    params: Option<Vec<Pair>>,
    encoding: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    status: i64,
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    mime_type: Option<String>,
}

/// How many entries of each kind are not taken over.
#[derive(Default)]
struct Passed {
    files: usize,
    sockets: usize,
    preflights: usize,
    others: usize,
}

/// The endpoints of the HAR file `name` with the text `text`.
///
/// # Errors
/// When it is not JSON, no HAR file, or has no request that can be taken over.
pub fn from_har(name: &str, text: &str) -> Result<Description, InitError> {
    if text.trim().is_empty() {
        return Err(InitError::Empty { name: name.to_owned() });
    }
    let har: Har = serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            InitError::NotHar { name: name.to_owned(), message: error.to_string() }
        } else {
            not_json(name, &error)
        }
    })?;
    let entries = har.log.entries;
    if entries.is_empty() {
        let message = "it has no entries".to_owned();
        return Err(InitError::NotHar { name: name.to_owned(), message });
    }
    let source = format!("{name}, a recording of {}", counted(entries.len(), "request"));
    let mut passed = Passed::default();
    let requests = entries.into_iter().filter_map(|entry| passed.take(entry)).collect();
    let (name, left_out) = (name.to_owned(), passed.told());
    describe(Traffic { name, source, requests, left_out, insecure: false })
}

impl Passed {
    /// The request of `entry`, unless it is of a kind that is passed over, which is counted.
    fn take(&mut self, entry: Entry) -> Option<Request> {
        let kind = entry.resource_type.as_deref().unwrap_or_default().to_ascii_lowercase();
        let Recorded { method, url, headers, post_data } = entry.request;
        let status = entry.response.as_ref().map(|answer| answer.status);
        let content = entry.response.and_then(|answer| answer.content);
        let answered = content.and_then(|content| content.mime_type).unwrap_or_default();
        let url = Url::parse(&url).ok();
        let scheme = url.as_ref().map_or("", Url::scheme);
        if ["ws", "wss"].contains(&scheme) || kind == "websocket" || status == Some(101) {
            self.sockets += 1;
            return None;
        }
        let Some(url) = url.filter(|url| ["http", "https"].contains(&url.scheme())) else {
            self.others += 1;
            return None;
        };
        let is = |name: &str| headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
        if kind == "preflight" || (method == "OPTIONS" && is("access-control-request-method")) {
            self.preflights += 1;
            return None;
        }
        if method == "GET" && is_static(&kind, &answered, url.path()) {
            self.files += 1;
            return None;
        }
        let mut request = Request::new(method, url);
        request.status = status.map(|status| u16::try_from(status).unwrap_or_default());
        request.headers =
            headers.into_iter().filter_map(|Pair { name, value }| Some((name, value?))).collect();
        if kind == "eventsource" || essence(&answered) == "text/event-stream" {
            request.missing.push("its answer is a stream of events, which does not end".to_owned());
        }
        if let Some(data) = post_data {
            put_body(data, &mut request);
        }
        request.put_credentials_of_url();
        Some(request)
    }

    fn told(&self) -> Vec<String> {
        [
            (self.files, "static file", "static files"),
            (self.sockets, "WebSocket connection", "WebSocket connections"),
            (self.preflights, "preflight request", "preflight requests"),
            (self.others, "request that is not HTTP", "requests that are not HTTP"),
        ]
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect()
    }
}

fn put_body(data: PostData, request: &mut Request) {
    let PostData { mime_type, text, params, encoding } = data;
    let mime_type = mime_type.unwrap_or_default();
    let kind = essence(&mime_type);
    request.body = if encoding.is_some_and(|encoding| !encoding.is_empty()) {
        Payload::Unknown("its body is no text".to_owned())
    } else if kind.starts_with("multipart/") {
        Payload::Unknown("its body has several parts".to_owned())
    } else {
        match (text, params) {
            (Some(text), _) if !text.is_empty() => Payload::Text(text),
            (_, Some(params)) if !params.is_empty() => {
                let mut form = Serializer::new(String::new());
                for Pair { name, value } in &params {
                    form.append_pair(name, value.as_deref().unwrap_or_default());
                }
                Payload::Text(form.finish())
            }
            _ => Payload::None,
        }
    };
    let is_typed = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
    if !mime_type.is_empty() && !request.headers.iter().any(is_typed) {
        request.headers.push(("content-type".to_owned(), mime_type));
    }
}

/// Whether an image, style sheet, script, font or film was requested.
fn is_static(kind: &str, answered: &str, path: &str) -> bool {
    let answered = essence(answered);
    let begins = ["image/", "font/", "audio/", "video/", "application/font"];
    let ending = path.rsplit('/').next().and_then(|file| file.rsplit_once('.'));
    STATIC_TYPES.contains(&kind)
        || begins.iter().any(|begin| answered.starts_with(begin))
        || answered == "text/css"
        || answered.ends_with("/javascript")
        || answered.ends_with("/x-javascript")
        || ending.is_some_and(|(_, ending)| STATIC.contains(&ending.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests;
