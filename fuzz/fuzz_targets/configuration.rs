//! Whatever stands in `perfbase.toml`: a plan, or errors that can be shown where they are.

#![no_main]

use std::sync::LazyLock;

use tempfile::TempDir;

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    perfbase::config::fuzz_configuration(data, DIRECTORY.path());
});
