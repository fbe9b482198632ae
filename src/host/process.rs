//! A service that perfbase starts itself, with everything that it starts in turn.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, Read};
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// From the polite request to end until the end by force.
const GRACE: Duration = Duration::from_secs(5);

/// Pause between two looks at a process that is to end.
const POLL: Duration = Duration::from_millis(20);

/// How much of what a service prints is kept, in bytes: its last words.
const TAIL: usize = 4096;

/// The process groups that were started and have not been stopped yet, shared by all who may have
/// to end them.
#[derive(Debug, Clone, Default)]
pub struct Groups(Arc<Mutex<BTreeSet<u32>>>);

impl Groups {
    /// Ends every one of them at once.
    pub fn kill_all(&self) {
        for group in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            signal(*group, Force::Kill);
        }
    }

    fn add(&self, group: u32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(group);
    }

    fn remove(&self, group: u32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&group);
    }
}

/// A port of the loopback interface that was free a moment ago.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A service that runs as a process group of its own, so that Ctrl-C in the terminal is not meant
/// for it and all of it can be ended. Dropping it stops it.
#[derive(Debug)]
pub struct StartedService {
    child: Child,
    groups: Groups,
    tail: Arc<Mutex<VecDeque<u8>>>,
    ended: Option<ExitStatus>,
}

impl StartedService {
    /// Hands `command` to the shell with PORT in its environment. What it prints is read and
    /// thrown away but for the end; it gets nothing to read. It may have `files` open, unless that is for
    /// it to raise; without them as many as perfbase.
    ///
    /// # Errors
    /// When the system refuses the process.
    pub fn start(
        command: &str,
        port: u16,
        files: Option<u64>,
        groups: &Groups,
    ) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let mut shell = shell(command, files);
        shell
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        let child = shell.spawn()?;
        // It holds the writing ends, and the reader would never see the end.
        drop(shell);
        groups.add(child.id());
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&tail);
        // From here on it is stopped whatever happens.
        let service = Self { child, groups: groups.clone(), tail, ended: None };
        thread::Builder::new()
            .name("service output".to_owned())
            .spawn(move || keep_tail(reader, &kept))?;
        Ok(service)
    }

    /// How it ended, if it has by itself.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// The last lines that it printed, at most ten.
    #[must_use]
    pub fn last_words(&self) -> String {
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = tail.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }

    /// Asks the whole group to end, waits for it a while, then ends it by force. Returns when the
    /// process is gone.
    pub fn stop(&mut self) {
        let group = self.child.id();
        if self.ended().is_none() {
            signal(group, Force::Terminate);
            let begin = Instant::now();
            while self.ended().is_none() && begin.elapsed() < GRACE {
                thread::sleep(POLL);
            }
        }
        // Also when the leader has gone: what it started may have stayed.
        signal(group, Force::Kill);
        if self.ended.is_none() {
            let _ = self.child.kill();
            self.ended = self.child.wait().ok();
        }
        self.groups.remove(group);
    }
}

impl Drop for StartedService {
    fn drop(&mut self) {
        self.stop();
    }
}

fn keep_tail(mut reader: io::PipeReader, tail: &Mutex<VecDeque<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(count) = reader.read(&mut buffer) {
        if count == 0 {
            break;
        }
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&buffer[..count]);
        let over = tail.len().saturating_sub(TAIL);
        tail.drain(..over);
    }
}

#[derive(Clone, Copy)]
enum Force {
    Terminate,
    Kill,
}

#[cfg(unix)]
fn shell(command: &str, files: Option<u64>) -> Command {
    use std::os::unix::process::CommandExt;
    /// Another limit from the first instruction of the command on, which is taken as it was written.
    const WITHIN: &str = r#"ulimit -S -n "$1"; exec sh -c "$2""#;
    let mut shell = Command::new("sh");
    shell.arg("-c").process_group(0);
    match files {
        None => shell.arg(command),
        Some(files) => shell.args([WITHIN, "sh", &files.to_string(), command]),
    };
    shell
}

#[cfg(not(unix))]
fn shell(command: &str, _files: Option<u64>) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}

/// A group that has gone already is what was wanted.
#[cfg(unix)]
fn signal(group: u32, force: Force) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = match force {
        Force::Terminate => Signal::TERM,
        Force::Kill => Signal::KILL,
    };
    if let Some(pid) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(pid, signal);
    }
}

/// Without process groups the process itself is ended by its owner.
#[cfg(not(unix))]
fn signal(_group: u32, _force: Force) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn wait_for(mut holds: impl FnMut() -> bool) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(20) {
            if holds() {
                return true;
            }
            thread::yield_now();
        }
        false
    }

    #[test]
    fn a_service_that_dies_leaves_its_last_words() {
        let groups = Groups::default();
        let mut service = StartedService::start(
            "echo port $PORT; echo no such table >&2; exit 3",
            4711,
            None,
            &groups,
        )
        .unwrap();
        assert!(wait_for(|| service.ended().is_some()));
        assert_eq!(service.ended().unwrap().code(), Some(3));
        assert!(wait_for(|| service.last_words() == "port 4711\nno such table"));
    }

    #[test]
    fn stopping_ends_the_whole_group_and_forgets_it() {
        let groups = Groups::default();
        let mut service =
            StartedService::start("sleep 600 & echo started; wait", 1, None, &groups).unwrap();
        assert!(wait_for(|| service.last_words() == "started"));
        service.stop();
        assert!(service.ended().is_some());
        assert!(groups.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_service_may_have_as_many_files_open_as_is_said() {
        let groups = Groups::default();
        let command = "ulimit -S -n; echo \"$0, $#\"";
        let mut service = StartedService::start(command, 1, Some(23), &groups).unwrap();
        assert!(wait_for(|| service.ended().is_some()));
        assert!(wait_for(|| service.last_words() == "23\nsh, 0"));
    }

    #[test]
    fn a_free_port_can_be_taken() {
        let port = free_port().unwrap();
        assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
    }
}
