//! Requests that were typed or recorded become the endpoints of one service.

use std::collections::HashMap;

use url::Url;

use crate::model::{EndpointName, Method};

use super::address;
use super::body::{self, Payload};
use super::description::{Description, Draft};
use super::error::InitError;
use super::secret::{looks_like_token, looks_random};
use super::variable::Variables;
use super::{fold, header, part};

/// Methods whose requests are taken over.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// A request as it was typed or recorded.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: Url,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Payload,
    /// The status of its answer, where it was recorded; 0 if there was none.
    pub(super) status: Option<u16>,
    /// Why it could not be sent again, besides what is seen from the rest.
    pub(super) missing: Vec<String>,
    /// What is worth a comment.
    pub(super) about: Vec<String>,
}

impl Request {
    /// A request without headers and body.
    pub(super) fn new(method: String, url: Url) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            body: Payload::None,
            status: None,
            missing: Vec::new(),
            about: Vec::new(),
        }
    }

    /// Turns user and password of the URL into the header that they are sent as.
    pub(super) fn put_credentials_of_url(&mut self) {
        if !self.url.username().is_empty() || self.url.password().is_some() {
            self.put_credentials("Basic", "given");
            // Only an address without a host refuses, which could not have had any.
            let _ = self.url.set_username("");
            let _ = self.url.set_password(None);
        }
    }

    /// Notes that it is sent with credentials, which become a reference; a header that is there
    /// already wins.
    pub(super) fn put_credentials(&mut self, scheme: &str, secret: &str) {
        let name = "authorization";
        if !self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            self.headers.push((name.to_owned(), format!("{scheme} {secret}")));
        }
    }

    /// User and password of its `authorization` header, as they are sent.
    fn basic_credentials(&self) -> Option<&str> {
        let named = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("authorization");
        let (scheme, secret) = self.headers.iter().find(named)?.1.split_once(' ')?;
        scheme.eq_ignore_ascii_case("basic").then(|| secret.trim())
    }

    fn failed(&self) -> bool {
        self.status.is_some_and(|status| !(200..400).contains(&status))
    }

    /// Whether it would send something else than `other`.
    fn differs(&self, other: &Self) -> bool {
        (self.url.path(), self.url.query(), &self.body)
            != (other.url.path(), other.url.query(), &other.body)
    }
}

/// Everything of a source.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// The source's name, as the call gives it.
    pub(super) name: String,
    /// Where it comes from, in words.
    pub(super) source: String,
    pub(super) requests: Vec<Request>,
    /// What was not taken over, in words.
    pub(super) left_out: Vec<String>,
    /// Whether any certificate is accepted.
    pub(super) insecure: bool,
}

/// The service that most of the requests went to, with one endpoint for each method and template.
pub(super) fn describe(traffic: Traffic) -> Result<Description, InitError> {
    let Traffic { name, source, requests, mut left_out, insecure } = traffic;
    let (ours, others) = by_origin(requests);
    for (origin, count) in others {
        left_out.push(format!("{} to {origin}", counted(count, "request")));
    }
    let Some(url) = ours.first().map(|request| address::origin(&request.url)) else {
        return Err(InitError::Nothing { name, left_out });
    };
    let mut basic: Vec<&str> = Vec::new();
    for secret in ours.iter().filter_map(Request::basic_credentials) {
        if !basic.contains(&secret) {
            basic.push(secret);
        }
    }
    let mut drafts = Vec::new();
    for (template, requests) in by_endpoint(&ours) {
        match draft(&requests, template, &basic) {
            Ok(draft) => drafts.push(draft),
            Err(why) => left_out.push(why),
        }
    }
    if drafts.is_empty() {
        return Err(InitError::Nothing { name, left_out });
    }
    Ok(Description { source, url, insecure, drafts, left_out })
}

/// `1 request`, `2 requests`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The requests to the most frequent origin, of several the first, and the number of those to
/// each other one.
fn by_origin(requests: Vec<Request>) -> (Vec<Request>, Vec<(String, usize)>) {
    let mut origins: Vec<(String, usize)> = Vec::new();
    for request in &requests {
        let origin = address::origin(&request.url);
        match origins.iter_mut().find(|(known, _)| *known == origin) {
            Some((_, count)) => *count += 1,
            None => origins.push((origin, 1)),
        }
    }
    let most = origins.iter().map(|(_, count)| *count).max();
    let Some(at) = origins.iter().position(|(_, count)| Some(*count) == most) else {
        return (requests, origins);
    };
    let (ours, _) = origins.remove(at);
    let ours = requests.into_iter().filter(|request| address::origin(&request.url) == ours);
    (ours.collect(), origins)
}

/// The requests of each method and template, in the order in which they first appear.
fn by_endpoint(requests: &[Request]) -> Vec<(String, Vec<&Request>)> {
    let paths: Vec<String> = requests.iter().map(|request| address::path(&request.url)).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut endpoints: Vec<(String, Vec<&Request>)> = Vec::new();
    let mut known: HashMap<(&str, String), usize> = HashMap::new();
    for (request, template) in requests.iter().zip(fold::templates(&paths)) {
        let at = *known.entry((&request.method, template.clone())).or_insert(endpoints.len());
        match endpoints.get_mut(at) {
            Some((_, all)) => all.push(request),
            None => endpoints.push((template, vec![request])),
        }
    }
    endpoints
}

/// One endpoint of the requests to it; the error says why there is none. `basic` are the credentials
/// of all requests: different ones have variables of their own.
fn draft(requests: &[&Request], template: String, basic: &[&str]) -> Result<Draft, String> {
    let sound = requests.iter().find(|request| !request.failed());
    let Some(request) = sound.or(requests.first()) else {
        return Err("an endpoint without requests".to_owned());
    };
    let sent = address::path(&request.url);
    if sent.split('/').any(|part| looks_like_token(part) || looks_random(part)) {
        return Err(format!("a {} request whose path has a token in it", request.method));
    }
    let shown = format!("{} {template}", request.method);
    let method = Method::new(&request.method).filter(|method| METHODS.contains(&method.as_str()));
    let Some(method) = method else {
        return Err(format!("{shown}: perfbase does not measure this method"));
    };
    if let Err(error) = shown.parse::<EndpointName>() {
        let begin: String = shown.chars().take(40).collect();
        return Err(format!("{begin}…: {error}"));
    }
    let mut draft = Draft::new(method, template, sent);
    draft.about.clone_from(&request.about);
    draft.missing.clone_from(&request.missing);
    if let Some(query) = request.url.query().filter(|query| !query.is_empty()) {
        let query = body::query(&address::sendable(query), &mut draft.variables);
        draft.path = format!("{}?{query}", draft.path);
    }
    header::put(&request.headers, &mut draft);
    let own = request.basic_credentials();
    match basic.iter().position(|secret| Some(*secret) == own) {
        None | Some(0) => {}
        Some(at) => header::number_basic_credentials(&mut draft, at + 1),
    }
    put_body(request, &mut draft);
    answered(request, &mut draft);
    let more = requests.iter().filter(|other| other.differs(request)).count();
    if more > 0 {
        let (is, their) = if more == 1 { ("differs", "its") } else { ("differ", "their") };
        let more = counted(more, "more request");
        draft.about.push(format!("{more} to it {is} in {their} ids, query or body."));
    } else if draft.template.contains('{') {
        draft.about.push("It asks for one and the same id: the source has no other.".to_owned());
    }
    Ok(draft)
}

fn put_body(request: &Request, draft: &mut Draft) {
    let named = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("content-type");
    let content_type = request.headers.iter().find(named).map(|(_, value)| value.as_str());
    match &request.body {
        Payload::None => {}
        Payload::Unknown(why) => draft.missing.push(why.clone()),
        Payload::Parts(parts) => part::put(parts, draft),
        Payload::Text(text) => {
            let mut variables = Variables::default();
            match body::read(text, content_type, &mut variables) {
                Ok(typed) => {
                    draft.body = Some(typed.body);
                    let content_type = typed.content_type;
                    if let Some(written) = content_type.filter(|text| header::fits(text).is_ok()) {
                        draft.headers.push(("content-type".to_owned(), written));
                    }
                    draft.variables.extend(&variables);
                }
                Err(why) => draft.missing.push(why),
            }
        }
    }
}

/// What was answered is expected again, unless it was a failure.
fn answered(request: &Request, draft: &mut Draft) {
    match request.status {
        // Without what the browser had kept (304), the answer is a whole one.
        None | Some(200..=299 | 304) => {}
        Some(status @ 300..=399) => {
            draft.expect.push(status);
            draft.about.push(format!("It was answered with {status}; redirects are not followed."));
        }
        Some(0) => draft.missing.push("it had no answer when it was recorded".to_owned()),
        Some(status) => {
            draft.missing.push(format!("it was answered with {status} when it was recorded"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, url: &str) -> Request {
        Request::new(method.to_owned(), Url::parse(url).unwrap())
    }

    fn described(requests: Vec<Request>) -> Description {
        describe(Traffic { requests, ..Traffic::default() }).unwrap()
    }

    #[test]
    fn the_most_frequent_origin_is_the_service_and_others_are_counted() {
        let description = described(vec![
            request("GET", "http://cdn/x"),
            request("GET", "http://host:8000/a"),
            request("GET", "http://host:8000/b"),
            request("GET", "http://other/a"),
        ]);
        assert_eq!(description.url, "http://host:8000");
        assert_eq!(description.drafts.len(), 2);
        assert_eq!(description.left_out, ["1 request to http://cdn", "1 request to http://other"]);
    }

    #[test]
    fn different_users_and_passwords_have_variables_of_their_own() {
        let with = |path: &str, secret| {
            let mut request = request("GET", &format!("http://host/{path}"));
            request.put_credentials("Basic", secret);
            request
        };
        let all = vec![with("a", "YWRh"), with("b", "Ym9i"), with("c", "YWRh")];
        let drafts = described(all).drafts;
        let sent = drafts.iter().map(|draft| draft.headers[0].1.as_str());
        let (one, two) = ("Basic ${BASIC_CREDENTIALS}", "Basic ${BASIC_CREDENTIALS_2}");
        assert_eq!(sent.collect::<Vec<_>>(), [one, two, one]);
        assert_eq!(drafts[1].variables.by_name()[0].0, "BASIC_CREDENTIALS_2");
    }

    #[test]
    fn a_path_with_a_random_segment_and_a_callback_are_not_copied() {
        let description = described(vec![
            request("GET", "http://host/reset/dGhpc0lzQVJlc2V0TGluazQyOTg3NjU"),
            request("GET", "http://host/callback?code=hunter2&state=hunter3&page=1"),
        ]);
        assert_eq!(description.drafts.len(), 1);
        assert_eq!(description.drafts[0].path, "/callback?code=${CODE}&state=${STATE}&page=1");
    }

    #[test]
    fn one_method_and_template_is_one_endpoint_and_the_first_is_sent() {
        let description = described(vec![
            request("GET", "http://host/builds/42?full=1"),
            request("GET", "http://host/builds/43"),
            request("GET", "http://host/builds/42?full=1"),
            request("DELETE", "http://host/builds/44"),
        ]);
        let drafts: Vec<_> =
            description.drafts.iter().map(|draft| (draft.name(), draft.path.as_str())).collect();
        let expected = [
            ("GET /builds/{id}".to_owned(), "/builds/42?full=1"),
            ("DELETE /builds/{id}".to_owned(), "/builds/44"),
        ];
        assert_eq!(drafts, expected);
        let about = &description.drafts[0].about;
        assert_eq!(*about, ["1 more request to it differs in its ids, query or body."]);
    }

    #[test]
    fn a_single_id_that_can_be_nothing_else_is_one_and_is_marked() {
        let path = "/items/550e8400-e29b-41d4-a716-446655440000";
        let description = described(vec![request("GET", &format!("http://host{path}"))]);
        let draft = &description.drafts[0];
        assert_eq!((draft.name().as_str(), draft.path.as_str()), ("GET /items/{id}", path));
        assert_eq!(draft.about, ["It asks for one and the same id: the source has no other."]);
    }

    #[test]
    fn a_request_that_was_answered_well_is_preferred() {
        let mut failed = request("GET", "http://host/a?x=1");
        failed.status = Some(500);
        let mut moved = request("GET", "http://host/a?x=2");
        moved.status = Some(302);
        let description = described(vec![failed.clone(), moved]);
        assert_eq!(description.drafts[0].path, "/a?x=2");
        assert_eq!(description.drafts[0].expect, [302]);
        let description = described(vec![failed]);
        assert!(description.drafts[0].missing[0].contains("500"));
    }

    #[test]
    fn secrets_in_queries_become_references_and_paths_with_tokens_are_left_out() {
        let description = described(vec![
            request("GET", "http://host/a?access_token=hunter2&x=1"),
            request("GET", "http://host/reset/ghp_0123456789abcdefghij"),
        ]);
        assert_eq!(description.drafts.len(), 1);
        assert_eq!(description.drafts[0].path, "/a?access_token=${ACCESS_TOKEN}&x=1");
        assert!(description.left_out[0].contains("has a token in it"));
        assert!(!format!("{description:?}").contains("hunter2"));
    }

    #[test]
    fn what_cannot_be_an_endpoint_is_left_out_with_its_reason() {
        let long = format!("http://host/{}", "x".repeat(600));
        let all = vec![request("GET", &long), request("PROPFIND", "http://host/a")];
        let error = describe(Traffic { requests: all, ..Traffic::default() }).unwrap_err();
        let InitError::Nothing { left_out, .. } = error else { panic!("{error}") };
        assert!(left_out[0].contains("512 bytes"), "{left_out:?}");
        assert!(left_out[1].contains("PROPFIND"), "{left_out:?}");
    }
}
