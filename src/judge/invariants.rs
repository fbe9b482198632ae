//! Whether what must hold of the service after the load does.
//!
//! How many requests succeeded may not be known: a request whose answer did not come may have had its
//! effect. Such a count is an interval, and a statement fails only if it holds for no value in it.

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
    /// Any number from the first to the second.
    Number(f64, f64),
    /// A text, a truth, or null.
    Other(Scalar),
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
            if let Term::Count(endpoint, Counted::Ok) = term
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
                let (low, high) = self.number(term)?;
                Ok(Worth::Number(-high, -low))
            }
            Term::Of(left, operation, right) => {
                let (a, b) = (self.number(left)?, self.number(right)?);
                let (low, high) = calculate(a, *operation, b);
                Ok(Worth::Number(low, high))
            }
        }
    }

    fn number(&self, term: &Term) -> Result<(f64, f64), String> {
        match self.worth(term)? {
            Worth::Number(low, high) => Ok((low, high)),
            Worth::Other(scalar) => Err(format!("{term} is {scalar}, which is no number")),
        }
    }

    fn count(&self, endpoint: &EndpointName, counted: Counted) -> Worth {
        let nothing = Outcomes::default();
        let ended = self.ended.get(endpoint).unwrap_or(&nothing);
        let exactly = |count: u64| Worth::Number(count as f64, count as f64);
        match counted {
            Counted::Ok => {
                let most = ended.successes + ended.fate_unknown();
                Worth::Number(ended.successes as f64, most as f64)
            }
            Counted::Failed => exactly(ended.failed()),
            Counted::All => exactly(ended.sent()),
            Counted::Class(class) => exactly(ended.failures.get(&class).copied().unwrap_or(0)),
        }
    }
}

impl Worth {
    fn of(scalar: &Scalar) -> Self {
        match scalar {
            Scalar::Number(number) => Self::Number(*number, *number),
            Scalar::Text(_) | Scalar::Truth(_) | Scalar::Null => Self::Other(scalar.clone()),
        }
    }
}

fn value(found: &Found, place: &Place) -> Result<Worth, String> {
    match place {
        Place::Status => Ok(Worth::Number(f64::from(found.status), f64::from(found.status))),
        Place::Json(pointer) => match found.values.get(pointer) {
            Some(Ok(scalar)) => Ok(Worth::of(scalar)),
            Some(Err(why)) => Err(why.clone()),
            None => Err(format!("nothing was kept of `{pointer}`")),
        },
    }
}

/// The interval of all results of two intervals (Moore 1966).
fn calculate(a: (f64, f64), operation: Operation, b: (f64, f64)) -> (f64, f64) {
    match operation {
        Operation::Plus => (a.0 + b.0, a.1 + b.1),
        Operation::Minus => (a.0 - b.1, a.1 - b.0),
        Operation::Times => {
            let ends = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
            ends.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), end| {
                (low.min(end), high.max(end))
            })
        }
    }
}

/// Whether the relation holds for any of the values that both may have; nothing if such things have no
/// such relation.
fn may_hold(left: &Worth, relation: Comparator, right: &Worth) -> Option<bool> {
    let (a, b) = match (left, right) {
        (Worth::Number(a, b), Worth::Number(c, d)) => ((*a, *b), (*c, *d)),
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
    let margin = margin([a.0, a.1, b.0, b.1]);
    Some(match relation {
        Comparator::Equal => a.0 <= b.1 + margin && b.0 <= a.1 + margin,
        // Only two single values can be nothing but equal.
        Comparator::Unequal => a.1 - a.0 > 0.0 || b.1 - b.0 > 0.0 || (a.0 - b.0).abs() > margin,
        Comparator::Below => a.0 < b.1 - margin,
        Comparator::AtMost => a.0 <= b.1 + margin,
        Comparator::Above => a.1 > b.0 + margin,
        Comparator::AtLeast => a.1 >= b.0 - margin,
    })
}

/// How far apart two sides may be and still be the same: whole numbers not at all, others by what
/// decimal fractions lose in binary.
fn margin(numbers: [f64; 4]) -> f64 {
    const LOST: f64 = 1e-9;
    if numbers.iter().all(|number| number.fract() == 0.0) {
        return 0.0;
    }
    LOST * numbers.iter().fold(1.0, |largest: f64, number| largest.max(number.abs()))
}

fn show(worth: &Worth) -> String {
    match worth {
        Worth::Number(low, high) if low.total_cmp(high).is_eq() => Scalar::Number(*low).to_string(),
        Worth::Number(low, high) => {
            format!("{} to {}", Scalar::Number(*low), Scalar::Number(*high))
        }
        Worth::Other(scalar) => scalar.to_string(),
    }
}
