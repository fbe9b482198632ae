//! The opening handshake of a WebSocket (RFC 6455, section 4.1), from the client's side.

use http::header::{
    AsHeaderName, CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::message::Message;

/// What a client asks for, and has to be answered to.
pub(super) struct Handshake {
    /// What it sends.
    pub(super) request: Vec<u8>,
    /// What the server makes of the client's key.
    accept: String,
    /// The protocols that the client offers to speak over the socket, as it writes them.
    offered: Vec<String>,
}

impl Handshake {
    /// Asks with `message` and the headers `also`.
    pub(super) fn new(message: &Message, also: &HeaderMap) -> Self {
        let mut request = Vec::new();
        message.write_with(also, &mut request);
        let key = generate_key();
        let accept = derive_accept_key(key.as_bytes());
        let offered = offered(&request);
        // It has no body, so that its last two bytes are the empty line.
        request.truncate(request.len().saturating_sub(2));
        for piece in [
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: ",
            &key,
            "\r\n\r\n",
        ] {
            request.extend_from_slice(piece.as_bytes());
        }
        Self { request, accept, offered }
    }

    /// Whether an answer with status 101 and these headers agrees.
    pub(super) fn is_agreed_to(&self, headers: &HeaderMap) -> bool {
        let accepted = tokens(headers, SEC_WEBSOCKET_ACCEPT).eq([self.accept.as_str()]);
        let mut protocols = tokens(headers, SEC_WEBSOCKET_PROTOCOL);
        let speaks = match (protocols.next(), protocols.next()) {
            (None, _) => self.offered.is_empty(),
            (Some(one), None) => self.offered.iter().any(|offered| offered == one),
            (Some(_), Some(_)) => false,
        };
        accepted
            && speaks
            && tokens(headers, UPGRADE).any(|token| token.eq_ignore_ascii_case("websocket"))
            && tokens(headers, CONNECTION).any(|token| token.eq_ignore_ascii_case("upgrade"))
            // None was asked for.
            && tokens(headers, SEC_WEBSOCKET_EXTENSIONS).next().is_none()
    }
}

/// The elements of all headers of that name; what is no visible text has none.
fn tokens(headers: &HeaderMap, name: impl AsHeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

/// The protocols that a request offers.
fn offered(request: &[u8]) -> Vec<String> {
    const NAME: &[u8] = b"sec-websocket-protocol:";
    let lines = request.split(|&byte| byte == b'\n');
    let lists = lines
        .filter(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)));
    let lists = lists.filter_map(|line| std::str::from_utf8(&line[NAME.len()..]).ok());
    let protocols = lists.flat_map(|list| list.split(',')).map(|one| one.trim().to_owned());
    protocols.filter(|one| !one.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn offering(protocols: Option<&'static str>) -> Handshake {
        let mut also = HeaderMap::new();
        also.extend(protocols.map(|it| (SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(it))));
        Handshake::new(&Message::null(), &also)
    }

    fn agrees(handshake: &Handshake, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = value.replace("ACCEPT", &handshake.accept);
            map.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        handshake.is_agreed_to(&map)
    }

    const UPGRADE: (&str, &str) = ("upgrade", "WebSocket");
    const CONNECTION: (&str, &str) = ("connection", "Upgrade");
    const ACCEPT: (&str, &str) = ("sec-websocket-accept", "ACCEPT");

    #[test]
    fn a_request_asks_for_a_socket_behind_its_own_headers() {
        let request = String::from_utf8(offering(None).request).unwrap();
        let (head, key) = request.split_once("Sec-WebSocket-Key: ").unwrap();
        assert_eq!(
            head,
            "GET / HTTP/1.1\r\nhost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\n"
        );
        assert!(key.len() == 28 && key.ends_with("==\r\n\r\n"), "{key}");
    }

    #[test]
    fn upgrade_is_one_of_the_tokens_of_any_connection_header() {
        for connection in [
            &[("connection", "Upgrade")][..],
            &[("connection", "keep-alive, Upgrade")],
            &[("connection", "upgrade,keep-alive")],
            &[("connection", "keep-alive"), ("connection", "Upgrade")],
        ] {
            assert!(agrees(&offering(None), &[&[UPGRADE, ACCEPT], connection].concat()));
        }
        for connection in [&[][..], &[("connection", "keep-alive")], &[("connection", "upgraded")]]
        {
            assert!(!agrees(&offering(None), &[&[UPGRADE, ACCEPT], connection].concat()));
        }
    }

    #[test]
    fn an_answer_that_lacks_anything_or_has_what_was_not_asked_for_does_not_agree() {
        let whole = [UPGRADE, CONNECTION, ACCEPT];
        assert!(agrees(&offering(None), &whole));
        for without in 0..whole.len() {
            let mut lacking = whole.to_vec();
            lacking.remove(without);
            assert!(!agrees(&offering(None), &lacking), "{without}");
        }
        for more in [
            ("sec-websocket-extensions", "permessage-deflate"),
            ("sec-websocket-protocol", "chat"),
            ("sec-websocket-accept", "ACCEPT"),
        ] {
            assert!(!agrees(&offering(None), &[&whole[..], &[more]].concat()), "{more:?}");
        }
        let other = ("sec-websocket-accept", "bm90IHRoZSBrZXkgb2YgeW91cg==");
        assert!(!agrees(&offering(None), &[UPGRADE, CONNECTION, other]));
    }

    #[test]
    fn of_the_protocols_that_are_offered_one_has_to_be_spoken() {
        let whole = [UPGRADE, CONNECTION, ACCEPT];
        for (spoken, agreed) in [
            (&[("sec-websocket-protocol", "chat")][..], true),
            (&[("sec-websocket-protocol", "other")], false),
            (&[("sec-websocket-protocol", "chat, superchat")], false),
            (&[], false),
        ] {
            let found = agrees(&offering(Some("superchat, chat")), &[&whole[..], spoken].concat());
            assert_eq!(found, agreed, "{spoken:?}");
        }
    }
}
