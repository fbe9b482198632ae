//! Whether what must hold of the service after the load does.
//!
//! How many requests succeeded may not be known: a request whose answer did not come may have had its
//! effect. Such a count is an interval, and a statement fails only if it holds for no value in it.

use std::collections::BTreeMap;

use super::interval::Interval;
use super::worth::Worth;
use crate::model::{
    Asked, Counted, EndpointName, Found, Invariant, Met, Outcomes, Place, Requirement,
    RequirementKind, Statement, Term,
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
        let holds = left.may_hold(statement.relation, &right).ok_or_else(|| {
            let why = match (&left, &right) {
                (Worth::Number(_), Worth::Number(_)) => " as exactly as it takes",
                _ => "",
            };
            let (left, right) = left.show_both(&right, statement);
            format!("{left} cannot be compared with {right}{why}")
        })?;
        let found = self.found(statement, (&left, &right));
        if holds && self.counts_nothing(statement) {
            return Err(format!("{found}; none of the requests that it counts was sent"));
        }
        Ok((found, holds))
    }

    /// Whether it counts requests that the run was to send, and none of them was sent: no effect of
    /// theirs was looked at. Of what the run was not to send it is known that it was not.
    fn counts_nothing(&self, statement: &Statement) -> bool {
        let counted = statement.terms().into_iter().filter_map(|term| match term {
            Term::Count(endpoint, _) => self.ended.get(endpoint).map(Outcomes::sent),
            _ => None,
        });
        let sent: Vec<u64> = counted.collect();
        !sent.is_empty() && sent.iter().all(|&sent| sent == 0)
    }

    /// Both sides, and what they are made of.
    fn found(&self, statement: &Statement, (left, right): (&Worth<'_>, &Worth<'_>)) -> String {
        let mut terms: Vec<String> = Vec::new();
        for term in statement.terms() {
            if matches!(term, Term::After(_) | Term::Before(_) | Term::Count(..))
                && let Ok(worth) = self.worth(term)
            {
                let told = format!("{term} is {}", worth.show(statement));
                if !terms.contains(&told) {
                    terms.push(told);
                }
            }
        }
        let (left, right) = left.show_both(right, statement);
        let unknown = self.unknown(statement);
        let within = match unknown {
            0 => String::new(),
            1 => "; within 1 request whose fate is unknown".to_owned(),
            _ => format!("; within {unknown} requests whose fate is unknown"),
        };
        format!("{left} and {right} ({}){within}", terms.join(", "))
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

    fn worth<'t>(&'t self, term: &'t Term) -> Result<Worth<'t>, String> {
        match term {
            Term::Constant(scalar) => Ok(Worth::of(scalar)),
            Term::Text(text) => Ok(Worth::Literal(text)),
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
            Term::Negative(term) => Ok(Worth::Number(self.number(term)?.negated())),
            Term::Of(left, operation, right) => {
                let (a, b) = (self.number(left)?, self.number(right)?);
                Ok(Worth::Number(a.calculate(*operation, b)))
            }
        }
    }

    fn number(&self, term: &Term) -> Result<Interval, String> {
        match self.worth(term)? {
            Worth::Number(interval) => Ok(interval),
            Worth::Literal(_) => Err(format!("{term} is no number")),
            Worth::Text(_) => Err(format!("{term} is a text, which is no number")),
            Worth::Truth(truth) => Err(format!("{term} is {truth}, which is no number")),
            Worth::Null => Err(format!("{term} is null, which is no number")),
        }
    }

    fn count(&self, endpoint: &EndpointName, counted: Counted) -> Worth<'_> {
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

fn value<'f>(found: &'f Found, place: &Place) -> Result<Worth<'f>, String> {
    match place {
        Place::Status => {
            Ok(Worth::Number(Interval::exact(found.status.into(), found.status.into())))
        }
        Place::Json(pointer) => match found.values.get(pointer) {
            Some(Ok(scalar)) => Ok(Worth::of(scalar)),
            Some(Err(why)) => Err(why.clone()),
            None => Err(format!("nothing was kept of `{pointer}`")),
        },
    }
}
