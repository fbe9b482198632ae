//! The universal scalability law: what a system gives up to waiting and to agreeing as load grows.

use super::finite;

/// The least number of points a fit is made from.
const FEWEST_POINTS: usize = 6;

/// Steps after which a fit that has not settled is given up.
const MOST_STEPS: usize = 500;

/// The universal scalability law (Gunther 2007), `X(N) = λN / (1 + σ(N-1) + κN(N-1))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usl {
    /// λ: throughput at a load of 1, in the unit of the throughput.
    pub lambda: f64,
    /// σ: share of the work that waits for its turn. A negative one says that throughput grew
    /// faster than load.
    pub sigma: f64,
    /// κ: cost of keeping a pair in agreement. A negative one says that throughput bends upwards.
    pub kappa: f64,
}

impl Usl {
    /// Throughput at a load, in the unit of λ; `None` where the law has none.
    #[must_use]
    pub fn throughput(&self, load: f64) -> Option<f64> {
        let slowdown = 1.0 + self.sigma * (load - 1.0) + self.kappa * load * (load - 1.0);
        finite::answer(self.lambda * load / slowdown).filter(|_| slowdown > 0.0)
    }

    /// The load of the largest throughput, `sqrt((1 - σ) / κ)`; `None` when throughput never turns (κ
    /// not above 0) or never grows (σ of 1 or more).
    #[must_use]
    pub fn peak(&self) -> Option<f64> {
        let turns = self.kappa > 0.0 && self.sigma < 1.0;
        finite::answer(((1.0 - self.sigma) / self.kappa).sqrt()).filter(|_| turns)
    }
}

/// Fits the law to measured throughput by least squares: Levenberg (1944) and Marquardt (1963) on
/// `X = N / (a + b(N-1) + cN(N-1))`, started from the linear fit of N / X; λ = 1/a, σ = b/a, κ = c/a.
///
/// `None` with fewer than 6 points or 3 different loads, when loads and throughputs differ in number,
/// when one is not finite or not above 0, and when the fit does not settle on a positive λ.
#[must_use]
pub fn fit_usl(loads: &[f64], throughputs: &[f64]) -> Option<Usl> {
    let (loads, throughputs) = (finite::all_finite(loads)?, finite::all_finite(throughputs)?);
    let positive = loads.iter().chain(throughputs).all(|value| *value > 0.0);
    if loads.len() != throughputs.len() || loads.len() < FEWEST_POINTS || !positive {
        return None;
    }
    let mut different = finite::sorted(loads)?;
    different.dedup();
    if different.len() < 3 {
        return None;
    }
    // Throughput in units of its largest, so that no step of the fit depends on its unit.
    let unit = *finite::sorted(throughputs)?.last()?;
    let points: Vec<Point> =
        loads.iter().zip(throughputs).map(|(&n, &x)| Point::new(n, x / unit)).collect();
    let [a, b, c] = settle(&points, start(&points)?)?;
    let law = Usl { lambda: unit / a, sigma: b / a, kappa: c / a };
    let finite = [law.lambda, law.sigma, law.kappa].iter().all(|value| value.is_finite());
    (finite && law.lambda > 0.0).then_some(law)
}

type Parameters = [f64; 3];

struct Point {
    load: f64,
    throughput: f64,
    /// What the parameters are multiplied by: 1, N - 1, N(N - 1).
    terms: Parameters,
}

impl Point {
    fn new(load: f64, throughput: f64) -> Self {
        Self { load, throughput, terms: [1.0, load - 1.0, load * (load - 1.0)] }
    }

    /// N / X of the law; no throughput where it is not above 0.
    fn denominator(&self, parameters: Parameters) -> f64 {
        self.terms.iter().zip(parameters).map(|(term, parameter)| term * parameter).sum()
    }
}

/// The linear fit of N / X, or, where that leaves the law without a throughput, a law without σ and κ.
fn start(points: &[Point]) -> Option<Parameters> {
    let mut equations = Equations::default();
    for point in points {
        equations.add(point.terms, point.load / point.throughput);
    }
    let flat = points.iter().map(|point| point.load / point.throughput).sum::<f64>();
    let flat = [flat / points.len() as f64, 0.0, 0.0];
    let linear = equations.solve(0.0).filter(|linear| squares(points, *linear).is_some());
    linear.or_else(|| squares(points, flat).map(|_| flat))
}

/// Walks from the start to the least squares; `None` when it does not arrive.
fn settle(points: &[Point], start: Parameters) -> Option<Parameters> {
    let mut at = start;
    let mut error = squares(points, at)?;
    let mut damping = 1e-3;
    for _ in 0..MOST_STEPS {
        let mut equations = Equations::default();
        for point in points {
            let denominator = point.denominator(at);
            let slope = -point.load / (denominator * denominator);
            let residual = point.throughput - point.load / denominator;
            equations.add(point.terms.map(|term| slope * term), residual);
        }
        let step = equations.solve(damping)?;
        let next = [at[0] + step[0], at[1] + step[1], at[2] + step[2]];
        let size = |parameters: Parameters| parameters.iter().map(|p| p * p).sum::<f64>().sqrt();
        let arrived = size(step) <= 1e-12 * size(at);
        match squares(points, next).filter(|squares| *squares <= error) {
            Some(squares) => {
                at = next;
                error = squares;
                damping = (damping / 10.0_f64).max(1e-12);
            }
            // Rounding alone stands between here and a smaller error.
            None if arrived => return Some(at),
            None => damping *= 10.0,
        }
        if arrived {
            return Some(at);
        }
    }
    None
}

/// Sum of squared errors; `None` where the law has no throughput at one of the loads.
fn squares(points: &[Point], parameters: Parameters) -> Option<f64> {
    let error = |point: &Point| {
        let denominator = point.denominator(parameters);
        let error = point.throughput - point.load / denominator;
        (denominator > 0.0).then_some(error * error)
    };
    points.iter().map(error).sum::<Option<f64>>().and_then(finite::answer)
}

/// Normal equations of a linear least-squares problem in three unknowns.
#[derive(Default)]
struct Equations {
    matrix: [[f64; 3]; 3],
    right: [f64; 3],
}

impl Equations {
    fn add(&mut self, terms: Parameters, value: f64) {
        for (row, term) in terms.iter().enumerate() {
            for (column, other) in terms.iter().enumerate() {
                self.matrix[row][column] += term * other;
            }
            self.right[row] += term * value;
        }
    }

    /// Solves with the diagonal enlarged by a share of itself; `None` when there is no one solution.
    fn solve(&self, damping: f64) -> Option<Parameters> {
        // Scaled by the diagonal, as the three terms differ by orders of magnitude.
        let scale: [f64; 3] = std::array::from_fn(|i| self.matrix[i][i].sqrt());
        if !scale.iter().all(|scale| *scale > 0.0 && scale.is_finite()) {
            return None;
        }
        let mut rows: [[f64; 4]; 3] = std::array::from_fn(|row| {
            std::array::from_fn(|column| match column {
                3 => self.right[row] / scale[row],
                _ if row == column => 1.0 + damping,
                _ => self.matrix[row][column] / (scale[row] * scale[column]),
            })
        });
        for pivot in 0..3 {
            let largest = (pivot..3)
                .max_by(|&a, &b| rows[a][pivot].abs().total_cmp(&rows[b][pivot].abs()))?;
            rows.swap(pivot, largest);
            let head = rows[pivot];
            if head[pivot].abs() < 1e-14 {
                return None;
            }
            for (_, row) in rows.iter_mut().enumerate().filter(|(index, _)| *index != pivot) {
                let share = row[pivot] / head[pivot];
                row.iter_mut().zip(head).for_each(|(value, head)| *value -= share * head);
            }
        }
        let solution: Parameters = std::array::from_fn(|i| rows[i][3] / rows[i][i] / scale[i]);
        solution.iter().all(|value| value.is_finite()).then_some(solution)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(value: f64, expected: f64, share: f64) -> bool {
        (value / expected - 1.0).abs() <= share
    }

    #[test]
    fn the_published_points_give_the_published_law() {
        let loads = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
        let law = fit_usl(&loads, &[1.0, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557]).unwrap();
        assert!(within(law.lambda, 1.0, 2e-4), "{law:?}");
        assert!(within(law.kappa, 0.02, 2e-4), "{law:?}");
        // Four digits of throughput leave 0.03 % of doubt in the least squares' σ.
        assert!(within(law.sigma, 0.02, 3e-4), "{law:?}");
        let published = Usl { lambda: 1.0, sigma: 0.02, kappa: 0.02 };
        let law = fit_usl(&loads, &loads.map(|load| published.throughput(load).unwrap())).unwrap();
        assert!(within(law.sigma, 0.02, 1e-9), "{law:?}");
        assert!(within(law.kappa, 0.02, 1e-9), "{law:?}");
    }

    #[test]
    fn the_published_law_has_the_published_peak() {
        let law = Usl { lambda: 1.0, sigma: 0.001, kappa: 1e-5 };
        assert!((law.peak().unwrap() - 316.0696).abs() < 5e-5);
    }

    #[test]
    fn a_law_is_found_again_in_any_unit() {
        let loads = [1.0, 3.0, 10.0, 30.0, 60.0, 100.0, 200.0];
        for lambda in [1e-6, 1.0, 4e7] {
            let law = Usl { lambda, sigma: 0.05, kappa: 3e-4 };
            let throughputs: Vec<f64> =
                loads.iter().map(|load| law.throughput(*load).unwrap()).collect();
            let found = fit_usl(&loads, &throughputs).unwrap();
            assert!(within(found.lambda, lambda, 1e-8), "{found:?}");
            assert!(within(found.sigma, 0.05, 1e-8), "{found:?}");
            assert!(within(found.kappa, 3e-4, 1e-8), "{found:?}");
        }
    }

    #[test]
    fn a_system_that_never_turns_has_no_peak() {
        let loads = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let law = fit_usl(&loads, &loads).unwrap();
        assert!(law.sigma.abs() < 1e-9 && law.kappa.abs() < 1e-9, "{law:?}");
        assert_eq!(Usl { lambda: 1.0, sigma: 0.1, kappa: 0.0 }.peak(), None);
        assert_eq!(Usl { lambda: 1.0, sigma: 0.1, kappa: -0.1 }.peak(), None);
        assert_eq!(Usl { lambda: 1.0, sigma: 1.0, kappa: 0.1 }.peak(), None);
        assert_eq!(Usl { lambda: 1.0, sigma: -1.0, kappa: 0.0 }.throughput(5.0), None);
    }

    #[test]
    fn what_has_no_answer_gets_none() {
        let loads = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(fit_usl(&loads[..5], &loads[..5]), None);
        assert_eq!(fit_usl(&loads, &loads[..5]), None);
        assert_eq!(fit_usl(&[1.0, 1.0, 1.0, 2.0, 2.0, 2.0], &loads), None);
        assert_eq!(fit_usl(&loads, &[1.0, 2.0, 3.0, 0.0, 5.0, 6.0]), None);
        assert_eq!(fit_usl(&[0.0, 2.0, 3.0, 4.0, 5.0, 6.0], &loads), None);
        assert_eq!(fit_usl(&loads, &[1.0, 2.0, 3.0, f64::NAN, 5.0, 6.0]), None);
    }
}
