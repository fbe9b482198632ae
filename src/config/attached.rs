//! Files that the configuration names: bodies and data.

use std::fs::Metadata;
use std::path::Path;

/// Largest file that is read, in bytes: it is held in memory.
const MOST_BYTES: u64 = 64 << 20;

/// The bytes of a file, or why they cannot be had.
pub(super) fn read(directory: &Path, path: &str) -> Result<Vec<u8>, String> {
    let full = directory.join(path);
    let metadata = std::fs::metadata(&full).map_err(|error| error.to_string())?;
    match refusal(&metadata) {
        Some(reason) => Err(reason),
        None => std::fs::read(&full).map_err(|error| error.to_string()),
    }
}

fn refusal(metadata: &Metadata) -> Option<String> {
    if !metadata.is_file() {
        // A pipe would block for ever, a directory has no bytes.
        Some("it is not a regular file".to_owned())
    } else if metadata.len() > MOST_BYTES {
        Some(format!("it has {} bytes, more than {MOST_BYTES}", metadata.len()))
    } else {
        None
    }
}
