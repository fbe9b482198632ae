//! From words to arguments.

use std::ffi::OsString;

use clap::Parser;

use super::Cli;

/// Why there is nothing to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Help or the version was asked for: the text, with colours.
    Information(String),
    /// The words are no valid call: what is wrong and the usage, with colours.
    Usage(String),
}

/// Reads a command line; the first word is the program's name.
///
/// # Errors
/// When it is not valid, or asks for help or the version.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Cli, Stop> {
    Cli::try_parse_from(words).map_err(|error| {
        let text = error.render().ansi().to_string();
        if error.use_stderr() { Stop::Usage(text) } else { Stop::Information(text) }
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
    fn a_wrong_word_is_usage_and_names_the_likely_one() {
        let Err(Stop::Usage(text)) = parse(words("perfbase compair")) else {
            panic!("not refused");
        };
        assert!(text.contains("compare"), "{text}");
    }
}
