//! Where values stand in requests, and how they are written there.

use super::*;
use perfbase::model::{Endpoint, Escape, Part};

const VALUES: &str = r#"
    [service]
    url = "http://localhost:8000"
    [data]
    prompt = ["a"]
    id = "uuid"
    [data.account]
    csv = "accounts.csv"
"#;

fn endpoint(section: &str) -> (Plan, Endpoint) {
    let plan = planned(&format!("{VALUES}{section}"), &Overrides::default());
    let endpoint = plan.endpoints[0].clone();
    (plan, endpoint)
}

/// A template with each value as its name and the way it is written.
fn spelled(plan: &Plan, template: &Template) -> String {
    let parts = template.parts().iter().map(|part| match part {
        Part::Text(text) => text.value().to_owned(),
        Part::Value(slot, escape) => {
            let how = match escape {
                Escape::None => "as it is",
                Escape::Percent => "percent",
                Escape::JsonString => "in a string",
                Escape::Json => "json",
            };
            format!("<{} {how}>", plan.behaviour.values[slot.0])
        }
    });
    parts.collect()
}

fn body(section: &str) -> String {
    let (plan, endpoint) = endpoint(section);
    match endpoint.request.body.unwrap() {
        Body::Text(template) => spelled(&plan, &template),
        Body::Bytes(_) | Body::Multipart(_) => panic!("no text"),
    }
}

#[test]
fn a_name_is_filled_from_the_value_it_names() {
    let (plan, got) = endpoint("[endpoints.\"GET /a/{id}/b/{account.name}\"]\n");
    assert_eq!(spelled(&plan, &got.request.path), "/a/<id percent>/b/<account.name percent>");
    assert_eq!(got.request.path.written(), "/a/{id}/b/{account.name}");
    assert_eq!(got.name.as_str(), "GET /a/{id}/b/{account.name}");
}

#[test]
fn a_path_wins_over_the_name() {
    let (plan, got) = endpoint("[endpoints.\"GET /a/{id}\"]\npath = \"/a/1?p={prompt}\"\n");
    assert_eq!(spelled(&plan, &got.request.path), "/a/1?p=<prompt percent>");
}

#[test]
fn a_header_takes_values_as_they_are() {
    let headers = "headers = { x-a = \"${TOKEN} {account.password}!\", x-b = \"$${id}\" }\n";
    let (plan, got) = endpoint(&format!("[endpoints.\"GET /a\"]\n{headers}"));
    let spelled = spelled(&plan, &got.request.headers[0].1);
    assert_eq!(spelled, "hunter2 <account.password as it is>!");
    assert_eq!(got.request.headers[0].1.written(), "${TOKEN} {account.password}!");
    assert_eq!(text(&got.request.headers[1].1), "${id}");
}

#[test]
fn a_text_keeps_every_brace_that_is_no_value() {
    let body = body("[endpoints.\"POST /a\"]\ntext = '{\"n\":{id},{other}} {{prompt}} { id }'\n");
    assert_eq!(body, "{\"n\":<id as it is>,{other}} {<prompt as it is>} { id }");
}

#[test]
fn json_takes_values_within_strings_and_in_place_of_them() {
    let body = body(concat!(
        "[endpoints.\"POST /a\"]\n",
        "json = { a = \"{id}\", b = [\"\\\"{prompt}\\\" of {other}\"], \"{id}\" = 1 }\n",
    ));
    assert_eq!(body, r#"{"a":<id json>,"b":["\"<prompt in a string>\" of {other}"],"{id}":1}"#);
}

#[test]
fn a_form_is_percent_encoded() {
    let form =
        "form = { \"a b\" = \"c&{prompt}\", n = 5, t = [\"{id}\", \"é\"], s = \"${TOKEN}\" }";
    let section = format!("[endpoints.\"POST /a\"]\n{form}\n");
    let sent = "a%20b=c%26<prompt percent>&n=5&t=<id percent>&t=%C3%A9&s=hunter2";
    assert_eq!(body(&section), sent);
    let (_, got) = endpoint(&section);
    assert_eq!(text(&got.request.headers[0].1), "application/x-www-form-urlencoded");
}

#[test]
fn values_that_no_request_names_are_not_in_the_plan() {
    let (plan, _) = endpoint("[endpoints.\"GET /a/{id}\"]\n");
    assert_eq!(plan.behaviour.values, ["id"]);
    assert_eq!(plan.behaviour.data.len(), 1);
}

#[test]
fn a_table_is_in_the_plan_with_all_its_columns() {
    let (plan, _) = endpoint("[endpoints.\"GET /a/{account.password}\"]\n");
    assert_eq!(plan.behaviour.values, ["account.password", "account.name"]);
    let slots: Vec<_> = plan.behaviour.data[0].slots.iter().map(|slot| slot.0).collect();
    assert_eq!(slots, [1, 0]);
}

#[test]
fn urls_of_a_call_take_no_values_and_no_login() {
    let file = format!("{VALUES}[login]\nrequest = \"POST /login\"\n[endpoints.\"GET /a\"]\n");
    let urls = asked(|asked| asked.urls = vec!["http://other/a".into()]);
    assert_eq!(planned(&file, &urls).behaviour, perfbase::model::Behaviour::default());
}
