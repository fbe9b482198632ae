//! perfbase's own HTTP handler that does nothing: what it takes is the harness's floor.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::EngineError;
use super::dial::Dial;
use super::http1::Http1;
use super::request::Request;
use super::script::Script;
use super::team::Team;

/// How long its answer may take, whatever the service's may.
const TIMEOUT: Duration = Duration::from_secs(10);

const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok";

/// Starts it, and one who asks it.
///
/// # Errors
/// When the system has no port or no thread left.
pub(crate) fn asked() -> Result<Team, EngineError> {
    let transport = Http1(Dial::plain(start().map_err(EngineError::System)?));
    Team::start(
        &transport,
        transport.0.shortage(),
        vec![Script::of(vec![Request::null()], TIMEOUT)],
    )
}

/// Answers on a free loopback port, on a thread of its own, until the process ends.
///
/// # Errors
/// When the system has no port or no thread left.
fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    std::thread::Builder::new().name("null-handler".to_owned()).spawn(move || {
        // One client at a time is all there is: the anchor has one user.
        for stream in listener.incoming() {
            // A connection that breaks is the client's to report.
            let _ = stream.and_then(answer);
        }
    })?;
    Ok(address)
}

/// Answers every request on one connection; requests have no body and end with an empty line.
fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0_u8; 4096];
    let mut held = 0;
    loop {
        let read = stream.read(&mut buffer[held..])?;
        held += read;
        if read == 0 || held == buffer.len() {
            return Ok(());
        }
        if buffer[..held].ends_with(b"\r\n\r\n") {
            stream.write_all(RESPONSE)?;
            held = 0;
        }
    }
}
