//! How a fault is written: the same words in a flag and in JSON.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Effect, Fault, Warm};
use crate::demo::route::{Route, UnknownRoute};
use crate::model::{Share, UnitError, parse_duration, show_duration};

/// Why a text or an object is no fault.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FaultError {
    /// A route the service does not have.
    #[error(transparent)]
    Route(#[from] UnknownRoute),
    /// A value without the right unit.
    #[error("`{word}`: {error}")]
    Unit {
        /// The word.
        word: &'static str,
        /// What is wrong with its value.
        error: UnitError,
    },
    /// A value that cannot be read.
    #[error("`{word}` takes {takes}, not `{value}`")]
    Value {
        /// The word.
        word: &'static str,
        /// What it takes.
        takes: &'static str,
        /// What was written.
        value: String,
    },
    /// A word no fault has.
    #[error("no fault has the word `{word}`; {}", instead(*likely))]
    Word {
        /// What was written.
        word: String,
        /// The word that was likely meant.
        likely: Option<&'static str>,
    },
    /// The same word twice.
    #[error("`{0}` is given twice")]
    Twice(&'static str),
    /// Words of two effects.
    #[error("`{0}` and `{1}` are two faults; give each by itself")]
    Two(&'static str, &'static str),
    /// No word that says what is wrong.
    #[error("a fault needs a word that says what is wrong, such as `factor=3` or `error-share=5%`")]
    Nothing,
    /// A word that belongs to another effect.
    #[error("`{word}` goes with {with} only")]
    Stray {
        /// The word.
        word: &'static str,
        /// What it goes with.
        with: &'static str,
    },
    /// A cold start without its end.
    #[error(
        "`cold-start` needs either `requests=N` or `for=5s`, which say when the service is warm"
    )]
    NeverWarm,
    /// A token lifetime on one route or for a share.
    #[error("`token-lifetime` holds for all tokens; it takes no route and no other word")]
    TokensAreGlobal,
    /// A lost update anywhere but on the counter.
    #[error("`lost-update` is a fault of `POST /counter/increment` alone")]
    NotTheCounter,
}

/// The words of a fault as they are read, one by one.
#[derive(Debug, Default)]
pub(in crate::demo) struct Draft {
    route: Option<Route>,
    words: Vec<(&'static str, String)>,
}

const WORDS: [&str; 16] = [
    "factor",
    "add",
    "stall",
    "error-share",
    "lost-update",
    "leak",
    "rate-limit",
    "token-lifetime",
    "cold-start",
    "requests",
    "for",
    "capacity",
    "rises-every",
    "share",
    "after",
    "clear-after",
];

/// What to write in place of a word that there is not.
fn instead(likely: Option<&str>) -> String {
    likely.map_or_else(
        || format!("there are {}", WORDS.join(", ")),
        |word| format!("did you mean `{word}`?"),
    )
}

impl Draft {
    /// Sets the route.
    ///
    /// # Errors
    /// When there is no such route.
    pub(in crate::demo) fn route(&mut self, text: &str) -> Result<(), FaultError> {
        self.route = Some(text.parse()?);
        Ok(())
    }

    /// Sets one word.
    ///
    /// # Errors
    /// When the word is unknown or was given before.
    pub(in crate::demo) fn set(&mut self, word: &str, value: &str) -> Result<(), FaultError> {
        let Some(known) = WORDS.into_iter().find(|known| *known == word) else {
            let likely = WORDS
                .into_iter()
                .map(|known| (strsim::damerau_levenshtein(known, word), known))
                .filter(|(edits, known)| *edits <= 2 && *edits < known.len() / 2)
                .min()
                .map(|(_, known)| known);
            return Err(FaultError::Word { word: word.to_owned(), likely });
        };
        if self.words.iter().any(|(given, _)| *given == known) {
            return Err(FaultError::Twice(known));
        }
        self.words.push((known, value.to_owned()));
        Ok(())
    }

    /// The fault that the words make.
    ///
    /// # Errors
    /// When a value cannot be read or the words do not go together.
    pub(in crate::demo) fn finish(mut self) -> Result<Fault, FaultError> {
        let effect = self.effect()?;
        let share = match (self.take("error-share"), self.take("share")) {
            (Some(_), Some(_)) => {
                return Err(FaultError::Stray {
                    word: "share",
                    with: "faults without a share of their own",
                });
            }
            (Some(errors), None) => share("error-share", &errors)?,
            (None, Some(text)) => share("share", &text)?,
            (None, None) => Share::new(1.0),
        };
        let after = self.take("after").map(|text| count("after", &text, 0)).transpose()?;
        let clear_after =
            self.take("clear-after").map(|text| count("clear-after", &text, 1)).transpose()?;
        if let Some((word, _)) = self.words.first() {
            let with = match *word {
                "requests" | "for" => "`cold-start`",
                _ => "`capacity`",
            };
            return Err(FaultError::Stray { word, with });
        }
        let fault =
            Fault { route: self.route, effect, share, after: after.unwrap_or(0), clear_after };
        match effect {
            Effect::TokenLifetime(_) if fault != Fault::new(effect) => {
                Err(FaultError::TokensAreGlobal)
            }
            Effect::LostUpdate(_) if fault.route.is_some_and(|it| it != Route::Increment) => {
                Err(FaultError::NotTheCounter)
            }
            _ => Ok(fault),
        }
    }

    fn effect(&mut self) -> Result<Effect, FaultError> {
        const LEADS: [&str; 10] = [
            "factor",
            "add",
            "stall",
            "error-share",
            "lost-update",
            "leak",
            "rate-limit",
            "token-lifetime",
            "cold-start",
            "capacity",
        ];
        let mut leads = self.words.iter().map(|(word, _)| *word).filter(|it| LEADS.contains(it));
        let lead = leads.next().ok_or(FaultError::Nothing)?;
        let slow = |word| matches!(word, "factor" | "add");
        if let Some(other) = leads.find(|other| !(slow(lead) && slow(other))) {
            return Err(FaultError::Two(lead, other));
        }
        if slow(lead) {
            let factor = self.take("factor").map(|text| factor(&text)).transpose()?;
            let add = self.take("add").map(|text| span("add", &text)).transpose()?;
            return Ok(Effect::Slow {
                factor: factor.unwrap_or(1.0),
                add: add.unwrap_or_default(),
            });
        }
        if lead == "error-share" {
            return Ok(Effect::Errors);
        }
        let value = self.take(lead).unwrap_or_default();
        match lead {
            "stall" => Ok(Effect::Stall(span("stall", &value)?)),
            "lost-update" => Ok(Effect::LostUpdate(span("lost-update", &value)?)),
            "leak" => Ok(Effect::Leak(bytes(&value)?)),
            "rate-limit" => rate_limit(&value),
            "token-lifetime" => Ok(Effect::TokenLifetime(duration("token-lifetime", &value)?)),
            "cold-start" => {
                let until = match (self.take("requests"), self.take("for")) {
                    (Some(text), None) => Warm::Requests(count("requests", &text, 1)?),
                    (None, Some(text)) => Warm::For(window("for", &text)?),
                    _ => return Err(FaultError::NeverWarm),
                };
                Ok(Effect::ColdStart { add: span("cold-start", &value)?, until })
            }
            _ => Ok(Effect::Capacity {
                limit: count("capacity", &value, 1)?,
                rises_every: self
                    .take("rises-every")
                    .map(|text| window("rises-every", &text))
                    .transpose()?,
            }),
        }
    }

    fn take(&mut self, word: &str) -> Option<String> {
        let at = self.words.iter().position(|(given, _)| *given == word)?;
        Some(self.words.remove(at).1)
    }
}

fn duration(word: &'static str, text: &str) -> Result<Duration, FaultError> {
    parse_duration(text).map_err(|error| FaultError::Unit { word, error })
}

fn span(word: &'static str, text: &str) -> Result<Duration, FaultError> {
    let value = duration(word, text)?;
    if value > Effect::LONGEST {
        return Err(FaultError::Value { word, takes: "at most `60s`", value: text.to_owned() });
    }
    Ok(value)
}

fn window(word: &'static str, text: &str) -> Result<Duration, FaultError> {
    let value = duration(word, text)?;
    if value.is_zero() {
        return Err(FaultError::Value {
            word,
            takes: "a duration above 0",
            value: text.to_owned(),
        });
    }
    Ok(value)
}

fn share(word: &'static str, text: &str) -> Result<Share, FaultError> {
    text.parse().map_err(|error| FaultError::Unit { word, error })
}

fn count(word: &'static str, text: &str, least: u64) -> Result<u64, FaultError> {
    text.parse().ok().filter(|count| *count >= least).ok_or_else(|| FaultError::Value {
        word,
        takes: if least == 0 { "a whole number" } else { "a whole number above 0" },
        value: text.to_owned(),
    })
}

fn factor(text: &str) -> Result<f64, FaultError> {
    text.parse().ok().filter(|factor| *factor > 0.0 && *factor <= Effect::MOST_FACTOR).ok_or_else(
        || FaultError::Value {
            word: "factor",
            takes: "a number above 0 and up to 1000",
            value: text.to_owned(),
        },
    )
}

fn bytes(text: &str) -> Result<u64, FaultError> {
    let units = [("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
    units
        .iter()
        .find_map(|(unit, size)| Some((text.strip_suffix(unit)?, size)))
        .and_then(|(number, size)| number.trim().parse::<u64>().ok()?.checked_mul(*size))
        .filter(|bytes| (1..=Effect::MOST_LEAKED_A_REQUEST).contains(bytes))
        .ok_or_else(|| FaultError::Value {
            word: "leak",
            takes: "a size such as `512B`, `64KiB` or at most `1MiB`",
            value: text.to_owned(),
        })
}

fn rate_limit(text: &str) -> Result<Effect, FaultError> {
    let (limit, length) = text.split_once('/').ok_or_else(|| FaultError::Value {
        word: "rate-limit",
        takes: "requests and their window, such as `100/1s`",
        value: text.to_owned(),
    })?;
    Ok(Effect::RateLimit {
        limit: count("rate-limit", limit.trim(), 1)?,
        window: window("rate-limit", length)?,
    })
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut draft = Draft::default();
        let (words, route): (Vec<_>, Vec<_>) =
            text.split_whitespace().partition(|part| part.contains('='));
        if !route.is_empty() {
            draft.route(&route.join(" "))?;
        }
        for word in words {
            let (word, value) = word.split_once('=').unwrap_or((word, ""));
            draft.set(word, value)?;
        }
        draft.finish()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(route) = self.route {
            write!(f, "{route} ")?;
        }
        let show = show_duration;
        match self.effect {
            Effect::Slow { factor, add } => {
                write!(f, "factor={factor}")?;
                if !add.is_zero() {
                    write!(f, " add={}", show(add))?;
                }
            }
            Effect::Stall(length) => write!(f, "stall={}", show(length))?,
            Effect::Errors => write!(f, "error-share={}", self.share)?,
            Effect::LostUpdate(gap) => write!(f, "lost-update={}", show(gap))?,
            Effect::Leak(bytes) => write!(f, "leak={bytes}B")?,
            Effect::RateLimit { limit, window } => {
                write!(f, "rate-limit={limit}/{}", show(window))?;
            }
            Effect::TokenLifetime(lifetime) => write!(f, "token-lifetime={}", show(lifetime))?,
            Effect::ColdStart { add, until } => {
                write!(f, "cold-start={} ", show(add))?;
                match until {
                    Warm::Requests(requests) => write!(f, "requests={requests}")?,
                    Warm::For(length) => write!(f, "for={}", show(length))?,
                }
            }
            Effect::Capacity { limit, rises_every } => {
                write!(f, "capacity={limit}")?;
                if let Some(every) = rises_every {
                    write!(f, " rises-every={}", show(every))?;
                }
            }
        }
        if self.effect != Effect::Errors && self.share.get() < 1.0 {
            write!(f, " share={}", self.share)?;
        }
        if self.after > 0 {
            write!(f, " after={}", self.after)?;
        }
        self.clear_after.map_or(Ok(()), |requests| write!(f, " clear-after={requests}"))
    }
}

#[cfg(test)]
mod tests;
