//! Everything that can be wrong with a configuration, in words.

use crate::model::{NameError, Rate, UnitError};

use super::connection_problem::ConnectionProblem;
use super::help::{did_you_mean, rows_of};
use super::target_problem::TargetProblem;
use super::url_error::UrlError;

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
    /// A section without a key it needs.
    #[error("{section} has no {keys}")]
    Missing {
        /// The section, such as `[login]`.
        section: String,
        /// The key, or those of which one has to be there, in backquotes.
        keys: &'static str,
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
    /// A flag over a scenario whose load changes.
    #[error("`{flag}` cannot change the scenario `{scenario}`: its stages are its load")]
    Staged {
        /// The flag.
        flag: &'static str,
        /// The scenario.
        scenario: String,
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
    #[error("no value for {names}: give `path`{}", did_you_mean(.likely.as_deref()))]
    TemplateWithoutPath {
        /// The words in braces.
        names: String,
        /// The value that looks most like one of them.
        likely: Option<String>,
    },
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
    /// A status that counts in two ways.
    #[error("`{0}` is a status that `expect` takes already")]
    ExpectedAndAllowed(String),
    /// A text that is no check of an answer.
    #[error("`{text}` is not a check: {reason}")]
    Check {
        /// The text as written.
        text: String,
        /// Why not.
        reason: String,
    },
    /// A file that is no JSON Schema.
    #[error("`{path}` cannot be used as a JSON Schema: {reason}")]
    Schema {
        /// The file as written.
        path: String,
        /// Why not.
        reason: String,
    },
    /// More endpoints than a person can read and a baseline should hold.
    #[error("{count} endpoints are more than {most}")]
    TooManyEndpoints {
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A target that is laxer than what is acceptable.
    #[error("`target` is above `{0}`")]
    TargetAboveAcceptable(&'static str),
    /// A p99 that allows less than what is said of the p95.
    #[error("`acceptable_p99` is below `{0}`")]
    P99BelowP95(&'static str),
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
    /// A word in braces, or a reference to another section, that nothing has as its name.
    #[error("unknown {what} `{name}`{}", did_you_mean(.likely.as_deref()))]
    Unknown {
        /// What it would be: `value`, `endpoint`, `class of users`.
        what: &'static str,
        /// The name as written.
        name: String,
        /// The name that looks most like it.
        likely: Option<String>,
        /// Every name there is.
        known: Vec<String>,
    },
    /// A table of data where one of its columns belongs.
    #[error("`{table}` is a table and no value itself")]
    TableAsValue {
        /// The table.
        table: String,
        /// One of its columns, if it has any.
        column: Option<String>,
    },
    /// A name that another thing has.
    #[error("`{name}` is already {by} in line {line}")]
    Taken {
        /// The name.
        name: String,
        /// What has it.
        by: &'static str,
        /// Where, from 1.
        line: usize,
    },
    /// A name that a value cannot have.
    #[error("`{0}` cannot be the name of a value")]
    ValueName(String),
    /// A text that is no generator of values.
    #[error("`{text}` is not a generator{}", did_you_mean(.likely.as_deref()))]
    Generator {
        /// The text as written.
        text: String,
        /// The generator that looks most like it.
        likely: Option<String>,
    },
    /// Data that cannot be used.
    #[error("cannot use {what} as data: {reason}")]
    Data {
        /// The file as written, or `this list`.
        what: String,
        /// Why not, with the row.
        reason: String,
    },
    /// A text that does not say where a value stands in an answer.
    #[error("`{text}` is no place in an answer: {reason}")]
    SavedFrom {
        /// The text as written.
        text: String,
        /// Why not.
        reason: String,
    },
    /// A text that is no pause.
    #[error(
        "`{0}` is not a pause: write one such as `2s`, `500ms..1s` or `lognormal 1s 0.5` (median \
         and spread)"
    )]
    Pause(String),
    /// A deletion that names nothing.
    #[error("`cleanup` does not say what it deletes: it has no value in braces")]
    CleanupOfNothing,
    /// A page would make things that nothing deletes.
    #[error("`{0}` has a `cleanup`, which what is sent inside of a page cannot have")]
    CleanupInPage(String),
    /// An invariant would not see all requests that it counts.
    #[error("`count` misses the requests to `{0}` that the page `{1}` sends")]
    CountedInPage(String, String),
    /// A name that no invariant can have.
    #[error("the name of an invariant has 1 to 80 visible characters")]
    InvariantName,
    /// A statement that cannot be read.
    #[error("`holds` cannot be read: {0}")]
    Statement(String),
    /// A value that is needed before anything can give it.
    #[error("nothing gives `{{{0}}}` by the time of the login")]
    NotAtLogin(String),
    /// A value of an identity that is drawn for each request.
    #[error("`{{{0}}}` is drawn for each request, and an identity stays the same")]
    DrawnAnew(String),
    /// A value that users need and never get.
    #[error("nothing gives `{{{value}}}` {whom}")]
    NeverGiven {
        /// The value.
        value: String,
        /// Who needs it, such as ``in the scenario `light` ``.
        whom: String,
        /// The endpoints that save it, which are not sent, or need it themselves.
        by: Vec<String>,
    },
    /// Fewer rows than users who each need one.
    #[error("`{data}` has {}, and each of {users} users needs one", rows_of(*.rows))]
    TooFewRows {
        /// The data.
        data: String,
        /// How many rows it has.
        rows: usize,
        /// How many users there are.
        users: u32,
    },
    /// No endpoint fits a pattern of a scenario.
    #[error("no endpoint fits `{pattern}`{}", did_you_mean(.likely.as_deref()))]
    NoMatch {
        /// The pattern as written.
        pattern: String,
        /// The endpoint that looks most like it.
        likely: Option<String>,
    },
    /// A throughput is demanded of an endpoint that the scenario does not send.
    #[error("the scenario `{scenario}` does not send `{endpoint}`")]
    NotSent {
        /// The endpoint.
        endpoint: String,
        /// The scenario.
        scenario: String,
    },
    /// A throughput that the scenario's own rate does not allow.
    #[error("`{endpoint}` cannot get {least} done: {most} is what the scenario's rate gives it")]
    ThroughputAboveRate {
        /// The endpoint.
        endpoint: String,
        /// What is demanded.
        least: Rate,
        /// What arrives at most.
        most: Rate,
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
    /// Connections that cannot be made so.
    #[error(transparent)]
    Connection(#[from] ConnectionProblem),
    /// There is nothing that could be measured, or it is not to be.
    #[error(transparent)]
    Target(#[from] TargetProblem),
}
