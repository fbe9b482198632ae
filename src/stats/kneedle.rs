//! The knee of a curve: where more of x stops paying in y, or starts to cost.

use super::finite;

/// How the curve bends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bend {
    /// Its slope falls: it lies above its chord.
    Concave,
    /// Its slope rises: it lies below its chord.
    Convex,
}

/// Where the curve goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Up with x.
    Increasing,
    /// Down with x.
    Decreasing,
}

/// The x of the knee by Kneedle (Satopää, Albrecht, Irwin and Raghavan 2011), without smoothing.
///
/// The curve, mirrored to be concave and increasing, is scaled to the unit square; a knee is the
/// first local maximum of its height above the diagonal after which that height falls by more than
/// `sensitivity` mean steps of x before the next maximum. 1 is the customary `sensitivity`; a larger
/// one asks for a plainer knee.
///
/// One of the given x. `None` without a knee, with fewer than 3 points, when x is not strictly
/// ascending or differs from y in length, when y is constant, when a value is not finite and when
/// `sensitivity` is negative or not finite.
#[must_use]
pub fn kneedle(
    x: &[f64],
    y: &[f64],
    bend: Bend,
    direction: Direction,
    sensitivity: f64,
) -> Option<f64> {
    let ascending = x.windows(2).all(|pair| pair[0] < pair[1]);
    let sound = sensitivity.is_finite() && sensitivity >= 0.0;
    if x.len() < 3 || x.len() != y.len() || !ascending || !sound {
        return None;
    }
    let (across, up) = (unit(x)?, unit(y)?);
    let mut curve: Vec<(f64, f64)> = across.into_iter().zip(up).collect();
    let backwards = matches!(
        (bend, direction),
        (Bend::Concave, Direction::Decreasing) | (Bend::Convex, Direction::Increasing)
    );
    for (across, up) in &mut curve {
        if backwards {
            *across = 1.0 - *across;
        }
        if bend == Bend::Convex {
            *up = 1.0 - *up;
        }
    }
    if backwards {
        curve.reverse();
    }
    let heights: Vec<f64> = curve.iter().map(|(across, up)| up - across).collect();
    let step = 1.0 / (x.len() - 1) as f64;
    let knee = first_knee(&heights, sensitivity * step)?;
    x.get(if backwards { x.len() - 1 - knee } else { knee }).copied()
}

/// The values moved and scaled to [0, 1]; `None` when they do not differ or are not finite.
fn unit(values: &[f64]) -> Option<Vec<f64>> {
    let sorted = finite::sorted(values)?;
    let (least, range) = (sorted.first()?, sorted.last()? - sorted.first()?);
    let scaled = || values.iter().map(|value| (value - least) / range).collect();
    (range > 0.0 && range.is_finite()).then(scaled)
}

/// The first local maximum after which the heights fall below the threshold `fall` under it; after a
/// local minimum the threshold is 0, as there the fall has ended.
fn first_knee(heights: &[f64], fall: f64) -> Option<usize> {
    let mut top: Option<usize> = None;
    let mut threshold = 0.0;
    for at in 0..heights.len() - 1 {
        let before = heights[at.saturating_sub(1)];
        let (here, after) = (heights[at], heights[at + 1]);
        if here >= before && here >= after {
            top = Some(at);
            threshold = here - fall;
        }
        if here <= before && here <= after {
            threshold = 0.0;
        }
        if let Some(top) = top.filter(|_| after < threshold) {
            return Some(top);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(n: u32) -> Vec<f64> {
        (0..n).map(f64::from).collect()
    }

    #[test]
    fn the_papers_curve_has_its_knee_at_point_two_two() {
        let x: Vec<f64> = (0..10).map(|i| f64::from(i) / 9.0).collect();
        let y: Vec<f64> = x.iter().map(|x| -1.0 / (x + 0.1) + 5.0).collect();
        let knee = kneedle(&x, &y, Bend::Concave, Direction::Increasing, 1.0).unwrap();
        assert!((knee - 0.22).abs() < 0.005, "{knee}");
    }

    #[test]
    fn the_four_published_shapes_have_their_knees() {
        let x = counting(10);
        let rising = [1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 15.0, 20.0, 40.0, 100.0];
        let flattening = [0.0, 60.0, 80.0, 85.0, 90.0, 95.0, 96.0, 97.0, 98.0, 99.0];
        let mirrored = |y: &[f64]| y.iter().rev().copied().collect::<Vec<f64>>();
        let knee = |y: &[f64], bend, direction| kneedle(&x, y, bend, direction, 1.0);
        assert_eq!(knee(&rising, Bend::Convex, Direction::Increasing), Some(7.0));
        assert_eq!(knee(&mirrored(&rising), Bend::Convex, Direction::Decreasing), Some(2.0));
        assert_eq!(knee(&flattening, Bend::Concave, Direction::Increasing), Some(2.0));
        assert_eq!(knee(&mirrored(&flattening), Bend::Concave, Direction::Decreasing), Some(7.0));
    }

    #[test]
    fn a_straight_line_has_no_knee() {
        let x = counting(9);
        assert_eq!(kneedle(&x, &x, Bend::Concave, Direction::Increasing, 1.0), None);
    }

    #[test]
    fn a_demanding_sensitivity_finds_no_gentle_knee() {
        let x = counting(10);
        let y: Vec<f64> = x.iter().map(|x| (x + 1.0).sqrt()).collect();
        assert!(kneedle(&x, &y, Bend::Concave, Direction::Increasing, 0.5).is_some());
        assert_eq!(kneedle(&x, &y, Bend::Concave, Direction::Increasing, 20.0), None);
    }

    #[test]
    fn an_uneven_x_is_mirrored_with_its_y() {
        let x = [0.0, 1.0, 2.0, 4.0, 8.0, 16.0];
        let y = [100.0, 99.0, 98.0, 96.0, 92.0, 0.0];
        assert_eq!(kneedle(&x, &y, Bend::Concave, Direction::Decreasing, 1.0), Some(8.0));
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        let knee = |x: &[f64], y: &[f64]| kneedle(x, y, Bend::Concave, Direction::Increasing, 1.0);
        assert_eq!(knee(&[], &[]), None);
        assert_eq!(knee(&[1.0, 2.0], &[1.0, 2.0]), None);
        assert_eq!(knee(&[1.0, 2.0, 3.0], &[1.0, 2.0]), None);
        assert_eq!(knee(&[1.0, 1.0, 3.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(knee(&[1.0, 2.0, 3.0], &[5.0, 5.0, 5.0]), None);
        assert_eq!(knee(&[1.0, 2.0, 3.0], &[1.0, f64::NAN, 3.0]), None);
        let three = [0.0, 1.0, 2.0];
        assert_eq!(kneedle(&three, &three, Bend::Convex, Direction::Increasing, -1.0), None);
    }
}
