//! What a source says of a service, before it becomes text.

use crate::model::Method;

use super::tree::Tree;
use super::variable::Variables;

/// What a source says of one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// Where it comes from, in words.
    pub source: String,
    /// Scheme, host, port, and perhaps a path that every request begins with.
    pub url: String,
    /// Whether any certificate is accepted.
    pub insecure: bool,
    /// Its endpoints in the order of the source.
    pub drafts: Vec<Draft>,
    /// What was not taken over, in words.
    pub left_out: Vec<String>,
}

/// One endpoint, perhaps without all that it takes to request it.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The request's method.
    pub method: Method,
    /// The path of its name, such as `/builds/{id}`.
    pub template: String,
    /// Path and query as they are written; references to the environment may be in them.
    pub path: String,
    /// Headers as they are written, names in lower case.
    pub headers: Vec<(String, String)>,
    /// What is sent after them.
    pub body: Option<DraftBody>,
    /// Statuses that are a success; none means 200 to 299.
    pub expect: Vec<u16>,
    /// What is worth a comment.
    pub about: Vec<String>,
    /// Why it cannot be sent as it is, in words: what the source does not say.
    pub missing: Vec<String>,
    /// The credentials that it takes, in words; they are referred to in headers or path.
    pub credentials: Vec<String>,
    /// The variables that it refers to.
    pub variables: Variables,
}

/// A body as it is written.
#[derive(Debug, Clone, PartialEq)]
pub enum DraftBody {
    /// JSON that TOML can hold.
    Json(Tree),
    /// Any other text.
    Text(String),
    /// A table of fields and files.
    Parts(Tree),
}

/// Whether what may be unwanted is sent or stays a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inclusion {
    /// It stays a comment.
    #[default]
    Commented,
    /// It is sent.
    Sent,
}

/// What is sent, of what can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice {
    /// Requests that change something: POST, PUT, PATCH, DELETE.
    pub changing: Inclusion,
    /// Requests that take credentials of which the source has none.
    pub secured: Inclusion,
}

impl Draft {
    /// A request without anything besides method and path.
    #[must_use]
    pub fn new(method: Method, template: String, path: String) -> Self {
        Self {
            method,
            template,
            path,
            headers: Vec::new(),
            body: None,
            expect: Vec::new(),
            about: Vec::new(),
            missing: Vec::new(),
            credentials: Vec::new(),
            variables: Variables::default(),
        }
    }

    /// Its name in the file.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// The same for every spelling of one endpoint: without the names in braces.
    #[must_use]
    pub fn identity(&self) -> String {
        let mut parts = self.template.split('{');
        let mut identity = format!("{} {}", self.method, parts.next().unwrap_or_default());
        for part in parts {
            identity.push_str("{}");
            identity.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
        }
        identity
    }

    /// Why it is not sent, in words; nothing if it is.
    #[must_use]
    pub fn reasons(&self, choice: Choice) -> Vec<String> {
        let mut reasons = self.missing.clone();
        if self.is_changing() && choice.changing == Inclusion::Commented {
            reasons.push("it may change something (--include-unsafe)".to_owned());
        }
        if choice.secured == Inclusion::Commented {
            let needed = self.credentials.iter();
            reasons.extend(needed.map(|what| format!("it takes {what} (--include-secured)")));
        }
        reasons
    }

    /// Whether its method is one that changes something.
    #[must_use]
    pub fn is_changing(&self) -> bool {
        !["GET", "HEAD", "OPTIONS", "TRACE"].contains(&self.method.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(method: &str, template: &str) -> Draft {
        Draft::new(Method::new(method).unwrap(), template.to_owned(), template.to_owned())
    }

    #[test]
    fn the_word_in_the_braces_makes_no_other_endpoint() {
        assert_eq!(draft("GET", "/a/{id}/b").identity(), draft("GET", "/a/{x}/b").identity());
        assert_eq!(draft("GET", "/a/{id}/b").identity(), "GET /a/{}/b");
        assert_ne!(draft("GET", "/a/{id}").identity(), draft("GET", "/a/b").identity());
    }

    #[test]
    fn what_changes_something_and_what_takes_credentials_is_sent_on_request() {
        let mut post = draft("POST", "/a");
        post.credentials.push("a bearer token".to_owned());
        assert_eq!(post.reasons(Choice::default()).len(), 2);
        let all = Choice { changing: Inclusion::Sent, secured: Inclusion::Sent };
        assert!(post.reasons(all).is_empty());
        post.missing.push("no value for {id}".to_owned());
        assert_eq!(post.reasons(all), ["no value for {id}"]);
        assert!(draft("GET", "/a").reasons(Choice::default()).is_empty());
    }
}
