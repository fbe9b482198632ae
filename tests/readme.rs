//! The README and the documents stay true: their commands are run, their tables and links checked.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a document that is not as these tests need it has failed them"
)]

#[path = "readme/markdown.rs"]
mod markdown;
#[path = "readme/session.rs"]
mod session;

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use markdown::{blocks, headings, links, section, spans, table};
use perfbase::cli::Cli;
use perfbase::model::ExitStatus;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn readme() -> String {
    read("README.md")
}

/// Every Markdown file of the project that people read.
fn documents() -> Vec<PathBuf> {
    let mut documents: Vec<PathBuf> =
        ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "baselines/README.md"]
            .map(PathBuf::from)
            .into();
    for entry in root().join("docs").read_dir().unwrap() {
        documents.push(Path::new("docs").join(entry.unwrap().file_name()));
    }
    documents
}

#[test]
fn the_first_session_prints_what_the_readme_shows() {
    let readme = readme();
    let first_session = section(&readme, "A first session");
    session::run(blocks(first_session).iter().filter(|block| block.language == "console"));
}

#[test]
fn every_verb_is_in_the_readme() {
    let readme = readme();
    for verb in Cli::command().get_subcommands() {
        let command = format!("perfbase {}", verb.get_name());
        assert!(readme.contains(&command), "the README never says `{command}`");
    }
}

#[test]
fn every_command_in_the_documents_is_one_that_perfbase_takes() {
    let mut seen = 0;
    for document in documents() {
        let text = read(&document);
        let in_blocks = blocks(&text).into_iter().flat_map(|block| block.lines);
        for line in in_blocks.chain(spans(&text)) {
            let line = line.trim_start_matches(['$', '-', ' ']).trim_start_matches("run: ");
            // What follows is the shell's, or stands for something else.
            let line = line.split([';', '|', '&', '#']).next().unwrap_or_default();
            if !line.starts_with("perfbase ") || line.contains(['…', '<']) {
                continue;
            }
            let words = session::words(line);
            // A verb alone is a name in a sentence.
            let is_name = words.len() == 2;
            if let Err(error) = Cli::try_parse_from(words) {
                let is_short = error.kind() == ErrorKind::MissingRequiredArgument;
                let is_fine = !error.use_stderr() || is_name && is_short;
                assert!(is_fine, "{}: `{line}`: {error}", document.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} commands found: are they still written as they were?");
}

#[test]
fn the_tables_of_exit_codes_are_those_of_the_program() {
    let wanted: Vec<[String; 2]> = ExitStatus::ALL
        .iter()
        .map(|status| [status.code().to_string(), status.word().to_owned()])
        .collect();
    for document in ["README.md", "docs/method.md"] {
        let text = read(document);
        let rows: Vec<[String; 2]> = table(section(&text, "Exit codes"))
            .into_iter()
            .map(|row| [row[0].clone(), row[1].clone()])
            .collect();
        assert_eq!(rows, wanted, "{document}");
    }
}

#[test]
fn the_method_shows_its_measured_error_rates() {
    let method = read("docs/method.md");
    let measured = section(&method, "How good the gate is");
    for change in ["no change", "2.5x as slow", "3x as slow", "CPU hog", "CPU quota"] {
        let has = |line: &&str| line.starts_with('|') && line.contains(change);
        assert!(measured.lines().find(has).is_some(), "no row says `{change}`");
    }
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for document in documents() {
        let text = read(&document);
        for link in links(&text) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                document.clone()
            } else {
                document.parent().unwrap_or(Path::new("")).join(path)
            };
            let there = root().join(&target);
            assert!(there.exists(), "{}: nothing at `{link}`", document.display());
            if !anchor.is_empty() {
                let found = headings(&read(&target)).iter().any(|heading| heading == anchor);
                assert!(found, "{}: no heading at `{link}`", document.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 15, "only {seen} links found: are they still written as they were?");
}

#[test]
fn the_configurations_that_are_shown_are_valid() {
    let readme = readme();
    let shown: Vec<String> = blocks(&readme)
        .into_iter()
        .filter(|block| block.language == "toml")
        .map(|block| block.lines.join("\n"))
        .collect();
    assert_eq!(shown.len(), 1);
    let examples = root().join("examples").read_dir().unwrap();
    let examples = examples.map(|entry| entry.unwrap().path().join("perfbase.toml"));
    let committed =
        examples.filter(|path| path.exists()).chain([root().join("baselines/perfbase.toml")]);
    for text in shown.into_iter().chain(committed.map(read)) {
        for scenario in ["baseline", "light", "medium", "spike", "sustained", "levels"] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("perfbase.toml"), &text).unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_perfbase"))
                .args(["check", "--scenario", scenario])
                .current_dir(folder.path())
                .envs([
                    ("API_TOKEN", "secret"),
                    ("DASHBOARD_TOKEN", "secret"),
                    ("LOAD_PASSWORD", "secret"),
                    ("KINTO_PASSWORD", "secret"),
                    ("KINTO_BASIC", "secret"),
                ])
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}\n{text}");
            assert!(!String::from_utf8_lossy(&output.stdout).contains("secret"));
        }
    }
}

#[test]
fn the_ci_jobs_have_the_shape_of_yaml() {
    let readme = readme();
    let jobs: Vec<_> =
        blocks(&readme).into_iter().filter(|block| block.language == "yaml").collect();
    assert_eq!(jobs.len(), 2);
    for job in &jobs {
        let mut before: Option<&str> = None;
        for line in &job.lines {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let text = line.trim_start_matches(' ');
            assert!(!line.contains('\t') && indent % 2 == 0, "indentation: `{line}`");
            let entry = text.strip_prefix("- ").unwrap_or(text);
            let is_key = entry.ends_with(':') || entry.contains(": ");
            assert!(is_key || text.starts_with("- "), "neither a key nor an item: `{line}`");
            if let Some(before) = before {
                let last = before.len() - before.trim_start_matches(' ').len();
                let opens = before.ends_with(':') || before.trim_start().starts_with("- ");
                assert!(indent <= last || (indent == last + 2 && opens), "deeper: `{line}`");
            }
            before = Some(line);
        }
    }
    let top = |job: &markdown::Block| -> Vec<String> {
        job.lines.iter().filter(|line| !line.starts_with(' ')).cloned().collect()
    };
    assert_eq!(top(&jobs[0]), ["name: Performance", "on:", "jobs:"]);
    assert_eq!(top(&jobs[1]), ["performance:"]);
}

#[test]
fn the_scripts_that_are_named_are_there() {
    let readme = readme();
    let script = root().join("scripts/try");
    assert!(readme.contains("scripts/try") && script.is_file());
}
