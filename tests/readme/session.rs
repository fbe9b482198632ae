//! Runs the README's commands against the sample service and holds what they print to what the
//! README shows.
//!
//! Figures differ from machine to machine and are left out of the comparison; columns, rows, words
//! and exit codes are in it. A machine that is busy with something else may come to another
//! verdict, which is no fault of the README: then the lines that hold a verdict are left out too.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::markdown::Block;

/// Where the README's service listens.
const SHOWN: &str = "127.0.0.1:8000";
/// Over what the README's commands say, so that the test takes less time.
const SHORTER: [&str; 4] = ["--rounds", "3", "--duration", "1s"];

/// Carries out `blocks`, each a command and what it prints.
pub(crate) fn run<'a>(blocks: impl Iterator<Item = &'a Block>) {
    let folder = tempfile::tempdir().unwrap();
    let mut service: Option<Service> = None;
    let mut calm = true;
    let mut compared = 0;
    for block in blocks {
        let (command, shown) = block.lines.split_first().expect("a command");
        let command = command.strip_prefix("$ ").expect("a prompt");
        let arguments = words(command);
        if arguments[1] == "demo" {
            drop(service.take());
            service = Some(Service::start(&arguments[1..]));
            continue;
        }
        let address = &service.as_ref().expect("the service runs").address;
        let arguments: Vec<String> =
            arguments[1..].iter().map(|word| word.replace(SHOWN, address)).collect();
        let wanted = exit_code(shown);
        let (code, printed) = perfbase(folder.path(), &arguments, wanted);
        calm &= code == wanted;
        holds(shown, &printed, calm, command);
        compared += 1;
    }
    assert!(compared >= 4, "only {compared} commands of the README print something");
}

/// Runs perfbase and returns its exit code and what it printed.
fn perfbase(folder: &Path, arguments: &[String], wanted: i32) -> (i32, Vec<String>) {
    let measures = matches!(arguments[0].as_str(), "run" | "record" | "compare");
    let run = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_perfbase"))
            .args(arguments)
            .args(if measures { &SHORTER[..] } else { &[] })
            .args(more)
            .current_dir(folder)
            // Of the machine that runs this test, which may be a CI job itself.
            .env_remove("CI")
            .env_remove("GITHUB_ACTIONS")
            .output()
            .unwrap();
        let code = output.status.code().expect("an exit code");
        let printed = String::from_utf8(output.stdout).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (code, printed.lines().map(str::to_owned).collect::<Vec<_>>(), said)
    };
    let (mut code, mut printed, mut said) = run(&[]);
    if arguments[0] == "record" && code == 3 {
        (code, printed, said) = run(&["--accept-anyway", "this machine is busy"]);
    }
    // No verdict is what a busy machine may have; another one is wrong on any.
    let no_verdict = arguments[0] == "compare" && code == 3;
    assert!(code == wanted || no_verdict, "{arguments:?} ended with {code}, not {wanted}: {said}");
    (code, printed)
}

/// The exit code that the closing line names; 0 where there is none.
fn exit_code(shown: &[String]) -> i32 {
    let closing = shown.iter().find_map(|line| line.split_once("exit "));
    closing.map_or(0, |(_, rest)| rest.split(' ').next().unwrap_or_default().parse().unwrap())
}

/// Every line that is shown was printed, in the same order. More may have been printed: warnings
/// depend on the machine.
fn holds(shown: &[String], printed: &[String], calm: bool, command: &str) {
    let mut left = printed.iter().map(|line| skeleton(line));
    for line in shown.iter().filter(|line| calm || !rests_on_verdict(line)) {
        let wanted = skeleton(line);
        assert!(
            left.any(|line| line == wanted),
            "`{command}`: the README shows\n{line}\nbut this was printed:\n{}",
            printed.join("\n")
        );
    }
}

fn rests_on_verdict(line: &str) -> bool {
    let framing = ["run ", "against ", "endpoint ", "history ", "# "];
    !framing.iter().any(|begin| line.starts_with(begin))
}

/// A line without what differs from machine to machine: figures, signs, widths, the CPU's name,
/// invalid rounds, and whether a pass has a warning. The exit code stays.
fn skeleton(line: &str) -> String {
    if line.starts_with("first baseline") {
        return line.split(" · ").take(3).collect::<Vec<_>>().join(" · ");
    }
    let (line, exit) = line.split_once("exit ").unwrap_or((line, ""));
    let mut kept = String::new();
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let signed = "+-±".contains(c) && rest.peek().is_some_and(char::is_ascii_digit);
        if c.is_ascii_digit() || signed {
            while rest.next_if(|c| c.is_ascii_digit() || *c == '.').is_some() {}
            kept.push('N');
        } else if c == '─' {
            while rest.next_if_eq(&'─').is_some() {}
            kept.push('─');
        } else {
            kept.push(c);
        }
    }
    let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    let kept = kept.replace(" and N invalid", "").replace("N more", "N");
    format!("{} {exit}", kept.replace("! pass", "✓ pass"))
}

/// The words of a command, as a shell splits them; double quotes hold together.
pub(crate) fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.trim().chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().expect("a word").push(c),
        }
    }
    words
}

/// The sample service, until this is dropped.
struct Service {
    process: Child,
    address: String,
    /// Kept open, so that the service can go on saying things.
    _said: BufReader<ChildStderr>,
}

impl Service {
    fn start(arguments: &[String]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_perfbase"))
            .args(arguments)
            .args(["--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stderr.take().expect("a pipe"));
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        let (_, rest) = first.split_once("http://").unwrap_or_else(|| panic!("{first}"));
        let address = rest.split(' ').next().unwrap_or_default().to_owned();
        Self { process, address, _said: said }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_skeleton_keeps_words_and_columns() {
    let shown = "GET /clients    6.61  →  5.25  0.79x  -1.36     13.22  2.00x  5×462  ! pass";
    assert_eq!(skeleton(shown), "GET /clients N → N Nx N N Nx N×N ✓ pass ");
    assert_eq!(skeleton("judged 2 of 2 · exit 1 (gate failed)"), "judged N of N · 1 (gate failed)");
    assert_eq!(skeleton("────────"), "─ ");
}

#[test]
fn words_are_split_as_in_a_shell() {
    let fault = words("perfbase demo --fault \"GET /clients factor=3\"");
    assert_eq!(fault, ["perfbase", "demo", "--fault", "GET /clients factor=3"]);
}
