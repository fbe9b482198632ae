use super::*;
use crate::init::description::{Choice, DraftBody};

fn read(yaml: &str) -> Result<Description, InitError> {
    from_openapi("a.yaml", yaml, Some("http://host"))
}

/// The only operation of a document with this path item, and what stands beside the paths.
fn drafts(path: &str, rest: &str) -> Vec<Draft> {
    let yaml = format!("openapi: 3.1.0\npaths:\n  {path}\n{rest}");
    let description = read(&yaml).unwrap_or_else(|error| panic!("{yaml}\n{error}"));
    assert_eq!(description.left_out, Vec::<String>::new(), "{yaml}");
    description.drafts
}

fn draft(path: &str, rest: &str) -> Draft {
    drafts(path, rest).remove(0)
}

#[test]
fn each_method_of_each_path_is_an_endpoint_in_the_order_of_the_document() {
    let yaml = "openapi: 3.0.3\npaths:\n  /b: {post: {}, get: {summary: Lists b}}\n  /a: {get: {}, parameters: []}\n  x-more: {get: {}}\n";
    let description = read(yaml).unwrap();
    let names: Vec<_> = description.drafts.iter().map(Draft::name).collect();
    assert_eq!(names, ["GET /b", "POST /b", "GET /a"]);
    assert_eq!(description.drafts[0].about, ["Lists b"]);
    assert_eq!(description.source, "a.yaml, an OpenAPI document of 3 operations");
}

#[test]
fn values_in_paths_come_from_the_document_or_are_missing() {
    let known = draft(
        "/pets/{pet-id}/{more}: {get: {parameters: [{name: pet-id, in: path, example: 7}, {name: more, in: path, schema: {default: x y}}]}}",
        "",
    );
    assert_eq!(known.name(), "GET /pets/{pet_id}/{more}");
    assert_eq!(known.path, "/pets/7/x%20y");
    assert_eq!(
        known.about,
        ["`pet-id`: the document's example.", "`more`: the document's default."]
    );
    assert!(known.missing.is_empty());
    let unknown = draft("/pets/{id}.json: {get: {parameters: [{name: id, in: path}]}}", "");
    assert_eq!(
        (unknown.path.as_str(), &*unknown.missing),
        ("/pets/{id}.json", &["no value for {id}".to_owned()][..],)
    );
    // Not even described as a parameter.
    assert_eq!(draft("/pets/{id}: {get: {}}", "").missing, ["no value for {id}"]);
}

#[test]
fn bodies_come_from_the_document_or_are_missing() {
    let post = |content: &str| {
        draft(&format!("/a: {{post: {{requestBody: {{required: true, content: {content}}}}}}}"), "")
    };
    let json = post("{application/json: {example: {b: 1, a: '${x}'}}}");
    assert!(matches!(json.body, Some(DraftBody::Json(_))));
    assert_eq!(json.headers, []);
    let null = post("{application/json: {example: {a: null}}}");
    assert_eq!(null.body, Some(DraftBody::Text("{\"a\":null}".to_owned())));
    assert_eq!(null.headers[0].1, "application/json");
    let form = post("{application/x-www-form-urlencoded: {example: {a: x y, b: 1}}}");
    assert_eq!(form.body, Some(DraftBody::Text("a=x%20y&b=1".to_owned())));
    for content in [
        "{application/json: {schema: {type: object}}}",
        "{multipart/form-data: {example: {a: 1}}}",
        "{text/plain: {example: {a: 1}}}",
        "{}",
    ] {
        let draft = post(content);
        assert_eq!((draft.body, draft.missing.len()), (None, 1), "{content}");
    }
}

#[test]
fn credentials_are_references_and_keep_an_endpoint_from_being_sent() {
    let schemes = "security: [{bearerAuth: []}]\ncomponents: {securitySchemes: {
        bearerAuth: {type: http, scheme: Bearer}, basic: {type: http, scheme: basic},
        key: {type: apiKey, in: header, name: X-Key}, asked: {type: apiKey, in: query, name: k},
        kept: {type: apiKey, in: cookie, name: sid}, flow: {type: oauth2, flows: {}},
        tls: {type: mutualTLS}, digest: {type: http, scheme: digest}}}\n";
    for (security, written) in [
        ("", "Bearer ${BEARER_AUTH}"),
        ("security: [{basic: []}]", "Basic ${BASIC}"),
        ("security: [{key: []}]", "${KEY}"),
        ("security: [{kept: []}]", "sid=${KEPT}"),
        ("security: [{flow: [read]}]", "Bearer ${FLOW}"),
        ("security: [{tls: []}, {key: []}]", "${KEY}"),
    ] {
        let draft = draft(&format!("/a: {{get: {{{security}}}}}"), schemes);
        assert_eq!(draft.headers[0].1, written);
        assert_eq!(draft.reasons(Choice::default()).len(), 1, "{security}");
    }
    assert_eq!(draft("/a: {get: {security: [{asked: []}]}}", schemes).path, "/a?k=${ASKED}");
    for open in ["security: []", "security: [{}, {key: []}]"] {
        let draft = draft(&format!("/a: {{get: {{{open}}}}}"), schemes);
        assert!(draft.headers.is_empty() && draft.reasons(Choice::default()).is_empty());
    }
    for closed in ["tls", "digest", "none"] {
        let draft = draft(&format!("/a: {{get: {{security: [{{{closed}: []}}]}}}}"), schemes);
        assert!(draft.missing[0].contains("its credentials"), "{:?}", draft.missing);
    }
}

#[test]
fn streams_redirects_and_services_of_their_own_are_seen() {
    let stream = "/a: {get: {responses: {'200': {content: {text/event-stream: {}}}}}}";
    assert!(draft(stream, "").missing[0].contains("stream of events"));
    assert_eq!(draft("/a: {get: {responses: {302: {}, 404: {}}}}", "").expect, [302]);
    assert_eq!(draft("/a: {get: {responses: {200: {}, 302: {}}}}", "").expect, [0; 0]);
    let other = draft("/a: {servers: [{url: 'http://b'}], get: {}}", "");
    assert_eq!(other.missing, ["it has servers of its own"]);
}

#[test]
fn the_service_is_where_the_call_or_the_document_says() {
    let at = |servers: &str, url: Option<&str>| {
        let yaml = format!("openapi: 3.0.0\npaths: {{/a: {{get: {{}}}}}}\nservers: {servers}\n");
        from_openapi("a.yaml", &yaml, url).map(|description| description.url)
    };
    let local = Some("http://localhost:8000");
    for (servers, url, expected) in [
        ("[{url: 'https://api.example.com/v1/'}]", None, "https://api.example.com/v1"),
        ("[{url: /v1}]", local, "http://localhost:8000/v1"),
        ("[{url: /v1}]", Some("http://localhost:8000/v2"), "http://localhost:8000/v2"),
        ("[{url: 'https://api.example.com/v1'}]", local, "http://localhost:8000"),
        ("[]", local, "http://localhost:8000"),
        (
            "[{url: 'https://{host}.example.com', variables: {host: {default: api}}}]",
            None,
            "https://api.example.com",
        ),
        ("[{url: 'ws://a'}, {url: 'http://b'}]", None, "http://b"),
    ] {
        assert_eq!(at(servers, url).as_deref(), Ok(expected), "{servers}");
    }
    for servers in ["[]", "[{url: /v1}]", "[{url: 'https://{host}/'}]"] {
        assert!(matches!(at(servers, None), Err(InitError::NoServer { .. })), "{servers}");
    }
}

#[test]
fn what_cannot_be_an_endpoint_is_left_out_with_its_reason() {
    let yaml = "openapi: 3.0.0\npaths:\n  /a/{x}: {get: {}}\n  /a/{y}: {get: {}}\n  /b: {$ref: 'b.yaml'}\n";
    let description = read(yaml).unwrap();
    assert_eq!(description.drafts.len(), 1);
    assert_eq!(
        description.left_out,
        ["GET /a/{y}: it is there twice", "/b: `b.yaml` is not in the document"]
    );
}

#[test]
fn what_is_no_openapi_3_document_is_refused() {
    let why = |text: &str| from_openapi("a", text, Some("http://host")).unwrap_err();
    assert!(matches!(why("\n"), InitError::Empty { .. }));
    assert!(matches!(why("{\"openapi\": "), InitError::NotJson { .. }));
    assert!(matches!(why("a: [\n"), InitError::NotYaml { .. }));
    for (text, said) in [
        ("just words", "no table"),
        ("a: 1", "no key `openapi`"),
        ("swagger: '2.0'", "Swagger 2.0"),
        ("openapi: 4.0.0", "version is 4.0.0"),
        ("openapi: 3.0.0", "no paths"),
        ("{\"openapi\": \"3.0.0\", \"paths\": {}}", "no paths"),
    ] {
        let error = why(text);
        assert!(matches!(error, InitError::NotOpenApi { .. }), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
    let nothing = why("openapi: 3.0.0\npaths: {/a: {summary: nothing}}");
    assert!(matches!(nothing, InitError::Nothing { .. }), "{nothing}");
}
