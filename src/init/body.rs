//! A recorded body in the form that a configuration takes.

use percent_encoding::percent_decode_str;

use super::description::DraftBody;
use super::part::Part;
use super::secret::{
    contains_secret, is_callback, is_secret_field, is_secret_parameter, is_token_request,
    looks_like_token, speaks_of_secrets, variable_name,
};
use super::tree::Tree;
use super::variable::{Variables, is_identifier};

/// Longer bodies, in bytes, belong into a file of their own.
const LONGEST: usize = 64 << 10;
/// Whole numbers from here on are not exact as floating-point numbers.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Why a body that may hold a secret where none can be replaced is not there.
const UNCOPIED: &str = "its body may hold a secret and was not copied";

/// What is known of a body of a recorded request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Payload {
    /// There is none.
    None,
    /// This text.
    Text(String),
    /// These parts.
    Parts(Vec<Part>),
    /// There is one, of which the text is not known: why not.
    Unknown(String),
}

/// A body, and the type that has to be said beside it.
#[derive(Debug, PartialEq)]
pub(super) struct Typed {
    pub(super) body: DraftBody,
    pub(super) content_type: Option<String>,
}

/// The text of a body as the file writes it, without its secrets. The error says why it is not
/// written.
pub(super) fn read(
    text: &str,
    content_type: Option<&str>,
    variables: &mut Variables,
) -> Result<Typed, String> {
    if text.len() > LONGEST {
        let kib = text.len() >> 10;
        return Err(format!("its body has {kib} KiB: put it into a file and give `file`"));
    }
    let kind = essence(content_type.unwrap_or_default());
    let begins_as_json = text.trim_start().starts_with(['{', '[']);
    let tree =
        if begins_as_json || is_json(&kind) { serde_json::from_str(text).ok() } else { None };
    let body = match tree {
        Some(tree) => of_tree(text, tree, kind.is_empty() || is_json(&kind), variables)?,
        None if kind == "application/x-www-form-urlencoded" => {
            DraftBody::Text(form(text, variables))
        }
        None if speaks_of_secrets(text) => {
            return Err(UNCOPIED.to_owned());
        }
        None => DraftBody::Text(variables.write(text)),
    };
    let implied = matches!(body, DraftBody::Json(_)).then_some("application/json");
    let content_type = content_type
        .filter(|given| Some(given.trim()) != implied)
        .map(|given| variables.write(given));
    Ok(Typed { body, content_type })
}

/// JSON without its secrets: as a value of the file if TOML can hold it, else as a text.
fn of_tree(
    text: &str,
    tree: Tree,
    as_json: bool,
    variables: &mut Variables,
) -> Result<DraftBody, String> {
    let is_exact = can_be_toml(&tree);
    if embeds_secret(&tree) {
        return Err(UNCOPIED.to_owned());
    }
    let tree = without_secrets(tree, None, Below::Plain, variables);
    if as_json && is_exact && can_be_toml(&tree) {
        return Ok(DraftBody::Json(tree));
    }
    if !hides_secrets(&tree) {
        return Ok(DraftBody::Text(variables.write(text)));
    }
    let written = serde_json::to_string(&tree);
    written.map(DraftBody::Text).map_err(|error| format!("its body cannot be written: {error}"))
}

/// Whether a text that stays as it is has a secret within it.
fn embeds_secret(tree: &Tree) -> bool {
    match tree {
        Tree::Text(text) => contains_secret(text),
        Tree::List(items) => items.iter().any(embeds_secret),
        Tree::Table(entries) => {
            entries.iter().any(|(key, value)| !is_secret_field(key) && embeds_secret(value))
        }
        _ => false,
    }
}

/// Whether a text was replaced by a reference; what the source has of these is escaped.
fn hides_secrets(tree: &Tree) -> bool {
    match tree {
        Tree::Text(text) => text.starts_with("${"),
        Tree::List(items) => items.iter().any(hides_secrets),
        Tree::Table(entries) => entries.iter().any(|(_, value)| hides_secrets(value)),
        _ => false,
    }
}

/// The same with references in the place of secrets: by themselves, by the key that they stand under,
/// or as any text below a key that says so, which is then the beginning of `key`.
fn without_secrets(tree: Tree, key: Option<&str>, below: Below, variables: &mut Variables) -> Tree {
    match tree {
        Tree::Table(entries) => {
            let is_secret = key.is_some_and(is_secret_field);
            let below = if is_secret { Below::Secret } else { below };
            let entries = entries.into_iter().map(|(own, value)| {
                let full = match (below, key) {
                    (Below::Secret, Some(key)) if !is_secret_field(&own) => format!("{key}.{own}"),
                    _ => own.clone(),
                };
                (own, without_secrets(value, Some(&full), below, variables))
            });
            Tree::Table(entries.collect())
        }
        Tree::List(items) => {
            let items = items.into_iter().map(|it| without_secrets(it, key, below, variables));
            Tree::List(items.collect())
        }
        Tree::Text(text) if below == Below::Secret && !text.is_empty() => {
            let key = key.unwrap_or_default();
            Tree::Text(variables.replace(&text, &variable_name(key), field(key)))
        }
        // How long it is good for, and the like.
        word @ (Tree::Integer(_) | Tree::Float(_))
            if below == Below::Secret && key.is_some_and(|key| key.contains('.')) =>
        {
            word
        }
        word => without_secret(key, word, variables),
    }
}

/// Whether a key further out says that a secret is within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Below {
    Plain,
    Secret,
}

fn without_secret(key: Option<&str>, word: Tree, variables: &mut Variables) -> Tree {
    let is_secret = key.is_some_and(is_secret_field);
    match (word, key) {
        (Tree::Text(text), Some(key)) if is_secret && !text.is_empty() => {
            Tree::Text(variables.replace(&text, &variable_name(key), field(key)))
        }
        (Tree::Integer(_) | Tree::Float(_), Some(key)) if is_secret => {
            Tree::Text(variables.refer(&variable_name(key), field(key)))
        }
        (Tree::Text(text), key) if looks_like_token(&text) => {
            let key = key.unwrap_or("token");
            Tree::Text(variables.replace(&text, &variable_name(key), field(key)))
        }
        (Tree::Text(text), _) => Tree::Text(variables.write(&text)),
        (word, _) => word,
    }
}

fn field(name: &str) -> String {
    format!("the field `{name}`")
}

/// The pairs of a form without their secrets.
fn form(text: &str, variables: &mut Variables) -> String {
    if is_token_request(&names(text)) {
        fields(text, |name| is_secret_field(name) || name == "code", variables)
    } else {
        fields(text, is_secret_field, variables)
    }
}

/// The pairs of a query without their secrets.
pub(super) fn query(text: &str, variables: &mut Variables) -> String {
    if is_callback(&names(text)) {
        fields(text, |name| is_secret_parameter(name) || name == "state", variables)
    } else {
        fields(text, is_secret_parameter, variables)
    }
}

fn names(pairs: &str) -> Vec<&str> {
    pairs.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name).collect()
}

fn fields(text: &str, is_secret: fn(&str) -> bool, variables: &mut Variables) -> String {
    let pairs = text.split('&').map(|pair| {
        let Some((name, value)) = pair.split_once('=').filter(|(_, value)| !value.is_empty())
        else {
            return variables.write(pair);
        };
        let plain = percent_decode_str(name).decode_utf8_lossy();
        let token = percent_decode_str(value).decode_utf8_lossy();
        if is_secret(&plain) || looks_like_token(&token) || contains_secret(&token) {
            let what = format!("the parameter `{plain}`");
            format!("{name}={}", variables.replace(value, &variable_name(&plain), what))
        } else {
            variables.write(pair)
        }
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// The media type without its parameters, in lower case.
pub(super) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is JSON under any name.
pub(super) fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

/// Whether `json` of an endpoint can have the value: TOML has no null and no more than 64 bits
/// with a sign, and a text that is one word in braces stands for a value of perfbase's own.
pub(super) fn can_be_toml(tree: &Tree) -> bool {
    match tree {
        Tree::Null => false,
        Tree::Boolean(_) => true,
        Tree::Integer(integer) => i64::try_from(*integer).is_ok(),
        Tree::Float(float) => float.abs() < EXACT,
        Tree::Text(text) => {
            let word = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            !word.is_some_and(is_identifier)
        }
        Tree::List(items) => items.iter().all(can_be_toml),
        Tree::Table(entries) => entries.iter().enumerate().all(|(index, (key, value))| {
            can_be_toml(value) && entries[..index].iter().all(|(earlier, _)| earlier != key)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, content_type: Option<&str>) -> (Typed, Vec<String>) {
        let mut variables = Variables::default();
        let typed = read(text, content_type, &mut variables).unwrap();
        let names = variables.by_name().iter().map(|(name, _)| (*name).to_owned()).collect();
        (typed, names)
    }

    fn text(text: &str) -> DraftBody {
        DraftBody::Text(text.to_owned())
    }

    #[test]
    fn json_stays_json_in_its_order_and_its_type_goes_without_saying() {
        let (typed, _) = written(r#"{"b": 1, "a": "${x}"}"#, Some("application/json"));
        let tree = Tree::Table(vec![
            ("b".to_owned(), Tree::Integer(1)),
            ("a".to_owned(), Tree::Text("$${x}".to_owned())),
        ]);
        assert_eq!(typed, Typed { body: DraftBody::Json(tree), content_type: None });
    }

    #[test]
    fn json_that_toml_cannot_hold_is_a_text() {
        for json in [
            r#"{"a": null}"#,
            r#"{"a": 1, "a": 2}"#,
            r#"["{word}"]"#,
            "[18446744073709551615]",
            "[123456789012345678901234567890]",
        ] {
            let (typed, _) = written(json, Some("application/json"));
            assert_eq!(typed.body, text(json));
            assert_eq!(typed.content_type.as_deref(), Some("application/json"));
        }
    }

    #[test]
    fn json_under_another_type_keeps_text_and_type() {
        let form = "application/x-www-form-urlencoded";
        let (typed, _) = written(r#"{ "a": 1 }"#, Some(form));
        assert_eq!(
            typed,
            Typed { body: text(r#"{ "a": 1 }"#), content_type: Some(form.to_owned()) }
        );
        let (typed, variables) = written(r#"{ "password": "hunter2" }"#, Some(form));
        assert_eq!(typed.body, text(r#"{"password":"${PASSWORD}"}"#));
        assert_eq!(variables, ["PASSWORD"]);
    }

    #[test]
    fn secrets_in_json_and_forms_become_references() {
        let json = r#"{"user": "ada", "password": "hunter2", "otp": 1234, "x": ["ghp_0123456789abcdefghij"], "y": null}"#;
        let (typed, variables) = written(json, Some("application/json"));
        let expected =
            r#"{"user":"ada","password":"${PASSWORD}","otp":"${OTP}","x":["${X}"],"y":null}"#;
        assert_eq!(typed.body, text(expected));
        assert_eq!(variables, ["PASSWORD", "OTP", "X"]);
        let form = Some("application/x-www-form-urlencoded");
        let (typed, variables) = written("user=ada&password=hunter2&empty=&flag", form);
        assert_eq!(typed.body, text("user=ada&password=${PASSWORD}&empty=&flag"));
        assert_eq!(variables, ["PASSWORD"]);
    }

    #[test]
    fn whatever_stands_below_a_secret_key_is_one() {
        let json = r#"{"auth": {"value": "hunter2", "type": ["hunter3"], "ttl": 60, "pin": 1},
                       "author": {"value": "ada"}, "token": [{"kid": "hunter4"}]}"#;
        let (typed, variables) = written(json, Some("application/json"));
        let DraftBody::Json(tree) = typed.body else { panic!("{typed:?}") };
        assert_eq!(
            serde_json::to_string(&tree).unwrap(),
            r#"{"auth":{"value":"${AUTH_VALUE}","type":["${AUTH_TYPE}"],"ttl":60,"pin":"${PIN}"},"author":{"value":"ada"},"token":[{"kid":"${TOKEN_KID}"}]}"#
        );
        assert_eq!(variables, ["AUTH_VALUE", "AUTH_TYPE", "PIN", "TOKEN_KID"]);
    }

    #[test]
    fn the_code_of_an_authorization_is_a_secret() {
        let mut variables = Variables::default();
        assert_eq!(query("code=hunter2&page=1", &mut variables), "code=${CODE}&page=1");
        let form = Some("application/x-www-form-urlencoded");
        let (typed, _) = written("grant_type=authorization_code&code=hunter2", form);
        assert_eq!(typed.body, text("grant_type=authorization_code&code=${CODE}"));
        let (typed, _) = written("country=de&code=49", form);
        assert_eq!(typed.body, text("country=de&code=49"));
    }

    #[test]
    fn a_text_that_may_hold_a_secret_or_is_too_long_is_not_copied() {
        let mut variables = Variables::default();
        for (text, why) in [
            ("<login><password>hunter2</password></login>".to_owned(), "may hold a secret"),
            (r#"{"query": "{ login(password: \"hunter2\") }"}"#.to_owned(), "may hold a secret"),
            ("x".repeat(LONGEST + 1), "64 KiB"),
        ] {
            let error = read(&text, Some("application/xml"), &mut variables).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        let (typed, _) = written("<a>$5 ${b}</a>", Some("application/xml"));
        assert_eq!(typed.body, text("<a>$5 $${b}</a>"));
    }
}
