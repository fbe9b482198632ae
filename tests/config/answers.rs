//! Checks, allowed statuses, redirects, bodies of several parts, and names.

use perfbase::model::{Content, Operand, Part, Relation, Subject, Test};

use super::*;

fn request(section: &str) -> perfbase::model::Request {
    planned(&format!("{SMALL}{section}\n"), &Overrides::default()).endpoints.remove(0).request
}

#[test]
fn checks_keep_what_is_written_and_know_their_values() {
    let text = "[data]\nid = \"uuid\"\n[service]\nurl = \"http://a\"\n[endpoints.\"GET /a\"]\n\
                checks = [\"/id  ==  {id}\", \"/key == ${TOKEN}\", \"status < 300\"]\n\
                schema = \"schema.json\"\n";
    let plan = planned(text, &Overrides::default());
    let checks = &plan.endpoints[0].request.checks;
    let written: Vec<&str> = checks.iter().map(|check| check.written.as_str()).collect();
    assert_eq!(written, ["/id == {id}", "/key == ${TOKEN}", "status < 300", "schema schema.json"]);
    let Test::Compare(Subject::Json(_), Relation::Equal, Operand::Text(id)) = &checks[0].test
    else {
        panic!("{:?}", checks[0])
    };
    assert!(matches!(id.parts()[..], [Part::Value(..)]));
    assert_eq!(plan.behaviour.data.len(), 1, "a value that only a check needs is drawn too");
    assert!(!format!("{checks:?}").contains(SECRET));
}

#[test]
fn a_value_of_a_check_has_to_come_from_somewhere() {
    let text = format!("{SMALL}checks = [\"/id == {{nobody}}\"]\n");
    let error = load(text).unwrap_err();
    let (problem, at) = error.problems().next().unwrap();
    assert!(matches!(problem, Problem::Unknown { what: "value", .. }), "{problem:?}");
    assert_eq!(at, Some((4, 19)));
    // Braces of the text itself are none.
    request("checks = [\"/css == a {color} b\", \"/a == {\\\"b\\\": 1}\"]");
}

#[test]
fn allowed_statuses_and_redirects_are_read() {
    let request = request("allow = [404, \"409-410\"]\nredirects = 5");
    let allowed: Vec<String> = request.allow.iter().map(ToString::to_string).collect();
    assert_eq!((allowed, request.redirects), (vec!["404".to_owned(), "409-410".to_owned()], 5));
}

#[test]
fn parts_follow_the_order_of_the_file() {
    let request = request(
        "headers = { content-type = \"application/json\" }\nmultipart = { b = \"${TOKEN}\", a = [1, 2.5], \
         f = { file = \"body.json\" }, g = { text = \"x\", type = \"text/x\", name = \"g.x\" } }",
    );
    let Some(Body::Multipart(parts)) = &request.body else { panic!("{:?}", request.body) };
    let heads: Vec<&str> = parts.parts.iter().map(|part| part.head.as_str()).collect();
    assert_eq!(
        heads,
        [
            "Content-Disposition: form-data; name=\"b\"\r\n",
            "Content-Disposition: form-data; name=\"a\"\r\n",
            "Content-Disposition: form-data; name=\"a\"\r\n",
            "Content-Disposition: form-data; name=\"f\"; filename=\"body.json\"\r\nContent-Type: application/json\r\n",
            "Content-Disposition: form-data; name=\"g\"; filename=\"g.x\"\r\nContent-Type: text/x\r\n",
        ]
    );
    assert!(matches!(&parts.parts[3].content, Content::Bytes(bytes) if bytes == b"{\"a\":1}"));
    let kinds: Vec<String> = request
        .headers
        .iter()
        .filter(|(name, _)| name == "content-type")
        .map(|(_, value)| text(value))
        .collect();
    assert_eq!(kinds, [format!("multipart/form-data; boundary={}", parts.boundary)]);
    assert!(!format!("{request:?}").contains(SECRET));
}

#[test]
fn names_are_used_and_unique() {
    let text = format!("{SMALL}name = \"Look\"\n[endpoints.\"GET /b\"]\n");
    let plan = planned(&text, &Overrides::default());
    let names: Vec<&str> = plan.endpoints.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Look", "GET /b"]);
    let twice = format!("{SMALL}name = \"Look\"\n[endpoints.\"GET /b\"]\nname = \"Look\"\n");
    assert!(
        load(twice)
            .unwrap_err()
            .render(false, WIDTH)
            .contains("`Look` is already an endpoint in line 3")
    );
    let other = format!("{SMALL}name = \"GET /b\"\n[endpoints.\"GET /b\"]\n");
    assert!(load(other).is_err());
    let itself = format!("{SMALL}name = \"GET /a\"\n");
    assert_eq!(planned(&itself, &Overrides::default()).endpoints[0].name.as_str(), "GET /a");
}
