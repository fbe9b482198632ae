//! What every verb works with.

use std::path::PathBuf;

use super::error::CommandError;
use crate::cli::{ColourChoice, Format, Global, MeasureArgs, Output, Verb};
use crate::config::{Config, Overrides};
use crate::model::Plan;
use crate::report::{self, Colour, Style, Verbosity};
use crate::store::Store;
use crate::ui::{ColorChoice, Printer};

/// The configuration and the places of the files.
pub(super) struct Context {
    pub(super) directory: PathBuf,
    pub(super) config: Config,
    pub(super) baseline: PathBuf,
    database: PathBuf,
}

/// Looks up a variable of the process's environment; one that is not Unicode counts as not set.
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Context {
    pub(super) fn new(global: &Global, verb: &Verb) -> Result<Self, CommandError> {
        let directory = std::env::current_dir().map_err(CommandError::Directory)?;
        let path = global.config.as_deref();
        let config = Config::load_for(path, &directory, &environment, asked(verb).as_ref())?;
        let baseline = global.baseline.clone().unwrap_or_else(|| config.baseline_path());
        let database = global.db.clone().unwrap_or_else(|| config.database_path());
        Ok(Self { directory, config, baseline, database })
    }

    pub(super) fn plan(
        &self,
        urls: &[String],
        measure: &MeasureArgs,
    ) -> Result<Plan, CommandError> {
        if urls.is_empty() && !self.config.has_file() {
            return Err(CommandError::NothingToMeasure);
        }
        Ok(self.config.plan(&overrides(urls, measure))?)
    }

    /// The plan for a service at `url`: the file's endpoints there, or without a file the URL alone.
    pub(super) fn plan_at(&self, url: &str, measure: &MeasureArgs) -> Result<Plan, CommandError> {
        let asked = if self.config.has_file() {
            Overrides { service: Some(url.to_owned()), ..overrides(&[], measure) }
        } else {
            overrides(&[url.to_owned()], measure)
        };
        Ok(self.config.plan(&asked)?)
    }

    pub(super) fn store(&self) -> Result<Store, CommandError> {
        Ok(Store::open(&self.database)?)
    }

    pub(super) fn store_read_only(&self) -> Result<Store, CommandError> {
        Ok(Store::open_read_only(&self.database)?)
    }

    pub(super) fn baseline_name(&self) -> String {
        let path = self.baseline.strip_prefix(&self.directory).unwrap_or(&self.baseline);
        path.display().to_string()
    }
}

/// What `verb` is going to plan, as far as its arguments tell; nothing if it plans nothing.
fn asked(verb: &Verb) -> Option<Overrides> {
    match verb {
        Verb::Run(args) | Verb::Check(args) => Some(overrides(&args.urls, &args.measure)),
        Verb::Record(args) => Some(overrides(&args.urls, &args.measure)),
        Verb::Aa(args) => Some(overrides(&args.urls, &args.measure)),
        // The other subjects are stored runs, which need no plan.
        Verb::Compare(args) if args.subjects.iter().all(|subject| subject.contains("://")) => {
            Some(overrides(&args.subjects, &args.measure))
        }
        Verb::Ab(args) => Some(Overrides {
            // An address of its own needs none of the variables in the file's.
            service: Some(String::new()),
            ..overrides(&[], &args.measure)
        }),
        Verb::Compare(_)
        | Verb::Baseline(_)
        | Verb::History(_)
        | Verb::Show(_)
        | Verb::Init(_)
        | Verb::Demo(_) => None,
    }
}

fn overrides(urls: &[String], measure: &MeasureArgs) -> Overrides {
    let MeasureArgs {
        env,
        scenario,
        users,
        rate,
        spawn_rate,
        connections,
        duration,
        rounds,
        warm_up,
        warm_up_requests,
        timeout,
        seed,
        insecure,
        no_ready,
        allow_protected,
    } = measure.clone();
    Overrides {
        environment: env,
        scenario,
        users,
        rate,
        spawn_rate,
        connections,
        duration,
        rounds,
        warm_up,
        warm_up_requests,
        timeout,
        seed,
        insecure,
        urls: urls.to_vec(),
        service: None,
        allow_protected,
        no_ready,
    }
}

/// How `output` is drawn. Always with colours: the printer drops them where they do not belong.
pub(super) fn style(output: Output, printer: &Printer) -> Style {
    let verbosity = if output.verbose { Verbosity::Verbose } else { Verbosity::Normal };
    Style { width: printer.width(Style::WIDTH), colour: Colour::On, verbosity }
}

impl From<Format> for report::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Json => Self::Json,
            Format::Markdown => Self::Markdown,
        }
    }
}

impl From<ColourChoice> for ColorChoice {
    fn from(choice: ColourChoice) -> Self {
        match choice {
            ColourChoice::Auto => Self::Auto,
            ColourChoice::Always => Self::AlwaysAnsi,
            ColourChoice::Never => Self::Never,
        }
    }
}
