//! Everything that can be wrong with a configuration, in words.

use crate::model::{NameError, UnitError};

/// One thing that is wrong. The message says what and where in words; [`Problem::help`] says what
/// to do. Neither holds the value of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file that was asked for is not there.
    #[error("there is no configuration file `{0}`")]
    FileMissing(String),
    /// The path is a directory or another thing that is no file.
    #[error("`{0}` is not a file")]
    NotAFile(String),
    /// The file is far larger than any configuration.
    #[error("`{path}` has {bytes} bytes; a configuration has at most {most}")]
    TooLarge {
        /// The file.
        path: String,
        /// Its size.
        bytes: u64,
        /// The largest size that is read.
        most: u64,
    },
    /// The operating system does not let the file be read.
    #[error("cannot read `{path}`: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the operating system says.
        reason: String,
    },
    /// The file is not UTF-8.
    #[error("`{path}` is not UTF-8 text: line {line} has a byte that cannot be read")]
    NotUtf8 {
        /// The file.
        path: String,
        /// The first line that is not UTF-8, from 1.
        line: usize,
    },
    /// The file is not TOML.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// A key nobody knows.
    #[error("unknown key `{key}` in {section}{}", did_you_mean(.likely.as_deref()))]
    UnknownKey {
        /// The key as written.
        key: String,
        /// The section it is in, such as `[service]`.
        section: String,
        /// The known key that looks most like it.
        likely: Option<String>,
        /// Every key that may stand there.
        known: &'static [&'static str],
    },
    /// Something that a later version will have.
    #[error("{0} is not supported yet in this version of perfbase")]
    NotYet(String),
    /// A value of another type than the key takes.
    #[error("`{key}` takes {expected}, not {found}")]
    WrongType {
        /// The key.
        key: String,
        /// What it takes, with an example.
        expected: String,
        /// What was found, such as `a string`.
        found: &'static str,
    },
    /// A value outside the range of the key.
    #[error("`{key}` must be {expected}")]
    OutOfRange {
        /// The key or flag.
        key: String,
        /// What it may be.
        expected: String,
    },
    /// A quantity that cannot be read.
    #[error("`{key}`: {error}")]
    Unit {
        /// The key.
        key: String,
        /// Why not.
        error: UnitError,
    },
    /// Two keys that say the same thing or contradict each other.
    #[error("`{first}` and `{second}` cannot stand together")]
    Together {
        /// One of them.
        first: String,
        /// The other.
        second: String,
        /// What to do.
        help: &'static str,
    },
    /// A name that cannot be one.
    #[error("the name of this {what} cannot be used: {error}")]
    Name {
        /// What it would name: `scenario`, `environment`, `endpoint`.
        what: &'static str,
        /// Why not.
        error: NameError,
    },
    /// `[env.default]`: that environment is `[service]`.
    #[error("the environment `default` is [service] itself")]
    DefaultEnvironment,
    /// A text that is not a method and a path.
    #[error("`{0}` is not a method and a path, such as `GET /health`")]
    NotAnEndpoint(String),
    /// A method that does not exist, or is not written as it is sent.
    #[error("unknown method `{method}`{}", did_you_mean(.likely.as_deref()))]
    UnknownMethod {
        /// The method as written.
        method: String,
        /// The method that looks most like it.
        likely: Option<String>,
    },
    /// A query in the name of an endpoint.
    #[error("the query is not part of an endpoint's name: `{0}`")]
    QueryInName(String),
    /// An endpoint that is there twice.
    #[error("`{second}` is the same endpoint as `{first}` in line {line}")]
    DuplicateEndpoint {
        /// The spelling that came first.
        first: String,
        /// Where, from 1.
        line: usize,
        /// This spelling.
        second: String,
    },
    /// A template without a path to send.
    #[error("no value for {0}: give `path`")]
    TemplateWithoutPath(String),
    /// A path that cannot be sent.
    #[error("`{key}` is not a path that can be sent: {reason}")]
    Path {
        /// The key, or the endpoint's name.
        key: String,
        /// Why not.
        reason: &'static str,
    },
    /// A TOML value that JSON cannot hold.
    #[error("JSON cannot hold {0}")]
    NotJson(&'static str),
    /// A body file that cannot be used.
    #[error("cannot read the body `{path}`: {reason}")]
    BodyFile {
        /// The file as written.
        path: String,
        /// Why not.
        reason: String,
    },
    /// Something that is no status and no range of them.
    #[error("`{0}` is not a status: write `200`, \"2xx\" or \"200-204\"")]
    Status(String),
    /// A target that is laxer than what is acceptable.
    #[error("`target` is above `{0}`")]
    TargetAboveAcceptable(&'static str),
    /// A header name with characters it cannot have.
    #[error("`{0}` is not a header name")]
    HeaderName(String),
    /// A header value with characters it cannot have.
    #[error("the value of the header `{0}` has a character that a header cannot hold")]
    HeaderValue(String),
    /// A header that only perfbase can set.
    #[error("the header `{0}` is set by perfbase")]
    HeaderReserved(String),
    /// A header that is there twice in one table.
    #[error("the header `{0}` is there twice")]
    HeaderTwice(String),
    /// An address that cannot be used.
    #[error("`{key}` is not an address that can be used: {error}")]
    Url {
        /// The key, or the argument without its secrets.
        key: String,
        /// Why not.
        error: UrlError,
    },
    /// A reference without an end or a name.
    #[error("this reference to the environment has no name: write `${{NAME}}`")]
    BadReference,
    /// A variable that is not set, or set to nothing.
    #[error("the environment variable `{name}` is {}", if *.empty { "empty" } else { "not set" })]
    MissingVariable {
        /// Its name.
        name: String,
        /// Set, but to nothing.
        empty: bool,
    },
    /// No endpoint fits a pattern of a scenario.
    #[error("no endpoint fits `{pattern}`{}", did_you_mean(.likely.as_deref()))]
    NoMatch {
        /// The pattern as written.
        pattern: String,
        /// The endpoint that looks most like it.
        likely: Option<String>,
    },
    /// A scenario nobody has described.
    #[error("unknown scenario `{name}`{}", did_you_mean(.likely.as_deref()))]
    UnknownScenario {
        /// The name as given.
        name: String,
        /// The scenario that looks most like it.
        likely: Option<String>,
        /// Every scenario there is.
        known: Vec<String>,
    },
    /// An environment nobody has described.
    #[error("unknown environment `{name}`{}", did_you_mean(.likely.as_deref()))]
    UnknownEnvironment {
        /// The name as given.
        name: String,
        /// The environment that looks most like it.
        likely: Option<String>,
        /// Every environment there is.
        known: Vec<String>,
    },
    /// Neither a file nor a URL.
    #[error("nothing to measure: no URL is given, and there is no perfbase.toml in `{0}`")]
    NothingToMeasure(String),
    /// No address for the environment.
    #[error("the environment `{0}` has no address")]
    NoAddress(String),
    /// No endpoint at all.
    #[error("there are no endpoints")]
    NoEndpoints,
    /// No endpoint in the scenario.
    #[error("the scenario `{scenario}` has no endpoints: none fits `{pattern}`")]
    ScenarioWithoutEndpoints {
        /// The scenario.
        scenario: String,
        /// What it takes.
        pattern: String,
    },
    /// An environment that is only measured on purpose.
    #[error("the environment `{0}` is protected")]
    Protected(String),
    /// URLs and an environment in one call.
    #[error("URLs and the environment `{0}` cannot be given together")]
    UrlsAndEnvironment(String),
    /// URLs that lead to more than one service.
    #[error("`{first}` and `{other}` are different services")]
    DifferentOrigins {
        /// The first one's scheme, host and port.
        first: String,
        /// Another one's.
        other: String,
    },
    /// Two URLs that are one endpoint.
    #[error("`{0}` is given twice")]
    RepeatedUrl(String),
}

/// Why a text is not an address that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// No `http://` or `https://` in front.
    #[error("it does not begin with `http://` or `https://`")]
    NoScheme,
    /// Another scheme than http and https.
    #[error("its scheme is neither `http` nor `https`")]
    Scheme,
    /// A user name or password.
    #[error("it has a user name or password in it")]
    UserInfo,
    /// A fragment, which is never sent.
    #[error("it has a fragment (`#…`), which is never sent")]
    Fragment,
    /// A query where only an address belongs.
    #[error("it has a query")]
    Query,
    /// No host, or one that cannot be.
    #[error("its host is missing or has characters that a host cannot have")]
    Host,
    /// A port that is no number from 1 to 65535.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// A character that a path cannot have.
    #[error("its path has a character that has to be percent-encoded")]
    Path,
}

fn did_you_mean(word: Option<&str>) -> String {
    word.map(|word| format!(", did you mean `{word}`?")).unwrap_or_default()
}

impl Problem {
    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::FileMissing(_) => "give the path of a file with --config, or leave it out".into(),
            Self::NotAFile(_) => "give the path of the file itself with --config".into(),
            Self::UnknownKey { known, likely: None, .. } => format!("known are {}", list(known)),
            Self::UnknownScenario { known, likely: None, .. }
            | Self::UnknownEnvironment { known, likely: None, .. } => {
                format!("known are {}", list(known))
            }
            Self::Together { help, .. } => (*help).to_owned(),
            Self::DefaultEnvironment => "move these keys to [service]".into(),
            Self::UnknownMethod { likely: None, .. } => "methods are upper-case words".into(),
            Self::QueryInName(_) => "name it by its path, and put path and query in `path`".into(),
            Self::DuplicateEndpoint { .. } => {
                "what stands in braces and how many blanks there are makes no difference".into()
            }
            Self::TemplateWithoutPath(_) => {
                "`path` is what is sent, such as path = \"/builds/42\"".into()
            }
            Self::HeaderValue(_) => {
                "a header holds visible ASCII only; look for a line break at the end".into()
            }
            Self::HeaderReserved(_) => "leave it out; it follows from the body and address".into(),
            Self::Url { error, .. } => match error {
                UrlError::NoScheme | UrlError::Scheme => {
                    "write it in full, such as `http://localhost:8000`".into()
                }
                UrlError::UserInfo => {
                    "send them in a header: headers = { authorization = \"Basic ${CREDENTIALS}\" }"
                        .into()
                }
                UrlError::Query => "a query belongs to an endpoint's `path`".into(),
                UrlError::Host => "write an international host in its `xn--` form".into(),
                UrlError::Fragment | UrlError::Port | UrlError::Path => return None,
            },
            Self::BadReference => "`$${` stands for `${` itself".into(),
            Self::MissingVariable { name, .. } => {
                format!("set it before the call: {name}=… perfbase …")
            }
            Self::NothingToMeasure(_) => {
                "give a URL, such as `perfbase run http://localhost:8000/health`, or a file with \
                 --config"
                    .into()
            }
            Self::NoAddress(name) if name == super::DEFAULT_ENVIRONMENT => {
                "give `url` in [service], or choose an environment with --env".into()
            }
            Self::NoAddress(name) => format!("give `url` in [env.{name}] or in [service]"),
            Self::NoEndpoints => "add one, such as [endpoints.\"GET /health\"]".into(),
            Self::ScenarioWithoutEndpoints { scenario, .. } => {
                format!("name some in [scenarios.{scenario}]: endpoints = [\"* /path\"]")
            }
            Self::Protected(_) => "load it on purpose with --allow-protected".into(),
            Self::UrlsAndEnvironment(_) => "the environment has its own address: give one".into(),
            Self::DifferentOrigins { .. } => "measure one service at a time".into(),
            Self::RepeatedUrl(_) => {
                "the query is not part of an endpoint's name: give each path once, or describe the \
                 requests in perfbase.toml"
                    .into()
            }
            _ => return None,
        };
        Some(text)
    }
}

fn list(words: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{}`", word.as_ref())).collect();
    quoted.join(", ")
}
