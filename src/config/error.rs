//! All errors of a configuration at once, each with its place.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::ops::Range;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters,
    ThemeStyles,
};

use super::problem::Problem;
use super::source::Source;
use super::url_error::UrlError;

/// Problems that are shown at most; the rest is counted.
const SHOWN: usize = 50;

/// Everything that is wrong with a configuration, or with what was asked of it: at least one
/// problem, in the order of the file, those of the call first.
#[derive(Debug)]
pub struct ConfigError {
    source: Option<Source>,
    problems: Vec<Located>,
}

/// A problem and its place in the file, if it comes from there.
#[derive(Debug, Clone)]
struct Located {
    problem: Problem,
    span: Option<Range<usize>>,
}

impl ConfigError {
    /// A problem that has no place in a file.
    pub(super) fn of(problem: Problem) -> Self {
        Self { source: None, problems: vec![Located { problem, span: None }] }
    }

    /// Every problem, with line and column from 1 where it has a place in the file.
    pub fn problems(&self) -> impl Iterator<Item = (&Problem, Option<(usize, usize)>)> {
        self.problems.iter().map(|located| {
            let position = located.span.as_ref().zip(self.source.as_ref());
            (&located.problem, position.map(|(span, source)| source.position(span.start)))
        })
    }

    /// Asserts that every problem can be drawn, and lies in a text of so many bytes if it has a place.
    #[cfg(any(test, fuzzing))]
    pub(super) fn assert_drawable(&self, length: usize) {
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::none());
        for located in &self.problems {
            if let Some(span) = &located.span {
                assert!(span.start <= span.end && span.end <= length, "{located:?} in {length}");
            }
            let shown = Shown { located, source: self.source.as_ref() };
            let drawn = handler.render_report(&mut String::new(), &shown);
            assert!(drawn.is_ok(), "{located:?} cannot be drawn");
        }
    }

    /// Every problem with file, line, caret and remedy, ready to be printed. `width` is that of
    /// the terminal in columns; without colour only ASCII is drawn.
    #[must_use]
    pub fn render(&self, colour: bool, width: usize) -> String {
        let theme = if colour {
            GraphicalTheme { characters: ThemeCharacters::unicode(), styles: ThemeStyles::ansi() }
        } else {
            GraphicalTheme::none()
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(width.max(40))
            .without_syntax_highlighting()
            .with_links(false);
        let mut out = String::new();
        for (index, located) in self.problems.iter().take(SHOWN).enumerate() {
            if index > 0 {
                out.push('\n');
            }
            let shown = Shown { located, source: self.source.as_ref() };
            // Writing to a string cannot fail; if the drawing does, the plain message is there.
            if handler.render_report(&mut out, &shown).is_err() {
                out.push_str(&shown.to_string());
            }
        }
        if let Some(more) = self.problems.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            // As above.
            let _ = writeln!(out, "\n  and {more} more");
        }
        out
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.source.as_ref().map_or("the configuration", Source::name);
        match self.problems.as_slice() {
            [one] => write!(f, "{}", escaped(&one.problem.to_string())),
            many => write!(f, "{} has {} errors", escaped(name), many.len()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// One problem as miette wants to see it.
#[derive(Debug)]
struct Shown<'a> {
    located: &'a Located,
    source: Option<&'a Source>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escaped(&self.located.problem.to_string()))
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = escaped(&self.located.problem.help()?);
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let visible = self.source?.visible(self.located.span.as_ref()?);
        let label = LabeledSpan::new(None, visible.start, visible.len().max(1));
        Some(Box::new(std::iter::once(label)))
    }
}

/// Text with its control characters spelled out, so that a terminal does not obey them.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Where problems are collected while a configuration is read.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<Located>>);

impl Problems {
    /// Adds a problem at a place in the file.
    pub(super) fn at(&self, span: Range<usize>, problem: Problem) {
        self.0.borrow_mut().push(Located { problem, span: Some(span) });
    }

    /// Adds a problem of the call.
    pub(super) fn add(&self, problem: impl Into<Problem>) {
        self.0.borrow_mut().push(Located { problem: problem.into(), span: None });
    }

    /// Adds the variables that are missing for what `others` were found with.
    pub(super) fn add_missing(&self, others: Self) {
        let missing =
            |located: &Located| matches!(located.problem, Problem::MissingVariable { .. });
        self.0.borrow_mut().extend(others.0.into_inner().into_iter().filter(missing));
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// All of them as an error, in the order of the file.
    pub(super) fn into_error(self, source: Option<&Source>) -> ConfigError {
        let mut source = source.cloned();
        let mut problems = self.0.into_inner();
        for located in &mut problems {
            let (Some(source), Some(span)) = (&mut source, &mut located.span) else { continue };
            match &located.problem {
                Problem::MissingVariable { name, .. } => {
                    *span = source.find(span, &format!("${{{name}}}"));
                }
                Problem::Unknown { what: "value", name: value, .. }
                | Problem::TableAsValue { table: value, .. }
                | Problem::NotAtLogin(value)
                | Problem::NeverGiven { value, .. } => {
                    *span = source.find(span, &format!("{{{value}}}"));
                }
                Problem::Url { error: UrlError::UserInfo, .. } => source.mask(span.clone()),
                _ => {}
            }
        }
        problems.sort_by_key(|located| located.span.as_ref().map(|span| (span.start, span.end)));
        problems.dedup_by(|b, a| a.span == b.span && a.problem == b.problem);
        ConfigError { source, problems }
    }
}
