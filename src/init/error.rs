//! Why there is nothing to write.

/// Why a source does not become a configuration. `name` is the source's, as the call gives it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// There is nothing in it.
    #[error("{name} is empty")]
    Empty {
        /// The source.
        name: String,
    },
    /// It is larger than any source that is read.
    #[error("{name} has more than {most} MiB")]
    TooLarge {
        /// The source.
        name: String,
        /// The largest size that is read, in MiB.
        most: u64,
    },
    /// It is not UTF-8.
    #[error("{name} is not UTF-8 text")]
    NotText {
        /// The source.
        name: String,
    },
    /// It is not JSON.
    #[error("{name} is not JSON: line {line}, column {column}: {message}")]
    NotJson {
        /// The source.
        name: String,
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// It is not YAML.
    #[error("{name} is not YAML: {message}")]
    NotYaml {
        /// The source.
        name: String,
        /// What the parser says, with the place.
        message: String,
    },
    /// It is JSON, but no HAR file.
    #[error("{name} is no HAR file: {message}")]
    NotHar {
        /// The source.
        name: String,
        /// What is wrong with it.
        message: String,
    },
    /// It is JSON or YAML, but no OpenAPI document that can be read.
    #[error("{name} is no OpenAPI 3 document: {why}")]
    NotOpenApi {
        /// The source.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A document that does not say where its service is.
    #[error("{name} does not say at which address the service is")]
    NoServer {
        /// The source.
        name: String,
    },
    /// A URL that cannot be measured.
    #[error("`{url}` cannot be measured: {why}")]
    Url {
        /// The URL without what may be secret.
        url: String,
        /// Why not.
        why: String,
    },
    /// A quote that never ends.
    #[error("{name}: the quote that begins in line {line} never ends")]
    Quoting {
        /// The source.
        name: String,
        /// Where, from 1.
        line: usize,
    },
    /// Commands that are quoted for the Windows command line.
    #[error("{name} has commands that are quoted for the Windows command line")]
    WindowsQuoting {
        /// The source.
        name: String,
    },
    /// Nothing in it is a request that can be taken over.
    #[error("there is no request in {name} that can be measured{}", listed(left_out))]
    Nothing {
        /// The source.
        name: String,
        /// What is there, in words.
        left_out: Vec<String>,
    },
    /// What would be written could not be read again.
    #[error("the file would have {bytes} bytes; a configuration has at most {most}")]
    TooMuch {
        /// Its size.
        bytes: usize,
        /// The largest that can be read.
        most: usize,
    },
}

fn listed(left_out: &[String]) -> String {
    let lines: Vec<String> = left_out.iter().map(|what| format!("\n  - {what}")).collect();
    if lines.is_empty() { String::new() } else { format!("; left out:{}", lines.concat()) }
}

impl InitError {
    /// What to do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotHar { .. } => {
                Some("a browser's network view exports one: `Save all as HAR`, or `Export HAR`")
            }
            Self::NotOpenApi { .. } => {
                Some("versions 3.0 and later are read; Swagger 2.0 has to be converted first")
            }
            Self::NoServer { .. } => {
                Some("give it: `perfbase init --openapi FILE http://localhost:8000`")
            }
            Self::WindowsQuoting { .. } => Some("copy them as `cURL (bash)`"),
            Self::TooMuch { .. } => Some("give it a part of the source"),
            Self::TooLarge { .. } => Some("a recording without the contents of answers is smaller"),
            Self::NotText { .. } => Some("save it as UTF-8"),
            Self::Empty { .. }
            | Self::NotJson { .. }
            | Self::NotYaml { .. }
            | Self::Url { .. }
            | Self::Quoting { .. }
            | Self::Nothing { .. } => None,
        }
    }
}
