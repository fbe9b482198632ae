//! Commands and their words, as a POSIX shell finds them.
//!
//! The crates that split words know neither `$'…'`, which browsers write, nor where a command
//! ends, nor which `$` the shell would have replaced; so that the quoting is followed here.

use std::iter::Peekable;
use std::str::Chars;

use crate::init::variable::{SHELL_VARIABLE, is_identifier};

/// One command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// The line in which it begins, from 1.
    pub(super) line: usize,
    /// Its words without their quotes. What the shell would have replaced is marked with
    /// [`SHELL_VARIABLE`].
    pub(super) words: Vec<String>,
    /// Whether it is fed by the command before it.
    pub(super) is_piped: bool,
}

/// A quote that never ends: the line in which it begins, from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OpenQuote(pub(super) usize);

/// The commands of `text`.
pub(super) fn commands(text: &str) -> Result<Vec<Command>, OpenQuote> {
    let mut shell = Shell {
        rest: text.chars().peekable(),
        line: 1,
        word: None,
        is_redirection: false,
        command: Command { line: 1, words: Vec::new(), is_piped: false },
        commands: Vec::new(),
    };
    shell.read()?;
    shell.end_command();
    Ok(shell.commands)
}

struct Shell<'t> {
    rest: Peekable<Chars<'t>>,
    line: usize,
    /// The word under way.
    word: Option<String>,
    /// Whether that word is where something is redirected to.
    is_redirection: bool,
    command: Command,
    commands: Vec<Command>,
}

impl Shell<'_> {
    fn read(&mut self) -> Result<(), OpenQuote> {
        while let Some(c) = self.next() {
            match c {
                ' ' | '\t' | '\r' => self.end_word(),
                '\n' if self.command.is_piped && self.command.words.is_empty() => self.end_word(),
                '\n' | ';' | '&' => self.end_command(),
                '|' => {
                    self.end_command();
                    self.command.is_piped = true;
                }
                '#' if self.word.is_none() => while self.rest.next_if(|c| *c != '\n').is_some() {},
                '>' | '<' => self.redirect(),
                '\\' => self.escaped(),
                '\'' => self.single_quoted()?,
                '"' => self.double_quoted()?,
                '$' if self.rest.next_if_eq(&'\'').is_some() => self.c_quoted()?,
                // Of a text that would be translated, the text.
                '$' if self.rest.next_if_eq(&'"').is_some() => self.double_quoted()?,
                '$' => self.expansion(),
                '`' => self.push(SHELL_VARIABLE),
                c => self.push(c),
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        if next == Some('\n') {
            self.line += 1;
        }
        next
    }

    fn push(&mut self, c: char) {
        self.begin_word().push(c);
    }

    fn begin_word(&mut self) -> &mut String {
        if self.command.words.is_empty() && self.word.is_none() {
            self.command.line = self.line;
        }
        self.word.get_or_insert_default()
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take() {
            if !self.is_redirection {
                self.command.words.push(word);
            }
            self.is_redirection = false;
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.is_redirection = false;
        let next = Command { line: self.line, words: Vec::new(), is_piped: false };
        let command = std::mem::replace(&mut self.command, next);
        if !command.words.is_empty() {
            self.commands.push(command);
        }
    }

    /// What follows is a file and no word, and so is the number of a stream before the sign.
    fn redirect(&mut self) {
        if self.word.as_ref().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        while self.rest.next_if(|c| ['>', '<', '&', '|', ' ', '\t'].contains(c)).is_some() {}
        self.is_redirection = true;
    }

    /// What stands behind a backslash outside quotes; a line that ends with one goes on.
    fn escaped(&mut self) {
        match self.next() {
            Some('\n') | None => {}
            Some('\r') if self.rest.peek() == Some(&'\n') => {
                self.next();
            }
            Some(c) => self.push(c),
        }
    }

    fn single_quoted(&mut self) -> Result<(), OpenQuote> {
        let begun = self.line;
        self.begin_word();
        loop {
            match self.next().ok_or(OpenQuote(begun))? {
                '\'' => return Ok(()),
                c => self.push(c),
            }
        }
    }

    fn double_quoted(&mut self) -> Result<(), OpenQuote> {
        let begun = self.line;
        self.begin_word();
        loop {
            match self.next().ok_or(OpenQuote(begun))? {
                '"' => return Ok(()),
                '$' => self.expansion(),
                '`' => self.push(SHELL_VARIABLE),
                '\\' => match self.next().ok_or(OpenQuote(begun))? {
                    '\n' => {}
                    c @ ('$' | '`' | '"' | '\\') => self.push(c),
                    c => {
                        self.push('\\');
                        self.push(c);
                    }
                },
                c => self.push(c),
            }
        }
    }

    /// `$'…'` (POSIX.1-2024, 2.2.4), with the code points that bash and browsers write.
    fn c_quoted(&mut self) -> Result<(), OpenQuote> {
        let begun = self.line;
        self.begin_word();
        loop {
            let c = match self.next().ok_or(OpenQuote(begun))? {
                '\'' => return Ok(()),
                '\\' => match self.next().ok_or(OpenQuote(begun))? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'e' => '\u{1b}',
                    'f' => '\u{c}',
                    'v' => '\u{b}',
                    'x' => self.code(16, 2),
                    'u' => self.code(16, 4),
                    'U' => self.code(16, 8),
                    c => c,
                },
                c => c,
            };
            self.push(c);
        }
    }

    /// The character whose code the next digits are.
    fn code(&mut self, radix: u32, most: usize) -> char {
        let mut code = 0;
        for _ in 0..most {
            let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(radix)) else { break };
            self.rest.next();
            code = code * radix + digit;
        }
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// What stands behind a `$` that is not quoted: a variable, or nothing to replace.
    fn expansion(&mut self) {
        let begins_name = |c: &char| c.is_ascii_alphabetic() || *c == '_';
        match self.rest.peek() {
            Some('{') => {
                self.rest.next();
                let mut name = String::new();
                while let Some(c) = self.rest.next_if(|c| *c != '}' && *c != '\n') {
                    name.push(c);
                }
                self.rest.next_if_eq(&'}');
                if is_identifier(&name) {
                    self.variable(&name);
                } else {
                    self.push(SHELL_VARIABLE);
                }
            }
            Some('(') => self.push(SHELL_VARIABLE),
            Some(c) if begins_name(c) => {
                let mut name = String::new();
                while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                self.variable(&name);
            }
            _ => self.push('$'),
        }
    }

    fn variable(&mut self, name: &str) {
        let word = self.begin_word();
        word.push(SHELL_VARIABLE);
        word.extend(["{", name, "}"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        commands(text).unwrap().into_iter().map(|command| command.words).collect()
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        for (text, expected) in [
            ("curl a  b\tc", &["curl", "a", "b", "c"][..]),
            (r#"curl 'a b' "c d" e\ f"#, &["curl", "a b", "c d", "e f"]),
            (r#"curl a'b'"c"d '' """#, &["curl", "abcd", "", ""]),
            ("curl \\\n  -X POST \\\r\n  a", &["curl", "-X", "POST", "a"]),
            (r#"curl "a\"b\\c\$d\e""#, &["curl", r#"a"b\c$d\e"#]),
            (r"curl 'a\b$c'", &["curl", r"a\b$c"]),
            (r"curl $'a\'b\n\u0021\x41\\'", &["curl", "a'b\n!A\\"]),
            ("curl a#b # a comment's quote", &["curl", "a#b"]),
            ("curl a > /dev/null 2>&1", &["curl", "a"]),
            ("curl $5 a$", &["curl", "$5", "a$"]),
            ("curl \"$A\" ${B}c", &["curl", "\u{f8ff}{A}", "\u{f8ff}{B}c"]),
            ("curl `date` ${A:-b}", &["curl", "\u{f8ff}date\u{f8ff}", "\u{f8ff}"]),
            ("curl a\\", &["curl", "a"]),
        ] {
            assert_eq!(words(text), [expected], "{text}");
        }
    }

    #[test]
    fn commands_end_with_the_line_and_at_operators() {
        let text = "# all of them\ncurl a;\ncurl b && curl 'c\nd' | jq .\n\n curl e &\n";
        let found = commands(text).unwrap();
        let lines: Vec<usize> = found.iter().map(|command| command.line).collect();
        assert_eq!(lines, [2, 3, 3, 4, 6]);
        let first: Vec<&str> = found.iter().map(|command| command.words[0].as_str()).collect();
        assert_eq!(first, ["curl", "curl", "curl", "jq", "curl"]);
        let piped: Vec<bool> = found.iter().map(|command| command.is_piped).collect();
        assert_eq!(piped, [false, false, false, true, false]);
    }

    #[test]
    fn a_quote_that_never_ends_is_told_with_its_line() {
        for text in ["curl a\n'b\nc", "curl a\n\"b\nc", "curl a\n$'b\nc", "\ncurl \"a\\"] {
            assert_eq!(commands(text), Err(OpenQuote(2)), "{text}");
        }
    }
}
