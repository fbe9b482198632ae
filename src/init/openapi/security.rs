//! Credentials that the document asks for, as references to the environment.

use crate::init::address::component;
use crate::init::description::Draft;
use crate::init::secret::variable_name;
use crate::init::tree::Tree;

use super::document::Document;

/// A way to send a credential.
enum Credential<'d> {
    /// As the `authorization` header, behind this scheme.
    Authorization(&'static str),
    Header(&'d str),
    Query(&'d str),
    Cookie(&'d str),
}

/// Puts the credentials that `operation` takes into `draft`: those of the first alternative that
/// can be sent. One that needs none takes none.
pub(super) fn put(document: &Document, operation: &Tree, draft: &mut Draft) {
    let asked = operation.get("security").or_else(|| document.root.get("security"));
    let alternatives = asked.map(Tree::items).unwrap_or_default();
    if alternatives.iter().any(|alternative| alternative.entries().is_empty()) {
        return;
    }
    let mut why = None;
    for alternative in alternatives {
        let names = alternative.entries().iter().map(|(name, _)| name.as_str());
        let credentials: Result<Vec<_>, String> =
            names.map(|name| Ok((name, credential(document, name)?))).collect();
        match credentials {
            Ok(credentials) => {
                for (name, credential) in credentials {
                    credential.put(name, draft);
                }
                return;
            }
            Err(error) => {
                why.get_or_insert(error);
            }
        }
    }
    draft.missing.extend(why);
}

fn credential<'d>(document: &'d Document, name: &str) -> Result<Credential<'d>, String> {
    let schemes = document.root.get("components").and_then(|all| all.get("securitySchemes"));
    let unknown = || format!("its credentials (`{name}`) are not described");
    let scheme = document.resolve(schemes.and_then(|all| all.get(name)).ok_or_else(unknown)?)?;
    let unsendable = |what: &str| format!("its credentials (`{name}`) cannot be sent: {what}");
    let field = |key| scheme.text_of(key).unwrap_or_default();
    match (field("type"), field("scheme").to_ascii_lowercase().as_str(), field("in")) {
        ("http", "bearer", _) | ("oauth2" | "openIdConnect", ..) => {
            Ok(Credential::Authorization("Bearer"))
        }
        ("http", "basic", _) => Ok(Credential::Authorization("Basic")),
        ("apiKey", _, "header") => Ok(Credential::Header(field("name"))),
        ("apiKey", _, "query") => Ok(Credential::Query(field("name"))),
        ("apiKey", _, "cookie") => Ok(Credential::Cookie(field("name"))),
        ("mutualTLS", ..) => Err(unsendable("a certificate")),
        (kind, scheme, _) => Err(unsendable(format!("{kind} {scheme}").trim())),
    }
}

impl Credential<'_> {
    fn put(self, scheme: &str, draft: &mut Draft) {
        let variable = variable_name(scheme);
        let (what, is_basic) = match &self {
            Self::Authorization("Basic") => (format!("user:password in base64 (`{scheme}`)"), true),
            Self::Authorization(_) => (format!("a bearer token (`{scheme}`)"), false),
            Self::Header(_) | Self::Query(_) | Self::Cookie(_) => {
                (format!("an API key (`{scheme}`)"), false)
            }
        };
        let reference = draft.variables.refer(&variable, what.clone());
        draft.credentials.push(if is_basic {
            format!("user and password (`{scheme}`)")
        } else {
            what
        });
        match self {
            Self::Authorization(scheme) => {
                put_header(draft, "authorization", format!("{scheme} {reference}"), ", ");
            }
            Self::Header(name) => {
                put_header(draft, &name.to_ascii_lowercase(), reference, ", ");
            }
            Self::Cookie(name) => put_header(draft, "cookie", format!("{name}={reference}"), "; "),
            Self::Query(name) => {
                let sign = if draft.path.contains('?') { '&' } else { '?' };
                draft.path = format!("{}{sign}{}={reference}", draft.path, component(name));
            }
        }
    }
}

/// Adds a header, or to the header of that name.
pub(super) fn put_header(draft: &mut Draft, name: &str, value: String, separator: &str) {
    match draft.headers.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = format!("{known}{separator}{value}"),
        None => draft.headers.push((name.to_owned(), value)),
    }
}
