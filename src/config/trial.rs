//! Any text in the place of a configuration, for tests and fuzzing.

use std::path::Path;

use super::configuration::{Config, FILE_NAME};
use super::overrides::{GateOverrides, Overrides};

/// One try of a fuzzer: `data` is the configuration in `directory`.
///
/// # Panics
/// When what is wrong with it lies outside of it, cannot be drawn, or reading it panics.
pub fn fuzz_configuration(data: &[u8], directory: &Path) {
    if std::fs::write(directory.join(FILE_NAME), data).is_err() {
        return;
    }
    // Some variables are set and some are missing.
    let env = |name: &str| (name.len() < 8).then(|| "value".to_owned());
    let asked = Overrides::default();
    let plan = Config::load_for(None, directory, &env, Some(&asked)).and_then(|config| {
        let _ = config.policy(&GateOverrides::default());
        config.plan(&asked)
    });
    if let Err(error) = plan {
        error.assert_drawable(data.len());
        for colour in [false, true] {
            let _ = error.render(colour, 100);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_fuzzer_keeps_is_a_plan_or_errors_with_their_places_also_when_it_is_cut() {
        let directory = tempfile::tempdir().unwrap();
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/configuration");
        let mut seeds = 0;
        for file in std::fs::read_dir(corpus).unwrap() {
            let text = std::fs::read(file.unwrap().path()).unwrap();
            fuzz_configuration(&text, directory.path());
            for eighth in 1..8 {
                fuzz_configuration(&text[..text.len() * eighth / 8], directory.path());
            }
            seeds += 1;
        }
        assert!(seeds > 20, "{seeds}");
    }
}
