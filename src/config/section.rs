//! One table of the file: which keys it may have, and each value in its type. What does not fit
//! is told and passed over, so that one reading finds everything.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::model::{Metric, Rate, Share, UnitError, parse_duration};

use super::error::Problems;
use super::help::list;
use super::names::unknown;
use super::problem::Problem;
use super::template::{TemplateText, Unknown};
use super::text::Text;
use super::values::Known;

/// The keys of a section that describes what is judged: its own, and those of budgets and the gate.
macro_rules! judged_keys {
    ($($own:literal),* $(,)?) => {
        &[
            $($own,)*
            "target",
            "acceptable",
            "acceptable_p99",
            "p95",
            "factor",
            "min_delta",
            "errors",
            "metric",
        ]
    };
}
pub(super) use judged_keys;

/// The keys of one kind of section.
#[derive(Debug)]
pub(super) struct Keys {
    /// What may stand there.
    pub(super) known: &'static [&'static str],
}

/// What is known while a file is read.
pub(super) struct Reading<'t> {
    /// The file's directory; body files are relative to it.
    pub(super) directory: &'t Path,
    /// The file's text.
    pub(super) source: &'t str,
    /// What has been found so far.
    pub(super) problems: Problems,
    /// Every variable that is referred to.
    pub(super) references: RefCell<BTreeSet<String>>,
    /// Every value that requests may name; none while the data itself is read.
    pub(super) known: Known,
}

impl Reading<'_> {
    /// A text that goes to the service; notes its references.
    pub(super) fn text(&self, written: &str, span: Range<usize>) -> Text {
        let text = Text { written: written.to_owned(), span };
        if text.is_broken() {
            self.problems.at(text.span.clone(), Problem::BadReference);
        }
        self.references.borrow_mut().extend(text.references().map(str::to_owned));
        text
    }

    /// A weight above zero.
    pub(super) fn weight(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        most: u32,
    ) -> Option<NonZeroU32> {
        let expected = format!("a whole number from 1 to {most}");
        let Some(number) = value.get_ref().as_integer() else {
            self.problems.at(value.span(), wrong_type(key, &expected, value.get_ref()));
            return None;
        };
        let number = whole(number).and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= most);
        let number = number.and_then(NonZeroU32::new);
        if number.is_none() {
            self.problems.at(value.span(), out_of_range(key, &expected));
        }
        number
    }

    /// The line of a position, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        let before = self.source.get(..offset).unwrap_or(self.source);
        before.matches('\n').count() + 1
    }
}

/// One table of the file.
pub(super) struct Section<'t> {
    table: &'t DeTable<'t>,
    pub(super) reading: &'t Reading<'t>,
}

impl<'t> Section<'t> {
    /// The table `value`, if it is one; every key that may not stand there is told.
    pub(super) fn open(
        title: &str,
        value: &'t Spanned<DeValue<'t>>,
        keys: &'static Keys,
        reading: &'t Reading<'t>,
    ) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            reading.problems.at(value.span(), wrong_type(title, "a table", value.get_ref()));
            return None;
        };
        Some(Self::of(title, table, keys, reading))
    }

    /// The table `table`; every key that may not stand there is told.
    pub(super) fn of(
        title: &str,
        table: &'t DeTable<'t>,
        keys: &'static Keys,
        reading: &'t Reading<'t>,
    ) -> Self {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if keys.known.contains(&name) {
                continue;
            }
            let problem = Problem::UnknownKey {
                key: name.to_owned(),
                section: title.to_owned(),
                likely: likeliest(name, keys.known.iter().copied()),
                known: keys.known,
            };
            reading.problems.at(key.span(), problem);
        }
        Self { table, reading }
    }

    /// The table `value`, if it is one; nothing is told.
    pub(super) fn inside(
        value: &'t Spanned<DeValue<'t>>,
        reading: &'t Reading<'t>,
    ) -> Option<Self> {
        Some(Self { table: value.get_ref().as_table()?, reading })
    }

    /// The value of a key.
    pub(super) fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(key)
    }

    /// A key with its value.
    pub(super) fn entry(&self, key: &str) -> Option<Entry<'t>> {
        self.table.get_key_value(key)
    }

    /// Where a key stands.
    pub(super) fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get_key_value(key).map(|(key, _)| key.span())
    }

    /// Tells a problem with the value of a key.
    pub(super) fn problem(&self, key: &str, problem: Problem) {
        match self.value(key) {
            Some(value) => self.reading.problems.at(value.span(), problem),
            None => self.reading.problems.add(problem),
        }
    }

    /// Tells it if both keys are there, which they may not be.
    pub(super) fn excludes(&self, first: &str, second: &str, help: &'static str) {
        if self.value(first).is_some() {
            self.conflict(second, first, second, help);
        }
    }

    /// Tells at the key `key`, if it is there, that two things cannot stand together.
    pub(super) fn conflict(&self, key: &str, first: &str, second: &str, help: &'static str) {
        let (first, second) = (first.to_owned(), second.to_owned());
        if let Some(span) = self.key_span(key) {
            self.reading.problems.at(span, Problem::Together { first, second, help });
        }
    }

    fn typed<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'t DeValue<'t>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(key)?;
        let typed = read(value.get_ref());
        if typed.is_none() {
            self.problem(key, wrong_type(key, expected, value.get_ref()));
        }
        typed
    }

    /// A string that stays as it is.
    pub(super) fn string(&self, key: &str, expected: &str) -> Option<(&'t str, Range<usize>)> {
        let text = self.typed(key, expected, DeValue::as_str)?;
        Some((text, self.value(key)?.span()))
    }

    /// A string that goes to the service.
    pub(super) fn text(&self, key: &str, expected: &str) -> Option<Text> {
        let (text, span) = self.string(key, expected)?;
        Some(self.reading.text(text, span))
    }

    /// A string that goes to the service and has places for values.
    pub(super) fn template(
        &self,
        key: &str,
        expected: &str,
        unknown: Unknown,
    ) -> Option<TemplateText> {
        let (text, span) = self.string(key, expected)?;
        Some(TemplateText::read(text, span, unknown, self.reading))
    }

    /// A list, and where it stands.
    pub(super) fn array(&self, key: &str, expected: &str) -> Option<List<'t>> {
        let items: &[_] = self.typed(key, expected, DeValue::as_array)?;
        Some((items, self.value(key)?.span()))
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let known: Vec<String> = words.iter().map(|(word, _)| (*word).to_owned()).collect();
        let (text, _) = self.string(key, &format!("one of the words {}", list(&known)))?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        if found.is_none() {
            self.problem(key, unknown(key, text, known));
        }
        found
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, key: &str) -> Option<bool> {
        self.typed(key, "`true` or `false`", DeValue::as_bool)
    }

    /// A quantity that is written as a string with its unit.
    fn quantity<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&str) -> Result<T, UnitError>,
    ) -> Option<T> {
        let (text, _) = self.string(key, expected)?;
        read(text)
            .map_err(|error| self.problem(key, Problem::Unit { key: key.to_owned(), error }))
            .ok()
    }

    /// A duration, zero included.
    pub(super) fn duration(&self, key: &str) -> Option<Duration> {
        self.quantity(key, "a duration in quotes, such as \"250ms\" or \"2m\"", parse_duration)
    }

    /// A duration above zero.
    pub(super) fn time(&self, key: &str) -> Option<Duration> {
        let duration = self.duration(key)?;
        if duration.is_zero() {
            self.problem(key, out_of_range(key, "above zero"));
        }
        (!duration.is_zero()).then_some(duration)
    }

    /// A share such as `"1%"`.
    pub(super) fn share(&self, key: &str) -> Option<Share> {
        self.quantity(key, "a percentage in quotes, such as \"1%\"", str::parse)
    }

    /// A rate such as `"200/s"`.
    pub(super) fn rate(&self, key: &str) -> Option<Rate> {
        self.quantity(key, "a rate in quotes, such as \"200/s\"", str::parse)
    }

    /// A whole number within `range`.
    pub(super) fn integer(&self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let number = self.typed(key, &expected, DeValue::as_integer)?;
        let number =
            whole(number).and_then(|n| u64::try_from(n).ok()).filter(|n| range.contains(n));
        if number.is_none() {
            self.problem(key, out_of_range(key, &expected));
        }
        number
    }

    /// A count of at least one.
    pub(super) fn count(&self, key: &str, most: u32) -> Option<NonZeroU32> {
        let number = self.integer(key, 1..=u64::from(most))?;
        u32::try_from(number).ok().and_then(NonZeroU32::new)
    }

    /// A ratio above one.
    pub(super) fn factor(&self, key: &str) -> Option<f64> {
        let expected = "a number above 1, such as 2.0";
        let factor = self.typed(key, expected, number)?;
        let fits = factor > 1.0 && factor.is_finite();
        if !fits {
            self.problem(key, out_of_range(key, expected));
        }
        fits.then_some(factor)
    }

    /// A percentile by its name.
    pub(super) fn metric(&self, key: &str) -> Option<Metric> {
        let expected = "`\"p50\"`, `\"p95\"` or `\"p99\"`";
        let (text, _) = self.string(key, expected)?;
        let metric = text.parse().ok();
        if metric.is_none() {
            self.problem(key, out_of_range(key, expected));
        }
        metric
    }

    /// The entries of a table in the order of the file; a value of another type is told.
    pub(super) fn entries(&self, key: &str, expected: &str) -> Vec<Entry<'t>> {
        let Some(table) = self.typed(key, expected, DeValue::as_table) else {
            return Vec::new();
        };
        in_order(table)
    }
}

/// The items of a list, and where it stands.
pub(super) type List<'t> = (&'t [Spanned<DeValue<'t>>], Range<usize>);

/// A key with its value.
pub(super) type Entry<'t> = (&'t Spanned<toml::de::DeString<'t>>, &'t Spanned<DeValue<'t>>);

/// The entries of a table in the order of the file.
pub(super) fn in_order<'t>(table: &'t DeTable<'t>) -> Vec<Entry<'t>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The value of a TOML integer, whatever its base.
pub(super) fn whole(integer: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(float) => float.as_str().parse().ok(),
        DeValue::Integer(integer) => whole(integer).map(|number| number as f64),
        _ => None,
    }
}

/// The problem of a value that has another type.
pub(super) fn wrong_type(key: &str, expected: &str, value: &DeValue<'_>) -> Problem {
    let found = match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    Problem::WrongType { key: key.to_owned(), expected: expected.to_owned(), found }
}

/// The problem of a value outside its range.
pub(super) fn out_of_range(key: &str, expected: &str) -> Problem {
    Problem::OutOfRange { key: key.to_owned(), expected: expected.to_owned() }
}

/// The word that looks most like `word`, if any comes near.
pub(super) fn likeliest<'a>(
    word: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    // Longer texts are not typing errors of anything, and comparing them takes quadratic time.
    if word.len() > 200 {
        return None;
    }
    words
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&word.to_lowercase(), &known.to_lowercase()), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known.to_owned())
}
