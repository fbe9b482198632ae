//! Answers of any size: counted to their last byte, and kept nowhere.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use super::project::Project;
use super::server::{head, server};

/// Bytes of an answer's body.
const BODY: usize = 192 << 20;

/// How often it is asked for.
const ANSWERS: i64 = 3;

/// The most memory a process may have had, in bytes: far less than one answer.
const MOST: u64 = 96 << 20;

/// The largest resident memory of a process so far, in bytes.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes << 10)
}

#[test]
fn an_answer_larger_than_memory_should_be_passes_through() {
    let process = Arc::new(OnceLock::new());
    let peaks = Arc::new(Mutex::new(Vec::new()));
    let (asked, seen) = (Arc::clone(&process), Arc::clone(&peaks));
    let address = server(move |mut stream| {
        while head(&mut stream).is_some() {
            let chunk = vec![b'x'; 64 << 10];
            let mut alive =
                write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {BODY}\r\n\r\n").is_ok();
            for _ in 1..BODY / chunk.len() {
                alive = alive && stream.write_all(&chunk).is_ok();
            }
            // Behind all but the last piece: what is kept is kept by now.
            seen.lock().unwrap().extend(peak(*asked.wait()));
            if !alive || stream.write_all(&chunk).is_err() {
                return;
            }
        }
    });
    // As many as there is something to see in: a round asks for four hundred.
    let project = Project::with(&format!(
        "[service]\nurl = \"http://{address}\"\ntimeout = \"1m\"\n[endpoints.\"GET /\"]\n\
         [scenarios.few]\nkind = \"correctness\"\nusers = 1\nrequests = {ANSWERS}\n"
    ));
    let run = project.start(&["run", "--scenario", "few", "--no-ready"]);
    process.set(run.pid()).unwrap();
    let finished = run.finish().exits(0);
    let database = rusqlite::Connection::open(project.database()).unwrap();
    let sums = "SELECT sum(successes), sum(failures), sum(bytes) FROM samples";
    let (successes, failures, bytes): (i64, i64, i64) =
        database.query_row(sums, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    assert_eq!((successes, failures), (ANSWERS, 0), "{finished}");
    assert_eq!(bytes, successes * i64::try_from(BODY).unwrap(), "{finished}");
    let peaks = peaks.lock().unwrap();
    // Only Linux tells.
    assert!(!peaks.is_empty() || !cfg!(target_os = "linux"));
    assert!(peaks.iter().all(|peak| *peak < MOST), "{peaks:?}");
}
