//! The key `holds` of an invariant: two sides that are compared.
//!
//! A side is made of JSON Pointers into the answer, bare or as `json("…")`, `status`, numbers, texts,
//! `true`, `false`, `null`, `before(…)`, `count("ENDPOINT", …)`, `+`, `-`, `*` and parentheses. Texts may refer
//! to the environment.

use std::ops::Range;

use crate::model::{
    Comparator, Counted, EndpointName, Failure, Number, Operation, Place, Resolved, Scalar,
    Statement, Term,
};

use super::in_file::InFile;
use super::names::{EndpointNames, unknown};
use super::problem::Problem;
use super::section::Reading;
use super::template::Resolving;
use super::text::Text;

/// Longest statement that is read, in bytes; and how deep it may be nested.
const LONGEST: usize = 2000;
const DEEPEST: u32 = 40;

/// A statement as the file has it.
#[derive(Debug, Clone)]
pub(super) struct StatementText {
    /// With its texts as written.
    pub(super) statement: Statement,
    /// Its texts, from left to right.
    texts: Vec<Text>,
}

impl StatementText {
    /// The statement with references replaced; nothing if one is missing, which is told.
    pub(super) fn resolve(&self, resolving: &Resolving<'_>) -> Option<Statement> {
        let mut statement = self.statement.clone();
        let mut complete = true;
        for (place, text) in statement.texts_mut().into_iter().zip(&self.texts) {
            match text.resolve(resolving.variables, resolving.problems) {
                Some(text) => *place = text,
                None => complete = false,
            }
        }
        complete.then_some(statement)
    }
}

/// Reads the statement that stands at `span` of the file; what is wrong is told where it stands.
pub(super) fn read(
    written: &str,
    span: Range<usize>,
    endpoints: &EndpointNames,
    reading: &Reading<'_>,
) -> Option<StatementText> {
    let text = InFile { raw: reading.source.get(span.clone()).unwrap_or_default(), span };
    let told = |(at, problem): Told| reading.problems.at(text.place(&at), problem);
    if written.len() > LONGEST {
        told((0..written.len(), Problem::Statement(format!("it has over {LONGEST} bytes"))));
        return None;
    }
    let tokens = tokens(written).map_err(told).ok()?;
    let end = written.len();
    let texts = Vec::new();
    let mut parser =
        Parser { tokens: &tokens, at: 0, end, depth: 0, endpoints, reading, text: &text, texts };
    let statement = parser.statement(written).map_err(told).ok()??;
    Some(StatementText { statement, texts: parser.texts })
}

/// What is wrong, and where in the statement.
type Told = (Range<usize>, Problem);

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(Number),
    Text(String),
    Pointer(String),
    Word(String),
    Comparator(Comparator),
    Operation(Operation),
    Open,
    Close,
    Comma,
}

fn problem(at: Range<usize>, reason: impl Into<String>) -> Told {
    (at, Problem::Statement(reason.into()))
}

fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Told> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, length) =
            token(&text[at..]).map_err(|(length, reason)| problem(at..at + length, reason))?;
        tokens.push((token, at..at + length));
        at += length;
    }
    Ok(tokens)
}

/// The first token of `rest`, and its length; or what is wrong with so many bytes.
fn token(rest: &str) -> Result<(Token, usize), (usize, String)> {
    let first = rest.chars().next().unwrap_or_default();
    let length_while = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
    let starts = |with: &str| rest.starts_with(with);
    let relation = |relation, length| Ok((Token::Comparator(relation), length));
    match first {
        _ if starts("==") => relation(Comparator::Equal, 2),
        _ if starts("!=") => relation(Comparator::Unequal, 2),
        _ if starts("<=") => relation(Comparator::AtMost, 2),
        _ if starts(">=") => relation(Comparator::AtLeast, 2),
        '<' => relation(Comparator::Below, 1),
        '>' => relation(Comparator::Above, 1),
        '=' => Err((1, "did you mean `==`?".to_owned())),
        '+' => Ok((Token::Operation(Operation::Plus), 1)),
        '-' => Ok((Token::Operation(Operation::Minus), 1)),
        '*' => Ok((Token::Operation(Operation::Times), 1)),
        '(' => Ok((Token::Open, 1)),
        ')' => Ok((Token::Close, 1)),
        ',' => Ok((Token::Comma, 1)),
        '/' => {
            let length = length_while(|c| !c.is_whitespace() && !",()".contains(c));
            let pointer = pointer(&rest[..length]).map_err(|reason| (length, reason.to_owned()))?;
            Ok((Token::Pointer(pointer), length))
        }
        '"' | '\'' => {
            let Some(end) = rest[1..].find(first) else {
                return Err((rest.len(), "this text has no end".to_owned()));
            };
            Ok((Token::Text(rest[1..=end].to_owned()), end + 2))
        }
        '0'..='9' => {
            let length = length_while(|c| c.is_ascii_digit() || c == '.');
            number(&rest[..length])
                .map(|number| (Token::Number(number), length))
                .map_err(|reason| (length, reason))
        }
        _ if first.is_alphabetic() || first == '_' => {
            let length = length_while(|c| c.is_alphanumeric() || c == '_');
            Ok((Token::Word(rest[..length].to_owned()), length))
        }
        other => Err((other.len_utf8(), format!("`{other}` means nothing here"))),
    }
}

fn number(written: &str) -> Result<Number, String> {
    if let Ok(whole) = written.parse() {
        return Ok(Number::Whole(whole));
    }
    let number = written.parse().map_err(|_| format!("`{written}` is not a number"))?;
    Number::from_binary(number).ok_or_else(|| format!("`{written}` is too large to be exact"))
}

/// The text as a JSON Pointer (RFC 6901), or why it is none.
fn pointer(text: &str) -> Result<String, &'static str> {
    let mut after_tildes = text.split('~').skip(1);
    if !text.is_empty() && !text.starts_with('/') {
        Err("a JSON Pointer is empty, for the whole body, or begins with a slash")
    } else if after_tildes.any(|after| !after.starts_with(['0', '1'])) {
        Err("in a JSON Pointer `~` is followed by `0` or `1`")
    } else {
        Ok(text.to_owned())
    }
}

/// The words that may begin a term.
const WORDS: [&str; 7] = ["status", "json", "before", "count", "true", "false", "null"];

struct Parser<'a> {
    tokens: &'a [(Token, Range<usize>)],
    at: usize,
    end: usize,
    depth: u32,
    endpoints: &'a EndpointNames,
    reading: &'a Reading<'a>,
    text: &'a InFile<'a>,
    texts: Vec<Text>,
}

impl Parser<'_> {
    /// The statement; nothing if it names an endpoint that is not there, which was told.
    fn statement(&mut self, written: &str) -> Result<Option<Statement>, Told> {
        let left = self.sum()?;
        let relation = match self.next() {
            Some((Token::Comparator(relation), _)) => *relation,
            Some((_, at)) => {
                return Err(problem(at.clone(), "a comparison such as `==` belongs here"));
            }
            None => return Err(self.missing("a comparison such as `==` is missing")),
        };
        let right = self.sum()?;
        if let Some((token, at)) = self.next() {
            let reason = match token {
                Token::Comparator(_) => "one comparison is enough: make another invariant of this",
                _ => "this is one thing too many",
            };
            return Err(problem(at.clone(), reason));
        }
        let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
        Ok(Some(Statement { written: written.trim().to_owned(), left, relation, right }))
    }

    fn next(&mut self) -> Option<&(Token, Range<usize>)> {
        let token = self.tokens.get(self.at);
        self.at += usize::from(token.is_some());
        token
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn missing(&self, reason: &str) -> Told {
        problem(self.end..self.end, reason)
    }

    fn sum(&mut self) -> Result<Option<Term>, Told> {
        self.chain(&[Operation::Plus, Operation::Minus], Self::product)
    }

    fn product(&mut self) -> Result<Option<Term>, Told> {
        self.chain(&[Operation::Times], Self::factor)
    }

    /// Terms of the next kind with `operations` between them, from left to right.
    fn chain(
        &mut self,
        operations: &[Operation],
        next: fn(&mut Self) -> Result<Option<Term>, Told>,
    ) -> Result<Option<Term>, Told> {
        let mut left = next(self)?;
        while let Some(&Token::Operation(operation)) = self.peek()
            && operations.contains(&operation)
        {
            self.at += 1;
            let right = next(self)?;
            left = left
                .zip(right)
                .map(|(left, right)| Term::Of(Box::new(left), operation, Box::new(right)));
        }
        Ok(left)
    }

    fn factor(&mut self) -> Result<Option<Term>, Told> {
        self.depth += 1;
        let at = self.tokens.get(self.at).map_or(self.end..self.end, |(_, at)| at.clone());
        if self.depth > DEEPEST {
            return Err(problem(at, "it is nested too deeply"));
        }
        let Some((token, _)) = self.next().cloned() else {
            return Err(self.missing("a value is missing"));
        };
        let constant = |scalar| Ok(Some(Term::Constant(scalar)));
        let term = match token {
            Token::Number(number) => constant(Scalar::Number(number)),
            Token::Text(text) => {
                self.texts.push(self.reading.text(&text, self.text.place(&at)));
                Ok(Some(Term::Text(Resolved::plain(text))))
            }
            Token::Pointer(pointer) => Ok(Some(Term::After(Place::Json(pointer)))),
            Token::Operation(Operation::Minus) => {
                Ok(self.factor()?.map(|term| Term::Negative(Box::new(term))))
            }
            Token::Open => {
                let inner = self.sum()?;
                self.close()?;
                Ok(inner)
            }
            Token::Word(word) => match word.as_str() {
                "status" => Ok(Some(Term::After(Place::Status))),
                "json" => Ok(Some(Term::After(self.json()?))),
                "before" => self.before(),
                "count" => self.count(),
                "true" => constant(Scalar::Truth(true)),
                "false" => constant(Scalar::Truth(false)),
                "null" => constant(Scalar::Null),
                _ => Err((at, unknown("word", &word, WORDS.map(str::to_owned).into()))),
            },
            Token::Comparator(_) | Token::Operation(_) | Token::Close | Token::Comma => {
                Err(problem(at, "a value belongs here"))
            }
        };
        self.depth -= 1;
        term
    }

    fn close(&mut self) -> Result<(), Told> {
        match self.next() {
            Some((Token::Close, _)) => Ok(()),
            Some((_, at)) => Err(problem(at.clone(), "a `)` belongs here")),
            None => Err(self.missing("a `)` is missing")),
        }
    }

    fn open(&mut self, example: &str) -> Result<(), Told> {
        match self.next() {
            Some((Token::Open, _)) => Ok(()),
            Some((_, at)) => Err(problem(at.clone(), format!("a `(` belongs here: {example}"))),
            None => Err(self.missing(&format!("a `(` is missing: {example}"))),
        }
    }

    /// A pointer in quotes, which may have any character.
    fn json(&mut self) -> Result<Place, Told> {
        const EXAMPLE: &str = "json(\"/a name\")";
        self.open(EXAMPLE)?;
        let place = match self.next() {
            Some((Token::Text(text), at)) => {
                Place::Json(pointer(text).map_err(|reason| problem(at.clone(), reason))?)
            }
            Some((_, at)) => {
                let reason = format!("a JSON Pointer in quotes belongs here: {EXAMPLE}");
                return Err(problem(at.clone(), reason));
            }
            None => return Err(self.missing("a JSON Pointer in quotes is missing")),
        };
        self.close()?;
        Ok(place)
    }

    fn before(&mut self) -> Result<Option<Term>, Told> {
        const EXAMPLE: &str = "before(/value)";
        self.open(EXAMPLE)?;
        let place = match self.next() {
            Some((Token::Pointer(pointer), _)) => Place::Json(pointer.clone()),
            Some((Token::Word(word), _)) if word == "status" => Place::Status,
            Some((Token::Word(word), _)) if word == "json" => self.json()?,
            Some((_, at)) => {
                let reason = format!("a JSON Pointer or `status` belongs here: {EXAMPLE}");
                return Err(problem(at.clone(), reason));
            }
            None => return Err(self.missing("a JSON Pointer is missing")),
        };
        self.close()?;
        Ok(Some(Term::Before(place)))
    }

    fn count(&mut self) -> Result<Option<Term>, Told> {
        const EXAMPLE: &str = "count(\"POST /things\", ok)";
        self.open(EXAMPLE)?;
        let (written, at) = match self.next() {
            Some((Token::Text(written), at)) => (written.clone(), at.clone()),
            Some((_, at)) => {
                let reason = format!("an endpoint in quotes belongs here: {EXAMPLE}");
                return Err(problem(at.clone(), reason));
            }
            None => return Err(self.missing("an endpoint in quotes is missing")),
        };
        match self.next() {
            Some((Token::Comma, _)) => {}
            Some((_, at)) => {
                let reason = format!("a comma and what is counted belong here: {EXAMPLE}");
                return Err(problem(at.clone(), reason));
            }
            None => return Err(self.missing("a comma and what is counted are missing")),
        }
        let counted = match self.next() {
            Some((Token::Word(word), at)) => counted(word).ok_or_else(|| {
                let known = ["ok", "expected", "allowed", "failed", "all"].into_iter();
                let known = known.chain(Failure::ALL.map(Failure::as_str)).map(str::to_owned);
                (at.clone(), unknown("word", word, known.collect()))
            })?,
            Some((_, at)) => {
                let reason = "`ok`, `expected`, `allowed`, `failed`, `all` or a class of failure belongs here";
                return Err(problem(at.clone(), reason));
            }
            None => return Err(self.missing("what is counted is missing")),
        };
        self.close()?;
        let name: Option<EndpointName> =
            self.endpoints.refer(&written, self.text.place(&at), "endpoint", &[], self.reading);
        Ok(name.map(|name| Term::Count(name, counted)))
    }
}

fn counted(word: &str) -> Option<Counted> {
    match word {
        "ok" => Some(Counted::Ok),
        "expected" => Some(Counted::Expected),
        "allowed" => Some(Counted::Allowed),
        "failed" => Some(Counted::Failed),
        "all" => Some(Counted::All),
        class => class.parse().ok().map(Counted::Class),
    }
}
