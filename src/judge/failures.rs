//! Where there may be no failures: one requirement an endpoint.

use std::collections::BTreeMap;

use crate::model::{EndpointName, Met, Outcomes, Requirement, RequirementKind};

/// Whether any request failed that the run sent, by endpoint in the order of the plan; of one that nobody
/// sent it is not known. `ended` are all requests of the run.
#[must_use]
pub fn no_failures(
    endpoints: &[EndpointName],
    ended: &BTreeMap<EndpointName, Outcomes>,
) -> Vec<Requirement> {
    let of = |name: &EndpointName| ended.get(name).cloned().unwrap_or_default();
    endpoints.iter().map(|name| requirement(name.to_string(), &of(name))).collect()
}

fn requirement(subject: String, outcomes: &Outcomes) -> Requirement {
    let Outcomes { successes, failures, skipped, .. } = outcomes;
    let total = outcomes.total();
    let (found, met) = if total == 0 && *skipped > 0 {
        (format!("nothing was sent: {skipped} skipped for want of a value"), Met::Unknown)
    } else if total == 0 {
        ("nothing was sent".to_owned(), Met::Unknown)
    } else if outcomes.failed() == 0 && outcomes.nothing_works() {
        (format!("not one of {total} answers is as expected"), Met::No)
    } else if outcomes.failed() == 0 && outcomes.is_repeated() {
        // Who sends a request once only has lost it.
        let Outcomes { repeated, .. } = outcomes;
        (format!("{repeated} of {total} requests {}", outcomes.how_lost()), Met::No)
    } else if outcomes.failed() == 0 {
        let again = match outcomes.repeated {
            0 => String::new(),
            again => {
                format!(", {again} of which lost their connection and were sent again")
            }
        };
        let found = format!("none in {successes} requests{again}");
        match *skipped {
            0 => (found, Met::Yes),
            // What was sent is then the smaller part of what should have been.
            _ => (
                format!("{found}; {skipped} skipped for want of a value"),
                if *skipped > total { Met::Unknown } else { Met::Yes },
            ),
        }
    } else {
        let classes: Vec<String> =
            failures.iter().map(|(class, count)| format!("{class} {count}")).collect();
        let failed = outcomes.failed();
        (format!("{failed} of {total} requests: {}", classes.join(", ")), Met::No)
    };
    let demand = "no failures".to_owned();
    Requirement { kind: RequirementKind::Failures, subject, demand, found, met }
}
