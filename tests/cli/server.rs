//! Servers: the sample service, and scripts that say what no service should.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use perfbase::demo::{Options, Running};
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring};

/// The sample service without added latency.
pub(crate) fn quick() -> Running {
    Running::start(Options { latency_scale: 0.0, ..Options::default() }).unwrap()
}

/// Serves every connection with `serve`, each on a thread of its own, until the test process ends.
pub(crate) fn server(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let serve = Arc::clone(&serve);
            let stream = stream.unwrap();
            // An answer in two writes must not wait for an acknowledgement.
            stream.set_nodelay(true).unwrap();
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Reads one request's head; nothing once the client has gone.
pub(crate) fn head(stream: &mut impl Read) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        text.push(byte[0]);
    }
    String::from_utf8(text).ok()
}

/// Answers each request with `bytes` and keeps the connection.
pub(crate) fn answering(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    server(
        move |mut stream| {
            while head(&mut stream).is_some() && stream.write_all(&bytes).is_ok() {}
        },
    )
}

/// Answers each request with `bytes` and closes.
pub(crate) fn answering_once(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes = bytes.into();
    server(move |mut stream| {
        head(&mut stream);
        // A client that has heard enough may be gone.
        let _ = stream.write_all(&bytes);
    })
}

/// An address where nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

/// An HTTPS server with a certificate of its own making for `localhost`, and that certificate as PEM.
pub(crate) fn self_signed() -> (SocketAddr, String) {
    encrypted(|mut stream| {
        // A client that does not trust the certificate ends the handshake, and with it the read.
        while head(&mut stream).is_some()
            && stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_ok()
        {}
    })
}

/// Serves every encrypted connection with `serve`; its address and its certificate as PEM.
pub(crate) fn encrypted(
    serve: impl Fn(StreamOwned<ServerConnection, TcpStream>) + Send + Sync + 'static,
) -> (SocketAddr, String) {
    agreeing(&[], serve)
}

/// The same for a server that speaks these protocols, and says so in the handshake (ALPN).
pub(crate) fn agreeing(
    protocols: &[&str],
    serve: impl Fn(StreamOwned<ServerConnection, TcpStream>) + Send + Sync + 'static,
) -> (SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    let config = Arc::new(config);
    let address = server(move |stream| {
        let session = ServerConnection::new(Arc::clone(&config)).unwrap();
        serve(StreamOwned::new(session, stream));
    });
    (address, made.cert.pem())
}
