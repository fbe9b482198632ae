//! Every error with its place, none with a secret, and no text that breaks the reader.

use super::behaviours::PLATFORM;
use super::*;

/// Every way to go wrong, by name: broken files, and calls that ask for what is not there.
fn all() -> Vec<(String, ConfigError)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/config/errors");
    let mut files: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = Vec::new();
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let error = load(std::fs::read(&path).unwrap()).unwrap_err();
        all.push((name, error));
    }
    all.extend(broken_files());
    all.extend(calls());
    all.push(("call_never_given_in_a_page".into(), page_without_values()));
    all.push(("call_counted_in_a_page".into(), counted_in_a_page()));
    all.push(misfits());
    all
}

fn broken_files() -> Vec<(String, ConfigError)> {
    let directory = tempfile::tempdir().unwrap();
    let from =
        |path: &str| Config::load(Some(Path::new(path)), directory.path(), &env).unwrap_err();
    std::fs::write(directory.path().join("file"), b"").unwrap();
    vec![
        ("file_missing".into(), from("missing.toml")),
        ("file_is_directory".into(), from(".")),
        ("file_below_file".into(), from("file/perfbase.toml")),
        ("file_not_utf8".into(), load(b"[service]\nurl = \"\xff\"\n").unwrap_err()),
        ("file_too_large".into(), load(vec![b'='; 10_000_000]).unwrap_err()),
    ]
}

/// A page needs what only an endpoint saves that is not sent.
fn page_without_values() -> ConfigError {
    let text = "[service]\nurl = \"http://a\"\n\
                [endpoints.\"POST /builds\"]\nsave = { build = \"/id\" }\n\
                [endpoints.\"GET /builds/{build}\"]\nsave = { code = \"/code\" }\n\
                [endpoints.\"GET /code/{code}\"]\n\
                [pages.home]\nrequests = [\"GET /builds/{build}\", \"GET /code/{code}\"]\n\
                [scenarios.home]\nendpoints = [\"home\"]\n";
    loaded(text).plan(&asked(|asked| asked.scenario = Some("home".into()))).unwrap_err()
}

/// An invariant counts what a page sends.
fn counted_in_a_page() -> ConfigError {
    let text = "[service]\nurl = \"http://a\"\n[endpoints.\"GET /a\"]\n[endpoints.\"GET /b\"]\n\
                [pages.home]\nrequests = [\"GET /a\", \"GET /b\"]\n\
                [invariants.exact]\nrequest = \"GET /c\"\nholds = '/c == count(\"GET /b\", ok)'\n\
                [scenarios.home]\nendpoints = [\"home\"]\n";
    loaded(text).plan(&asked(|asked| asked.scenario = Some("home".into()))).unwrap_err()
}

/// Data that cannot be sent where it stands.
fn misfits() -> (String, ConfigError) {
    let misfits = "[service]\nurl = \"http://a\"\n\
                   [data]\nline = [\"a\", \"b\\nc\"]\nid = [\"x\", \"..\"]\nk = \"uuid\"\n\
                   empty = [\"\"]\nfine = [\"\", \"a\\nb\"]\n\
                   [login]\nrequest = \"POST /login\"\nheaders = { x-k = \"{k}\" }\n\
                   [endpoints.\"GET /a/{id}\"]\npath = \"/a/{id}?v={fine}\"\n\
                   headers = { x-line = \"{line}\" }\n\
                   [endpoints.\"POST /{empty}/v{fine}\"]\n";
    ("call_misfits".into(), loaded(misfits).plan(&Overrides::default()).unwrap_err())
}

fn calls() -> Vec<(String, ConfigError)> {
    let fails = |text: &str, asked: &Overrides| loaded(text).plan(asked).unwrap_err();
    let scenario = |name: &str| asked(|asked| asked.scenario = Some(name.into()));
    let environment = |name: &str| asked(|asked| asked.environment = Some(name.into()));
    let missing = format!(
        "{PRODUCT}\n[endpoints.\"POST /x\"]\njson = {{ a = [\"${{NONE}}\", \"${{EMPTY}}\"] }}\n"
    );
    let values = "[service]\nurl = \"http://${TOKEN}:x\"\nheaders = { x-a = \"${BROKEN}\" }\n\
                  [endpoints.\"GET /a\"]\npath = \"/${BROKEN}\"\n";
    let builds = "[service]\nurl = \"http://a\"\nheaders = { x-user = \"{user}\" }\n\
                  [data]\nuser = [\"a\"]\n\
                  [endpoints.\"POST /builds\"]\nsave = { build = \"/id\" }\n\
                  [endpoints.\"GET /builds/{build}\"]\nsave = { code = \"/code\" }\n\
                  [endpoints.\"GET /code/{code}\"]\n";
    let circle = "[service]\nurl = \"http://a\"\n[endpoints.\"GET /a/{b}\"]\nsave = { a = \"/a\" }\n\
                  [endpoints.\"GET /b/{a}\"]\nsave = { b = \"/b\" }\n";
    let classes = format!(
        "{builds}[users.creators]\ntasks = {{ \"POST /builds\" = 1 }}\n\
                  [users.readers]\ntasks = {{ \"GET /builds/{{id}}\" = 1 }}\n"
    );
    let login = "[service]\nurl = \"http://a\"\n[login]\nrequest = \"POST /login/{token}\"\n\
                 save = { token = \"/t\" }\nheaders = { x-build = \"{build}\" }\n\
                 [endpoints.\"POST /builds\"]\nsave = { build = \"/id\" }\n";
    let unique = "[service]\nurl = \"http://a\"\n[data.account]\ncsv = \"accounts.csv\"\n\
                  pick = \"unique\"\n[endpoints.\"GET /{account.name}\"]\n";
    let rated = "[service]\nurl = \"http://a\"\n[endpoints.\"GET /a\"]\n[endpoints.\"GET /b\"]\n\
                 [scenarios.open]\nrate = \"100/s\"\n\
                 throughput = { \"GET /a\" = \"50/s\", \"GET /b\" = \"51/s\" }\n\
                 [scenarios.one]\nendpoints = [\"* /a\"]\nthroughput = { \"GET /b\" = \"5/s\" }\n";
    let urls = [
        "localhost:8000/health?key=hunter2",
        "http://load:hunter2@localhost/",
        "http://a/x?b=1",
        "http://a/x",
        "http://b/x",
    ];
    let many: Vec<String> =
        (0..501).map(|number| format!("[endpoints.\"GET /{number}\"]")).collect();
    let many = many.join("\n");
    let many = format!("[service]\nurl = \"http://a\"\n{many}");
    vec![
        ("call_many_endpoints".into(), fails(&many, &Overrides::default())),
        ("call_nothing".into(), without_file(&[]).unwrap_err()),
        ("call_urls".into(), without_file(&urls).unwrap_err()),
        ("call_scenario".into(), fails(PRODUCT, &scenario("lihgt"))),
        ("call_other_scenario".into(), fails(PRODUCT, &scenario("zzz"))),
        ("call_staged".into(), fails(PRODUCT, &Overrides { users: count(5), ..scenario("spike") })),
        ("call_environment".into(), fails(PRODUCT, &environment("prodution"))),
        ("call_protected".into(), fails(PRODUCT, &environment("production"))),
        ("call_missing_variables".into(), fails(&missing, &Overrides::default())),
        ("call_never_given".into(), fails(builds, &scenario("light"))),
        ("call_never_given_in_a_circle".into(), fails(circle, &Overrides::default())),
        ("call_never_given_to_a_class".into(), fails(&classes, &Overrides::default())),
        ("call_never_given_to_the_login".into(), fails(login, &Overrides::default())),
        ("call_too_few_rows".into(), fails(unique, &asked(|asked| asked.users = count(10)))),
        (
            "call_no_limiter".into(),
            fails(
                &format!("{SMALL}[scenarios.limits]\nkind = \"limiter\"\n"),
                &asked(|asked| {
                    asked.scenario = Some("limits".into());
                    asked.users = count(5);
                }),
            ),
        ),
        ("call_throughput_above_rate".into(), fails(rated, &scenario("open"))),
        ("call_throughput_not_sent".into(), fails(rated, &scenario("one"))),
        ("call_values".into(), fails(values, &Overrides::default())),
        ("call_no_address".into(), fails("[endpoints.\"GET /a\"]\n", &Overrides::default())),
        (
            "call_no_endpoints".into(),
            fails("[service]\nurl = \"http://a\"\n", &Overrides::default()),
        ),
        (
            "call_no_get".into(),
            fails("[service]\nurl = \"http://a\"\n[endpoints.\"POST /a\"]\n", &scenario("light")),
        ),
        (
            "call_ranges".into(),
            fails(
                SMALL,
                &asked(|asked| {
                    asked.users = count(1_000_000);
                    asked.rate = Rate::per_second(5.0);
                    asked.duration = Some(Duration::ZERO);
                }),
            ),
        ),
        (
            "call_urls_and_environment".into(),
            fails(
                PRODUCT,
                &asked(|asked| {
                    asked.environment = Some("production".into());
                    asked.urls = vec!["https://API.example.com:443/health".into()];
                }),
            ),
        ),
    ]
}

#[test]
fn each_is_shown_with_its_place_and_remedy() {
    for (name, error) in all() {
        insta::assert_snapshot!(name, error.render(false, WIDTH));
    }
}

#[test]
fn no_kind_of_problem_is_without_a_test() {
    let name_of = |problem: &Problem| {
        let text = format!("{problem:?}");
        text.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned()
    };
    let shown: BTreeSet<String> = all()
        .iter()
        .flat_map(|(_, error)| error.problems().map(|(p, _)| name_of(p)).collect::<Vec<_>>())
        .collect();
    let source = include_str!("../../src/config/problem.rs");
    let start = source.find("pub enum Problem {").unwrap();
    let end = start + source[start..].find("\n}").unwrap();
    let described: BTreeSet<String> = source[start..end]
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| line.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned())
        .collect();
    assert_eq!(described, shown);
}

#[test]
fn none_holds_a_secret() {
    for (name, error) in all() {
        let text = format!("{error} {error:?} {}", error.render(false, WIDTH));
        assert!(!text.contains(SECRET), "{name}: {text}");
    }
}

#[test]
fn a_terminal_obeys_nothing_that_a_file_says() {
    for text in ["\u{1b}[31m = 1\n", "\"\\u001b[31m\" = 1\n", "a = \"\u{9b}31m\"\n"] {
        let error = load(text).unwrap_err();
        let shown = error.render(false, WIDTH) + &error.to_string();
        assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
    }
}

#[test]
fn a_line_of_half_a_megabyte_is_shown_in_part() {
    let text = format!("x = \"{}\"\n", "y".repeat(500_000));
    let shown = load(&text).unwrap_err().render(false, WIDTH);
    assert!(shown.len() < 2_000, "{} bytes", shown.len());
}

#[test]
fn thousands_of_errors_are_counted_not_shown() {
    let lines: Vec<_> = (0..20_000).map(|n| format!("key{n} = 1")).collect();
    let text = lines.join("\n");
    let shown = load(&text).unwrap_err().render(false, WIDTH);
    assert!(shown.ends_with("and 19950 more\n"), "{shown}");
}

#[test]
fn a_byte_order_mark_and_other_line_breaks_move_no_caret() {
    let text = "\u{feff}[service]\r\nurl = \"http://a\"\r\nredy = 1\r\n";
    let error = load(text).unwrap_err();
    let places: Vec<_> = error.problems().map(|(_, place)| place).collect();
    assert_eq!(places, [Some((3, 1))]);
}

#[test]
fn positions_count_lines_and_characters_from_one() {
    let error = load("# é\n\"é\" = 1\n").unwrap_err();
    let places: Vec<_> = error.problems().map(|(_, place)| place).collect();
    assert_eq!(places, [Some((2, 1))]);
}

/// A file with an error whose call needs variables that are missing, and does not need others.
const MISSING: &str = r#"
    [service]
    url = "http://localhost:8000"
    timeuot = "5s"
    headers = { x-service = "${SERVICE}" }
    [env.staging]
    headers = { x-staging = "${STAGING}" }
    [data]
    used = ["${USED}"]
    unused = ["${UNUSED}"]
    [login]
    request = "POST /login/${LOGIN}"
    [endpoints."GET /a/{used}"]
    [endpoints."POST /b"]
    json = { key = "${POST}" }
"#;

#[test]
fn variables_that_the_call_needs_are_told_with_the_errors_of_the_file() {
    let told = |asked: &Overrides| {
        let error = load_for(MISSING, Some(asked)).unwrap_err();
        let told = error.problems().map(|(problem, _)| match problem {
            Problem::MissingVariable { name, .. } => name.clone(),
            Problem::UnknownKey { key, .. } => key.clone(),
            other => panic!("{other}"),
        });
        told.collect::<Vec<_>>()
    };
    let light = asked(|asked| asked.scenario = Some("light".into()));
    assert_eq!(told(&light), ["timeuot", "SERVICE", "USED", "LOGIN"]);
    let staging = asked(|asked| asked.environment = Some("staging".into()));
    assert_eq!(told(&staging), ["timeuot", "SERVICE", "STAGING", "USED", "LOGIN", "POST"]);
    let urls = asked(|asked| asked.urls = vec!["http://other/a".into()]);
    assert_eq!(told(&urls), ["timeuot"]);
    assert_eq!(load(MISSING).unwrap_err().problems().count(), 1);
}

proptest! {
    #[test]
    fn any_text_gives_a_plan_or_errors(text in "\\PC{0,200}") {
        if let Err(error) = load(&text).and_then(|config| config.plan(&Overrides::default())) {
            prop_assert!(!error.render(true, 60).is_empty());
        }
    }

    #[test]
    fn any_damage_to_a_good_file_gives_a_plan_or_errors(
        at in 0..PRODUCT.len(), cut in 0..20_usize, put in "[\\[\\]{}\"$=.#\\n a-z0-9é]{0,4}",
    ) {
        let end = (at + cut).min(PRODUCT.len());
        let text = format!("{}{put}{}", &PRODUCT[..at], &PRODUCT[end..]);
        if let Err(error) = load(&text).and_then(|config| config.plan(&Overrides::default())) {
            prop_assert!(!error.render(false, 60).is_empty());
            prop_assert!(error.problems().count() > 0);
        }
    }

    #[test]
    fn any_damage_to_values_users_and_login_gives_a_plan_or_errors(
        at in 0..PLATFORM.len(), cut in 0..20_usize, put in "[\\[\\]{}\"$=.:#/\\n a-z0-9é]{0,4}",
    ) {
        let end = (at + cut).min(PLATFORM.len());
        let text = format!("{}{put}{}", &PLATFORM[..at], &PLATFORM[end..]);
        let asked = asked(|asked| asked.users = count(3));
        if let Err(error) = load_for(&text, Some(&asked)).and_then(|config| config.plan(&asked)) {
            prop_assert!(!error.render(false, 60).is_empty());
            prop_assert!(error.problems().count() > 0);
        }
    }

    #[test]
    fn any_url_gives_a_plan_or_errors(url in "(https?://)?[a-z0-9:@/?#\\[\\]{} é.%-]{0,40}") {
        match without_file(&[&url]) {
            Err(error) => prop_assert!(!error.render(false, 60).is_empty()),
            Ok(plan) => {
                let path = super::text(&plan.endpoints[0].request().unwrap().path);
                let sent = format!("{}{path}", plan.base_url.value());
                prop_assert!(sent.parse::<http::Uri>().is_ok(), "{sent}");
            }
        }
    }
}
