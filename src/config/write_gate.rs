//! `[gate]` is given other values; all else in the file stays as it was written.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::configuration::Config;
use crate::model::{GateProposal, show_duration};

/// Why the file was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum WriteGateError {
    /// There is no file.
    #[error("there is no configuration file to write `[gate]` into")]
    NoFile,
    /// It cannot be read or replaced.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is no longer the file that was read.
    #[error("{} has changed meanwhile: `[gate]` cannot be found in it", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

impl WriteGateError {
    /// What to do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoFile => Some(
                "write a `perfbase.toml` first, or measure without --write to see the values"
                    .into(),
            ),
            Self::Unwritable { .. } => Some("check its permissions".into()),
            Self::Changed { .. } => None,
        }
    }
}

impl Config {
    /// Whether [`Self::write_gate`] could do its work: to be asked before measuring.
    ///
    /// # Errors
    /// When there is no file, or it or its directory cannot be written.
    pub fn check_gate_writable(&self) -> Result<(), WriteGateError> {
        let path = self.file().ok_or(WriteGateError::NoFile)?;
        let unwritable = |source| WriteGateError::Unwritable { path: path.to_owned(), source };
        std::fs::OpenOptions::new().append(true).open(path).map_err(unwritable)?;
        NamedTempFile::new_in(directory_of(path)).map(drop).map_err(unwritable)
    }

    /// Puts the proposed factor and `min_delta` into `[gate]`. Comments, order and everything else
    /// stay. Endpoints that have values of their own keep them. Returns the file's path.
    ///
    /// # Errors
    /// When there is no file, it is no longer readable TOML, or it cannot be replaced; it is then
    /// as it was.
    pub fn write_gate(&self, proposal: &GateProposal) -> Result<PathBuf, WriteGateError> {
        let path = self.file().ok_or(WriteGateError::NoFile)?;
        let unwritable = |source| WriteGateError::Unwritable { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(unwritable)?;
        let text = with_gate(&text, proposal)
            .ok_or_else(|| WriteGateError::Changed { path: path.to_owned() })?;
        // What a link points to is replaced, not the link.
        let target = std::fs::canonicalize(path).map_err(unwritable)?;
        let permissions = std::fs::metadata(&target).map_err(unwritable)?.permissions();
        let mut file = NamedTempFile::new_in(directory_of(&target)).map_err(unwritable)?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.as_file().set_permissions(permissions))
            .and_then(|()| file.as_file().sync_all())
            .map_err(unwritable)?;
        file.persist(&target).map_err(|error| unwritable(error.error))?;
        Ok(path.to_owned())
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// `text` with the proposal in `[gate]`; nothing if it is no TOML, or `gate` no table.
fn with_gate(text: &str, proposal: &GateProposal) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let gate = document.entry("gate").or_insert_with(toml_edit::table).as_table_like_mut()?;
    set(gate, "factor", proposal.factor.into());
    set(gate, "min_delta", show_duration(proposal.min_delta).into());
    Some(document.to_string())
}

/// What stands around the old value, such as a comment behind it, stays.
fn set(gate: &mut dyn TableLike, key: &str, mut value: Value) {
    if let Some(old) = gate.get_mut(key).and_then(Item::as_value_mut) {
        *value.decor_mut() = old.decor().clone();
        *old = value;
    } else {
        gate.insert(key, Item::Value(value));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const PROPOSAL: GateProposal =
        GateProposal { factor: 1.24, min_delta: Duration::from_micros(310) };

    #[test]
    fn a_gate_is_added_behind_everything_else() {
        let text = "# mine\n[service]\nurl = \"http://a\" # here\n";
        let written = format!("{text}\n[gate]\nfactor = 1.24\nmin_delta = \"310us\"\n");
        assert_eq!(with_gate(text, &PROPOSAL), Some(written));
    }

    #[test]
    fn values_are_replaced_and_comments_order_and_the_rest_stay() {
        let text = "[gate] # the gate\n# strict\nfactor = 2.0   # as promised\nerrors = \"1%\"\n\n[service]\nurl='http://a'\n";
        let written = "[gate] # the gate\n# strict\nfactor = 1.24   # as promised\nerrors = \"1%\"\nmin_delta = \"310us\"\n\n[service]\nurl='http://a'\n";
        assert_eq!(with_gate(text, &PROPOSAL).as_deref(), Some(written));
    }

    #[test]
    fn an_inline_table_is_a_gate_too() {
        let written = with_gate("gate = { factor = 3 }\n", &PROPOSAL).unwrap();
        assert_eq!(written, "gate = { factor = 1.24 , min_delta = \"310us\" }\n");
    }

    #[test]
    fn what_is_no_table_is_left_alone() {
        assert_eq!(with_gate("gate = 3\n", &PROPOSAL), None);
        assert_eq!(with_gate("gate = [\n", &PROPOSAL), None);
    }
}
