//! A server whose latency is a known law, and that notes when each request arrived (on Linux by the
//! kernel's stamp) and how long it was kept: the truth beside which load generators are held. For `benches/truth.py` and
//! `benches/timing.py`.
//!
//! ```sh
//! cargo run --release --example reference -- fixed 5ms
//! cargo run --release --example reference -- lognormal 5ms 0.5     # median, sigma of the logarithm
//! cargo run --release --example reference -- mix 5ms 50ms 5%       # so many at the second
//! cargo run --release --example reference -- stall 1ms 1s 10s      # nothing is answered for 1 s in every 10 s
//! cargo run --release --example reference -- work 2000000           # multiplies so often, for as long as it takes
//! ```
//!
//! Prints its address. `GET /times` answers with what was noted since it was last asked, in
//! nanoseconds; anything else is answered after the law's time. A thread for each connection, so that
//! none waits for another.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use perfbase::model::{Share, parse_duration};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// How long a request is kept.
#[derive(Debug, Clone, Copy)]
enum Law {
    Fixed(Duration),
    LogNormal { median: Duration, sigma: f64 },
    Mix { most: Duration, others: Duration, share: f64 },
    Stall { otherwise: Duration, stall: Duration, every: Duration },
    Work { times: u64 },
}

impl Law {
    fn read(words: &[String]) -> Option<Self> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let time = |word: &str| parse_duration(word).ok();
        Some(match words[..] {
            ["fixed", wait] => Self::Fixed(time(wait)?),
            ["lognormal", median, sigma] => {
                Self::LogNormal { median: time(median)?, sigma: sigma.parse().ok()? }
            }
            ["mix", most, others, share] => Self::Mix {
                most: time(most)?,
                others: time(others)?,
                share: share.parse::<Share>().ok()?.get(),
            },
            ["stall", otherwise, stall, every] => Self::Stall {
                otherwise: time(otherwise)?,
                stall: time(stall)?,
                every: time(every).filter(|every| !every.is_zero())?,
            },
            ["work", times] => Self::Work { times: times.parse().ok()? },
            _ => return None,
        })
    }

    /// Keeps the thread as busy as the law says.
    fn work(self) {
        if let Self::Work { times } = self {
            black_box((0..times).fold(1_u64, |product, _| black_box(product).wrapping_mul(3)));
        }
    }

    /// How long a request is made to wait that arrived so long after the first one.
    fn wait(self, arrived: Duration, random: &mut Xoshiro256PlusPlus) -> Duration {
        match self {
            Self::Fixed(wait) => wait,
            Self::LogNormal { median, sigma } => {
                // Box and Muller's normal deviate.
                let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
                let normal = radius * (std::f64::consts::TAU * random.random::<f64>()).cos();
                median.mul_f64((sigma * normal).exp())
            }
            Self::Mix { most, others, share } => {
                if random.random::<f64>() < share {
                    others
                } else {
                    most
                }
            }
            Self::Stall { otherwise, stall, every } => {
                // In the middle of each period, so that a run of one period sees it whole.
                let begin = every / 2;
                let within = Duration::from_nanos(
                    (arrived.as_nanos() % every.as_nanos()).try_into().unwrap_or(u64::MAX),
                );
                let left = (begin + stall).saturating_sub(within);
                if within < begin { otherwise } else { left.max(otherwise) }
            }
            Self::Work { .. } => Duration::ZERO,
        }
    }
}

/// When a request arrived, and how long it was kept; nanoseconds.
type Noted = (u64, u64);

struct Server {
    law: Law,
    random: Mutex<Xoshiro256PlusPlus>,
    noted: Mutex<Journal>,
}

#[derive(Default)]
struct Journal {
    first: Option<Instant>,
    requests: Vec<Noted>,
}

/// Reads what has come, and tells when the last of it did: by the kernel's stamp, for the time until this
/// thread is awake is the server's.
#[cfg(target_os = "linux")]
fn receive(stream: &mut TcpStream, chunk: &mut [u8]) -> io::Result<(usize, Instant)> {
    use std::os::fd::AsRawFd as _;
    use std::time::SystemTime;

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};

    let mut into = [io::IoSliceMut::new(chunk)];
    let mut control = [0; 64];
    let received =
        recvmsg::<()>(stream.as_raw_fd(), &mut into, Some(&mut control), MsgFlags::empty())?;
    let stamp = received.cmsgs()?.find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(at) => Some(Duration::from(at)),
        _ => None,
    });
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let unread = stamp.map_or(Duration::ZERO, |stamp| now.saturating_sub(stamp));
    let read = Instant::now();
    Ok((received.bytes, read.checked_sub(unread).unwrap_or(read)))
}

/// Reads what has come, and tells when it was read: nothing stamps it.
#[cfg(not(target_os = "linux"))]
fn receive(stream: &mut TcpStream, chunk: &mut [u8]) -> io::Result<(usize, Instant)> {
    let read = std::io::Read::read(stream, chunk)?;
    Ok((read, Instant::now()))
}

/// What no lock is lost for: a thread that died held it only for an assignment.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Answers the requests of one connection until it ends.
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut buffer = Vec::new();
        let mut chunk = [0; 4096];
        let mut arrived = Instant::now();
        #[cfg(target_os = "linux")]
        nix::sys::socket::setsockopt(
            &stream,
            nix::sys::socket::sockopt::ReceiveTimestampns,
            &true,
        )?;
        loop {
            let end = loop {
                if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                    break at + 4;
                }
                match receive(&mut stream, &mut chunk)? {
                    (0, _) => return Ok(()),
                    (read, at) => {
                        buffer.extend_from_slice(&chunk[..read]);
                        arrived = at;
                    }
                }
            };
            let is_question = buffer.starts_with(b"GET /times ");
            buffer.drain(..end);
            if is_question {
                let body = self.times();
                let length = body.len();
                write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")?;
                continue;
            }
            let since = arrived - *locked(&self.noted).first.get_or_insert(arrived);
            let wait = self.law.wait(since, &mut locked(&self.random));
            if !wait.is_zero() {
                std::thread::sleep(wait);
            }
            self.law.work();
            let kept = arrived.elapsed();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?;
            let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            locked(&self.noted).requests.push((nanos(since), nanos(kept)));
        }
    }

    /// Everything noted, which is then forgotten.
    fn times(&self) -> String {
        let Journal { requests, .. } = std::mem::take(&mut *locked(&self.noted));
        let mut text = String::from("[");
        for (index, (arrived, kept)) in requests.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            // Writing to a String does not fail.
            let _ = write!(text, "{comma}[{arrived},{kept}]");
        }
        text.push(']');
        text
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(law) = Law::read(&words) else {
        eprintln!(
            "usage: reference fixed TIME | lognormal MEDIAN SIGMA | mix TIME TIME SHARE | stall TIME STALL EVERY | work TIMES"
        );
        return ExitCode::from(2);
    };
    match listen(law) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reference: {error}");
            ExitCode::FAILURE
        }
    }
}

fn listen(law: Law) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("http://{}", listener.local_addr()?);
    let random = Mutex::new(Xoshiro256PlusPlus::seed_from_u64(1));
    let server = Arc::new(Server { law, random, noted: Mutex::default() });
    for stream in listener.incoming() {
        let (server, stream) = (Arc::clone(&server), stream?);
        std::thread::Builder::new().stack_size(64 << 10).spawn(move || {
            // A connection that breaks off is the client's affair.
            let _ = server.serve(stream);
        })?;
    }
    Ok(())
}
