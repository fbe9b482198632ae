//! `stats` against other implementations, whose recorded answers stand in `tests/reference/*.json`.

mod changes;
mod curves;
mod quantiles;
mod shares;
mod trends;
mod two_samples;

use serde::de::DeserializeOwned;

/// Equal to nine digits, or to 1e-9 where both are small.
fn close(ours: f64, reference: f64) -> bool {
    (ours - reference).abs() <= 1e-9 * reference.abs().max(1.0)
}

fn both_close(ours: Option<f64>, reference: Option<f64>) -> bool {
    match (ours, reference) {
        (Some(ours), Some(reference)) => close(ours, reference),
        (ours, reference) => ours == reference,
    }
}

#[expect(clippy::expect_used, reason = "a record that cannot be read fails the test")]
fn read<T: DeserializeOwned>(recorded: &str) -> T {
    serde_json::from_str(recorded).expect("recorded by the script of the same name")
}
