//! How connections are made: files that are there and fit, and what is said of those that are not.

use perfbase::model::{ConnectionPolicy, KeepAlive, Resumption};
use rcgen::{CertifiedKey, KeyPair};
use tempfile::TempDir;

use super::*;

/// A folder with an authority, a client certificate with its key, and a configuration whose service
/// says `more`.
struct Folder(TempDir);

impl Folder {
    fn with(configuration: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let CertifiedKey { cert, signing_key } = made();
        folder.write("ca.pem", made().cert.pem());
        folder.write("client.pem", cert.pem());
        folder.write("client.key", signing_key.serialize_pem());
        folder.write("perfbase.toml", configuration);
        folder
    }

    fn saying(more: &str) -> Self {
        Self::with(&format!(
            "[service]\nurl = \"https://localhost\"\n{more}\n[endpoints.\"GET /a\"]\n"
        ))
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), content).unwrap();
    }

    fn plan_for(&self, asked: &Overrides) -> Result<Plan, ConfigError> {
        Config::load(None, self.0.path(), &env)?.plan(asked)
    }

    fn plan(&self) -> Result<Plan, ConfigError> {
        self.plan_for(&Overrides::default())
    }
}

fn made() -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn in_environment(name: &str) -> Overrides {
    asked(|asked| asked.environment = Some(name.into()))
}

const IDENTITY: &str = "tls = { certificate = \"client.pem\", key = \"client.key\" }";

#[test]
fn everything_that_is_said_of_connections_is_in_the_plan() {
    let folder = Folder::saying(
        "tls = { ca = \"ca.pem\", certificate = \"client.pem\", key = \"client.key\", \
         server_name = \"api.internal\", resumption = false }\n\
         socket = \"app.sock\"\nconnection_lifetime = \"30s\"\ncompression = true",
    );
    let connection = folder.plan().unwrap().connection;
    let tls = &connection.tls;
    assert_eq!(tls.authorities.as_ref().unwrap().certificates.len(), 1);
    let identity = tls.identity.as_ref().unwrap();
    assert_eq!(
        (identity.certificate.as_str(), identity.key.as_str()),
        ("client.pem", "client.key")
    );
    assert_eq!(tls.server_name.as_deref(), Some("api.internal"));
    assert_eq!(tls.resumption, Resumption::Never);
    assert_eq!(connection.keep_alive, KeepAlive::For(Duration::from_secs(30)));
    assert!(connection.compression);
    let socket = connection.socket.unwrap();
    assert_eq!(
        (socket.written.as_str(), socket.path),
        ("app.sock", folder.0.path().join("app.sock"))
    );
}

#[test]
fn nothing_said_is_keep_alive_over_tcp_with_the_systems_authorities() {
    let connection = planned(SMALL, &Overrides::default()).connection;
    assert_eq!(connection, ConnectionPolicy::within(Duration::from_secs(10)));
}

#[test]
fn who_is_trusted_is_for_the_innermost_to_say_that_speaks_of_it() {
    const CA: &str = "tls = { ca = \"ca.pem\" }";
    const NAME: &str = "tls = { server_name = \"api.internal\" }";
    const ANYBODY: &str = "insecure = true";
    const NOT_ANYBODY: &str = "insecure = false";
    for (service, environment, insecure, has_authorities) in [
        (ANYBODY, CA, false, true),
        (ANYBODY, "tls = { ca = \"ca.pem\" }\ninsecure = false", false, true),
        (ANYBODY, NOT_ANYBODY, false, false),
        (ANYBODY, NAME, true, false),
        (ANYBODY, "", true, false),
        (CA, ANYBODY, true, false),
        (CA, NOT_ANYBODY, false, true),
        (CA, "", false, true),
        (NAME, ANYBODY, true, false),
    ] {
        let folder = Folder::with(&format!(
            "[service]\nurl = \"https://localhost\"\n{service}\n[endpoints.\"GET /a\"]\n\
             [env.other]\n{environment}\n"
        ));
        let connection = folder.plan_for(&in_environment("other")).unwrap().connection;
        let trusted = (connection.insecure, connection.tls.authorities.is_some());
        assert_eq!(trusted, (insecure, has_authorities), "{service} {environment}");
        let asked = Overrides { insecure: true, ..in_environment("other") };
        let connection = folder.plan_for(&asked).unwrap().connection;
        assert!(connection.insecure && connection.tls.authorities.is_none());
    }
}

#[test]
fn a_key_is_neither_in_a_plan_that_is_shown_nor_in_an_error() {
    let folder = Folder::saying(IDENTITY);
    let key = std::fs::read_to_string(folder.0.path().join("client.key")).unwrap();
    let line = key.lines().nth(1).unwrap();
    let plan = format!("{:?}", folder.plan().unwrap());
    assert!(plan.contains("PrivateKey") && !plan.contains(line));
    let cut: String = key.replace("-----END", "-----");
    folder.write("client.key", &cut);
    let error = folder.plan().unwrap_err();
    let text = format!("{error} {error:?} {}", error.render(false, WIDTH));
    assert!(!text.contains(line) && text.contains("client.key"), "{text}");
}

#[test]
fn files_that_cannot_be_used_are_told_with_their_place() {
    const ENCRYPTED: &str =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
    const TRADITIONAL: &str = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n";
    let all = "tls = { ca = \"ca.pem\", certificate = \"client.pem\", key = \"client.key\" }";
    let broken = |file: &str, content: &str| {
        let folder = Folder::saying(all);
        match content {
            "" => std::fs::remove_file(folder.0.path().join(file)).unwrap(),
            content => folder.write(file, content),
        }
        folder.plan().unwrap_err().render(false, WIDTH)
    };
    let no_der = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let no_base64 = "-----BEGIN CERTIFICATE-----\n&&&&\n-----END CERTIFICATE-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
    let errors = [
        ("ca.pem", ""),
        ("ca.pem", "not a certificate"),
        ("ca.pem", no_der),
        ("ca.pem", no_base64),
        ("client.pem", no_der),
        ("client.key", no_key),
        ("client.key", "-----BEGIN PRIVATE KEY-----\nMAA="),
        ("client.key", &made().cert.pem()),
        ("client.key", &made().signing_key.serialize_pem()),
        ("client.key", ENCRYPTED),
        ("client.key", TRADITIONAL),
    ]
    .map(|(file, content)| broken(file, content));
    insta::assert_snapshot!("connection_files", errors.join("\n"));
    let directory = Folder::saying("tls = { ca = \".\" }").plan().unwrap_err();
    assert!(directory.render(false, WIDTH).contains("it is not a regular file"));
}

#[test]
fn files_of_another_environment_need_not_be_there() {
    let text = "[service]\nurl = \"http://localhost\"\n\
                [env.production]\nurl = \"https://a\"\ntls = { ca = \"elsewhere.pem\" }\n\
                [endpoints.\"GET /a\"]\n";
    let folder = Folder::with(text);
    folder.plan().unwrap();
    let error = folder.plan_for(&in_environment("production")).unwrap_err();
    assert!(error.render(false, WIDTH).contains("cannot use `elsewhere.pem`"));
}

#[test]
fn tls_without_https_is_an_error_where_one_section_says_both_and_passed_over_where_not() {
    let text = "[service]\nurl = \"http://localhost\"\ntls = { resumption = false }\n\
                [env.secure]\nurl = \"https://a\"\n\
                [env.own]\ntls = { resumption = true }\n\
                [env.both]\nurl = \"http://a\"\ntls = { resumption = false }\n\
                [env.plain]\nurl = \"http://a\"\n[endpoints.\"GET /a\"]\n";
    let folder = Folder::with(text);
    for environment in ["default", "own", "both"] {
        let error = folder.plan_for(&in_environment(environment)).unwrap_err();
        let text = error.render(false, WIDTH);
        assert!(text.contains("begins with `http://`"), "{environment}: {text}");
    }
    let plain = folder.plan_for(&in_environment("plain")).unwrap();
    assert_eq!(plain.connection.tls.resumption, Resumption::Resumed);
    let secure = folder.plan_for(&in_environment("secure")).unwrap();
    assert_eq!(secure.connection.tls.resumption, Resumption::Never);
    let elsewhere = asked(|asked| asked.service = Some("http://b".into()));
    assert!(folder.plan_for(&elsewhere).is_ok());
}

#[test]
fn any_certificate_without_https_is_an_error_likewise() {
    let text = "[service]\nurl = \"http://localhost\"\ninsecure = true\n\
                [env.secure]\nurl = \"https://a\"\n\
                [env.own]\ninsecure = true\n\
                [env.both]\nurl = \"http://a\"\ninsecure = true\n\
                [env.not]\ninsecure = false\n\
                [env.plain]\nurl = \"http://a\"\n[endpoints.\"GET /a\"]\n";
    let folder = Folder::with(text);
    for (environment, line) in [("default", 3), ("own", 7), ("both", 10)] {
        let error = folder.plan_for(&in_environment(environment)).unwrap_err();
        let text = error.render(false, WIDTH);
        assert!(text.contains("`insecure` is said of an address"), "{environment}: {text}");
        assert!(text.contains(&format!(":{line}:1]")), "{environment}: {text}");
        assert!(text.contains("or leave `insecure` out"), "{environment}: {text}");
    }
    let is_insecure = |asked: &Overrides| folder.plan_for(asked).unwrap().connection.insecure;
    assert!(is_insecure(&in_environment("secure")));
    assert!(!is_insecure(&in_environment("plain")) && !is_insecure(&in_environment("not")));
    assert!(!is_insecure(&asked(|asked| asked.service = Some("http://b".into()))));
    // A flag is for all that is called, and so for where a redirect leads.
    assert!(is_insecure(&Overrides { insecure: true, ..in_environment("plain") }));
}

#[test]
fn a_socket_goes_with_its_address() {
    let text = "[service]\nurl = \"http://localhost\"\nsocket = \"a.sock\"\n\
                [env.same]\nusers = 5\n[env.other]\nurl = \"http://other\"\n\
                [env.own]\nsocket = \"b.sock\"\n[endpoints.\"GET /a\"]\n";
    let folder = Folder::with(text);
    let socket = |asked: &Overrides| {
        let connection = folder.plan_for(asked).unwrap().connection;
        connection.socket.map(|socket| socket.written)
    };
    assert_eq!(socket(&Overrides::default()).as_deref(), Some("a.sock"));
    assert_eq!(socket(&in_environment("same")).as_deref(), Some("a.sock"));
    assert_eq!(socket(&in_environment("own")).as_deref(), Some("b.sock"));
    assert_eq!(socket(&in_environment("other")), None);
    assert_eq!(socket(&asked(|asked| asked.service = Some("http://b".into()))), None);
}

#[test]
fn an_environment_says_anew_how_long_connections_are_used() {
    let text = "[service]\nurl = \"http://a\"\nconnection_lifetime = \"30s\"\ncompression = true\n\
                [env.never]\nkeep_alive = false\n[env.always]\nkeep_alive = true\ncompression = false\n\
                [endpoints.\"GET /a\"]\n";
    let connection = |asked: &Overrides| planned(text, asked).connection;
    let default = connection(&Overrides::default());
    assert_eq!(default.keep_alive, KeepAlive::For(Duration::from_secs(30)));
    let never = connection(&in_environment("never"));
    assert_eq!((never.keep_alive, never.compression), (KeepAlive::Never, true));
    let always = connection(&in_environment("always"));
    assert_eq!((always.keep_alive, always.compression), (KeepAlive::Always, false));
}

#[test]
fn what_is_sent_is_in_the_workload_and_whom_it_is_sent_to_is_not() {
    let parts = |more: &str| Folder::saying(more).plan().unwrap().workload.parts;
    let plain = parts("");
    assert_eq!(plain["connection"], "keep-alive, HTTP/1.1");
    for (more, part, said) in [
        ("keep_alive = false", "connection", "one request each, HTTP/1.1"),
        ("connection_lifetime = \"30s\"", "connection", "keep-alive for 30s, HTTP/1.1"),
        ("socket = \"a.sock\"", "socket", "Unix domain"),
        ("compression = true", "compression", "gzip, deflate"),
        ("tls = { resumption = false }", "resumption", "never"),
        (IDENTITY, "client certificate", "sent"),
    ] {
        assert_eq!(parts(more)[part], said, "{more}");
    }
    for more in [
        "keep_alive = true",
        "compression = false",
        "insecure = true",
        "tls = { ca = \"ca.pem\", server_name = \"b\", resumption = true }",
    ] {
        assert_eq!(parts(more), plain, "{more}");
    }
}

#[test]
fn connections_of_http_2_are_kept_whoever_says_otherwise() {
    let text = "[service]\nurl = \"http://a\"\nkeep_alive = false\n\
                [env.two]\nhttp = \"2\"\n\
                [env.kept]\nhttp = \"2\"\nconnection_lifetime = \"30s\"\n\
                [env.both]\nhttp = \"2\"\nkeep_alive = false\n[endpoints.\"GET /a\"]\n";
    let folder = Folder::with(text);
    assert!(folder.plan().is_ok());
    for environment in ["two", "both"] {
        let error = folder.plan_for(&in_environment(environment)).unwrap_err();
        let text = error.render(false, WIDTH);
        let said = "`keep_alive = false` and `http = \"2\"` cannot stand together";
        assert!(text.contains(said), "{environment}: {text}");
    }
    let kept = folder.plan_for(&in_environment("kept")).unwrap();
    assert_eq!(
        kept.workload.parts["connection"],
        "keep-alive for 30s, HTTP/2, 100 streams a connection"
    );
}
