//! How connections are made, for `check`: only what is said of it.

use crate::model::{CODINGS, KeepAlive, Plan, Request, Resumption, Tls};
use crate::report::text::Text;

pub(super) fn facts(plan: &Plan) -> Vec<(&'static str, Text)> {
    let connection = &plan.connection;
    let mut facts = Vec::new();
    if let Some(socket) = &connection.socket {
        facts.push(("socket", Text::new().code(&socket.written)));
    }
    facts.extend(tls(&connection.tls).map(|said| ("tls", said)));
    if connection.keep_alive != KeepAlive::Always {
        facts.push(("connections", Text::of(connection.keep_alive)));
    }
    if connection.compression {
        facts.push(("asks for", codings(plan)));
    }
    facts
}

/// What the requests to endpoints ask for where compressed answers are asked for: a header of their
/// own, or one that their users bring, wins.
fn codings(plan: &Plan) -> Text {
    let brought = plan.behaviour.login.iter().flat_map(|login| &login.then);
    let brought: Vec<_> = brought.collect();
    let own = |request: &'_ Request| {
        let mut headers = request.headers.iter().chain(brought.iter().copied());
        headers
            .find(|(name, _)| name == "accept-encoding")
            .map(|(_, value)| value.written().to_owned())
    };
    let requests = plan.endpoints.iter().flat_map(|endpoint| endpoint.action.requests());
    let (mut own_codings, mut is_usual) = (Vec::new(), plan.endpoints.is_empty());
    for request in requests {
        match own(request) {
            None => is_usual = true,
            Some(codings) if own_codings.contains(&codings) => {}
            Some(codings) => own_codings.push(codings),
        }
    }
    let mut said = Text::new();
    if is_usual {
        said = said.say(CODINGS);
    }
    for (index, codings) in own_codings.iter().enumerate() {
        let separate = if is_usual || index > 0 { " or " } else { "" };
        said = said.say(separate).code(codings);
    }
    match (own_codings.is_empty(), is_usual) {
        (true, _) => said,
        (false, true) => said.say(", where a header says so"),
        (false, false) => said.say(format!(", as a header says, and not for {CODINGS}")),
    }
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
