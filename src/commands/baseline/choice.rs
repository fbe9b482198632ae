//! Which baseline of the file is meant.

use crate::cli::BaselineChoice;
use crate::commands::context::Context;
use crate::commands::error::CommandError;
use crate::host;
use crate::model::{BaselineFile, BaselineKey};

/// Every baseline that the choice does not exclude.
pub(super) fn chosen(file: BaselineFile, choice: &BaselineChoice) -> BaselineFile {
    let fits = |key: &BaselineKey| is_meant(key, choice);
    BaselineFile { baselines: file.baselines.into_iter().filter(|(key, _)| fits(key)).collect() }
}

/// The one that is meant: of several, that of this machine.
pub(super) fn the_one(
    file: &BaselineFile,
    choice: &BaselineChoice,
    context: &Context,
) -> Result<BaselineKey, CommandError> {
    let meant: Vec<&BaselineKey> =
        file.baselines.keys().filter(|key| is_meant(key, choice)).collect();
    let this = host::machine_class();
    let here: Vec<&BaselineKey> = meant.iter().copied().filter(|key| key.machine == this).collect();
    match (&meant[..], &here[..]) {
        ([one], _) | (_, [one]) => Ok((*one).clone()),
        ([], _) => Err(CommandError::NoSuchBaseline {
            file: context.baseline_name(),
            known: file.baselines.keys().cloned().collect(),
        }),
        (several, _) => Err(CommandError::AmbiguousBaseline {
            file: context.baseline_name(),
            candidates: several.iter().copied().cloned().collect(),
        }),
    }
}

fn is_meant(key: &BaselineKey, choice: &BaselineChoice) -> bool {
    let BaselineChoice { scenario, env, machine } = choice;
    scenario.as_deref().is_none_or(|name| key.scenario.as_str() == name)
        && env.as_deref().is_none_or(|name| key.environment.as_str() == name)
        && machine.as_deref().is_none_or(|text| key.machine.to_string().contains(text))
}
