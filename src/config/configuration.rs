//! The configuration of one call: a file, or none.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::model::{Gate, Plan, Policy};

use super::act::Act;
use super::document::Document;
use super::error::{ConfigError, Problems};
use super::metrics::MetricText;
use super::overrides::{GateOverrides, Overrides};
use super::plan::plan;
use super::problem::Problem;
use super::source::Source;

/// The name of the file that is read when none is given.
pub const FILE_NAME: &str = "perfbase.toml";

/// Largest file that is read, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// What the file says, read and checked as a whole, with the environment it refers to.
#[derive(Debug, Clone)]
pub struct Config {
    pub(super) document: Document,
    /// Where the baseline and the database are; the file's directory.
    pub(super) directory: PathBuf,
    source: Option<Source>,
    file: Option<PathBuf>,
}

impl Config {
    /// Reads the file at `path`, relative to `cwd`; without a path, `perfbase.toml` in `cwd`, and
    /// if there is none, nothing. Directories above are not searched: what is measured should not
    /// depend on a file that nobody sees. `env` looks up the variables that the file refers to.
    ///
    /// # Errors
    /// Everything that is wrong with the file, whatever part of it will be used; variables that
    /// are missing are told by [`Self::plan`], for the part that it uses.
    pub fn load(
        path: Option<&Path>,
        cwd: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        Self::load_for(path, cwd, env, None)
    }

    /// The same for a call whose plan is known: if the file has errors, the variables that are
    /// missing for what is `asked` are told with them.
    ///
    /// # Errors
    /// As above.
    pub fn load_for(
        path: Option<&Path>,
        cwd: &Path,
        env: &dyn Fn(&str) -> Option<String>,
        asked: Option<&Overrides>,
    ) -> Result<Self, ConfigError> {
        let full = cwd.join(path.unwrap_or(Path::new(FILE_NAME)));
        let name = path.unwrap_or(Path::new(FILE_NAME)).display().to_string();
        let Some(text) = read(&full, &name).map_err(ConfigError::of)? else {
            return match path {
                Some(_) => Err(ConfigError::of(Problem::FileMissing(name))),
                None => Ok(Self::without_file(cwd)),
            };
        };
        let directory = full.parent().unwrap_or(cwd).to_path_buf();
        let source = Source::new(&name, &text);
        let (document, problems) = Document::read(&text, &directory, env);
        let config = Self { document, directory, source: Some(source), file: Some(full) };
        if problems.is_empty() {
            return Ok(config);
        }
        if let Some(asked) = asked {
            // Of half a plan only this is sure: what else is wrong with it may be a consequence.
            let of_the_plan = Problems::default();
            plan(&config, asked, &of_the_plan);
            problems.add_missing(of_the_plan);
        }
        Err(problems.into_error(config.source.as_ref()))
    }

    /// The configuration of a call without a file: its plans come from URLs alone, its files lie
    /// in `cwd`.
    #[must_use]
    pub fn without_file(cwd: &Path) -> Self {
        Self {
            document: Document::default(),
            directory: cwd.to_path_buf(),
            source: None,
            file: None,
        }
    }

    /// One scenario against one environment. What the call says wins over the environment, that
    /// over the file's scenario, and that over the built-in one.
    ///
    /// With URLs, they replace the file's service and endpoints: none of its headers, readiness or
    /// timeouts apply. Its scenarios' load and its gate stay.
    ///
    /// # Errors
    /// Everything that is wrong with what was asked, and every variable that is missing for it.
    pub fn plan(&self, asked: &Overrides) -> Result<Plan, ConfigError> {
        let problems = Problems::default();
        let plan = plan(self, asked, &problems);
        match plan {
            Some(plan) if problems.is_empty() => Ok(plan),
            _ => Err(problems.into_error(self.source.as_ref())),
        }
    }

    /// How to judge: the file's gate with what the call says over it, and what endpoints have of
    /// their own.
    #[must_use]
    pub fn policy(&self, asked: &GateOverrides) -> Policy {
        let (file, default) = (self.document.gate, Gate::default());
        Policy {
            gate: Gate {
                factor: asked.factor.or(file.factor).unwrap_or(default.factor),
                min_delta: asked.min_delta.or(file.min_delta).unwrap_or(default.min_delta),
                errors: asked.errors.or(file.errors).unwrap_or(default.errors),
                metric: file.metric.unwrap_or(default.metric),
            },
            endpoints: self
                .document
                .acts()
                .flat_map(Act::rows)
                .chain(self.document.metrics.iter().filter_map(MetricText::row))
                .map(|(name, gate, budgets)| (name.clone(), (gate, budgets)))
                .collect::<BTreeMap<_, _>>(),
            throughputs: self
                .document
                .scenarios
                .iter()
                .map(|(name, scenario)| (name.clone(), scenario.throughputs()))
                .collect(),
            leasts: self.document.metrics.iter().filter_map(MetricText::least).collect(),
            strictness: asked.strictness,
            fail_on: asked.fail_on,
            allow_missing: asked.allow_missing,
        }
    }

    /// The committed baseline file, beside the configuration file.
    #[must_use]
    pub fn baseline_path(&self) -> PathBuf {
        self.directory.join("performance_baselines.json")
    }

    /// The database of runs, below the configuration file's directory.
    #[must_use]
    pub fn database_path(&self) -> PathBuf {
        self.directory.join(".perfbase").join("perfbase.db")
    }

    /// The file's path; nothing when there is none.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether there is a file.
    #[must_use]
    pub fn has_file(&self) -> bool {
        self.source.is_some()
    }
}

/// The text of the file; nothing if it is not there.
fn read(path: &Path, name: &str) -> Result<Option<String>, Problem> {
    let unreadable = |error: std::io::Error| Problem::Unreadable {
        path: name.to_owned(),
        reason: error.to_string(),
    };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    if metadata.is_dir() {
        return Err(Problem::NotAFile(name.to_owned()));
    }
    // A pipe (`--config <(…)`) has no length, so that the limit is kept while reading.
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        let bytes = metadata.len().max(MOST_BYTES + 1);
        return Err(Problem::TooLarge { path: name.to_owned(), bytes, most: MOST_BYTES });
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count();
        Problem::NotUtf8 { path: name.to_owned(), line }
    })
}
