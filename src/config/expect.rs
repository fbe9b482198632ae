//! The keys `expect` and `allow`: which statuses are a success, and which are one of their own class.

use toml::de::DeValue;

use crate::model::{Expect, StatusRange};

use super::problem::Problem;
use super::section::{Section, whole, wrong_type};

/// Reads the key `expect` of a section.
pub(super) fn read(section: &Section<'_>) -> Expect {
    Expect::statuses(ranges(section, "expect"))
}

/// Reads the key `allow` of a section, whose other statuses are `expected`.
pub(super) fn read_allowed(section: &Section<'_>, expected: &Expect) -> Vec<StatusRange> {
    let allowed = ranges(section, "allow");
    let twice = |range: &&StatusRange| (range.first..=range.last).any(|it| expected.accepts(it));
    if let Some(range) = allowed.iter().find(twice) {
        section.problem("allow", Problem::ExpectedAndAllowed(range.to_string()));
    }
    allowed
}

fn ranges(section: &Section<'_>, key: &str) -> Vec<StatusRange> {
    let Some(value) = section.value(key) else { return Vec::new() };
    let items = match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => vec![value],
    };
    let statuses = items.into_iter().filter_map(|item| {
        let range = match item.get_ref() {
            DeValue::Integer(integer) => {
                status(integer.as_str()).filter(|_| whole(integer).is_some_and(|n| n < 600))
            }
            DeValue::String(text) => status_range(text),
            other => {
                let expected = "a list of statuses, such as [200, \"3xx\"]";
                section.reading.problems.at(item.span(), wrong_type(key, expected, other));
                return None;
            }
        };
        if range.is_none() {
            let text = section.reading.source.get(item.span()).unwrap_or_default();
            let text = text.trim_matches(['"', '\'']).to_owned();
            section.reading.problems.at(item.span(), Problem::Status(text));
        }
        range
    });
    statuses.collect()
}

fn status(text: &str) -> Option<StatusRange> {
    let number: u16 = text.trim().parse().ok()?;
    (100..=599).contains(&number).then_some(StatusRange { first: number, last: number })
}

fn status_range(text: &str) -> Option<StatusRange> {
    if let Some(class) = text.trim().strip_suffix("xx") {
        let class: u16 = class.parse().ok()?;
        return (1..=5)
            .contains(&class)
            .then_some(StatusRange { first: class * 100, last: class * 100 + 99 });
    }
    match text.split_once('-') {
        None => status(text),
        Some((first, last)) => {
            let range = StatusRange { first: status(first)?.first, last: status(last)?.last };
            (range.first <= range.last).then_some(range)
        }
    }
}
