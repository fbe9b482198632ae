//! The rooms of `src/` keep to their table: who may import whom, which crates are whose, how long
//! a file may be, and what is not to be in the product. A failure names file, line and rule.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;
#[path = "architecture/table.rs"]
mod table;

use std::collections::BTreeSet;
use std::path::Path;

use source::Source;

fn read_sources(directory: &Path, into: &mut Vec<Source>) {
    let mut entries: Vec<_> =
        fs_err::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            read_sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs_err::read_to_string(&path).unwrap();
            let shown = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
            into.push(Source::new(&shown.to_string_lossy().replace('\\', "/"), &text).unwrap());
        }
    }
}

#[test]
fn the_source_keeps_to_the_rules() {
    let mut sources = Vec::new();
    read_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    assert!(sources.len() > table::ROOMS.len(), "found only {} files", sources.len());
    let violations = rules::violations(&sources);
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn every_room_of_the_table_is_there() {
    for room in table::ROOMS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room.name).join("mod.rs");
        assert!(path.exists(), "the table has a room `{}` that is not in src/", room.name);
    }
}

#[test]
fn every_dependency_is_given_to_rooms() {
    let manifest = include_str!("../Cargo.toml").parse::<toml::Table>().unwrap();
    let mut tables = vec![&manifest["dependencies"]];
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.values().filter_map(|target| target.get("dependencies")));
    }
    let declared: BTreeSet<&str> = tables
        .into_iter()
        .filter_map(toml::Value::as_table)
        .flat_map(|table| table.keys().map(String::as_str))
        .collect();
    let given: BTreeSet<&str> = table::CRATES.iter().map(|(name, _)| *name).collect();
    assert_eq!(declared, given, "Cargo.toml (left) and the table of crates (right) differ");
}

/// What the rules say of one file, without its name.
fn said(path: &str, code: &str) -> Vec<String> {
    let source = Source::new(path, &format!("//! A module.\n{code}\n")).unwrap();
    let prefix = format!("{path}:");
    let strip = |line: String| line.strip_prefix(&prefix).unwrap().to_owned();
    rules::violations(&[source]).into_iter().map(strip).collect()
}

#[test]
fn what_is_not_allowed_is_found() {
    for (path, code, expected) in [
        ("src/judge/a.rs", "use crate::store::Store;", "2: `judge` may not import `store::Store`"),
        ("src/judge/a.rs", "use super::super::store::open;", "may not import `store::open`"),
        ("src/judge/mod.rs", "pub use super::store::open;", "may not import `store::open`"),
        ("src/judge/a.rs", "use crate::{model::Run, store};", "may not import `store`"),
        ("src/judge/a.rs", "use crate::{\n model::{Run, Round},\n load::{self},\n};", "4: `judge`"),
        ("src/judge/a.rs", "fn f() { crate::store::open(); }", "may not import `store::open`"),
        ("src/judge/a.rs", "fn f() { x(&format!(\"{}\", crate::store::N)); }", "`store::N`"),
        ("src/judge/a.rs", "mod b { use super::super::super::store::X; }", "`store::X`"),
        ("src/judge/a.rs", "fn f() { let r = ..crate::store::N; }", "`store::N`"),
        ("src/judge/a.rs", "use crate::*;", "names the whole crate"),
        ("src/judge/a.rs", "use crate as root;", "names the whole crate"),
        ("src/judge/a.rs", "use crate::{self as root};", "names the whole crate"),
        ("src/judge/a.rs", "use super::super::*;", "names the whole crate"),
        ("src/judge/a.rs", "#[cfg(test)]\nmod tests { use crate::store::X; }", "3: `judge`"),
        ("src/stats/a.rs", "use crate::model::Run;", "`stats` may not import `model::Run`"),
        ("src/ui/a.rs", "use crate::load::Engine;", "`ui` may not import `load::Engine`"),
        ("src/ui/a.rs", "use crate::load::*;", "`ui` may not import `load::*`"),
        ("src/main.rs", "use perfbase::store::X;", "`main.rs` may not import `store::X`"),
        ("src/judge/a.rs", "use tokio::time;", "`judge` may not use `tokio`"),
        ("src/judge/a.rs", "use ::tokio as t;", "`judge` may not use `tokio`"),
        ("src/judge/a.rs", "use {std::fmt, tokio::time};", "`judge` may not use `tokio`"),
        ("src/judge/a.rs", "extern crate tokio;", "`judge` may not use `tokio`"),
        ("src/judge/a.rs", "fn f() -> tokio_rustls::X { y() }", "may not use `tokio-rustls`"),
        ("src/commands/a.rs", "#[tokio::main]\nfn f() {}", "`commands` may not use `tokio`"),
        ("src/report/a.rs", "#[derive(clap::Parser)]\nstruct A;", "`report` may not use `clap`"),
        ("src/report/a.rs", "#[cfg(not(test))]\nuse clap::X;", "`report` may not use `clap`"),
        ("src/model/a.rs", "use std::fs::File;", "`model` is pure and may not use `std::fs`"),
        ("src/judge/a.rs", "use std::time::{Duration, Instant};", "`std::time::Instant`"),
        ("src/judge/a.rs", "fn f() { jiff::Timestamp::now(); }", "`jiff::Timestamp::now`"),
        ("src/store/a.rs", "async fn f() {}", "`async`: only load and demo"),
        ("src/store/a.rs", "fn f() { std::io::stdout(); }", "may not write to the terminal"),
        ("src/store/a.rs", "fn f() { println!(\"x\"); }", "`println!`"),
        ("src/extra/a.rs", "", "1: not in a room"),
        ("src/extra.rs", "", "1: not in a room"),
        ("src/load/utils.rs", "", "`utils` does not say"),
        ("src/load/helpers/a.rs", "", "`helpers` does not say"),
        ("src/load/a.rs", "mod common { }", "2: `common` does not say"),
        ("src/load/mod.rs", "pub fn f() {}", "2: `mod.rs` holds docs"),
        ("src/load/mod.rs", "use a::b;", "2: `mod.rs` holds docs"),
        ("src/load/mod.rs", "mod a { }", "2: `mod.rs` holds docs"),
        ("src/load/a.rs", "#[allow(dead_code)]\nfn f() {}", "2: `#[allow]`"),
        ("src/load/a.rs", "#![allow(dead_code)]", "2: `#[allow]`"),
        ("src/load/a.rs", "#[cfg_attr(unix, allow(x))]\nfn f() {}", "2: `#[allow]`"),
        ("src/load/a.rs", "#[expect(dead_code)]\nfn f() {}", "`#[expect]` without a reason"),
        ("src/load/a.rs", "fn f() {\n todo!() }", "3: `todo!`"),
        ("src/load/a.rs", "fn f() { unimplemented!(\"x\") }", "`unimplemented!`"),
        ("src/load/a.rs", "fn f() { x.unwrap(); }", "`unwrap` outside tests"),
        ("src/load/a.rs", "const fn f() { x.unwrap(); }", "`unwrap` outside tests"),
        ("src/load/a.rs", "const A: u8 = 1;\nfn f() { x.unwrap(); }", "3: `unwrap`"),
        ("src/load/a.rs", "fn f() { x.map(Option::unwrap); }", "`unwrap` outside tests"),
        ("src/load/a.rs", "#[cfg(test)]\nuse a::{b};\nfn f() { x.unwrap(); }", "4: `unwrap`"),
        ("src/load/a.rs", "#[cfg(test)]\nmod tests {}\nfn f() { x.unwrap(); }", "4: `unwrap`"),
    ] {
        let said = said(path, code);
        let found = said.len() == 1 && said[0].contains(expected);
        assert!(found, "{path} with `{code}`\nshould be told: {expected}\nis told: {said:?}");
    }
}

#[test]
fn what_is_allowed_passes() {
    for (path, code) in [
        ("src/judge/a.rs", "use crate::model::Run;\nuse crate::stats::median;\nuse super::b;"),
        ("src/judge/a.rs", "use self::inner::{X, Y as Z};\nuse crate::judge::b::C;"),
        ("src/judge/a.rs", "// crate::store::open\nconst A: &str = \"crate::store tokio::x\";"),
        ("src/judge/a.rs", "/// Like [`crate::store::open`], no `todo!`.\nfn f() {}"),
        ("src/ui/a.rs", "use crate::load::{Event, Observer};"),
        ("src/demo/a.rs", "use axum::{http::StatusCode, extract::{self, State}};"),
        (
            "src/load/mod.rs",
            "mod a;\n#[cfg(test)]\nmod b;\npub use a::{b, c};\npub(crate) use d::e;",
        ),
        ("src/load/a.rs", "pub(in crate::load) fn f() {}\npub(super) fn g() { self.http.x() }"),
        ("src/load/a.rs", "#[expect(dead_code, reason = \"x\")]\nfn f() { x.unwrap_or(1); }"),
        (
            "src/judge/a.rs",
            "#[cfg(test)]\nmod tests { use super::*; fn f() { tokio::x().unwrap(); } }",
        ),
        ("src/judge/a.rs", "struct S { http: http }\nfn f(tokio: u8) -> u8 { tokio }"),
        ("src/judge/a/tests.rs", "use super::*;\nfn f() { x.unwrap(); }"),
        ("src/load/a.rs", "const N: NonZeroU32 = NonZeroU32::new(5).unwrap();"),
        ("src/lib.rs", "pub mod cli;\npub mod model;"),
        (
            "src/main.rs",
            "fn main() -> std::process::ExitCode { perfbase::commands::main().into() }",
        ),
    ] {
        assert_eq!(said(path, code), [] as [&str; 0], "{path} with `{code}`");
    }
}

#[test]
fn a_long_file_is_found_and_a_long_file_of_tests_is_not() {
    let lines = |count: usize| "\n".repeat(count);
    assert_eq!(said("src/load/a.rs", &lines(401)).len(), 1);
    assert!(said("src/load/a.rs", &lines(398)).is_empty());
    assert_eq!(said("src/main.rs", &lines(41)).len(), 1);
    assert!(said("src/load/a/tests.rs", &lines(401)).is_empty());
}

#[test]
fn a_module_declared_for_tests_is_tests() {
    let file = |path, code: &str| Source::new(path, &format!("//! A.\n{code}")).unwrap();
    let fake = || file("src/load/fake.rs", "fn f() { x.unwrap(); }");
    let declared = file("src/load/mod.rs", "#[cfg(test)]\npub(crate) mod fake;");
    let plain = file("src/load/mod.rs", "mod fake;");
    assert!(rules::violations(&[declared, fake()]).is_empty());
    assert_eq!(rules::violations(&[plain, fake()]).len(), 1);
}

#[test]
fn a_module_without_docs_is_found() {
    let source = Source::new("src/load/a.rs", "fn f() {}").unwrap();
    assert_eq!(
        rules::violations(&[source]),
        ["src/load/a.rs:1: a module begins with `//!`: what it is for"]
    );
}
