//! The Mann–Whitney test: do the values of one sample tend to be larger than those of another?

use super::{finite, normal, ranks};

/// Up to this many values on both sides together every regrouping is counted.
const LARGEST_EXACT: usize = 100;

/// What the Mann–Whitney test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannWhitney {
    /// Pairs in which the first sample's value is the larger, a tied pair counting one half.
    pub u: f64,
    /// Whether every regrouping was counted; else the normal approximation answered.
    pub exact: bool,
    /// The chance of a U at least as large if both samples come from one distribution.
    pub p_greater: f64,
    /// Twice the smaller tail, at most 1.
    pub p_two_sided: f64,
}

/// The Mann–Whitney test (1947), also Wilcoxon's rank-sum test, of `first` against `second`.
///
/// Up to 100 values together the p values are exact, given the ties: a recurrence over the mid-ranks
/// counts all regroupings of the values at hand (Streitberg and Röhmel 1986). Beyond, they are the
/// normal approximation with the ties' variance and a continuity correction.
///
/// Values that are all equal are evidence for nothing: both p are 1. `None` when a sample is empty or
/// has a value that is not finite.
#[must_use]
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Option<MannWhitney> {
    let (first, second) = (finite::all_finite(first)?, finite::all_finite(second)?);
    let pooled: Vec<f64> = first.iter().chain(second).copied().collect();
    let (ranks, groups) = ranks::doubled_mid_ranks(&pooled);
    let smallest_sum = first.len() * (first.len() + 1);
    let doubled_u = ranks[..first.len()].iter().sum::<usize>() - smallest_sum;
    let exact = pooled.len() <= LARGEST_EXACT;
    let (upper, lower) = if exact {
        let chance = sums_of_choices(&ranks, first.len());
        let observed = doubled_u + smallest_sum;
        (chance[observed..].iter().sum(), chance[..=observed].iter().sum())
    } else {
        normal_tails(first.len(), second.len(), &groups, doubled_u as f64 / 2.0)
    };
    Some(MannWhitney {
        u: doubled_u as f64 / 2.0,
        exact,
        p_greater: finite::probability(upper),
        p_two_sided: finite::probability(2.0 * upper.min(lower)),
    })
}

/// How likely each U in 0..=mn is for samples of m and n values without ties from one distribution.
pub(super) fn null_distribution(m: usize, n: usize) -> Vec<f64> {
    let ranks: Vec<usize> = (1..=m + n).collect();
    sums_of_choices(&ranks, m).split_off(m * (m + 1) / 2)
}

/// How likely each sum is when `chosen` of the ranks are drawn at random, every choice alike.
///
/// After each rank, `ways[k][s]` counts the choices of k of the ranks so far with the sum s.
fn sums_of_choices(ranks: &[usize], chosen: usize) -> Vec<f64> {
    let mut descending = ranks.to_vec();
    descending.sort_unstable_by(|a, b| b.cmp(a));
    let largest: usize = descending[..chosen].iter().sum();
    let mut ways = vec![vec![0.0_f64; largest + 1]; chosen + 1];
    ways[0][0] = 1.0;
    for &rank in ranks {
        for k in (1..=chosen).rev() {
            let (fewer, more) = ways.split_at_mut(k);
            let (from, to) = (&fewer[k - 1], &mut more[0]);
            for (to, from) in to.iter_mut().skip(rank).zip(from) {
                *to += from;
            }
        }
    }
    let mut of_all = ways.pop().unwrap_or_default();
    let total: f64 = of_all.iter().sum();
    for ways in &mut of_all {
        *ways /= total;
    }
    of_all
}

fn normal_tails(m: usize, n: usize, groups: &[usize], u: f64) -> (f64, f64) {
    let (m, n) = (m as f64, n as f64);
    let all = m + n;
    let ties = ranks::tie_term(groups) / (all * (all - 1.0));
    let deviation = (m * n / 12.0 * (all + 1.0 - ties)).max(0.0).sqrt();
    if deviation <= 0.0 {
        return (1.0, 1.0);
    }
    let off = u - m * n / 2.0;
    (normal::above((off - 0.5) / deviation), normal::below((off + 0.5) / deviation))
}

#[cfg(test)]
mod tests;
