//! One source file as the compiler's tokens: the paths it names and the code that is only tests.
//!
//! Tokens rather than text, because comments and strings are no code; tokens rather than a syntax
//! tree, because paths inside macro calls and attributes count as well.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A source file.
pub(crate) struct Source {
    /// Where it is, such as `src/load/event.rs`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// `["load", "event"]`; empty for `lib.rs` and `main.rs`.
    pub(crate) module: Vec<String>,
    pub(crate) tokens: Vec<TokenTree>,
}

/// A path named in code or in a `use`, with groups written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// From the crate (`crate::store::open`) where it is the package's own, else as written. A
    /// glob ends in `*`.
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    pub(crate) in_test: bool,
    /// Whether it can only be a path: it stands in a `use` or has more than one segment.
    pub(crate) is_path: bool,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Result<Self, String> {
        let tokens: TokenStream = text.parse().map_err(|error| format!("{path}: {error}"))?;
        let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "mod")
            || matches!(module.as_slice(), [only] if only == "lib" || only == "main")
        {
            module.pop();
        }
        let tokens = tokens.into_iter().collect();
        Ok(Self { path: path.to_owned(), text: text.to_owned(), module, tokens })
    }

    /// Whether the whole file is tests: by its name, or by `#![cfg(test)]`.
    pub(crate) fn is_tests(&self) -> bool {
        self.module.iter().any(|part| part == "tests")
            || self.tokens.windows(3).any(|window| {
                is_punct(&window[0], '#') && is_punct(&window[1], '!') && is_cfg_test(&window[2])
            })
    }

    /// Modules that are declared `#[cfg(test)] mod name;`, from the crate.
    pub(crate) fn test_modules(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for (index, window) in self.tokens.windows(3).enumerate() {
            let [word, TokenTree::Ident(name), end] = window else { continue };
            let attribute = self.tokens[..index].iter().rev().find(|token| !is_visibility(token));
            if is_word(word, "mod") && is_punct(end, ';') && attribute.is_some_and(is_cfg_test) {
                found.push([self.module.clone(), vec![name.to_string()]].concat());
            }
        }
        found
    }

    /// Every path the file names.
    pub(crate) fn paths(&self) -> Vec<Named> {
        let mut found = Vec::new();
        self.walk(&mut |visit| {
            let (tokens, index) = (visit.tokens, visit.index);
            let continues = index >= 2
                && is_punct(&tokens[index - 1], ':')
                && is_punct(&tokens[index - 2], ':')
                && index >= 3
                && ends_a_segment(&tokens[index - 3]);
            // `a.b`, but not the range `..b::c`.
            let is_field = index >= 1
                && is_punct(&tokens[index - 1], '.')
                && (index < 2 || !is_punct(&tokens[index - 2], '.'));
            if !matches!(tokens[index], TokenTree::Ident(_)) || continues || is_field {
                return;
            }
            let imports = index >= 1 && is_word(&tokens[index - 1], "use")
                || index >= 1 && is_word(&tokens[index - 1], "crate") && visit.extern_crate();
            let rooted = index >= 2
                && is_punct(&tokens[index - 1], ':')
                && is_punct(&tokens[index - 2], ':');
            let start = Named {
                segments: Vec::new(),
                line: 0,
                in_test: visit.in_test,
                is_path: imports || rooted,
            };
            follow(&tokens[index..], &start, &mut |named| {
                let named = self.resolved(named, visit.inline);
                found.push(named);
            });
        });
        // `use {a, b}` and `use ::{a, b}`: a group without a path before it.
        self.walk(&mut |visit| {
            let group = matches!(&visit.tokens[visit.index], TokenTree::Group(group)
                if group.delimiter() == Delimiter::Brace);
            let before =
                visit.tokens[..visit.index].iter().rev().find(|token| !is_punct(token, ':'));
            if group && before.is_some_and(|word| is_word(word, "use")) {
                let start =
                    Named { segments: Vec::new(), line: 0, in_test: visit.in_test, is_path: true };
                follow(&visit.tokens[visit.index..], &start, &mut |named| {
                    found.push(self.resolved(named, visit.inline));
                });
            }
        });
        found
    }

    /// Resolves `self`, `super` and `perfbase` against the module the path stands in.
    fn resolved(&self, mut named: Named, inline: &[String]) -> Named {
        let mut module = [&self.module, inline].concat();
        let segments = std::mem::take(&mut named.segments);
        let mut rest = segments.as_slice();
        match rest.first().map(String::as_str) {
            Some("crate" | "perfbase") => module.clear(),
            Some("self" | "super") => {
                while let Some(first @ ("self" | "super")) = rest.first().map(String::as_str) {
                    if first == "super" {
                        module.pop();
                    }
                    if rest.len() == 1 {
                        break;
                    }
                    rest = &rest[1..];
                }
                named.segments = [vec!["crate".to_owned()], module, rest.to_vec()].concat();
                named.segments.retain(|segment| segment != "self" && segment != "super");
                return named;
            }
            // At the root, a bare name is a room.
            Some(first)
                if module.is_empty()
                    && super::table::ROOMS.iter().any(|room| room.name == first)
                    && named.is_path =>
            {
                named.segments = [vec!["crate".to_owned()], segments].concat();
                return named;
            }
            _ => {
                named.segments = segments;
                return named;
            }
        }
        named.segments = [vec!["crate".to_owned()], rest[1..].to_vec()].concat();
        named
    }

    /// Visits every token, in groups too.
    pub(crate) fn walk(&self, visit: &mut dyn FnMut(&Visit)) {
        descend(&self.tokens, self.is_tests(), &mut Vec::new(), visit);
    }
}

/// One token in its surroundings.
pub(crate) struct Visit<'a> {
    /// The tokens of the group it stands in.
    pub(crate) tokens: &'a [TokenTree],
    pub(crate) index: usize,
    /// Whether it is code that only tests have.
    pub(crate) in_test: bool,
    /// The inline modules it stands in.
    inline: &'a [String],
}

impl Visit<'_> {
    pub(crate) fn line(&self) -> usize {
        self.tokens[self.index].span().start().line
    }

    fn extern_crate(&self) -> bool {
        self.index >= 2 && is_word(&self.tokens[self.index - 2], "extern")
    }
}

fn descend(
    tokens: &[TokenTree],
    in_test: bool,
    inline: &mut Vec<String>,
    visit: &mut dyn FnMut(&Visit),
) {
    let mut test_until = 0;
    for (index, token) in tokens.iter().enumerate() {
        if index >= 1 && is_punct(&tokens[index - 1], '#') && is_cfg_test(token) {
            test_until = end_of_item(tokens, index + 1);
        }
        let in_test = in_test || index < test_until;
        visit(&Visit { tokens, index, in_test, inline });
        // The group of a `use` is written out with the path before it.
        let in_path = index >= 1
            && (is_word(&tokens[index - 1], "use")
                || index >= 2
                    && is_punct(&tokens[index - 1], ':')
                    && is_punct(&tokens[index - 2], ':'));
        if let TokenTree::Group(group) = token
            && !in_path
        {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            let module = (index >= 2 && is_word(&tokens[index - 2], "mod"))
                .then(|| tokens[index - 1].to_string());
            let entered = module.is_some();
            inline.extend(module);
            descend(&inner, in_test, inline, visit);
            if entered {
                inline.pop();
            }
        }
    }
}

/// The index behind the item that begins at `start`: behind its `;` or its body. The braces of a
/// `use` are no body.
fn end_of_item(tokens: &[TokenTree], start: usize) -> usize {
    let mut is_use = false;
    for (index, token) in tokens.iter().enumerate().skip(start) {
        is_use |= is_word(token, "use");
        let body =
            matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if is_punct(token, ';') || body && !is_use {
            return index + 1;
        }
    }
    tokens.len()
}

/// Follows a path from its first token, writing groups out, and tells each path found.
fn follow(tokens: &[TokenTree], so_far: &Named, tell: &mut dyn FnMut(Named)) {
    match tokens.first() {
        Some(TokenTree::Ident(ident)) => {
            let mut named = so_far.clone();
            named.segments.push(ident.to_string());
            named.line = ident.span().start().line;
            named.is_path |= named.segments.len() > 1;
            match tokens.get(1..) {
                Some([a, b, next, ..])
                    if is_punct(a, ':') && is_punct(b, ':') && !is_punct(next, '<') =>
                {
                    named.is_path = true;
                    follow(&tokens[3..], &named, tell);
                }
                _ => tell(named),
            }
        }
        Some(TokenTree::Punct(punct)) if punct.as_char() == '*' => {
            let mut named = so_far.clone();
            named.segments.push("*".to_owned());
            named.line = punct.span().start().line;
            tell(named);
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            let branches = inner.split(|token| is_punct(token, ','));
            for branch in branches.filter(|branch| !branch.is_empty()) {
                let colons = branch.iter().take_while(|token| is_punct(token, ':')).count();
                follow(&branch[colons..], so_far, tell);
            }
        }
        // `a::(`, or `::` at the end of a macro's tokens: as far as it went.
        _ => tell(so_far.clone()),
    }
}

fn ends_a_segment(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident != "use" && ident != "return" && ident != "in")
        || is_punct(token, '>')
}

fn is_visibility(token: &TokenTree) -> bool {
    is_word(token, "pub")
        || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis)
}

/// Whether `token` is the bracket of `#[cfg(test)]` or `#[cfg(all(test, …))]`.
fn is_cfg_test(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let text = group.stream().to_string().replace(' ', "");
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

pub(crate) fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

pub(crate) fn is_word(token: &TokenTree, wanted: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == wanted)
}
