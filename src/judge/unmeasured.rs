//! Endpoints of which a run has no figures: that nothing was measured needs nothing to compare with.

use crate::model::{EndpointName, Outcomes, Run};

/// Each endpoint of `run` that was never once answered as expected, or not even asked for, in the rounds
/// that count, with what became of its requests in them. Only of runs that measure latency; others are judged
/// by what they require.
#[must_use]
pub fn unmeasured(run: &Run) -> Vec<(EndpointName, String)> {
    // Of a run of which no round counts that alone is to be told.
    if run.kind().is_some() || run.valid_rounds().next().is_none() {
        return Vec::new();
    }
    let wanted = run.endpoints.iter().filter(|endpoint| !endpoint.kind.may_be_rare());
    let names = wanted.map(|endpoint| &endpoint.name);
    names.filter_map(|name| Some((name.clone(), reason(&outcomes(run, name))?))).collect()
}

fn outcomes(run: &Run, name: &EndpointName) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for sample in run.valid_rounds().filter_map(|round| round.samples.get(name)) {
        outcomes.merge(&sample.outcomes);
    }
    outcomes
}

fn reason(outcomes: &Outcomes) -> Option<String> {
    let (total, skipped) = (outcomes.total(), outcomes.skipped);
    if total == 0 && skipped > 0 {
        Some(format!("nothing was sent, {skipped} skipped for want of a value"))
    } else if total == 0 {
        Some("nothing was sent".to_owned())
    } else if outcomes.successes == 0 && total > 0 {
        Some(format!("all {total} failed"))
    } else if outcomes.nothing_works() {
        Some(format!("not one of {total} answers is as expected"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::testing::{run, sample};
    use crate::judge::{exit_status, requirements};
    use crate::model::{ExitStatus, Failure, Outcome, Share, Unsound, Validity};

    #[test]
    fn an_endpoint_of_which_nothing_was_measured_is_no_pass() {
        let mut run = run(&[("GET /a", 10.0), ("GET /b", 10.0)]).0;
        assert_eq!(unmeasured(&run), []);
        assert_eq!(exit_status(&run, &requirements(&run)), ExitStatus::Pass);
        let b = run.endpoints[1].name.clone();
        let mut outcomes = Outcomes { skipped: 7, ..Outcomes::default() };
        for (failures, why) in
            [(0, "nothing was sent, 35 skipped for want of a value"), (3, "all 15 failed")]
        {
            for _ in 0..failures {
                outcomes.record(Outcome::Failed(Failure::Status5xx));
            }
            for round in &mut run.rounds {
                let mut none = sample(10.0, 0, 0);
                none.outcomes = outcomes.clone();
                round.samples.insert(b.clone(), none);
            }
            assert_eq!(unmeasured(&run), [(b.clone(), why.to_owned())]);
            assert_eq!(exit_status(&run, &requirements(&run)), ExitStatus::Inconclusive);
        }
        // One success in one round is a figure, if the round counts.
        run.rounds[0].samples.get_mut(&b).unwrap().outcomes.successes = 1;
        assert_eq!(unmeasured(&run), []);
        run.rounds[0].validity = Validity::Invalid(vec![Unsound::Busy(Share::new(0.9))]);
        assert_eq!(unmeasured(&run), [(b.clone(), "all 12 failed".to_owned())]);
        for round in &mut run.rounds {
            round.samples.remove(&b);
        }
        assert_eq!(unmeasured(&run), [(b, "nothing was sent".to_owned())]);
        run.rounds.clear();
        assert_eq!(unmeasured(&run), [], "that there is no round is told");
    }
}
