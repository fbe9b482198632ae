//! From words to arguments.

use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Cli;

/// Why there is nothing to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Help or the version was asked for: the text, with colours.
    Information(String),
    /// The words are no valid call: what is wrong and the usage, with colours.
    Usage(String),
    /// A value is none of its option's: what is wrong with it.
    Value(String),
}

/// Reads a command line; the first word is the program's name.
///
/// # Errors
/// When it is not valid, or asks for help or the version.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Cli, Stop> {
    Cli::try_parse_from(words).map_err(|error| {
        if let Some(told) = about_value(&error) {
            return Stop::Value(told);
        }
        let text = error.render().ansi().to_string();
        if error.use_stderr() { Stop::Usage(text) } else { Stop::Information(text) }
    })
}

/// What is wrong with a value, in the words that the same value in `perfbase.toml` gets.
fn about_value(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::ValueValidation {
        return None;
    }
    let said = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.as_str()),
        _ => None,
    };
    let (argument, value) = (said(ContextKind::InvalidArg)?, said(ContextKind::InvalidValue)?);
    let option = argument.split(' ').next().unwrap_or(argument);
    let why = std::error::Error::source(error)?.to_string();
    let value = format!("`{value}`");
    Some(if why.contains(&value) {
        format!("`{option}`: {why}")
    } else {
        format!("`{option}`: {value}: {why}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn help_and_version_are_information() {
        for line in ["perfbase --help", "perfbase -V", "perfbase compare --help"] {
            assert!(matches!(parse(words(line)), Err(Stop::Information(_))), "{line}");
        }
    }

    #[test]
    fn a_wrong_value_is_told_as_in_the_file() {
        let told = |line| match parse(words(line)) {
            Err(Stop::Value(told)) => told,
            other => panic!("{line}: {other:?}"),
        };
        let duration = told("perfbase run --duration 10");
        assert!(duration.starts_with("`--duration`: `10` is not a duration: write"), "{duration}");
        let seed = told("perfbase run --seed=x");
        assert_eq!(seed, "`--seed`: `x`: invalid digit found in string");
    }

    #[test]
    fn a_wrong_word_is_usage_and_names_the_likely_one() {
        let Err(Stop::Usage(text)) = parse(words("perfbase compair")) else {
            panic!("not refused");
        };
        assert!(text.contains("compare"), "{text}");
    }
}
