//! A folder in which perfbase is run as a person would, and what it said.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// The command under test.
pub(crate) const PERFBASE: &str = env!("CARGO_BIN_EXE_perfbase");

/// A process that has not ended by then is taken to hang, and killed.
const HANGS: Duration = Duration::from_mins(3);

/// Flags for a measurement that only has to happen: one short round, nothing before it.
pub(crate) const BRIEF: [&str; 8] =
    ["--rounds", "1", "--duration", "100ms", "--warm-up", "0s", "--warm-up-requests", "0"];

/// A folder of its own, gone when dropped.
pub(crate) struct Project {
    directory: TempDir,
    variables: Vec<(String, String)>,
}

impl Project {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// A folder with this `perfbase.toml`.
    pub(crate) fn with(configuration: &str) -> Self {
        let project = Self::new();
        project.write("perfbase.toml", configuration);
        project
    }

    /// Sets a variable for every command. Without it they have none at all.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path(".perfbase/perfbase.db")
    }

    pub(crate) fn baseline(&self) -> PathBuf {
        self.path("performance_baselines.json")
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Every file below the folder, with its bytes.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.directory.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = fs::read(&path).unwrap();
                    files.push((path, bytes));
                }
            }
        }
        files
    }

    /// perfbase with these arguments, in the folder, with the project's variables alone.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.program(PERFBASE, arguments)
    }

    /// Another program, likewise.
    pub(crate) fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        self.start(arguments).finish()
    }

    /// `run` against `url`, as briefly as can be, with more arguments.
    pub(crate) fn run_briefly(&self, url: &str, more: &[&str]) -> Finished {
        self.run(&[&["run", url], &BRIEF[..], more].concat())
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Started {
        self.spawn(self.command(arguments))
    }

    pub(crate) fn spawn(&self, mut command: Command) -> Started {
        let shown = format!("{command:?}");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (over, waits) = mpsc::channel::<()>();
        let pid = child.id();
        std::thread::spawn(move || {
            // Also when the test has failed and nobody waits for the end any more.
            if waits.recv_timeout(HANGS).is_err() {
                signal(pid, "KILL");
            }
        });
        Started {
            child,
            stderr,
            said: String::new(),
            shown,
            directory: self.directory.path().to_owned(),
            over,
        }
    }
}

/// A process under way. What it says on stderr tells how far it is.
pub(crate) struct Started {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
    shown: String,
    directory: PathBuf,
    /// Ends the watch over it.
    over: mpsc::Sender<()>,
}

impl Started {
    /// Reads stderr until a line holds `text`.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let said = self.says_before_its_end(text);
        assert!(said, "it ended before it said `{text}`:\n{}", self.said);
    }

    /// Reads stderr until a line holds `text`, or to its end.
    pub(crate) fn says_before_its_end(&mut self, text: &str) -> bool {
        let mut line = String::new();
        while self.stderr.read_line(&mut line).unwrap() > 0 {
            self.said.push_str(&line);
            if line.contains(text) {
                return true;
            }
            line.clear();
        }
        false
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by name, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        assert!(signal(self.child.id(), name), "no signal {name} could be sent");
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Finished {
        self.stderr.read_to_string(&mut self.said).unwrap();
        let output = self.child.wait_with_output().unwrap();
        // The watch may have ended it already.
        let _ = self.over.send(());
        Finished {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: self.said,
            shown: self.shown,
            directory: self.directory,
        }
    }
}

/// Sends a process a signal by name; whether it could be sent.
pub(crate) fn signal(pid: u32, name: &str) -> bool {
    let sent = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status();
    sent.is_ok_and(|status| status.success())
}

/// What a process left: its exit code (none when a signal ended it) and its two streams.
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    shown: String,
    directory: PathBuf,
}

impl Finished {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        self.exits_with_one_of(&[code])
    }

    /// For what only has to happen: whether the machine was quiet enough for a verdict (3 if it was
    /// not) is then not the question.
    #[track_caller]
    pub(crate) fn exits_with_one_of(self, codes: &[i32]) -> Self {
        assert!(
            self.code.is_some_and(|code| codes.contains(&code)),
            "it should exit with {codes:?}\n{self}"
        );
        self
    }

    #[track_caller]
    pub(crate) fn measured(self) -> Self {
        self.exits_with_one_of(&[0, 3])
    }

    /// Either stream holds this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "it should say `{text}`\n{self}"
        );
        self
    }

    #[track_caller]
    pub(crate) fn never_says(self, text: &str) -> Self {
        assert!(
            !self.stdout.contains(text) && !self.stderr.contains(text),
            "it should not say `{text}`\n{self}"
        );
        self
    }

    /// stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    /// Exit code and both streams, with what differs from call to call written as placeholders.
    pub(crate) fn redacted(&self) -> String {
        let mut text = self.to_string();
        for path in [self.directory.canonicalize().unwrap_or_default(), self.directory.clone()] {
            if path != Path::new("") {
                text = text.replace(&path.display().to_string(), "[folder]");
            }
        }
        text
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let arguments = self.shown.split_once(PERFBASE).map_or(&*self.shown, |(_, rest)| rest);
        let code = self.code.map_or("a signal".to_owned(), |code| code.to_string());
        let mut text = format!("$ perfbase{}\n", arguments.replace('"', ""));
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                writeln!(text, "--- {name}\n{}", stream.trim_end())?;
            }
        }
        write!(f, "{text}--- exit {code}")
    }
}

/// Takes a snapshot of a finished process. Placeholders are as wide as what they stand for, so that
/// columns stay aligned.
macro_rules! snapshot {
    ($name:expr, $finished:expr) => {
        insta::with_settings!({ filters => vec![
            (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z", "[the time now..]"),
            (r"127\.0\.0\.1:\d{2,5}", "[address]"),
            (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "[run]"),
            (r"\(os error \d+\)", "(os error)"),
            (r"perfbase \d+\.\d+\.\d+", "perfbase [version]"),
        ] }, { insta::assert_snapshot!($name, $finished.redacted()) })
    };
}
pub(crate) use snapshot;
