//! A server that does as little as one can for a request: the least that a load generator can be made to
//! wait. For `benches/peers.py`.
//!
//! ```sh
//! cargo run --release --example bare
//! ```
//!
//! Prints its address. One thread reads up to an empty line, and answers with 100 bytes, whatever was asked.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::io;
use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::{Builder, LocalOptions};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 8192;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\ncontent-type: text/plain\r\n\r\n";

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build_local(LocalOptions::default())?;
    runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = socket.listen(BACKLOG)?;
        println!("http://{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            // A connection that breaks is over.
            tokio::task::spawn_local(answer(stream));
        }
    })
}

async fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let response = format!("{HEAD}{}", "x".repeat(100)).into_bytes();
    let mut request = [0; 2048];
    let mut held = 0;
    loop {
        let read = stream.read(&mut request[held..]).await?;
        held += read;
        if read == 0 {
            return Ok(());
        }
        if request[..held].ends_with(b"\r\n\r\n") {
            stream.write_all(&response).await?;
            held = 0;
        }
    }
}
