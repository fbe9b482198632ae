//! References to the environment, in the place of what is not to be copied.

use std::borrow::Cow;

/// Stands in a text for the shell's `$` before a variable that it would replace, which is then
/// followed by the name in braces. No source has this private character for anything else.
pub(super) const SHELL_VARIABLE: char = '\u{f8ff}';

/// A variable of the environment that a file refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it stands for, such as ``the header `cookie` ``.
    pub what: String,
}

/// The variables that are referred to, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variables(Vec<Variable>);

impl Variables {
    /// A reference to the variable of that name: `${NAME}`.
    pub(super) fn refer(&mut self, name: &str, what: impl Into<String>) -> String {
        let what = what.into();
        if !self.0.iter().any(|known| known.name == name && known.what == what) {
            self.0.push(Variable { name: name.to_owned(), what });
        }
        format!("${{{name}}}")
    }

    /// Gives a variable another name.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        for variable in self.0.iter_mut().filter(|variable| variable.name == from) {
            to.clone_into(&mut variable.name);
        }
    }

    /// A reference in the place of `secret`: to the variable that the shell would have put there,
    /// or else to one of the name `name`.
    pub(super) fn replace(&mut self, secret: &str, name: &str, what: impl Into<String>) -> String {
        let shell = secret.strip_prefix(SHELL_VARIABLE).and_then(braced);
        match shell {
            Some((own, "")) => self.refer(own, what),
            _ => self.refer(name, what),
        }
    }

    /// `text` as the file writes it: what would be a reference is none, and what the shell would
    /// have replaced is one.
    pub(super) fn write(&mut self, text: &str) -> String {
        let mut parts = text.split(SHELL_VARIABLE);
        let mut written = escaped(parts.next().unwrap_or_default()).into_owned();
        for part in parts {
            match braced(part) {
                Some((name, rest)) => {
                    written.push_str(&self.refer(name, "a variable of the shell"));
                    written.push_str(&escaped(rest));
                }
                None => written.push_str(&escaped(part)),
            }
        }
        written
    }

    /// Adds those of `others`.
    pub(super) fn extend(&mut self, others: &Self) {
        for Variable { name, what } in &others.0 {
            self.refer(name, what.clone());
        }
    }

    /// One line for each name, with everything that it stands for, in the order of first use.
    #[must_use]
    pub fn by_name(&self) -> Vec<(&str, String)> {
        let mut lines: Vec<(&str, String)> = Vec::new();
        for Variable { name, what } in &self.0 {
            match lines.iter_mut().find(|(known, _)| known == name) {
                Some((_, all)) => *all = format!("{all}, {what}"),
                None => lines.push((name, what.clone())),
            }
        }
        lines
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains("${") { Cow::Owned(text.replace("${", "$${")) } else { Cow::Borrowed(text) }
}

/// The name in braces that `text` begins with, and what follows it.
fn braced(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix('{')?.split_once('}')?;
    is_identifier(name).then_some((name, rest))
}

/// Whether `name` can name a variable: letters, digits and `_`, not beginning with a digit.
pub(super) fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_reference_in_the_source_is_none_in_the_file() {
        let mut variables = Variables::default();
        assert_eq!(variables.write("a ${NAME} $5 $${X}"), "a $${NAME} $5 $$${X}");
        assert!(variables.is_empty());
    }

    #[test]
    fn a_variable_of_the_shell_becomes_a_reference() {
        let mut variables = Variables::default();
        assert_eq!(variables.write("a \u{f8ff}{NAME}b${C}"), "a ${NAME}b$${C}");
        assert_eq!(variables.by_name(), [("NAME", "a variable of the shell".to_owned())]);
    }

    #[test]
    fn a_secret_that_is_a_variable_already_keeps_its_name() {
        let mut variables = Variables::default();
        assert_eq!(variables.replace("\u{f8ff}{MINE}", "TOKEN", "a"), "${MINE}");
        assert_eq!(variables.replace("hunter2", "TOKEN", "a"), "${TOKEN}");
        assert_eq!(variables.replace("hunter3", "TOKEN", "b"), "${TOKEN}");
        let lines = variables.by_name();
        assert_eq!(lines, [("MINE", "a".to_owned()), ("TOKEN", "a, b".to_owned())]);
    }
}
