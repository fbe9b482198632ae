//! A request as HTTP/2 has it, made of the one for HTTP/1.1 (RFC 9113, sections 8.2 and 8.3).

use bytes::Bytes;
use http::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE,
};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, Uri, Version};

use crate::load::letter::Letter;
use crate::load::message::Message;

/// A request's fields and body.
#[derive(Clone)]
pub(crate) struct Fields {
    method: Method,
    scheme: Scheme,
    path: PathAndQuery,
    /// Where it goes; nothing where its user says so.
    uri: Option<Uri>,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Fields {
    /// Those of `message`; nothing if its host is none.
    pub(crate) fn of(message: &Message, scheme: &Scheme) -> Option<Self> {
        let Letter { method, uri, mut headers, body } = Letter::of(message)?;
        let path = uri.path_and_query()?.clone();
        let host = headers.remove(HOST);
        let uri = match host {
            None => None,
            Some(host) => Some(address(scheme, &host, &path)?),
        };
        let of_connection: Vec<_> = headers
            .iter()
            .filter(|(name, value)| is_of_connection(name, value))
            .map(|(name, _)| name.clone())
            .collect();
        for name in of_connection {
            headers.remove(name);
        }
        Some(Self { method, scheme: scheme.clone(), path, uri, headers, body })
    }

    /// The request of a user with the headers `also`, but for those that it has already; nothing if
    /// it has no host.
    pub(super) fn request(&self, also: &HeaderMap) -> Option<Request<()>> {
        let mut request = Request::new(());
        *request.version_mut() = Version::HTTP_2;
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = match &self.uri {
            Some(uri) => uri.clone(),
            None => address(&self.scheme, also.get(HOST)?, &self.path)?,
        };
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        for (name, value) in also {
            if !self.headers.contains_key(name) && name != HOST && !is_of_connection(name, value) {
                headers.append(name, value.clone());
            }
        }
        Some(request)
    }
}

/// Whether HTTP/2 can have `host` for where a request goes.
pub(crate) fn is_authority(host: &HeaderValue) -> bool {
    authority(host).is_some()
}

fn authority(host: &HeaderValue) -> Option<Authority> {
    Authority::try_from(host.as_bytes()).ok()
}

fn address(scheme: &Scheme, host: &HeaderValue, path: &PathAndQuery) -> Option<Uri> {
    let authority = authority(host)?;
    let uri = Uri::builder().scheme(scheme.clone()).authority(authority);
    uri.path_and_query(path.clone()).build().ok()
}

/// Whether a header speaks of an HTTP/1.1 connection (RFC 9113, section 8.2.2).
fn is_of_connection(name: &HeaderName, value: &HeaderValue) -> bool {
    let others = ["keep-alive", "proxy-connection", "http2-settings"];
    *name == CONNECTION
        || *name == TRANSFER_ENCODING
        || *name == UPGRADE
        || *name == TE && value != "trailers"
        || others.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, COOKIE};

    use super::*;
    use crate::load::message::Asks;

    fn message(headers: &str, body: Option<&'static str>) -> Message {
        let mut message = Message::default();
        message.begin("POST ", Asks::Body).extend_from_slice(b"/a?b=c");
        message.end_target();
        message.head().extend_from_slice(format!(" HTTP/1.1\r\n{headers}").as_bytes());
        match body {
            None => message.end_without_body(),
            Some(body) => message.end_with(&Bytes::from_static(body.as_bytes())),
        }
        message
    }

    #[test]
    fn a_request_keeps_its_method_path_headers_and_body() {
        let message = message("host: a:1\r\naccept: x\r\naccept: y\r\n", Some("text"));
        let fields = message.fields(&Scheme::HTTPS).unwrap();
        let request = fields.request(&HeaderMap::new()).unwrap();
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "https://a:1/a?b=c");
        assert_eq!(request.headers().get_all(ACCEPT).iter().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(request.headers()[CONTENT_LENGTH], "4");
        assert_eq!(fields.body, "text");
        assert!(!request.headers().contains_key(HOST), "the host is the authority");
    }

    #[test]
    fn what_speaks_of_a_connection_is_not_sent() {
        let headers = "host: a\r\nconnection: close\r\nkeep-alive: 5\r\nte: gzip\r\nupgrade: x\r\n\
                       transfer-encoding: chunked\r\nproxy-connection: x\r\n";
        let message = message(headers, None);
        let mut also = HeaderMap::new();
        also.insert(CONNECTION, HeaderValue::from_static("close"));
        also.insert(TE, HeaderValue::from_static("trailers"));
        let request = message.fields(&Scheme::HTTP).unwrap().request(&also).unwrap();
        let names: Vec<_> = request.headers().keys().collect();
        assert_eq!(names, ["content-length", "te"]);
    }

    #[test]
    fn a_users_headers_stand_behind_the_requests_own() {
        let message = message("host: a\r\ncookie: a=1\r\n", None);
        let mut also = HeaderMap::new();
        also.insert(COOKIE, HeaderValue::from_static("b=2"));
        also.insert(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        let request = message.fields(&Scheme::HTTP).unwrap().request(&also).unwrap();
        assert_eq!(request.headers()[COOKIE], "a=1");
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer a");
    }

    #[test]
    fn a_host_that_users_bring_is_the_authority_and_without_one_nothing_is_sent() {
        let message = message("", None);
        let fields = message.fields(&Scheme::HTTP).unwrap();
        let mut also = HeaderMap::new();
        assert!(fields.request(&also).is_none());
        also.insert(HOST, HeaderValue::from_static("b"));
        assert_eq!(fields.request(&also).unwrap().uri(), "http://b/a?b=c");
    }

    #[test]
    fn another_request_in_the_same_memory_is_another() {
        let mut message = message("host: a\r\n", None);
        assert!(message.fields(&Scheme::HTTP).is_some());
        message.begin("GET ", Asks::Body).extend_from_slice(b"/b");
        message.end_target();
        message.head().extend_from_slice(b" HTTP/1.1\r\nhost: a b\r\n");
        message.end_without_body();
        assert!(message.fields(&Scheme::HTTP).is_none(), "its host is none");
    }
}
