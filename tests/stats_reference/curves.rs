//! Knees and scalability, against kneed and `SciPy`.

use perfbase::stats;
use serde::Deserialize;

use crate::read;

#[derive(Deserialize)]
struct Recorded {
    knees: Vec<Curve>,
    fits: Vec<Fit>,
}

#[derive(Deserialize)]
struct Curve {
    x: Vec<f64>,
    y: Vec<f64>,
    bend: String,
    direction: String,
    sensitivity: f64,
    knee: Option<f64>,
}

#[derive(Deserialize)]
struct Fit {
    loads: Vec<f64>,
    throughputs: Vec<f64>,
    lambda_: f64,
    sigma: f64,
    kappa: f64,
}

fn recorded() -> Recorded {
    read(include_str!("../reference/curves.json"))
}

#[test]
fn knees_agree() {
    for case in recorded().knees {
        let bend = match case.bend.as_str() {
            "concave" => stats::Bend::Concave,
            _ => stats::Bend::Convex,
        };
        let direction = match case.direction.as_str() {
            "increasing" => stats::Direction::Increasing,
            _ => stats::Direction::Decreasing,
        };
        let ours = stats::kneedle(&case.x, &case.y, bend, direction, case.sensitivity);
        assert_eq!(ours, case.knee, "{bend:?} {direction:?}, sensitivity {}", case.sensitivity);
    }
}

#[test]
fn the_scalability_law_agrees() {
    // Both walk to the same least squares; how near they stop is the optimiser's.
    let near = |ours: f64, reference: f64| (ours / reference - 1.0).abs() < 1e-6;
    for case in recorded().fits {
        let ours = stats::fit_usl(&case.loads, &case.throughputs).unwrap();
        let reference = (case.lambda_, case.sigma, case.kappa);
        assert!(near(ours.lambda, case.lambda_), "{ours:?}, not {reference:?}");
        assert!(near(ours.sigma, case.sigma), "{ours:?}, not {reference:?}");
        assert!(near(ours.kappa, case.kappa), "{ours:?}, not {reference:?}");
    }
}
