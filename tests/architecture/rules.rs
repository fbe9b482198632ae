//! The rules, each from a source file to what breaks it.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenTree};

use super::source::{Named, Source, Visit, is_punct, is_word};
use super::table::{
    CRATES, EMPTY_NAMES, IMPURE, MAIN_IMPORTS, MOST_LINES, MOST_LINES_OF_MAIN, ROOMS, Room,
};

/// Everything in `sources` that breaks a rule, as `file:line: rule`.
pub(crate) fn violations(sources: &[Source]) -> Vec<String> {
    let test_modules: BTreeSet<Vec<String>> =
        sources.iter().flat_map(Source::test_modules).collect();
    let mut found = Vec::new();
    for source in sources {
        let is_tests = source.is_tests()
            || test_modules.iter().any(|module| source.module.starts_with(module));
        let mut tell = |line: usize, rule: String| {
            found.push(format!("{}:{line}: {rule}", source.path));
        };
        names(source, &mut tell);
        size(source, &mut tell);
        paths(source, is_tests, &mut tell);
        code(source, is_tests, &mut tell);
        if source.path.ends_with("/mod.rs") {
            docs_and_re_exports(source, &mut tell);
        }
        if !is_tests && !source.text.trim_start().starts_with("//!") {
            tell(1, "a module begins with `//!`: what it is for".to_owned());
        }
    }
    found
}

type Tell<'a> = &'a mut dyn FnMut(usize, String);

fn room_of(source: &Source) -> Option<&'static Room> {
    ROOMS.iter().find(|room| source.module.first().is_some_and(|first| first == room.name))
}

fn is_main(source: &Source) -> bool {
    source.path == "src/main.rs"
}

/// Every top entry is a room, and no module has a name that says nothing.
fn names(source: &Source, tell: Tell) {
    if room_of(source).is_none() && !["src/main.rs", "src/lib.rs"].contains(&source.path.as_str()) {
        tell(1, "not in a room: add a room with a line in the table of rooms".to_owned());
    }
    for part in &source.module {
        if EMPTY_NAMES.contains(&part.as_str()) {
            tell(1, format!("`{part}` does not say what the module is for"));
        }
    }
    source.walk(&mut |visit| {
        let name = visit.tokens[visit.index].to_string();
        let declared = visit.index >= 1 && is_word(&visit.tokens[visit.index - 1], "mod");
        if declared && EMPTY_NAMES.contains(&name.as_str()) {
            tell(visit.line(), format!("`{name}` does not say what the module is for"));
        }
    });
}

/// A file holds one idea. The whole file counts, its tests too; a file of tests alone does not.
fn size(source: &Source, tell: Tell) {
    let lines = source.text.lines().count();
    let most = if is_main(source) { MOST_LINES_OF_MAIN } else { MOST_LINES };
    if lines > most && !source.is_tests() {
        tell(lines, format!("{lines} lines, over {most}"));
    }
}

/// Imports between rooms, crates and their rooms, and what pure rooms may not reach. Tests keep to
/// the rooms (a test that needs another room is an integration test) but may use any crate.
fn paths(source: &Source, is_tests: bool, tell: Tell) {
    for named in source.paths().iter().filter(|named| named.is_path) {
        let in_test = is_tests || named.in_test;
        if named.segments.first().is_some_and(|first| first == "crate") {
            between_rooms(source, named, tell);
        } else if !in_test {
            of_crates(source, named, tell);
        }
        let Some(room) = room_of(source).filter(|_| !in_test) else { continue };
        let text = named.segments.join("::");
        let reaches = |wanted: &&&str| text == **wanted || text.starts_with(&format!("{wanted}::"));
        if let Some(wanted) = IMPURE.iter().find(reaches).filter(|_| room.pure) {
            tell(named.line, format!("`{}` is pure and may not use `{wanted}`", room.name));
        }
        let writes = |pair: &[String]| pair[0] == "io" && ["stdout", "stderr"].contains(&&*pair[1]);
        if named.segments.windows(2).any(writes) && !room.prints {
            tell(named.line, format!("`{}` may not write to the terminal", room.name));
        }
    }
}

fn between_rooms(source: &Source, named: &Named, tell: Tell) {
    let target = named.segments.get(1).map_or("*", String::as_str);
    if named.segments.len() < 2 || ["*", "self", "super"].contains(&target) {
        tell(named.line, "names the whole crate: import from a room".to_owned());
        return;
    }
    let (from, imports) = match room_of(source) {
        Some(room) => (room.name, room.imports),
        None if is_main(source) => ("main.rs", MAIN_IMPORTS),
        None => return,
    };
    let name = named.segments.get(2).map_or("*", String::as_str);
    let one_name = format!("{target}::{name}");
    if target != from && !imports.contains(&target) && !imports.contains(&one_name.as_str()) {
        let path = named.segments[1..].join("::");
        tell(named.line, format!("`{from}` may not import `{path}`"));
    }
}

fn of_crates(source: &Source, named: &Named, tell: Tell) {
    let first = named.segments.first().map_or("", String::as_str);
    let Some((name, rooms)) = CRATES.iter().find(|(name, _)| name.replace('-', "_") == first)
    else {
        return;
    };
    let from = room_of(source).map_or("main.rs", |room| room.name);
    if !rooms.contains(&from) {
        tell(named.line, format!("`{from}` may not use `{name}`; it is for {}", rooms.join(", ")));
    }
}

/// Words and calls that are not to be in the product.
fn code(source: &Source, is_tests: bool, tell: Tell) {
    source.walk(&mut |visit| {
        let Visit { tokens, index, .. } = *visit;
        let before = |back: usize| index.checked_sub(back).map(|at| &tokens[at]);
        let after = tokens.get(index + 1);
        let next_is = |wanted: char| after.is_some_and(|token| is_punct(token, wanted));
        let called = matches!(after, Some(TokenTree::Group(group))
            if group.delimiter() == Delimiter::Parenthesis);
        let in_product = !is_tests && !visit.in_test;
        let room = room_of(source);
        let word = match &tokens[index] {
            TokenTree::Ident(ident) => ident.to_string(),
            TokenTree::Group(group) => {
                let attribute = before(1)
                    .is_some_and(|token| is_punct(token, '#') || is_punct(token, '!'))
                    && group.delimiter() == Delimiter::Bracket;
                if attribute {
                    lint_levels(&group.stream().to_string(), visit.line(), tell);
                }
                return;
            }
            _ => return,
        };
        match word.as_str() {
            "todo" | "unimplemented" if next_is('!') && in_product => {
                tell(visit.line(), format!("`{word}!`: nothing is left open"));
            }
            "unwrap"
                if in_product
                    && !in_constant(tokens, index)
                    && (called || before(1).is_some_and(|t| is_punct(t, ':'))) =>
            {
                tell(visit.line(), "`unwrap` outside tests".to_owned());
            }
            "async" | "await" if in_product && room.is_none_or(|room| !room.is_async) => {
                tell(visit.line(), format!("`{word}`: only load and demo are async"));
            }
            "print" | "println" | "eprint" | "eprintln" | "dbg"
                if next_is('!') && in_product && room.is_none_or(|room| !room.prints) =>
            {
                tell(visit.line(), format!("`{word}!`: only ui and commands print"));
            }
            _ => {}
        }
    });
}

/// Whether the token stands in the value of a `const`, where a panic is a compile error.
fn in_constant(tokens: &[TokenTree], index: usize) -> bool {
    let statement = tokens[..index].iter().rev().take_while(|token| {
        !is_punct(token, ';')
            && !matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    });
    let words: Vec<String> = statement.map(ToString::to_string).collect();
    words.iter().any(|word| word == "const") && !words.iter().any(|word| word == "fn")
}

fn lint_levels(attribute: &str, line: usize, tell: Tell) {
    let text = attribute.replace(' ', "");
    if text.starts_with("allow(") || text.starts_with("cfg_attr(") && text.contains(",allow(") {
        tell(line, "`#[allow]`: use `#[expect(…, reason = \"…\")]`".to_owned());
    }
    if text.starts_with("expect(") && !text.contains("reason=") {
        tell(line, "`#[expect]` without a reason".to_owned());
    }
}

/// `mod.rs` holds docs, `mod name;` and `pub use`.
fn docs_and_re_exports(source: &Source, tell: Tell) {
    let mut item: Vec<&TokenTree> = Vec::new();
    let mut tokens = source.tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        if item.is_empty() && is_punct(token, '#') {
            tokens.next_if(|token| is_punct(token, '!'));
            tokens.next();
            continue;
        }
        item.push(token);
        let body = matches!(token, TokenTree::Group(group)
            if group.delimiter() == Delimiter::Brace);
        let ends = body && !item.iter().any(|token| is_word(token, "use"));
        if !is_punct(token, ';') && !ends {
            continue;
        }
        let public = is_word(item[0], "pub");
        let word = item.iter().find_map(|token| match token {
            TokenTree::Ident(ident) if ident != "pub" => Some(ident.to_string()),
            _ => None,
        });
        let declares = word.as_deref() == Some("mod") && !body;
        let re_exports = word.as_deref() == Some("use") && public;
        if !declares && !re_exports {
            let line = item[0].span().start().line;
            tell(line, "`mod.rs` holds docs, `mod name;` and `pub use` only".to_owned());
        }
        item.clear();
    }
}
