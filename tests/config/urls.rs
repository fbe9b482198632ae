//! URLs in place of a service.

use super::*;

#[test]
fn urls_alone_make_a_plan() {
    let plan =
        without_file(&["http://127.0.0.1:8000/health?full=1", "http://127.0.0.1:8000"]).unwrap();
    assert_eq!(plan.base_url.value(), "http://127.0.0.1:8000");
    let sent: Vec<_> = plan
        .endpoints
        .iter()
        .map(|e| (e.name.as_str(), text(&e.request().unwrap().path)))
        .collect();
    assert_eq!(sent, [("GET /health", "/health?full=1".to_owned()), ("GET /", "/".to_owned())]);
    assert!(plan.ready.is_none());
}

#[test]
fn urls_take_the_files_load_and_gate_but_none_of_its_headers() {
    let file = LAYERS.replace("[endpoints.\"GET /a\"]", "[endpoints.\"GET /a\"]\nfactor = 3.0");
    let plan = planned(
        &file,
        &asked(|asked| {
            asked.scenario = Some("light".into());
            asked.urls = vec!["http://other/a".into()];
        }),
    );
    assert_eq!(plan.load, Load::Users(count(7).unwrap()));
    assert_eq!(plan.endpoints[0].gate.factor, Some(3.0));
    assert!(plan.endpoints[0].request().unwrap().headers.is_empty());
    assert_eq!(plan.connection.timeout, Duration::from_secs(10));
}

#[test]
fn a_protected_service_stays_protected_by_its_url() {
    let mut asked = Overrides {
        urls: vec!["https://api.example.com:443/health".into()],
        ..Overrides::default()
    };
    assert!(loaded(PRODUCT).plan(&asked).is_err());
    asked.allow_protected = true;
    assert!(loaded(PRODUCT).plan(&asked).is_ok());
}

/// How a call ends that does not allow it, and one that does.
fn guarded(file: &str, asked: &Overrides) -> [bool; 2] {
    let allowed = Overrides { allow_protected: true, ..asked.clone() };
    let is_refused = |asked: &Overrides| match loaded(file).plan(asked) {
        Ok(_) => false,
        Err(error) => {
            let said = error.render(false, WIDTH);
            assert!(said.contains("the environment `production` is protected"), "{said}");
            assert_eq!(said.matches("is protected").count(), 1, "{said}");
            true
        }
    };
    [is_refused(asked), is_refused(&allowed)]
}

#[test]
fn a_protected_service_stays_protected_under_every_name_that_leads_to_it() {
    let rest = "[env.production]\nprotected = true\n[endpoints.\"GET /a\"]\n";
    let inherits = format!("[service]\nurl = \"http://Localhost:8000/v1\"\n{rest}");
    let by_url = |url: &str| asked(|asked| asked.urls = vec![url.to_owned()]);
    let by_service = |url: &str| asked(|asked| asked.service = Some(url.to_owned()));
    let by_name = |name: &str| asked(|asked| asked.environment = Some(name.to_owned()));
    for call in [
        Overrides::default(),
        by_name("production"),
        by_url("http://127.0.0.1:8000/a"),
        by_service("http://[::1]:8000"),
    ] {
        assert_eq!(guarded(&inherits, &call), [true, false], "{call:?}");
    }
    for elsewhere in [by_url("http://localhost:8001/a"), by_service("http://a:8000")] {
        assert_eq!(guarded(&inherits, &elsewhere), [false, false], "{elsewhere:?}");
    }
    // Its own address is another one, which another environment has too.
    let own = format!(
        "[service]\nurl = \"http://a\"\n[env.staging]\nurl = \"http://B:80/\"\n{}",
        rest.replace("protected", "url = \"http://b\"\nprotected")
    );
    assert_eq!(guarded(&own, &Overrides::default()), [false, false]);
    assert_eq!(guarded(&own, &by_name("staging")), [true, false]);
}

#[test]
fn a_protected_service_stays_protected_by_every_spelling_of_its_address() {
    let file = "[service]\nurl = \"http://dev\"\n[endpoints.\"GET /a\"]\n\
                [env.production]\nurl = \"http://127.0.0.1:8000\"\nprotected = true\n";
    for host in [
        "[::ffff:127.0.0.1]",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "017700000001",
        "0.0.0.0",
        "[::]",
        "localhost.",
    ] {
        let call = asked(|asked| asked.urls = vec![format!("http://{host}:8000/a")]);
        assert_eq!(guarded(file, &call), [true, false], "{host}");
    }
    for host in ["127.0.0.2", "127.1.1", "[::2]"] {
        let call = asked(|asked| asked.urls = vec![format!("http://{host}:8000/a")]);
        assert_eq!(guarded(file, &call), [false, false], "{host}");
    }
}

#[test]
fn an_address_with_a_zone_leads_nowhere() {
    let file = "[service]\nurl = \"http://dev\"\n[endpoints.\"GET /a\"]\n\
                [env.production]\nurl = \"http://localhost:8000\"\nprotected = true\n";
    for host in ["[::ffff:127.0.0.1%1]", "[::1%1]", "[::1%0]", "[fe80::1%eth0]", "[fe80::1%25eth0]"]
    {
        let url = format!("http://{host}:8000");
        for call in [
            asked(|asked| asked.urls = vec![format!("{url}/a")]),
            asked(|asked| asked.service = Some(url.clone())),
        ] {
            let error = loaded(file).plan(&call).unwrap_err().render(false, WIDTH);
            assert!(error.contains("its host has a zone"), "{error}");
        }
    }
}

/// Whether a call of the environment with `call` is refused beside a protected one with `production`.
#[cfg(unix)]
fn guarded_beside(service: &str, production: &str, call: &str) -> bool {
    let file = format!(
        "[service]\n{service}\n[endpoints.\"GET /a\"]\n[env.call]\n{call}\n\
         [env.production]\n{production}\nprotected = true\n"
    );
    guarded(&file, &asked(|asked| asked.environment = Some("call".to_owned())))[0]
}

#[cfg(unix)]
#[test]
fn a_protected_socket_is_found_before_it_is_there_and_under_a_second_name() {
    use std::os::unix::fs::symlink;

    let directory = tempfile::tempdir().unwrap();
    let at = |path: &str| directory.path().join(path);
    let socket = |path: &str| format!("socket = \"{}\"", at(path).display());
    let guarded = |one: &str| {
        let url = "url = \"http://localhost\"";
        guarded_beside(url, &socket("real/live.sock"), &socket(one))
    };
    std::fs::create_dir_all(at("real/in")).unwrap();
    symlink("real", at("folder")).unwrap();
    symlink(at("folder/live.sock"), at("file")).unwrap();
    symlink("round", at("round")).unwrap();
    let names = ["real/live.sock", "folder/live.sock", "file", "real/in/../live.sock"];
    for name in names {
        assert!(guarded(name), "{name}");
    }
    // What is not there yet may come with its folder.
    assert!(guarded("none/../real/live.sock"));
    for other in ["real/other.sock", "live.sock", "round", "none/live.sock"] {
        assert!(!guarded(other), "{other}");
    }
    let _listener = std::os::unix::net::UnixListener::bind(at("real/live.sock")).unwrap();
    std::fs::hard_link(at("real/live.sock"), at("hard.sock")).unwrap();
    for name in names.iter().chain(&["hard.sock"]) {
        assert!(guarded(name), "{name}");
    }
    assert!(!guarded("real/other.sock"));
}

#[cfg(unix)]
#[test]
fn a_protected_service_at_a_socket_is_found_by_its_socket() {
    const URL: &str = "url = \"http://localhost\"";
    let guarded = guarded_beside;
    let socket = |path: &str| format!("socket = \"{path}\"");
    let [live, other] = [socket("/run/live.sock"), socket("/run/other.sock")];
    // The same socket, whatever is said to be the host.
    assert!(guarded(URL, &live, &live));
    assert!(guarded(URL, &live, &format!("url = \"http://alias\"\n{live}")));
    // One host, which is but a name where a socket leads.
    assert!(!guarded(URL, &live, &other));
    assert!(!guarded(URL, &live, ""));
    assert!(!guarded(URL, "", &other));
    assert!(guarded(URL, "", ""));
    // The socket of `[service]` goes with its address.
    let both = format!("{URL}\n{live}");
    assert!(guarded(&both, "", ""));
    assert!(guarded(&both, "", &format!("url = \"http://alias\"\n{live}")));
    assert!(!guarded(&both, "", URL));
    // A URL of its own may be reached without the socket.
    let own = format!("url = \"http://live\"\n{live}");
    assert!(guarded(URL, &own, "url = \"http://live:80\""));
    assert!(!guarded(URL, &own, &format!("url = \"http://live\"\n{other}")));
    // Two paths of one socket.
    let directory = tempfile::tempdir().unwrap();
    let real = directory.path().join("live.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&real).unwrap();
    let linked = directory.path().join("linked.sock");
    std::os::unix::fs::symlink(&real, &linked).unwrap();
    let [real, linked] = [real, linked].map(|path| socket(&path.to_string_lossy()));
    assert!(guarded(URL, &real, &linked));
}
