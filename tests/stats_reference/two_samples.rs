//! Tests and estimates for two samples, against `SciPy`, statsmodels and enumeration.

use perfbase::stats;
use serde::Deserialize;

use crate::{both_close, close, read};

#[derive(Deserialize)]
struct Recorded {
    mann_whitney: Vec<MannWhitney>,
    signed_rank: Vec<SignedRank>,
    hodges_lehmann: Vec<HodgesLehmann>,
    student: Vec<Student>,
    adjusted: Vec<Adjusted>,
}

#[derive(Deserialize)]
struct MannWhitney {
    how: String,
    first: Vec<f64>,
    second: Vec<f64>,
    u: f64,
    p_greater: f64,
    p_two_sided: f64,
}

#[derive(Deserialize)]
struct SignedRank {
    differences: Vec<f64>,
    w_plus: f64,
    p_greater: f64,
    p_two_sided: f64,
}

#[derive(Deserialize)]
struct HodgesLehmann {
    baseline: Vec<f64>,
    new: Vec<f64>,
    confidence: f64,
    point: f64,
    low: Option<f64>,
    high: Option<f64>,
    coverage: f64,
}

#[derive(Deserialize)]
struct Student {
    baseline: Vec<f64>,
    new: Vec<f64>,
    prior_df: f64,
    prior_sd: f64,
    between_sd: f64,
    sd: f64,
    t: f64,
    df: f64,
    p: f64,
    plain_t: f64,
    plain_p: f64,
}

#[derive(Deserialize)]
struct Adjusted {
    p: Vec<f64>,
    holm: Vec<f64>,
    benjamini_hochberg: Vec<f64>,
}

fn recorded() -> Recorded {
    read(include_str!("../reference/two_samples.json"))
}

#[test]
fn mann_whitney_agrees_exact_and_approximate_with_and_without_ties() {
    for case in recorded().mann_whitney {
        let ours = stats::mann_whitney(&case.first, &case.second).unwrap();
        let what = format!(
            "{} {} v {}: {ours:?}, not {}",
            case.how,
            case.first.len(),
            case.second.len(),
            case.p_two_sided
        );
        assert!(close(ours.u, case.u), "{what}");
        assert!(close(ours.p_greater, case.p_greater), "{what}");
        assert!(close(ours.p_two_sided, case.p_two_sided), "{what}");
        assert_eq!(ours.exact, case.how != "normal", "{what}");
    }
}

#[test]
fn the_signed_rank_test_agrees_exact_and_approximate_with_ties_and_zeros() {
    for case in recorded().signed_rank {
        let ours = stats::signed_rank(&case.differences).unwrap();
        let what = format!("n {}: {ours:?}, not {}", case.differences.len(), case.p_greater);
        assert!(close(ours.w_plus, case.w_plus), "{what}");
        assert!(close(ours.p_greater, case.p_greater), "{what}");
        assert!(close(ours.p_two_sided, case.p_two_sided), "{what}, {}", case.p_two_sided);
    }
}

#[test]
fn hodges_lehmann_agrees_with_counted_regroupings() {
    for case in recorded().hodges_lehmann {
        let ours = stats::hodges_lehmann_ratio(&case.baseline, &case.new, case.confidence).unwrap();
        assert!(close(ours.point, case.point), "{ours:?}");
        assert!(both_close(ours.low, case.low), "{ours:?}, not {:?}", case.low);
        assert!(both_close(ours.high, case.high), "{ours:?}, not {:?}", case.high);
        assert!(close(ours.coverage, case.coverage), "{ours:?}, not {}", case.coverage);
    }
}

#[test]
fn the_moderated_t_agrees_and_without_a_prior_is_students() {
    for case in recorded().student {
        let moderation = stats::Moderation {
            prior_df: case.prior_df,
            prior_sd: case.prior_sd,
            between_sd: case.between_sd,
        };
        let ours = stats::moderated_t(&case.baseline, &case.new, moderation).unwrap();
        assert!(close(ours.sd, case.sd) && close(ours.df, case.df), "{ours:?}");
        assert!(close(ours.t, case.t), "{ours:?}, not {}", case.t);
        assert!(close(ours.p_two_sided, case.p), "{ours:?}, not {}", case.p);
        let plain = stats::Moderation { prior_df: 0.0, prior_sd: 0.0, between_sd: 0.0 };
        let plain = stats::moderated_t(&case.baseline, &case.new, plain).unwrap();
        assert!(close(plain.t, case.plain_t), "{plain:?}, not {}", case.plain_t);
        assert!(close(plain.p_two_sided, case.plain_p), "{plain:?}, not {}", case.plain_p);
    }
}

#[test]
fn adjusted_p_values_agree() {
    for case in recorded().adjusted {
        let agree = |ours: Vec<f64>, reference: &[f64]| {
            ours.len() == reference.len()
                && ours.iter().zip(reference).all(|(ours, reference)| close(*ours, *reference))
        };
        assert!(agree(stats::holm(&case.p), &case.holm));
        assert!(agree(stats::benjamini_hochberg(&case.p), &case.benjamini_hochberg));
    }
}
