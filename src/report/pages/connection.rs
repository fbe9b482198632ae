//! How connections are made, for `check`: only what is said of it.

use crate::model::{CODINGS, ConnectionPolicy, KeepAlive, Resumption, Tls};
use crate::report::text::Text;

pub(super) fn facts(connection: &ConnectionPolicy) -> Vec<(&'static str, Text)> {
    let mut facts = Vec::new();
    if let Some(socket) = &connection.socket {
        facts.push(("socket", Text::new().code(&socket.written)));
    }
    facts.extend(tls(&connection.tls).map(|said| ("tls", said)));
    if connection.keep_alive != KeepAlive::Always {
        facts.push(("connections", Text::of(connection.keep_alive)));
    }
    if connection.compression {
        facts.push(("asks for", Text::of(CODINGS)));
    }
    facts
}

fn tls(tls: &Tls) -> Option<Text> {
    if *tls == Tls::default() {
        return None;
    }
    let mut said = Text::new();
    let mut separate = "";
    if let Some(authorities) = &tls.authorities {
        said = said.say("trusts ").code(&authorities.file);
        separate = ", ";
    }
    if let Some(identity) = &tls.identity {
        said = said.say(format!("{separate}shows ")).code(&identity.certificate);
        separate = ", ";
    }
    if let Some(name) = &tls.server_name {
        said = said.say(format!("{separate}expects ")).code(name);
        separate = ", ";
    }
    if tls.resumption == Resumption::Never {
        said = said.say(format!("{separate}no session is resumed"));
    }
    Some(said)
}
