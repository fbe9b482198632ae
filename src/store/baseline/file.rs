//! Reading the file, and replacing it whole or not at all.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::NamedTempFile;

use super::BaselineError;
use super::shape::{FileShape, MARKER, VERSION};
use super::{convert, layout};
use crate::model::BaselineFile;

/// Reads and writes the committed baseline file.
#[derive(Debug)]
pub struct BaselineStore;

impl BaselineStore {
    /// The baselines in the file at `path`.
    ///
    /// # Errors
    /// When there is none, it is not perfbase's, newer, cut off, or holds what makes no sense.
    pub fn read(path: impl AsRef<Path>) -> Result<BaselineFile, BaselineError> {
        let path = path.as_ref();
        let Some(text) = text_of(path)? else {
            return Err(BaselineError::Missing { path: path.to_owned() });
        };
        Self::parse(path, &text)
    }

    /// The baselines in `text`, which stood at `path` at some time; the path is for messages.
    ///
    /// # Errors
    /// As [`Self::read`], but for the missing file.
    pub fn parse(path: impl AsRef<Path>, text: &str) -> Result<BaselineFile, BaselineError> {
        let path = path.as_ref();
        check_marker(path, text)?;
        parse(path, text)
    }

    /// As [`Self::read`]; no file is a file without baselines.
    ///
    /// # Errors
    /// As [`Self::read`], but for the missing file.
    pub fn read_or_empty(path: impl AsRef<Path>) -> Result<BaselineFile, BaselineError> {
        match Self::read(path) {
            Err(BaselineError::Missing { .. }) => Ok(BaselineFile::default()),
            read => read,
        }
    }

    /// Puts `file` in the place of the file at `path`, or makes it, with the directories that
    /// lead to it. Times are rounded to 100 ns, the file's precision. Permissions stay; a symbolic
    /// link stays one, and what it points to is replaced.
    ///
    /// # Errors
    /// When what is there is not perfbase's, newer or cut off, when `file` holds what could not be
    /// read again, or when the file cannot be written. What was there is then as it was.
    pub fn write(path: impl AsRef<Path>, file: &BaselineFile) -> Result<(), BaselineError> {
        let path = path.as_ref();
        let shape = convert::to_shape(file);
        let invalid = |flaw| BaselineError::Invalid { path: path.to_owned(), flaw };
        let unwritable = |error| unwritable(path, &error);
        let value = serde_json::to_value(&shape).map_err(|error| unwritable(error.into()))?;
        convert::from_shape(shape).map_err(invalid)?;
        let text = layout::lay_out(&value);

        let target = target_of(path).map_err(unwritable)?;
        let before = replaceable(path, &target)?;
        replace(&target, before, &text).map_err(unwritable)
    }

    /// Whether [`Self::write`] could replace the file at `path`: to be asked before measuring.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn check_writable(path: impl AsRef<Path>) -> Result<(), BaselineError> {
        let path = path.as_ref();
        let unwritable = |error| unwritable(path, &error);
        let target = target_of(path).map_err(unwritable)?;
        replaceable(path, &target)?;
        let directory = directory_of(&target);
        let present = directory.ancestors().find(|ancestor| ancestor.exists());
        // Only trying tells: permissions, a read-only file system, a full disk.
        NamedTempFile::new_in(present.unwrap_or(Path::new("."))).map(drop).map_err(unwritable)
    }
}

fn text_of(path: &Path) -> Result<Option<String>, BaselineError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(BaselineError::Foreign { path: path.to_owned() })
        }
        Err(source) => Err(BaselineError::Unreadable { path: path.to_owned(), source }),
    }
}

/// Refuses what is not perfbase's or newer; says nothing of the rest.
fn check_marker(path: &Path, text: &str) -> Result<(), BaselineError> {
    let value: Value = serde_json::from_str(text).map_err(|error| syntax(path, &error))?;
    let path = || path.to_owned();
    match value.get(MARKER).and_then(Value::as_u64) {
        Some(VERSION) => Ok(()),
        Some(found) if found > VERSION => {
            Err(BaselineError::Newer { path: path(), found, known: VERSION })
        }
        _ => Err(BaselineError::Foreign { path: path() }),
    }
}

fn parse(path: &Path, text: &str) -> Result<BaselineFile, BaselineError> {
    let shape: FileShape = serde_json::from_str(text).map_err(|error| syntax(path, &error))?;
    convert::from_shape(shape)
        .map_err(|flaw| BaselineError::Invalid { path: path.to_owned(), flaw })
}

fn syntax(path: &Path, error: &serde_json::Error) -> BaselineError {
    // The position is a field of its own here.
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    BaselineError::Syntax {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
        message: message.strip_suffix(&position).unwrap_or(&message).to_owned(),
    }
}

/// Without the temporary file's name, which nobody knows.
fn unwritable(path: &Path, error: &io::Error) -> BaselineError {
    BaselineError::Unwritable { path: path.to_owned(), source: error.kind().into() }
}

/// The file that is meant by `path`: what a symbolic link points to, even if that is missing.
fn target_of(path: &Path) -> io::Result<PathBuf> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => match fs::canonicalize(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(directory_of(path).join(fs::read_link(path)?))
            }
            target => target,
        },
        _ => Ok(path.to_owned()),
    }
}

/// The permissions of the file that is to be replaced, if there is one and it may be.
fn replaceable(path: &Path, target: &Path) -> Result<Option<Permissions>, BaselineError> {
    let unwritable = |error| unwritable(path, &error);
    let metadata = match fs::metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unwritable(error)),
    };
    if metadata.is_dir() {
        return Err(unwritable(io::ErrorKind::IsADirectory.into()));
    }
    // Renaming would not ask the file itself.
    if metadata.permissions().readonly() {
        return Err(unwritable(io::ErrorKind::PermissionDenied.into()));
    }
    if let Some(text) = text_of(path)? {
        check_marker(path, &text)?;
    }
    Ok(Some(metadata.permissions()))
}

/// Writes beside the target and renames, so that at any instant one of the two is there, whole.
fn replace(target: &Path, before: Option<Permissions>, text: &str) -> io::Result<()> {
    let directory = directory_of(target);
    fs::create_dir_all(directory)?;
    let mut temporary = with_usual_permissions().tempfile_in(directory)?;
    temporary.write_all(text.as_bytes())?;
    if let Some(permissions) = before {
        temporary.as_file().set_permissions(permissions)?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(target)?;
    sync_directory(directory)
}

fn with_usual_permissions() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".perfbase-baseline-");
    #[cfg(unix)]
    {
        // As for any new file: the process's mask takes away from it.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(Permissions::from_mode(0o666));
    }
    builder
}

/// Makes the rename outlast a power cut, where directories can be synchronised.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests;
