//! Sections of the file, quoted as TOML wants them.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

use super::description::{Draft, DraftBody};
use super::tree::Tree;

/// Headers by name.
pub(super) type Headers = [(String, String)];

/// `[service]`.
pub(super) fn service(url: &str, insecure: bool, headers: &Headers) -> String {
    let mut keys = Table::new();
    keys.insert("url", Item::Value(text(url)));
    // Without TLS there is no certificate, and the key would be refused.
    if insecure && url.starts_with("https:") {
        keys.insert("insecure", Item::Value(true.into()));
    }
    put_headers(headers.iter(), &mut keys);
    section("service", None, keys)
}

/// `[endpoints."GET /a"]`; headers that are among those of the service are not said again.
pub(super) fn endpoint(draft: &Draft, shared: &Headers) -> String {
    let mut keys = Table::new();
    if draft.path != draft.template || draft.path.contains('{') {
        keys.insert("path", Item::Value(text(&draft.path)));
    }
    put_headers(draft.headers.iter().filter(|header| !shared.contains(header)), &mut keys);
    match &draft.body {
        None => {}
        Some(DraftBody::Json(tree)) => {
            keys.insert("json", Item::Value(value(tree)));
        }
        Some(DraftBody::Text(body)) => {
            keys.insert("text", Item::Value(text(body)));
        }
        Some(DraftBody::Parts(parts)) => {
            keys.insert("multipart", Item::Value(value(parts)));
        }
    }
    if !draft.expect.is_empty() {
        let statuses: Array = draft.expect.iter().map(|status| i64::from(*status)).collect();
        keys.insert("expect", Item::Value(statuses.into()));
    }
    section("endpoints", Some(&draft.name()), keys)
}

fn section(name: &str, below: Option<&str>, keys: Table) -> String {
    let mut document = DocumentMut::new();
    match below {
        None => {
            document.insert(name, Item::Table(keys));
        }
        Some(below) => {
            let mut outer = Table::new();
            outer.set_implicit(true);
            outer.insert(below, Item::Table(keys));
            document.insert(name, Item::Table(outer));
        }
    }
    document.to_string().trim_start().to_owned()
}

fn put_headers<'h>(headers: impl Iterator<Item = &'h (String, String)>, keys: &mut Table) {
    let table: InlineTable = headers.map(|(name, value)| (name, text(value))).collect();
    if !table.is_empty() {
        keys.insert("headers", Item::Value(table.into()));
    }
}

/// A text on one line: a section that is commented out has no room for more.
fn text(text: &str) -> Value {
    let quoted = text.contains(['\n', '\r']).then(|| {
        // Strings of JSON are strings of TOML but for this character.
        let quoted = Tree::Text(text.to_owned());
        let quoted = serde_json::to_string(&quoted).ok()?.replace('\u{7f}', "\\u007f");
        quoted.parse::<Value>().ok()
    });
    quoted.flatten().unwrap_or_else(|| text.into())
}

/// JSON that TOML can hold; of what it cannot, nothing is handed in.
fn value(tree: &Tree) -> Value {
    match tree {
        Tree::Null => "".into(),
        Tree::Boolean(boolean) => (*boolean).into(),
        Tree::Integer(integer) => i64::try_from(*integer).unwrap_or(i64::MAX).into(),
        Tree::Float(float) => (*float).into(),
        Tree::Text(body) => text(body),
        Tree::List(items) => items.iter().map(value).collect::<Array>().into(),
        Tree::Table(entries) => {
            entries.iter().map(|(key, entry)| (key, value(entry))).collect::<InlineTable>().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Method;

    #[test]
    fn everything_is_on_lines_of_its_own_and_quoted() {
        let method = Method::new("POST").unwrap();
        let mut draft = Draft::new(method, "/a/{id}".to_owned(), "/a/1?x=\"".to_owned());
        draft.headers =
            vec![("x-a".to_owned(), "1".to_owned()), ("x-b".to_owned(), "it's".to_owned())];
        draft.body = Some(DraftBody::Text("one\n\"two\"\t\u{7f}".to_owned()));
        draft.expect = vec![302];
        let shared = [draft.headers[0].clone()];
        let expected = "[endpoints.\"POST /a/{id}\"]\npath = '/a/1?x=\"'\n\
                        headers = { x-b = \"it's\" }\ntext = \"one\\n\\\"two\\\"\\t\\u007f\"\n\
                        expect = [302]\n";
        assert_eq!(endpoint(&draft, &shared), expected);
    }

    #[test]
    fn json_keeps_order_and_types() {
        let mut draft = Draft::new(Method::new("PUT").unwrap(), "/a".to_owned(), "/a".to_owned());
        let json = r#"{"b c": [1, 2.5, true, {"x": []}], "a": "y"}"#;
        draft.body = Some(DraftBody::Json(Tree::of_json("a", json).unwrap()));
        let expected = "[endpoints.\"PUT /a\"]\n\
                        json = { \"b c\" = [1, 2.5, true, { x = [] }], a = \"y\" }\n";
        assert_eq!(endpoint(&draft, &[]), expected);
    }

    #[test]
    fn any_certificate_is_accepted_where_there_is_one() {
        assert_eq!(service("http://a", true, &[]), "[service]\nurl = \"http://a\"\n");
    }

    #[test]
    fn the_service_has_what_all_endpoints_share() {
        let headers = [("x-a".to_owned(), "${A}".to_owned())];
        let expected =
            "[service]\nurl = \"https://a\"\ninsecure = true\nheaders = { x-a = \"${A}\" }\n";
        assert_eq!(service("https://a", true, &headers), expected);
    }
}
