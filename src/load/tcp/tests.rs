use std::io::Write as _;
use std::net::{TcpListener, TcpStream as Blocking};

use rustix::event::{PollFd, PollFlags, poll};
use tokio::io::AsyncReadExt;

use super::*;

/// Both ends of a connection, and the first one's once more, to ask whether anything has come.
fn ends() -> (Tcp, Blocking, Blocking) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let near = Blocking::connect(listener.local_addr().unwrap()).unwrap();
    let (far, _) = listener.accept().unwrap();
    near.set_nonblocking(true).unwrap();
    let watched = near.try_clone().unwrap();
    (Tcp::new(TcpStream::from_std(near).unwrap(), Stamping::Wanted), watched, far)
}

/// Keeps the thread until something has come.
fn wait_for(watched: &Blocking) {
    let mut one = [PollFd::new(watched, PollFlags::IN)];
    poll(&mut one, None).unwrap();
}

#[tokio::test]
async fn what_lies_unread_came_before_it_is_read() {
    let (mut tcp, watched, mut far) = ends();
    assert_eq!(tcp.received(), None, "nothing was read yet");
    far.write_all(b"ab").unwrap();
    wait_for(&watched);
    let there = Instant::now();
    let mut read = [0; 1];
    tcp.read_exact(&mut read).await.unwrap();
    let Received { came, read } = tcp.received().unwrap();
    assert!(came <= there && there <= read, "{came:?}, {there:?}, {read:?}");
}

#[tokio::test]
async fn all_bytes_are_read_whatever_the_room_for_them_is() {
    let (mut tcp, _watched, mut far) = ends();
    let sent: Vec<u8> = (0..100_000_u32).map(|it| it.to_le_bytes()[0]).collect();
    let all = sent.clone();
    let writing = std::thread::spawn(move || far.write_all(&all));
    let mut read = Vec::new();
    for room in (1..).step_by(611) {
        let mut some = vec![0; room];
        let length = tcp.read(&mut some).await.unwrap();
        read.extend_from_slice(&some[..length]);
        if length == 0 {
            break;
        }
    }
    writing.join().unwrap().unwrap();
    assert!(read == sent, "{} bytes of {}", read.len(), sent.len());
}

#[tokio::test]
async fn the_end_has_no_time_of_its_own() {
    let (mut tcp, _watched, far) = ends();
    drop(far);
    assert_eq!(tcp.read(&mut [0; 8]).await.unwrap(), 0);
    assert_eq!(tcp.received(), None);
}
