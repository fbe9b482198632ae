//! What to do about a problem.

use super::problem::Problem;
use super::url_error::UrlError;

impl Problem {
    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Target(problem) => problem.help(),
            Self::Connection(problem) => return problem.help(),
            Self::FileMissing(_) => "give the path of a file with --config, or leave it out".into(),
            Self::NotAFile(_) => "give the path of the file itself with --config".into(),
            Self::UnknownKey { known, likely: None, .. } => format!("known are {}", list(known)),
            Self::Unknown { what: "value", known, .. } if known.is_empty() => {
                "a value comes from [data] or is saved from an answer: save = { id = \"/id\" }".into()
            }
            Self::Unknown { what: "class of users", known, .. } if known.is_empty() => {
                "describe them, such as [users.heavy]".into()
            }
            Self::Unknown { known, likely: None, .. }
            | Self::UnknownScenario { known, likely: None, .. }
            | Self::UnknownEnvironment { known, likely: None, .. }
                if !known.is_empty() =>
            {
                format!("known are {}", list(known))
            }
            Self::TableAsValue { table, column: Some(column) } => {
                format!("name one of its columns, such as `{{{table}.{column}}}`")
            }
            Self::Missing { section, keys } => return missing(section, keys),
            Self::Taken { .. } => "give one of them another name".into(),
            Self::ValueName(_) => "it takes letters, digits and `_`, and begins with no digit".into(),
            Self::Generator { likely: None, .. } => {
                "known are `uuid`, `int 1..100`, `sequence 1`, `timestamp`, `timestamp seconds` and \
                 `timestamp milliseconds`; a constant is a list of one, such as [\"a\"]"
                    .into()
            }
            Self::P99BelowP95(key) => {
                format!("no p99 is below its p95, which is what `{key}` speaks of: allow it as much")
            }
            Self::CleanupOfNothing | Self::Statement(_) => return self.help_around(),
            Self::NotAtLogin(_) => {
                "a login takes its values from [data], and its `headers` also from what it saves"
                    .into()
            }
            Self::DrawnAnew(_) => {
                "add `per = \"user\"` to its data, or use it in the login's request too".into()
            }
            Self::NeverGiven { by, .. } if !by.is_empty() => format!(
                "{} would save it, but is not sent there or waits for a value itself",
                list(by)
            ),
            Self::TooFewRows { .. } => {
                "add rows, take fewer users (or connections, with a rate), or another `pick`".into()
            }
            Self::NotSent { .. } => "leave it out here, or let the scenario send it".into(),
            Self::ThroughputAboveRate { .. } => {
                "raise `rate`, demand less, or take `users`, who send as fast as they are answered"
                    .into()
            }
            Self::Together { help, .. } => (*help).to_owned(),
            Self::Staged { scenario, .. } => format!(
                "say it in [scenarios.{scenario}], or choose another scenario with --scenario"
            ),
            Self::DefaultEnvironment => "move these keys to [service]".into(),
            Self::UnknownMethod { likely: None, .. } => "methods are upper-case words".into(),
            Self::QueryInName(_) => "name it by its path, and put path and query in `path`".into(),
            Self::DuplicateEndpoint { .. } => {
                "what stands in braces and how many blanks there are makes no difference".into()
            }
            Self::TemplateWithoutPath { .. } => {
                "`path` is what is sent, such as path = \"/builds/42\"; or save a value of that name"
                    .into()
            }
            Self::HeaderValue(_) => {
                "a header holds visible ASCII only; look for a line break at the end".into()
            }
            Self::HeaderReserved(_) => "leave it out; it follows from the body and address".into(),
            Self::Url { error, .. } => return of_url(*error),
            Self::BadReference => "`$${` stands for `${` itself".into(),
            Self::MissingVariable { name, .. } => {
                format!("set it before the call: {name}=… perfbase …")
            }
            _ => return self.help_with_answers(),
        };
        Some(text)
    }

    /// What to do about what answers should be like, and about how many endpoints give them.
    fn help_with_answers(&self) -> Option<String> {
        let text = match self {
            Self::ExpectedAndAllowed(_) => {
                "what is expected is checked, what is allowed is counted apart: name it in one of them"
                    .into()
            }
            Self::Check { .. } => {
                "write SUBJECT OPERATOR VALUE, such as \"/status == ok\", \"size <= 10kB\" or \
                 \"header:etag exists\""
                    .into()
            }
            Self::TooManyEndpoints { .. } => {
                "what differs between requests belongs in braces (`GET /builds/{id}`), with its values \
                 in [data]; one name for all of them keeps one row"
                    .into()
            }
            _ => return None,
        };
        Some(text)
    }

    /// The same for what is asked before and after the load.
    fn help_around(&self) -> Option<String> {
        let text = match self {
            Self::CleanupOfNothing => {
                "save what names it: save = { id = \"/id\" }, cleanup = \"DELETE /things/{id}\"; what is \
                 to be sent once belongs to [[cleanup]]"
                    .into()
            }
            Self::Statement(_) => {
                "compare two sides with `==`, `!=`, `<`, `<=`, `>` or `>=`: \
                 '/value - before(/value) == count(\"POST /things\", ok)'"
                    .into()
            }
            _ => return None,
        };
        Some(text)
    }
}

/// What to do about keys that are not there.
fn missing(section: &str, keys: &str) -> Option<String> {
    let (what, example) = match keys {
        "`tasks`" => ("say what they do", "tasks = { \"GET /health\" = 1 }"),
        "`key`" => ("name the file of the certificate's key", "key = \"client.key\""),
        "`certificate`" => {
            ("name the file of the key's certificate", "certificate = \"client.pem\"")
        }
        "`holds`" => ("say what must hold", "holds = '/value >= 0'"),
        "`requests`" if section.starts_with("[scenarios.") => {
            ("say how many its users send together", "requests = 50")
        }
        "`requests`" => ("say what it sends", "requests = [\"GET /clients\"]"),
        "`send`" => ("give the message", "send = { type = \"ping\" }, or a text"),
        "`from`" => ("name the endpoint", "from = \"GET /builds\""),
        "`count`, `sum` or `timer`" => ("say what it is", "count = \"POST /builds\""),
        _ => return None,
    };
    Some(format!("{what} in {section}: {example}"))
}

fn of_url(error: UrlError) -> Option<String> {
    let text = match error {
        UrlError::NoScheme | UrlError::Scheme => {
            "write it in full, such as `http://localhost:8000`"
        }
        UrlError::UserInfo => {
            "send them in a header: headers = { authorization = \"Basic ${CREDENTIALS}\" }"
        }
        UrlError::Query => "a query belongs to an endpoint's `path`",
        UrlError::Host => "write an international host in its `xn--` form",
        UrlError::Zone => "name the host, or an address of it that needs no zone",
        UrlError::Fragment | UrlError::Port | UrlError::Path => return None,
    };
    Some(text.to_owned())
}

/// Words that are listed at most.
const LISTED: usize = 20;

/// Words one after the other, each in backquotes.
pub(super) fn list(words: &[impl AsRef<str>]) -> String {
    let shown = words.iter().take(LISTED);
    let mut quoted: Vec<String> = shown.map(|word| format!("`{}`", word.as_ref())).collect();
    if let Some(more) = words.len().checked_sub(LISTED).filter(|more| *more > 0) {
        quoted.push(format!("{more} more"));
    }
    quoted.join(", ")
}

/// The end of a message about a word that is not known.
pub(super) fn did_you_mean(word: Option<&str>) -> String {
    word.map(|word| format!(", did you mean `{word}`?")).unwrap_or_default()
}

/// So many rows, in words.
pub(super) fn rows_of(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}
