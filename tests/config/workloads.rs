//! What makes runs comparable.

use super::*;

fn digest(text: &str) -> String {
    let plan = planned(text, &Overrides::default());
    plan.workload.endpoints.values().next().unwrap().clone()
}

#[test]
fn a_digest_depends_on_the_request_alone_and_stays_what_it_is() {
    assert_eq!(digest(SMALL), "6fbcc67f8ad3");
    let same = SMALL.replace("8000", "9000") + "target = \"5ms\"\nfactor = 3\n";
    assert_eq!(digest(&same), digest(SMALL));
}

#[test]
fn every_part_of_a_request_changes_its_digest() {
    let additions = [
        "",
        "path = \"/b\"\n",
        "headers = { x = \"1\" }\n",
        "headers = { x = \"${TOKEN}\" }\n",
        "text = \"x\"\n",
        "text = \"y\"\n",
        "json = \"x\"\n",
        "form = { x = 1 }\n",
        "save = { x = \"/a\" }\n",
        "save = { y = \"/a\" }\n",
        "save = { x = \"/b\" }\n",
        "save = { x = \"header:b\" }\n",
        "file = \"body.json\"\n",
        "expect = 200\n",
        "allow = [404]\n",
        "allow = [404, 409]\n",
        "redirects = 1\n",
        "redirects = 2\n",
        "checks = [\"/a == 1\"]\n",
        "checks = [\"/a == 2\"]\n",
        "schema = \"schema.json\"\n",
        "schema = \"other.json\"\n",
        "multipart = { x = 1 }\n",
        "multipart = { y = 1 }\n",
        "multipart = { x = { text = \"1\", type = \"text/plain\" } }\n",
        "multipart = { x = { file = \"body.json\" } }\n",
        "multipart = { x = { file = \"empty.json\", name = \"body.json\" } }\n",
    ];
    let digests: BTreeSet<_> =
        additions.iter().map(|addition| digest(&format!("{SMALL}{addition}"))).collect();
    assert_eq!(digests.len(), additions.len());
}

#[test]
fn the_value_of_a_secret_has_no_part_in_a_digest() {
    let text = format!("{SMALL}headers = {{ x = \"${{TOKEN}}\" }}\n");
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("perfbase.toml"), &text).unwrap();
    let other = Config::load(None, directory.path(), &|_| Some("other".into())).unwrap();
    let other = other.plan(&Overrides::default()).unwrap();
    assert_eq!(other.workload, planned(&text, &Overrides::default()).workload);
}

#[test]
fn more_rounds_of_the_same_length_are_the_same_workload() {
    let of = |seconds, rounds| {
        let asked = Overrides {
            duration: Some(Duration::from_secs(seconds)),
            rounds: count(rounds),
            ..Overrides::default()
        };
        planned(SMALL, &asked).workload
    };
    assert_eq!(of(10, 5), of(20, 10));
    assert_ne!(of(10, 5), of(10, 10));
}

#[test]
fn the_load_is_written_in_words() {
    let part = |change: fn(&mut Overrides), name: &str| {
        planned(SMALL, &asked(change)).workload.parts[name].clone()
    };
    assert_eq!(part(|_| (), "load"), "1 user");
    assert_eq!(part(|_| (), "order"), "one after the other");
    assert_eq!(part(|asked| asked.users = count(5), "load"), "5 users");
    assert_eq!(part(|asked| asked.users = count(5), "order"), "mixed");
    let open: fn(&mut Overrides) = |asked| asked.rate = Rate::per_second(200.0);
    assert_eq!(part(open, "load"), "200/s, at most 1000 connections");
}

/// What a change to a file of everything that users can have does to its workload.
fn changed(from: &str, to: &str) -> Vec<String> {
    const FILE: &str = r#"
        [service]
        url = "http://localhost:8000"
        [data]
        agent = "uuid"
        prompt = ["a", "${TOKEN}"]
        [data.account]
        csv = "accounts.csv"
        [data.unused]
        list = [1]
        [login]
        request = "POST /login"
        json = { name = "{account.name}" }
        save = { token = "/t" }
        headers = { authorization = "Bearer {token}" }
        [endpoints."POST /a/{agent}"]
        text = "{prompt} {save}"
        [endpoints."POST /b"]
        [users.heavy]
        pause = "1s..2s"
        tasks = { "POST /a/{agent}" = 2, walk = 1 }
        [flows.walk]
        steps = ["POST /a/{agent}", "POST /b"]
    "#;
    assert!(FILE.contains(from), "{from}");
    let of = |text: &str| planned(text, &Overrides::default()).workload;
    let differences = of(FILE).differences(&of(&FILE.replace(from, to)));
    differences.into_iter().map(|difference| difference.part).collect()
}

#[test]
fn everything_that_users_send_and_do_has_a_part_in_the_workload() {
    for (from, to, parts) in [
        ("\"uuid\"", "\"sequence\"", &["data agent"][..]),
        ("[\"a\", \"${TOKEN}\"]", "[\"b\", \"${TOKEN}\"]", &["data prompt"]),
        ("[\"a\", \"${TOKEN}\"]", "[\"a\",  \"${TOKEN}\",]", &[]),
        ("[\"a\", \"${TOKEN}\"]", "{ list = [\"a\", \"${TOKEN}\"] }", &[]),
        (
            "[\"a\", \"${TOKEN}\"]",
            "{ list = [\"a\", \"${TOKEN}\"], per = \"user\" }",
            &["data prompt"],
        ),
        ("accounts.csv\"", "accounts.csv\"\npick = \"sequential\"", &["data account"]),
        ("list = [1]", "list = [2]", &[]),
        ("/t\"", "/u\"", &["login"]),
        ("Bearer {token}", "Token {token}", &["login"]),
        ("save = {", "renew = \"1m\"\nsave = {", &["login"]),
        ("\"1s..2s\"", "\"1s..3s\"", &["users heavy"]),
        ("walk = 1", "walk = 2", &["users heavy"]),
        ("\"POST /a/{agent}\", \"POST /b\"]", "\"POST /b\"]", &["users heavy"]),
        ("users.heavy", "users.light", &["users heavy", "users light"]),
        (
            "[endpoints.\"POST /b\"]",
            "[endpoints.\"POST /b\"]\nsave = { save = \"/s\" }",
            &["request of POST /a/{agent}", "request of POST /b"],
        ),
    ] {
        assert_eq!(changed(from, to), parts, "{from} {to}");
    }
}

#[test]
fn another_file_of_data_is_another_workload() {
    let of = |content: &str| {
        let directory = tempfile::tempdir().unwrap();
        let file = "[service]\nurl = \"http://a\"\n[data.v]\ncsv = \"v.csv\"\n[endpoints.\"GET /{v.a}\"]\n";
        std::fs::write(directory.path().join("perfbase.toml"), file).unwrap();
        std::fs::write(directory.path().join("v.csv"), content).unwrap();
        let config = Config::load(None, directory.path(), &env).unwrap();
        config.plan(&Overrides::default()).unwrap().workload
    };
    assert_eq!(of("a\n1\n"), of("a\n1\n"));
    assert_ne!(of("a\n1\n"), of("a\n2\n"));
}

#[test]
fn data_and_classes_are_written_in_words() {
    let file = "[service]\nurl = \"http://a\"\n[data]\nv = \"int 1..5\"\n\
                [endpoints.\"GET /{v}\"]\n[endpoints.\"GET /b\"]\n\
                [users.a]\nweight = 2\npause = \"1s\"\ntasks = { \"GET /{v}\" = 3, f = 1 }\n\
                [users.b]\nrate = \"5/s\"\ntasks = { \"GET /b\" = 1 }\n\
                [flows.f]\nsteps = [\"GET /b\", \"GET /b\"]\n";
    let parts = planned(file, &Overrides::default()).workload.parts;
    assert_eq!(parts["data v"], "int 1..5, each request");
    assert_eq!(parts["users a"], "weight 2, pause 1s, 3 x GET /{v}, 1 x GET /b then GET /b");
    assert_eq!(parts["users b"], "weight 1, 5/s each, 1 x GET /b");
    assert_eq!(parts["order"], "tasks by weight");
}

#[test]
fn the_protocol_is_a_part_of_the_workload_and_as_ever_where_it_is_http_1_1() {
    let connection = |service: &str| {
        let text = SMALL.replace("[endpoints", &format!("{service}\n[endpoints"));
        planned(&text, &Overrides::default()).workload.parts["connection"].clone()
    };
    assert_eq!(connection(""), "keep-alive, HTTP/1.1");
    assert_eq!(connection("http = \"1.1\""), "keep-alive, HTTP/1.1");
    assert_eq!(connection("http = \"2\""), "keep-alive, HTTP/2, 100 streams a connection");
    let one = connection("http = \"2\"\nstreams = 1");
    assert_eq!(one, "keep-alive, HTTP/2, 1 stream a connection");
}
