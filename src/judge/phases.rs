//! The phases of one endpoint's requests over a run.

use std::collections::BTreeMap;
use std::time::Duration;

use super::durations::median;
use super::summarize::{P50_NEEDS, P95_NEEDS, P99_NEEDS};
use crate::model::{EndpointName, Phase, PhaseSummary, PhaseTimes, Round};

/// The phases of the endpoint `name`: percentiles over the `first` pass's rounds, all else over the
/// `counted` ones. `None` where none was recorded.
pub(super) fn summarize(
    name: &EndpointName,
    first: &[&Round],
    counted: &[&Round],
) -> Option<BTreeMap<Phase, PhaseSummary>> {
    let of = |rounds: &[&Round]| -> Vec<BTreeMap<Phase, PhaseTimes>> {
        let samples = rounds.iter().filter_map(|round| round.samples.get(name));
        samples.filter_map(|sample| sample.phases.clone()).collect()
    };
    let (first, counted) = (of(first), of(counted));
    if counted.is_empty() {
        return None;
    }
    let summaries = Phase::ALL.into_iter().filter_map(|phase| {
        let times = |rounds: &[BTreeMap<Phase, PhaseTimes>]| -> Vec<PhaseTimes> {
            rounds.iter().filter_map(|phases| phases.get(&phase).copied()).collect()
        };
        Some((phase, summary(&times(&first), &times(&counted))?))
    });
    Some(summaries.collect())
}

fn summary(first: &[PhaseTimes], counted: &[PhaseTimes]) -> Option<PhaseSummary> {
    // Unlike successes, a phase may be seldom in one round and frequent in another: connections are
    // mostly made when users come.
    let over = |needed: u64, percentile: fn(&PhaseTimes) -> Duration| {
        let carrying = first.iter().filter(|times| times.count >= needed);
        median(&carrying.map(percentile).collect::<Vec<_>>())
    };
    Some(PhaseSummary {
        count: counted.iter().map(|times| times.count).sum(),
        p50: over(P50_NEEDS, |times| times.p50),
        p95: over(P95_NEEDS, |times| times.p95),
        p99: over(P99_NEEDS, |times| times.p99),
        max: counted.iter().map(|times| times.max).max()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::summarize::summarize;
    use super::super::testing::{RunOf, ms, run, sample};
    use super::*;
    use crate::model::{Block, Share, Unsound, Validity};

    const ENDPOINT: &str = "GET /a";

    fn times(count: u64, millis: f64) -> PhaseTimes {
        let [p50, p95, p99, max] = [1.0, 2.0, 3.0, 4.0].map(|factor| ms(millis * factor));
        PhaseTimes { count, p50, p95, p99, max }
    }

    /// A run with these waits in its rounds, by their count and median.
    fn waiting(rounds: &[(u64, f64)]) -> RunOf {
        let phases = |&(count, millis)| BTreeMap::from([(Phase::Wait, times(count, millis))]);
        let of =
            |round| crate::model::Sample { phases: Some(phases(round)), ..sample(9.0, 300, 0) };
        run(&[]).with_rounds(ENDPOINT, &rounds.iter().map(of).collect::<Vec<_>>())
    }

    fn wait(run: &RunOf) -> PhaseSummary {
        summarize(&run.0).endpoints[0].phases.as_ref().unwrap()[&Phase::Wait]
    }

    #[test]
    fn figures_are_medians_over_rounds_and_the_longest_of_all() {
        let wait = wait(&waiting(&[(400, 1.0), (400, 9.0), (400, 2.0), (400, 3.0), (400, 2.5)]));
        assert_eq!((wait.count, wait.p50), (2000, Some(ms(2.5))));
        assert_eq!((wait.p95, wait.p99, wait.max), (Some(ms(5.0)), Some(ms(7.5)), ms(36.0)));
    }

    #[test]
    fn a_percentile_is_of_the_rounds_that_carry_it() {
        let wait = wait(&waiting(&[(4, 50.0), (5, 2.0), (58, 4.0), (59, 6.0), (298, 8.0)]));
        assert_eq!(wait.count, 424);
        assert_eq!((wait.p50, wait.p95, wait.p99), (Some(ms(5.0)), Some(ms(14.0)), None));
        assert_eq!(wait.max, ms(200.0));
    }

    #[test]
    fn rounds_that_do_not_count_are_counted_only_where_none_does() {
        let mut run = waiting(&[(400, 1.0); 5]);
        let invalid = || Validity::Invalid(vec![Unsound::Steal(Share::new(0.5))]);
        run.0.rounds[4].validity = invalid();
        run.0.rounds[3].block = Block::Confirmation;
        assert_eq!((wait(&run).count, wait(&run).p50), (1600, Some(ms(1.0))));
        run.0.rounds.iter_mut().for_each(|round| round.validity = invalid());
        assert_eq!((wait(&run).count, wait(&run).p50), (2000, None));
    }

    #[test]
    fn what_was_not_recorded_is_not_nothing() {
        let unknown = run(&[(ENDPOINT, 9.0)]);
        assert_eq!(summarize(&unknown.0).endpoints[0].phases, None);
        let mut nothing = unknown;
        for sample in nothing.0.rounds.iter_mut().flat_map(|round| round.samples.values_mut()) {
            sample.settle_phases();
        }
        assert_eq!(summarize(&nothing.0).endpoints[0].phases, Some(BTreeMap::new()));
    }
}
