//! What one curl command requests.

use crate::init::address::{self, component};
use crate::init::body::Payload;
use crate::init::part::Part;
use crate::init::traffic::Request;
use crate::init::variable::SHELL_VARIABLE;

use super::option::{Argument, arguments};

/// What is gathered of a command before its request is known.
#[derive(Debug, Default)]
struct Call {
    urls: Vec<String>,
    method: Option<String>,
    headers: Vec<(String, String)>,
    /// The parts of the body or of the query, in their order.
    data: Vec<String>,
    /// The parts of a body of several.
    parts: Vec<Part>,
    /// The media type that the data have unless a header says so.
    content_type: Option<&'static str>,
    query: Vec<String>,
    /// Brackets and braces in URLs are nothing but that (`-g`).
    is_literal: bool,
    target: Target,
    credentials: Option<(&'static str, String)>,
    missing: Vec<String>,
    about: Vec<String>,
}

/// What the data and the missing method mean.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// Data are a body, and make a POST.
    #[default]
    Body,
    /// Data are a part of the query (`-G`).
    Query,
    /// Only the head of the answer is wanted (`-I`).
    Head,
    /// A file is the body of a PUT (`-T`).
    Upload,
}

/// The requests of a command, and whether it accepts any certificate.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) requests: Vec<Request>,
    pub(super) insecure: bool,
}

/// Reads the words of a command behind its name. The error says why it is not taken over.
pub(super) fn read(words: &[String]) -> Result<Calls, String> {
    let mut calls = Calls::default();
    let mut call = Call::default();
    for argument in arguments(words)? {
        match argument {
            Argument::Url(url) => call.urls.push(url.to_owned()),
            Argument::Flag("insecure") => calls.insecure = true,
            Argument::Flag("next") => {
                calls.requests.extend(std::mem::take(&mut call).requests()?);
            }
            Argument::Flag(name) => call.flag(name),
            Argument::Option(name, value) => call.option(name, value)?,
        }
    }
    calls.requests.extend(call.requests()?);
    Ok(calls)
}

impl Call {
    fn flag(&mut self, name: &str) {
        match name {
            "get" => self.target = Target::Query,
            "head" => self.target = Target::Head,
            "globoff" => self.is_literal = true,
            "digest" | "ntlm" | "negotiate" | "anyauth" => {
                self.lacks(format!("its credentials cannot be sent (`--{name}`)"));
            }
            "netrc" => self.lacks("its credentials are in another file".to_owned()),
            "location" | "location-trusted" => {
                self.about.push("curl follows redirects, perfbase does not.".to_owned());
            }
            // The rest is about the connection and about what is printed.
            _ => {}
        }
    }

    fn option(&mut self, name: &str, value: &str) -> Result<(), String> {
        let value_or_file = |value: &str| match value.strip_prefix('@') {
            Some(file) => Err(format!("its body is in the file `{file}`")),
            None => Ok(value.to_owned()),
        };
        match name {
            "request" => self.method = Some(value.to_ascii_uppercase()),
            "url" => self.urls.push(value.to_owned()),
            "header" => self.header(value),
            "user-agent" => self.headers.push(("user-agent".to_owned(), value.to_owned())),
            "cookie" if value.contains('=') => {
                self.headers.push(("cookie".to_owned(), value.to_owned()));
            }
            "cookie" => self.lacks(format!("its cookies are in the file `{value}`")),
            "range" => self.headers.push(("range".to_owned(), format!("bytes={value}"))),
            // Sent in base64, so that no variable of the command stands for it.
            "user" => self.credentials = Some(("Basic", "given".to_owned())),
            "oauth2-bearer" => self.credentials = Some(("Bearer", value.to_owned())),
            "data" | "data-ascii" | "data-binary" => self.data(value_or_file(value)),
            "data-raw" => self.data(Ok(value.to_owned())),
            "data-urlencode" => self.data(encoded(value)),
            "json" => {
                self.content_type = Some("application/json");
                self.data(value_or_file(value));
            }
            "url-query" => match encoded(value) {
                Ok(pair) => self.query.push(pair),
                Err(why) => self.lacks(why),
            },
            "form" => self.part(Part::of_curl(value)),
            "form-string" => self.part(Part::of_text(value)),
            "upload-file" => {
                self.target = Target::Upload;
                self.lacks(format!("its body is in the file `{value}`"));
            }
            "config" => return Err(format!("its options are in the file `{value}`")),
            // The rest is about the connection and about what is printed.
            _ => {}
        }
        Ok(())
    }

    /// Notes what is not known, once.
    fn lacks(&mut self, what: String) {
        if !self.missing.contains(&what) {
            self.missing.push(what);
        }
    }

    fn part(&mut self, part: Result<Part, String>) {
        self.method.get_or_insert_with(|| "POST".to_owned());
        match part {
            Ok(part) => self.parts.push(part),
            Err(why) => self.lacks(why),
        }
    }

    fn header(&mut self, value: &str) {
        if let Some(file) = value.strip_prefix('@') {
            self.lacks(format!("its headers are in the file `{file}`"));
        } else if let Some((name, value)) = value.split_once(':') {
            // One without a value takes a header of curl's own back.
            self.headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }

    fn data(&mut self, data: Result<String, String>) {
        self.content_type.get_or_insert("application/x-www-form-urlencoded");
        match data {
            Ok(data) => self.data.push(data),
            Err(why) => self.lacks(why),
        }
    }

    fn requests(mut self) -> Result<Vec<Request>, String> {
        if self.urls.is_empty() {
            return Err("it has no URL".to_owned());
        }
        let is_json = self.content_type == Some("application/json");
        let data = (!self.data.is_empty()).then(|| self.data.join(if is_json { "" } else { "&" }));
        let has_body = self.content_type.is_some() && self.target == Target::Body;
        let method = self.method.take().unwrap_or_else(|| {
            let method = match self.target {
                Target::Head => "HEAD",
                Target::Upload => "PUT",
                Target::Body if has_body => "POST",
                Target::Body | Target::Query => "GET",
            };
            method.to_owned()
        });
        if has_body {
            let given: Vec<(&str, Option<&str>)> = if is_json {
                vec![("content-type", self.content_type), ("accept", self.content_type)]
            } else {
                vec![("content-type", self.content_type)]
            };
            for (name, value) in given {
                let is_there =
                    self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
                if let Some(value) = value.filter(|_| !is_there) {
                    self.headers.push((name.to_owned(), value.to_owned()));
                }
            }
        } else {
            self.query.extend(data.clone());
        }
        let body = match data.filter(|_| has_body) {
            Some(data) => Payload::Text(data),
            None if self.parts.is_empty() => Payload::None,
            None => Payload::Parts(std::mem::take(&mut self.parts)),
        };
        let urls = std::mem::take(&mut self.urls);
        urls.iter().map(|url| self.request(&method, url, body.clone())).collect()
    }

    fn request(&self, method: &str, url: &str, body: Payload) -> Result<Request, String> {
        if url.contains(SHELL_VARIABLE) {
            return Err("its URL has a part that only the shell knows".to_owned());
        }
        // As curl guesses it.
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        // The host of IPv6 stands in brackets; further on they are a range of numbers.
        let path = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
        if path.contains(['{', '[']) && !self.is_literal {
            return Err("its URL stands for several".to_owned());
        }
        let mut url = address::parse(&url).map_err(|error| error.to_string())?;
        if !self.query.is_empty() {
            let query: Vec<&str> =
                url.query().into_iter().chain(self.query.iter().map(String::as_str)).collect();
            let query = query.join("&");
            url.set_query(Some(&query));
        }
        let mut request = Request::new(method.to_owned(), url);
        request.headers.clone_from(&self.headers);
        request.body = body;
        request.missing.clone_from(&self.missing);
        request.about.clone_from(&self.about);
        if let Some((scheme, secret)) = &self.credentials {
            request.put_credentials(scheme, secret);
        }
        request.put_credentials_of_url();
        Ok(request)
    }
}

/// `--data-urlencode`: a text, or a name and a text, of which the text is encoded.
fn encoded(value: &str) -> Result<String, String> {
    let in_file = |file: &str| Err(format!("a part of its data is in the file `{file}`"));
    match value.split_once(['=', '@']) {
        None => Ok(component(value)),
        Some((name, rest)) if value[name.len()..].starts_with('=') => {
            let rest = component(rest);
            Ok(if name.is_empty() { rest } else { format!("{name}={rest}") })
        }
        Some((_, file)) => in_file(file),
    }
}
