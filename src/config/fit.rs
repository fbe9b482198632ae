//! Whether values of data can stand where requests have them.

use std::collections::BTreeSet;

use http::HeaderValue;

use crate::model::{Action, Data, Endpoint, Login, Part, Request, Slot, Supply, Template};

use super::data::DataText;
use super::error::Problems;

/// The slots of a plan's values by what can go wrong with them.
#[derive(Default)]
pub(super) struct Places {
    /// Sent in a header.
    headers: BTreeSet<Slot>,
    /// The whole of a path's segment.
    segments: BTreeSet<Slot>,
}

impl Places {
    /// Where the values of all requests stand.
    pub(super) fn of(endpoints: &[Endpoint], login: Option<&Login>) -> Self {
        let mut places = Self::default();
        for endpoint in endpoints {
            endpoint.action.requests().into_iter().for_each(|request| places.add(request));
            if let Action::Socket(socket) = &endpoint.action {
                places.add(&socket.open);
            }
        }
        if let Some(login) = login {
            places.add(&login.request);
            places.headers.extend(login.then.iter().flat_map(|(_, value)| value.slots()));
        }
        places
    }

    fn add(&mut self, request: &Request) {
        self.headers.extend(request.headers.iter().flat_map(|(_, value)| value.slots()));
        self.segments.extend(segments(&request.path));
    }

    /// Tells what of `data` cannot be sent; shows no value.
    pub(super) fn check(&self, source: &DataText, data: &Data, problems: &Problems) {
        let Supply::Rows(rows, _) = &data.supply else { return };
        let names = source.values();
        for (column, (slot, name)) in data.slots.iter().zip(&names).enumerate() {
            let told = |place, reason: &str, fits: fn(&str) -> bool| {
                let misfit = rows.as_slice().iter().position(|row| !fits(row[column].as_str()));
                if let Some(row) = misfit.filter(|_| place) {
                    let reason = format!("row {} has {reason}", row + 1);
                    source.tell(format!("`{name}`"), reason, problems);
                }
            };
            let in_header = "a character that cannot be sent in a header, such as a line break";
            told(self.headers.contains(slot), in_header, |value| {
                HeaderValue::from_bytes(value.as_bytes()).is_ok()
            });
            let in_path = "an empty value, `.` or `..`, which would make the path another one";
            told(self.segments.contains(slot), in_path, |value| !["", ".", ".."].contains(&value));
        }
    }
}

/// The values that are all there is between two slashes of a path.
fn segments(path: &Template) -> Vec<Slot> {
    let parts = path.parts();
    let mut slots = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let text = |part: Option<&Part>| match part {
            Some(Part::Text(text)) => Some(text.value().to_owned()),
            Some(Part::Value(..)) => None,
            None => Some(String::new()),
        };
        let before = index.checked_sub(1).and_then(|before| text(parts.get(before)));
        let after = text(parts.get(index + 1));
        match part {
            Part::Text(text) if text.value().contains('?') => break,
            Part::Text(_) => {}
            Part::Value(slot, _) => {
                let begins = before.is_some_and(|before| before.ends_with('/'));
                let ends = after.is_some_and(|it| it.is_empty() || it.starts_with(['/', '?']));
                if begins && ends {
                    slots.push(*slot);
                }
            }
        }
    }
    slots
}
