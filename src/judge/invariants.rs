//! Whether what must hold of the service after the load does.
//!
//! How many requests succeeded may not be known: a request whose answer did not come may have had its
//! effect. Such a count is an interval, and a statement fails only if it holds for no value in it.
//!
//! Decimal fractions are not exact in binary. Each number carries how far it may be off, which is worked
//! out along with it (Higham 2002, 3.3), so that what is lost that way is told from a lost cent.

use std::collections::BTreeMap;

use crate::model::{
    Asked, Comparator, Counted, EndpointName, Found, Invariant, Met, Operation, Outcomes, Place,
    Requirement, RequirementKind, Scalar, Statement, Term,
};

/// One requirement an invariant, in order. `asked` are the answers in the same order; `ended` says how
/// all requests of the run ended.
#[must_use]
pub fn invariants(
    invariants: &[Invariant],
    asked: &[Asked],
    ended: &BTreeMap<EndpointName, Outcomes>,
) -> Vec<Requirement> {
    let of = |(invariant, asked): (&Invariant, &Asked)| {
        let case = Case { asked, ended };
        let (found, met) = match case.judge(&invariant.holds) {
            Ok((found, holds)) => (found, Met::of(holds)),
            Err(why) => (why, Met::Unknown),
        };
        Requirement {
            kind: RequirementKind::Invariant,
            subject: invariant.name.clone(),
            demand: invariant.holds.written.clone(),
            found,
            met,
        }
    };
    invariants.iter().zip(asked).map(of).collect()
}

/// What a term may be worth.
#[derive(Debug, Clone, PartialEq)]
enum Worth {
    /// A number.
    Number(Interval),
    /// A text, a truth, or null.
    Other(Scalar),
}

/// Any number from `low` to `high`, each of which may be off by `doubt`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Interval {
    low: f64,
    high: f64,
    doubt: f64,
}

/// What a statement is judged on.
struct Case<'a> {
    asked: &'a Asked,
    ended: &'a BTreeMap<EndpointName, Outcomes>,
}

impl Case<'_> {
    /// What was found, and whether the statement holds; or why nobody knows.
    fn judge(&self, statement: &Statement) -> Result<(String, bool), String> {
        if let Err(why) = &self.asked.after {
            return Err(format!("nothing could be asked after the load: {why}"));
        }
        let (left, right) = (self.worth(&statement.left)?, self.worth(&statement.right)?);
        let holds = may_hold(&left, statement.relation, &right)
            .ok_or_else(|| format!("{} cannot be compared with {}", show(&left), show(&right)))?;
        Ok((self.found(statement, (&left, &right)), holds))
    }

    /// Both sides, and what they are made of.
    fn found(&self, statement: &Statement, (left, right): (&Worth, &Worth)) -> String {
        let mut terms: Vec<String> = Vec::new();
        for term in statement.terms() {
            if matches!(term, Term::After(_) | Term::Before(_) | Term::Count(..))
                && let Ok(worth) = self.worth(term)
            {
                let told = format!("{term} is {}", show(&worth));
                if !terms.contains(&told) {
                    terms.push(told);
                }
            }
        }
        let sides = format!("{} and {}", show(left), show(right));
        let unknown = self.unknown(statement);
        let within = match unknown {
            0 => String::new(),
            1 => "; within 1 request whose fate is unknown".to_owned(),
            _ => format!("; within {unknown} requests whose fate is unknown"),
        };
        format!("{sides} ({}){within}", terms.join(", "))
    }

    /// Requests whose fate is unknown, of all endpoints whose successes are counted.
    fn unknown(&self, statement: &Statement) -> u64 {
        let mut endpoints: Vec<&EndpointName> = Vec::new();
        for term in statement.terms() {
            if let Term::Count(endpoint, Counted::Ok | Counted::Expected | Counted::Allowed) = term
                && !endpoints.contains(&endpoint)
            {
                endpoints.push(endpoint);
            }
        }
        endpoints
            .into_iter()
            .filter_map(|name| self.ended.get(name))
            .map(Outcomes::fate_unknown)
            .sum()
    }

    fn worth(&self, term: &Term) -> Result<Worth, String> {
        match term {
            Term::Constant(scalar) => Ok(Worth::of(scalar)),
            Term::After(place) => match &self.asked.after {
                Ok(found) => value(found, place),
                Err(why) => Err(why.clone()),
            },
            Term::Before(place) => match &self.asked.before {
                Some(Ok(found)) => {
                    value(found, place).map_err(|why| format!("before the load {why}"))
                }
                Some(Err(why)) => Err(format!("nothing could be asked before the load: {why}")),
                None => Err("nothing was asked before the load".to_owned()),
            },
            Term::Count(endpoint, counted) => Ok(self.count(endpoint, *counted)),
            Term::Negative(term) => {
                let Interval { low, high, doubt } = self.number(term)?;
                Ok(Worth::Number(Interval { low: -high, high: -low, doubt }))
            }
            Term::Of(left, operation, right) => {
                let (a, b) = (self.number(left)?, self.number(right)?);
                Ok(Worth::Number(calculate(a, *operation, b)))
            }
        }
    }

    fn number(&self, term: &Term) -> Result<Interval, String> {
        match self.worth(term)? {
            Worth::Number(interval) => Ok(interval),
            Worth::Other(scalar) => Err(format!("{term} is {scalar}, which is no number")),
        }
    }

    fn count(&self, endpoint: &EndpointName, counted: Counted) -> Worth {
        let nothing = Outcomes::default();
        let ended = self.ended.get(endpoint).unwrap_or(&nothing);
        let exactly = |count: u64| Worth::Number(Interval::exact(count, count));
        let at_least =
            |count: u64| Worth::Number(Interval::exact(count, count + ended.fate_unknown()));
        match counted {
            Counted::Ok => at_least(ended.successes),
            Counted::Expected => at_least(ended.successes - ended.allowed()),
            Counted::Allowed => at_least(ended.allowed()),
            Counted::Failed => exactly(ended.failed()),
            Counted::All => exactly(ended.sent()),
            Counted::Class(class) => exactly(ended.failures.get(&class).copied().unwrap_or(0)),
        }
    }
}

impl Worth {
    fn of(scalar: &Scalar) -> Self {
        match scalar {
            Scalar::Number(number) => Self::Number(Interval::of(*number)),
            Scalar::Text(_) | Scalar::Truth(_) | Scalar::Null => Self::Other(scalar.clone()),
        }
    }
}

impl Interval {
    /// Whole numbers.
    fn exact(low: u64, high: u64) -> Self {
        Self { low: low as f64, high: high as f64, doubt: 0.0 }
    }

    /// A number as it was read. A fraction may be off by two units in its last place: by one as it is
    /// read, and by one as whoever wrote it had worked it out.
    fn of(number: f64) -> Self {
        let doubt = if number.fract() == 0.0 { 0.0 } else { 2.0 * f64::EPSILON * number.abs() };
        Self { low: number, high: number, doubt }
    }

    fn is_single(self) -> bool {
        self.low.total_cmp(&self.high).is_eq()
    }

    /// The larger size of its ends.
    fn size(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    /// The same, rounded as a result is that is not a whole number of exact ones.
    fn rounded(self) -> Self {
        let is_exact = self.doubt == 0.0 && self.size() <= LARGEST_EXACT;
        let lost = if is_exact { 0.0 } else { f64::EPSILON / 2.0 * self.size() };
        Self { doubt: self.doubt + lost, ..self }
    }
}

/// Up to here all whole numbers are exact: 2^53.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

fn value(found: &Found, place: &Place) -> Result<Worth, String> {
    match place {
        Place::Status => Ok(Worth::Number(Interval::of(f64::from(found.status)))),
        Place::Json(pointer) => match found.values.get(pointer) {
            Some(Ok(scalar)) => Ok(Worth::of(scalar)),
            Some(Err(why)) => Err(why.clone()),
            None => Err(format!("nothing was kept of `{pointer}`")),
        },
    }
}

/// The interval of all results of two intervals (Moore 1966), with the doubt of both.
fn calculate(a: Interval, operation: Operation, b: Interval) -> Interval {
    let doubt = a.doubt + b.doubt;
    let result = match operation {
        Operation::Plus => Interval { low: a.low + b.low, high: a.high + b.high, doubt },
        Operation::Minus => Interval { low: a.low - b.high, high: a.high - b.low, doubt },
        Operation::Times => {
            let ends = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
            Interval {
                low: ends.into_iter().fold(f64::INFINITY, f64::min),
                high: ends.into_iter().fold(f64::NEG_INFINITY, f64::max),
                doubt: a.size() * b.doubt + b.size() * a.doubt + a.doubt * b.doubt,
            }
        }
    };
    result.rounded()
}

/// Whether the relation holds for any of the values that both may have; nothing if such things have no
/// such relation.
fn may_hold(left: &Worth, relation: Comparator, right: &Worth) -> Option<bool> {
    let (a, b) = match (left, right) {
        (Worth::Number(a), Worth::Number(b)) => (*a, *b),
        _ if !are_alike(left, right) => return None,
        _ => {
            return match relation {
                Comparator::Equal => Some(left == right),
                Comparator::Unequal => Some(left != right),
                Comparator::Below
                | Comparator::AtMost
                | Comparator::Above
                | Comparator::AtLeast => None,
            };
        }
    };
    // So far apart they may be and still be the same.
    let margin = a.doubt + b.doubt;
    Some(match relation {
        Comparator::Equal => a.low <= b.high + margin && b.low <= a.high + margin,
        // Only two single values can be nothing but equal.
        Comparator::Unequal => !a.is_single() || !b.is_single() || (a.low - b.low).abs() > margin,
        Comparator::Below => a.low < b.high - margin,
        Comparator::AtMost => a.low <= b.high + margin,
        Comparator::Above => a.high > b.low + margin,
        Comparator::AtLeast => a.high >= b.low - margin,
    })
}

/// Whether two things can be the same at all: of one kind, or one of them nothing.
fn are_alike(left: &Worth, right: &Worth) -> bool {
    let kind = |worth: &Worth| match worth {
        Worth::Other(Scalar::Null) => None,
        Worth::Number(_) => Some(0),
        Worth::Other(scalar) => Some(if matches!(scalar, Scalar::Truth(_)) { 1 } else { 2 }),
    };
    kind(left).zip(kind(right)).is_none_or(|(left, right)| left == right)
}

fn show(worth: &Worth) -> String {
    match worth {
        Worth::Number(Interval { low, high, .. }) if low.total_cmp(high).is_eq() => {
            Scalar::Number(*low).to_string()
        }
        Worth::Number(Interval { low, high, .. }) => {
            format!("{} to {}", Scalar::Number(*low), Scalar::Number(*high))
        }
        Worth::Other(scalar) => scalar.to_string(),
    }
}
