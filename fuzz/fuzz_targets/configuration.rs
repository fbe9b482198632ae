//! Whatever stands in `perfbase.toml`: a plan, or errors that can be shown.

#![no_main]

use std::sync::LazyLock;

use perfbase::config::{Config, FILE_NAME, Overrides};
use tempfile::TempDir;

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let directory = DIRECTORY.path();
    std::fs::write(directory.join(FILE_NAME), data).unwrap();
    let env = |name: &str| (name.len() < 8).then(|| "value".to_owned());
    let asked = Overrides::default();
    let plan = Config::load_for(None, directory, &env, Some(&asked))
        .and_then(|config| config.plan(&asked));
    if let Err(error) = plan {
        for colour in [false, true] {
            error.render(colour, 100);
        }
    }
});
