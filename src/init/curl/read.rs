//! From the text of commands to the service that they request.

use crate::init::description::Description;
use crate::init::error::InitError;
use crate::init::traffic::{Traffic, counted, describe};

use super::call;
use super::shell::{OpenQuote, commands};

/// The endpoints that the curl commands in the text `text` of the file `name` request. What else
/// stands between them is told.
///
/// # Errors
/// When a quote never ends, or no command is left that can be taken over.
pub fn from_curl(name: &str, text: &str) -> Result<Description, InitError> {
    if text.trim().is_empty() {
        return Err(InitError::Empty { name: name.to_owned() });
    }
    if text.contains("^\"") || text.contains(" ^\n") || text.contains(" ^\r\n") {
        return Err(InitError::WindowsQuoting { name: name.to_owned() });
    }
    let commands = commands(text)
        .map_err(|OpenQuote(line)| InitError::Quoting { name: name.to_owned(), line })?;
    let mut traffic = Traffic { name: name.to_owned(), ..Traffic::default() };
    for command in commands {
        // Documents put the shell's prompt before it.
        let words = command.words.strip_prefix(&["$".to_owned()]).unwrap_or(&command.words);
        let Some((program, words)) = words.split_first() else { continue };
        let file = program.rsplit('/').next().unwrap_or_default();
        let read = match file {
            "curl" | "curl.exe" => call::read(words),
            // What is done with an answer is nobody's request.
            _ if command.is_piped => continue,
            _ => Err("it is no curl command".to_owned()),
        };
        match read {
            Ok(calls) => {
                traffic.insecure |= calls.insecure;
                traffic.requests.extend(calls.requests);
            }
            Err(why) => {
                traffic.left_out.push(format!("the command in line {}: {why}", command.line));
            }
        }
    }
    traffic.source = format!("{name}, {} with curl", counted(traffic.requests.len(), "request"));
    describe(traffic)
}

#[cfg(test)]
mod tests;
