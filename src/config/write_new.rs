//! A configuration file is made, whole or not at all.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the new one is not written.
    Kept,
    /// The new one takes its place.
    Replaced,
}

/// Why the file was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteNewError {
    /// There is one, which may have been changed by hand.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl WriteNewError {
    /// What to do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Exists { .. } => Some(
                "--force replaces it, --output FILE writes elsewhere, --output - to standard output",
            ),
            Self::Unwritable { .. } => None,
        }
    }
}

/// Writes a configuration file with the text `text`.
///
/// # Errors
/// When there is one that is to be kept, or it cannot be written. What was there is then as it
/// was.
pub fn write_new(path: &Path, text: &str, existing: Existing) -> Result<(), WriteNewError> {
    let exists = || WriteNewError::Exists { path: path.to_owned() };
    // Without the temporary file's name, which nobody knows.
    let unwritable = |error: io::Error| WriteNewError::Unwritable {
        path: path.to_owned(),
        source: error.kind().into(),
    };
    let is_there = path.symlink_metadata().is_ok();
    if is_there && existing == Existing::Kept {
        return Err(exists());
    }
    // What a link points to is replaced, not the link.
    let target = if is_there { path.canonicalize().map_err(unwritable)? } else { path.to_owned() };
    if target.is_dir() {
        return Err(unwritable(io::ErrorKind::IsADirectory.into()));
    }
    let mut file = new_file(&target).map_err(unwritable)?;
    file.write_all(text.as_bytes())
        .and_then(|()| match target.metadata() {
            Ok(metadata) => file.as_file().set_permissions(metadata.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| file.as_file().sync_all())
        .map_err(unwritable)?;
    let persisted = match existing {
        Existing::Replaced => file.persist(&target),
        // Also when somebody else has made one since.
        Existing::Kept => file.persist_noclobber(&target),
    };
    match persisted {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(exists()),
        Err(error) => Err(unwritable(error.error)),
    }
}

/// A file beside `target` with the permissions of any new file.
fn new_file(target: &Path) -> io::Result<NamedTempFile> {
    let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".perfbase-init-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory.unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_kept_unless_it_is_to_be_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("perfbase.toml");
        write_new(&path, "one", Existing::Kept).unwrap();
        let error = write_new(&path, "two", Existing::Kept).unwrap_err();
        assert!(matches!(error, WriteNewError::Exists { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        write_new(&path, "two", Existing::Replaced).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(directory.path().read_dir().unwrap().count(), 1, "nothing is left over");
    }

    #[test]
    fn what_is_no_place_for_a_file_is_told() {
        let directory = tempfile::tempdir().unwrap();
        for path in [directory.path().join("none/perfbase.toml"), directory.path().to_owned()] {
            let error = write_new(&path, "one", Existing::Replaced).unwrap_err();
            assert!(matches!(error, WriteNewError::Unwritable { .. }), "{error}");
        }
        assert_eq!(directory.path().read_dir().unwrap().count(), 0);
    }
}
