//! TLS as it is asked for: who is trusted, who is shown what, and which sessions are resumed.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{
    HandshakeKind, RootCertStore, ServerConfig, ServerConnection, StreamOwned, crypto::ring,
    version,
};

use super::http2::frames::{Peer, SETTINGS};
use super::project::{BRIEF, Finished, Project};
use super::server::{head, self_signed, server};
use super::users::{counts, run};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// An authority of the tests' own.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, as PEM and as a server takes them.
struct Certified {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for `name`, with whatever `change` makes of it.
    fn certify(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Certified {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Certified { certificate: params.signed_by(&key, &self.0).unwrap(), key }
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        Arc::new(roots)
    }
}

/// The settings of a server with this certificate, which asks for one of `clients`.
fn settings(certified: &Certified, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(authority.roots(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivatePkcs8KeyDer::from(certified.key.serialize_der());
    builder.with_single_cert(vec![certified.certificate.der().clone()], key.into()).unwrap()
}

/// What a server saw of handshakes.
#[derive(Default)]
struct Handshakes {
    full: AtomicU64,
    resumed: AtomicU64,
}

/// Requests of clients that showed a certificate, and of others.
#[derive(Default)]
struct Clients {
    shown: AtomicU64,
    unknown: AtomicU64,
}

/// Answers every request over TLS, and counts handshakes.
fn serving(settings: ServerConfig) -> (SocketAddr, Arc<Handshakes>) {
    let (settings, seen) = (Arc::new(settings), Arc::new(Handshakes::default()));
    let handshakes = Arc::clone(&seen);
    let address = server(move |stream| {
        // Else what is sent after a ticket waits for an acknowledgement.
        stream.set_nodelay(true).unwrap();
        let session = ServerConnection::new(Arc::clone(&settings)).unwrap();
        let mut stream = StreamOwned::new(session, stream);
        let mut is_counted = false;
        while head(&mut stream).is_some() {
            if !std::mem::replace(&mut is_counted, true) {
                match stream.conn.handshake_kind() {
                    Some(HandshakeKind::Resumed) => &handshakes.resumed,
                    _ => &handshakes.full,
                }
                .fetch_add(1, Ordering::Relaxed);
            }
            if stream.write_all(OK).is_err() {
                return;
            }
        }
        refuse(stream);
    });
    (address, seen)
}

/// Lets a client whose handshake failed hear why, before its end: a reset would take that away.
fn refuse(mut stream: StreamOwned<ServerConnection, TcpStream>) {
    while stream.conn.wants_write() && stream.conn.write_tls(&mut stream.sock).is_ok() {}
    if stream.sock.shutdown(Shutdown::Write).is_ok() {
        while stream.sock.read(&mut [0; 512]).is_ok_and(|read| read > 0) {}
    }
}

/// A project for `localhost` on the port of `address`, with more keys of `[service]`.
fn project(address: SocketAddr, more: &str) -> Project {
    Project::with(&format!(
        "[service]\nurl = \"https://localhost:{}\"\ntimeout = \"1m\"\n{more}\n[endpoints.\"GET /\"]\n",
        address.port()
    ))
}

#[track_caller]
fn all_succeed(project: &Project) {
    let finished = run(project, &["--users", "3"]).measured();
    let counts = counts(project);
    assert!(
        counts["GET /"].successes > 0 && counts["GET /"].failures == 0,
        "{counts:?} {finished}"
    );
}

#[track_caller]
fn unreachable(project: &Project) -> Finished {
    project.run(&[&["run"], &BRIEF[..]].concat()).exits(4).says("cannot be reached (tls)")
}

#[test]
fn an_own_authority_is_trusted_and_no_other() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (address, _) = serving(settings(&authority.certify("localhost", |_| {}), None));
    let trusting = project(address, "ready = \"GET /\"\ntls = { ca = \"pki/ca.pem\" }");
    std::fs::create_dir(trusting.path("pki")).unwrap();
    trusting.write("pki/ca.pem", authority.pem());
    all_succeed(&trusting);
    trusting.run(&["check"]).exits(0).says("trusts pki/ca.pem");
    // In place of the system's, even where the system trusts it.
    trusting.write("pki/ca.pem", other.pem());
    trusting.write("system.pem", authority.pem());
    let system = trusting.path("system.pem");
    let trusting = trusting.variable("SSL_CERT_FILE", system.to_str().unwrap());
    let ready = trusting.run(&[&["run"], &BRIEF[..], &["--no-ready"]].concat());
    ready.exits(4).says("invalid peer certificate").says("tls = { ca = \"ca.pem\" }");
}

#[test]
fn an_environments_authority_is_asked_for_where_the_service_takes_any_certificate() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (address, _) = serving(settings(&authority.certify("localhost", |_| {}), None));
    let project = project(address, "insecure = true\n[env.strict]\ntls = { ca = \"ca.pem\" }");
    let run = |more: &[&str]| project.run(&[&["run"], &BRIEF[..], more].concat());
    project.write("ca.pem", other.pem());
    run(&[]).measured();
    project.run(&["check"]).exits(0).says("any certificate");
    let strict = project.run(&["check", "--env", "strict"]).exits(0);
    strict.says("trusts ca.pem").never_says("any certificate");
    run(&["--env", "strict"]).exits(4).says("invalid peer certificate");
    run(&["--env", "strict", "--insecure"]).measured();
    project.write("ca.pem", authority.pem());
    run(&["--env", "strict"]).measured();
}

#[test]
fn a_self_signed_certificate_can_be_its_own_authority() {
    let (address, certificate) = self_signed();
    let project = project(address, "tls = { ca = \"own.pem\" }");
    project.write("own.pem", certificate);
    all_succeed(&project);
}

#[test]
fn an_expired_certificate_is_refused_with_what_to_do() {
    let authority = Authority::new();
    let expired = authority.certify("localhost", |params| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    });
    let (address, _) = serving(settings(&expired, None));
    let project = project(address, "tls = { ca = \"ca.pem\" }");
    project.write("ca.pem", authority.pem());
    unreachable(&project).says("xpired").says("renew it");
}

#[test]
fn a_certificate_for_another_name_is_accepted_under_that_name() {
    let authority = Authority::new();
    let (address, _) = serving(settings(&authority.certify("api.internal", |_| {}), None));
    let tls = |more: &str| {
        let project = project(address, &format!("tls = {{ ca = \"ca.pem\"{more} }}"));
        project.write("ca.pem", authority.pem());
        project
    };
    unreachable(&tls("")).says("server_name");
    all_succeed(&tls(", server_name = \"api.internal\""));
}

#[test]
fn a_service_that_wants_a_certificate_of_the_client_gets_it() {
    let authority = Authority::new();
    let (address, _) = serving(settings(&authority.certify("localhost", |_| {}), Some(&authority)));
    let client = authority.certify("client", |_| {});
    let key = client.key.serialize_pem();
    let files = |project: &Project| {
        project.write("ca.pem", authority.pem());
        project.write("client.pem", client.certificate.pem());
        project.write("client.key", &key);
    };
    let tls = "ready = \"GET /\"\n\
               tls = { ca = \"ca.pem\", certificate = \"client.pem\", key = \"client.key\" }";
    let shown = project(address, tls);
    files(&shown);
    all_succeed(&shown);
    shown.run(&["check"]).exits(0).says("trusts ca.pem, shows client.pem");
    shown.run(&["check", "--format", "json"]).exits(0).says("\"key\": \"client.key\"");
    // Nothing of the key is kept.
    let secret = key.lines().nth(1).unwrap().as_bytes();
    for (path, bytes) in shown.files() {
        let is_own = path.ends_with("client.key");
        let found = bytes.windows(secret.len()).any(|window| window == secret);
        assert_eq!(found, is_own, "{}", path.display());
    }
    // Without it the handshake fails once the client takes it to be over.
    let without = project(address, "tls = { ca = \"ca.pem\" }");
    files(&without);
    run(&without, &["--users", "1"]).measured();
    let database = rusqlite::Connection::open(without.database()).unwrap();
    let mut classes = database.prepare("SELECT DISTINCT class FROM failures").unwrap();
    let classes = classes.query_map([], |row| row.get(0)).unwrap();
    assert_eq!(classes.collect::<Result<Vec<String>, _>>().unwrap(), ["tls"]);
    assert_eq!(counts(&without)["GET /"].successes, 0);
    let socket = "[sockets.feed]\npath = \"/ws\"\nmessages = 1\nsend = \"a\"\n\
                  [scenarios.baseline]\nendpoints = [\"feed\"]";
    let talking = self::project(address, &format!("tls = {{ ca = \"ca.pem\" }}\n{socket}"));
    files(&talking);
    run(&talking, &["--users", "1"]).measured();
    let database = rusqlite::Connection::open(talking.database()).unwrap();
    let mut classes = database.prepare("SELECT DISTINCT class FROM failures").unwrap();
    let classes = classes.query_map([], |row| row.get(0)).unwrap();
    assert_eq!(classes.collect::<Result<Vec<String>, _>>().unwrap(), ["tls"]);
}

#[test]
fn over_http_2_a_certificate_of_the_client_is_shown_and_its_lack_is_told_before_anything_is_measured()
 {
    let authority = Authority::new();
    let mut settings = settings(&authority.certify("localhost", |_| {}), Some(&authority));
    settings.alpn_protocols = vec![b"h2".to_vec()];
    let settings = Arc::new(settings);
    let address = server(move |stream| {
        stream.set_nodelay(true).unwrap();
        let session = ServerConnection::new(Arc::clone(&settings)).unwrap();
        let mut peer = Peer(StreamOwned::new(session, stream));
        if peer.preface().is_none() {
            return refuse(peer.0);
        }
        peer.send(SETTINGS, 0, 0, &[]);
        while let Some(stream) = peer.request() {
            peer.answer(stream, b"ok");
        }
    });
    let client = authority.certify("client", |_| {});
    let project = |tls: &str| {
        let more = format!("http = \"2\"\nready = \"GET /\"\ntls = {{ ca = \"ca.pem\"{tls} }}");
        let project = project(address, &more);
        project.write("ca.pem", authority.pem());
        project.write("client.pem", client.certificate.pem());
        project.write("client.key", client.key.serialize_pem());
        project
    };
    all_succeed(&project(", certificate = \"client.pem\", key = \"client.key\""));
    let without = project("").run(&[&["run"], &BRIEF[..], &["--no-ready"]].concat()).exits(4);
    without.says("cannot be reached (tls)").says("wants a certificate of the client");
}

#[test]
fn a_certificate_of_the_client_is_not_shown_where_a_redirect_leads() {
    let authority = Authority::new();
    let certified = authority.certify("localhost", |_| {});
    let answering = |answer: String| {
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(authority.roots(), Arc::clone(&provider));
        let verifier = verifier.allow_unauthenticated().build().unwrap();
        let key = PrivatePkcs8KeyDer::from(certified.key.serialize_der());
        let settings = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certified.certificate.der().clone()], key.into())
            .unwrap();
        let (settings, seen) = (Arc::new(settings), Arc::new(Clients::default()));
        let clients = Arc::clone(&seen);
        let address = server(move |stream| {
            let session = ServerConnection::new(Arc::clone(&settings)).unwrap();
            let mut stream = StreamOwned::new(session, stream);
            while head(&mut stream).is_some() {
                match stream.conn.peer_certificates() {
                    Some(_) => &clients.shown,
                    None => &clients.unknown,
                }
                .fetch_add(1, Ordering::Relaxed);
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
        });
        (address, seen)
    };
    let (elsewhere, abroad) = answering(String::from_utf8(OK.to_vec()).unwrap());
    let (address, home) = answering(format!(
        "HTTP/1.1 302 x\r\nlocation: https://localhost:{}/\r\ncontent-length: 0\r\n\r\n",
        elsewhere.port()
    ));
    let tls = "tls = { ca = \"ca.pem\", certificate = \"client.pem\", key = \"client.key\" }";
    let project = project(address, tls);
    let text = project.read("perfbase.toml") + "redirects = 1\n";
    project.write("perfbase.toml", text);
    let client = authority.certify("client", |_| {});
    project.write("ca.pem", authority.pem());
    project.write("client.pem", client.certificate.pem());
    project.write("client.key", client.key.serialize_pem());
    all_succeed(&project);
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    assert!(count(&home.shown) > 0 && count(&home.unknown) == 0);
    assert!(count(&abroad.shown) == 0 && count(&abroad.unknown) > 0);
}

#[test]
fn sessions_are_resumed_unless_they_are_not_to_be() {
    let authority = Authority::new();
    let certified = authority.certify("localhost", |_| {});
    for versions in [&[&version::TLS13][..], &[&version::TLS12][..]] {
        for (resumption, is_resumed) in [("", true), (", resumption = false", false)] {
            let provider = Arc::new(ring::default_provider());
            let key = PrivatePkcs8KeyDer::from(certified.key.serialize_der());
            let settings = ServerConfig::builder_with_provider(provider)
                .with_protocol_versions(versions)
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certified.certificate.der().clone()], key.into())
                .unwrap();
            let (address, seen) = serving(settings);
            let tls = format!("keep_alive = false\ntls = {{ ca = \"ca.pem\"{resumption} }}");
            let project = project(address, &tls);
            project.write("ca.pem", authority.pem());
            let few = "[scenarios.few]\nkind = \"correctness\"\nusers = 1\nrequests = 20\n";
            let text = project.read("perfbase.toml") + few;
            project.write("perfbase.toml", text);
            project.run(&["run", "--scenario", "few"]).exits(0);
            // The first has nothing to resume.
            let expected = if is_resumed { (1, 19) } else { (20, 0) };
            let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            assert_eq!((count(&seen.full), count(&seen.resumed)), expected, "{tls}");
        }
    }
}
