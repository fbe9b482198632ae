//! Several processes on one database, and one that is killed.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use perfbase::model::{Run, RunState};
use perfbase::store::{HistoryFilter, RunRef, Store};

use crate::given::{place, round, run, settled, whole};

/// Where the database of a child process is; absent in the parent.
const CHILD_DATABASE: &str = "PERFBASE_TEST_CHILD_DATABASE";
/// Which run the child stores.
const CHILD_RUN: &str = "PERFBASE_TEST_CHILD_RUN";

/// What the child processes of the tests below do; by itself, nothing.
#[test]
fn child_process() {
    let Ok(path) = std::env::var(CHILD_DATABASE) else { return };
    let number: u32 = std::env::var(CHILD_RUN).unwrap().parse().unwrap();
    let mut store = Store::open(path).unwrap();
    let stored = store.begin_run(&run(number)).unwrap();
    for index in 0..4 {
        store.save_round(stored, &round(index)).unwrap();
        say(&format!("saved {index}"));
        // The parent lets it go on, line by line; or kills it here.
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
    store.finish_run(stored, RunState::Complete).unwrap();
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

fn child(path: &Path, run: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::child_process", "--nocapture"])
        .env(CHILD_DATABASE, path)
        .env(CHILD_RUN, run.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn wait_for(child: &mut BufReader<std::process::ChildStdout>, line: &str) {
    let mut read = String::new();
    while !read.contains(line) {
        read.clear();
        assert!(child.read_line(&mut read).unwrap() > 0, "the child ended before `{line}`");
    }
}

#[test]
fn a_killed_process_leaves_its_finished_rounds_and_an_interrupted_run() {
    let (_root, path) = place();
    let mut process = child(&path, 1);
    let mut said = BufReader::new(process.stdout.take().unwrap());
    wait_for(&mut said, "saved 0");
    process.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    wait_for(&mut said, "saved 1");
    let running = Store::open(&path).unwrap().run(RunRef::Last(0)).unwrap();
    assert_eq!(running.state, RunState::Running);

    process.kill().unwrap();
    process.wait().unwrap();
    let rounds = vec![round(0), round(1)];
    let expected = settled(Run { state: RunState::Interrupted, rounds, ..run(1) });
    let store = Store::open_read_only(&path).unwrap();
    assert_eq!(store.run(RunRef::Last(0)).unwrap(), expected);
    let history = store.history(1, &HistoryFilter::default()).unwrap();
    assert_eq!(history[0].state, RunState::Interrupted);
    assert_eq!(Store::open(&path).unwrap().run(RunRef::Last(0)).unwrap(), expected);
}

#[test]
fn two_processes_on_one_new_database_both_finish() {
    let (_root, path) = place();
    let mut processes: Vec<Child> = (1..=2).map(|run| child(&path, run)).collect();
    let mut said: Vec<_> = processes
        .iter_mut()
        .map(|process| BufReader::new(process.stdout.take().unwrap()))
        .collect();
    for index in 0..4 {
        for said in &mut said {
            wait_for(said, &format!("saved {index}"));
        }
        for process in &mut processes {
            process.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        }
    }
    for (process, mut said) in processes.iter_mut().zip(said) {
        std::io::copy(&mut said, &mut std::io::sink()).unwrap();
        assert!(process.wait().unwrap().success());
    }
    let store = Store::open(&path).unwrap();
    for number in 1..=2 {
        assert_eq!(store.run(RunRef::Id(run(number).id())).unwrap(), settled(whole(number)));
    }
    assert_eq!(store.history(9, &HistoryFilter::default()).unwrap().len(), 2);
}
