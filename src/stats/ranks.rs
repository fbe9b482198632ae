//! Ranks with ties shared out, kept whole by doubling them.

/// Twice the mid-rank of each value among all values, in the order given, and the size of each group
/// of equal values. Doubling keeps mid-ranks whole, so that sums of them can be counted exactly.
pub(super) fn doubled_mid_ranks(values: &[f64]) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0; values.len()];
    let mut groups = Vec::new();
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start]];
        let tied = order[start..].iter().take_while(|&&index| values[index] <= value).count();
        for &index in &order[start..start + tied] {
            ranks[index] = 2 * start + tied + 1;
        }
        groups.push(tied);
        start += tied;
    }
    (ranks, groups)
}

/// Sum of t³ - t over the groups of tied values, the correction ties take from a rank variance.
pub(super) fn tie_term(groups: &[usize]) -> f64 {
    groups.iter().map(|&tied| tied as f64).map(|tied| tied.powi(3) - tied).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tied_values_share_the_mean_of_their_ranks() {
        let (ranks, groups) = doubled_mid_ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]);
        assert_eq!(ranks, [8, 2, 8, 4, 8]);
        assert_eq!(groups, [1, 1, 3]);
        assert!((tie_term(&groups) - 24.0).abs() < 1e-12);
    }

    #[test]
    fn the_two_zeros_are_equal() {
        assert_eq!(doubled_mid_ranks(&[0.0, -0.0]).0, [3, 3]);
    }

    #[test]
    fn nothing_has_no_ranks() {
        assert_eq!(doubled_mid_ranks(&[]), (vec![], vec![]));
    }
}
