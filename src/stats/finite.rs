//! The one gate every sample passes: values that are numbers, and not none of them.

/// The values in ascending order; `None` when there are none or one of them is not finite.
pub(super) fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    all_finite(values)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(sorted)
}

/// The values themselves; `None` when there are none or one of them is not finite.
pub(super) fn all_finite(values: &[f64]) -> Option<&[f64]> {
    (!values.is_empty() && values.iter().all(|value| value.is_finite())).then_some(values)
}

/// The answer itself; `None` when the arithmetic left the finite numbers.
pub(super) fn answer(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Arithmetic mean of values that are not none.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A probability that rounding may have pushed out of [0, 1].
pub(super) fn probability(value: f64) -> f64 {
    value.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_nan_and_infinity_are_refused() {
        assert_eq!(sorted(&[]), None);
        assert_eq!(sorted(&[1.0, f64::NAN]), None);
        assert_eq!(sorted(&[f64::INFINITY, 1.0]), None);
        assert_eq!(sorted(&[2.0, -1.0]), Some(vec![-1.0, 2.0]));
    }
}
