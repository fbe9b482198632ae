//! `[sockets."Build feed"]`: a WebSocket, what is said on it, and what is awaited.

use std::num::NonZeroU32;

use toml::de::DeValue;

use crate::model::{Action, Body, Budgets, Endpoint, EndpointGate, EndpointName, Method, Socket};

use super::body::BodyText;
use super::checks::{self, CheckText};
use super::document::named;
use super::endpoint::{budgets, gate};
use super::headers::Header;
use super::json::{Json, Strings};
use super::names::EndpointNames;
use super::problem::Problem;
use super::request::{Details, RequestText, check_path_text};
use super::section::{Entry, Keys, Reading, Section, judged_keys};
use super::template::{Resolving, TemplateText, Unknown};

pub(super) static KEYS: Keys = Keys {
    known: judged_keys!["path", "headers", "send", "await", "fail", "messages", "connect",],
};

/// The keys of the table `connect`.
pub(super) static CONNECT_KEYS: Keys = Keys { known: judged_keys![] };

/// Most messages of one connection.
const MOST_MESSAGES: u32 = 1_000_000;

/// A WebSocket as the file describes it.
#[derive(Debug, Clone)]
pub(super) struct SocketText {
    pub(super) name: EndpointName,
    /// Under which opening it is measured, and its limits.
    pub(super) connect: Row,
    /// Under which its messages are measured, and their limits.
    pub(super) message: Row,
    open: RequestText,
    send: BodyText,
    awaited: Option<CheckText>,
    failed: Option<CheckText>,
    messages: NonZeroU32,
}

/// What is measured of a socket under a name of its own.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: EndpointName,
    pub(super) budgets: Budgets,
    pub(super) gate: EndpointGate,
}

impl Row {
    fn read(name: EndpointName, section: Option<&Section<'_>>) -> Self {
        let budgets = section.map(budgets).unwrap_or_default();
        Self { name, budgets, gate: section.map(gate).unwrap_or_default() }
    }
}

/// Reads `[sockets]`, whose names come to those of everything else that users do.
pub(super) fn read(top: &Section<'_>, names: &mut EndpointNames) -> Vec<SocketText> {
    let expected = "tables of their own, such as [sockets.\"Build feed\"]";
    let reading = top.reading;
    let sockets = top.entries("sockets", expected).into_iter().filter_map(|entry| {
        let (key, _) = entry;
        let name: EndpointName = named("socket", entry, reading)?;
        names.add_other("a socket", name.clone(), key, reading);
        let mut row = |part: &str| -> Option<EndpointName> {
            let row: Result<EndpointName, _> = format!("{name} {part}").parse();
            let row = row.map_err(|error| Problem::Name { what: "socket", error });
            let row = row.map_err(|problem| reading.problems.at(key.span(), problem)).ok()?;
            names.reserve("what a socket is measured as", row.clone(), key, reading);
            Some(row)
        };
        let rows = [row("connect")?, row("message")?];
        SocketText::read(name, rows, entry, reading)
    });
    sockets.collect()
}

impl SocketText {
    /// Nothing if there is nothing to open or to send, which is told.
    fn read(
        name: EndpointName,
        [connect, message]: [EndpointName; 2],
        (key, value): Entry<'_>,
        reading: &Reading<'_>,
    ) -> Option<Self> {
        let title = format!("[sockets.\"{name}\"]");
        let section = Section::open(&title, value, &KEYS, reading)?;
        for (needed, keys) in [("path", "`path`"), ("send", "`send`")] {
            if section.value(needed).is_none() {
                let problem = Problem::Missing { section: title.clone(), keys };
                reading.problems.at(key.span(), problem);
            }
        }
        let path = section
            .template("path", "a string that begins with a slash", Unknown::Told)
            .inspect(|path| check_path_text("path", path, reading));
        let details = Details::read(&section, "headers");
        let send = section.value("send").map(|value| match value.get_ref() {
            DeValue::String(text) => {
                let text = TemplateText::read(text, value.span(), Unknown::Kept, reading);
                BodyText::Text(text)
            }
            _ => BodyText::Json(Json::of(value, Strings::Templates, reading)),
        });
        let awaited = checks::of_message(&section, "await");
        let failed = checks::of_message(&section, "fail");
        let messages = section.count("messages", MOST_MESSAGES).unwrap_or(NonZeroU32::MIN);
        let title = format!("[sockets.\"{name}\".connect]");
        let of_connect = section
            .value("connect")
            .and_then(|value| Section::open(&title, value, &CONNECT_KEYS, reading));
        let connect = Row::read(connect, of_connect.as_ref());
        let message = Row::read(message, Some(&section));
        let open =
            RequestText { method: Method::new("GET")?, path: path?, path_key: "path", details };
        Some(Self { name, connect, message, open, send: send?, awaited, failed, messages })
    }

    /// The texts that have places for values, with the headers of service and environment.
    pub(super) fn templates<'a>(&'a self, layers: [&'a [Header]; 2]) -> Vec<&'a TemplateText> {
        let mut templates = self.open.templates(layers);
        templates.extend(self.send.templates());
        let checks = self.awaited.iter().chain(&self.failed);
        templates.extend(checks.filter_map(CheckText::template));
        templates
    }

    /// Both rows as they stand at the position `at` of a plan, with references replaced and the
    /// headers of service and environment; nothing if something is missing, which is told.
    pub(super) fn resolve(
        &self,
        at: usize,
        layers: [&[Header]; 2],
        resolving: &Resolving<'_>,
    ) -> Option<[Endpoint; 2]> {
        let open = self.open.resolve(layers, resolving);
        let Some(Body::Text(send)) = self.send.resolve(resolving) else { return None };
        let check = |check: &Option<CheckText>| match check {
            None => Some(None),
            Some(check) => check.resolve(resolving).map(Some),
        };
        let (awaited, failed) = (check(&self.awaited), check(&self.failed));
        let socket = Socket {
            name: self.name.clone(),
            open: open?,
            send,
            awaited: awaited?,
            failed: failed?,
            messages: self.messages,
        };
        let endpoint = |row: &Row, action| Endpoint {
            name: row.name.clone(),
            action,
            budgets: row.budgets,
            gate: row.gate,
            limiter: None,
            cleanup: None,
        };
        Some([
            endpoint(&self.connect, Action::Socket(Box::new(socket))),
            endpoint(&self.message, Action::Messages(at)),
        ])
    }
}
