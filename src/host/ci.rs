//! The CI job perfbase runs in, from environment variables that are passed in.

use std::path::PathBuf;

use crate::model::CiJob;

/// Looks up an environment variable; `None` when it is not set.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A CI, known by its own variables.
struct Provider {
    name: &'static str,
    /// The variable that only this CI sets.
    mark: &'static str,
    /// Together they name the job; those that are not set are left out.
    id: &'static [&'static str],
    /// Who set the job off.
    user: &'static [&'static str],
}

/// In order of precedence; `CI` comes last because most of the others set it too.
const PROVIDERS: [Provider; 7] = [
    Provider {
        name: "github-actions",
        mark: "GITHUB_ACTIONS",
        id: &["GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB"],
        user: &["GITHUB_ACTOR"],
    },
    Provider {
        name: "gitlab",
        mark: "GITLAB_CI",
        id: &["CI_JOB_ID"],
        user: &["GITLAB_USER_LOGIN", "GITLAB_USER_NAME"],
    },
    Provider {
        name: "buildkite",
        mark: "BUILDKITE",
        id: &["BUILDKITE_JOB_ID"],
        user: &["BUILDKITE_BUILD_CREATOR"],
    },
    Provider {
        name: "circleci",
        mark: "CIRCLECI",
        id: &["CIRCLE_WORKFLOW_ID", "CIRCLE_BUILD_NUM"],
        user: &["CIRCLE_USERNAME"],
    },
    Provider { name: "jenkins", mark: "JENKINS_URL", id: &["BUILD_TAG"], user: &["BUILD_USER_ID"] },
    Provider {
        name: "azure-pipelines",
        mark: "TF_BUILD",
        id: &["BUILD_BUILDID", "SYSTEM_JOBID"],
        user: &["BUILD_REQUESTEDFOR"],
    },
    Provider { name: "ci", mark: "CI", id: &[], user: &[] },
];

/// The CI job; `None` when started by hand. The id is what the CI gives, its parts joined by `/`.
#[must_use]
pub fn ci(environment: Environment) -> Option<CiJob> {
    let provider = provider(environment)?;
    let parts: Vec<String> =
        provider.id.iter().filter_map(|name| word(environment, name)).collect();
    let id = (!parts.is_empty()).then(|| parts.join("/"));
    Some(CiJob { provider: provider.name.to_owned(), id })
}

/// Who set the CI job off; `None` outside CI and where the CI does not say.
#[must_use]
pub fn ci_user(environment: Environment) -> Option<String> {
    provider(environment)?.user.iter().find_map(|name| word(environment, name))
}

/// Whether this is a job of GitHub Actions, which reads annotations and a job summary.
#[must_use]
pub fn is_github_actions(environment: Environment) -> bool {
    is_set(environment, "GITHUB_ACTIONS")
}

/// The file whose Markdown GitHub Actions shows as the job's summary; `None` elsewhere.
#[must_use]
pub fn job_summary_path(environment: Environment) -> Option<PathBuf> {
    let path = environment("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())?;
    is_github_actions(environment).then(|| path.into())
}

fn provider(environment: Environment) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| is_set(environment, provider.mark))
}

/// `CI=false` and the like is how people switch such a variable off.
fn is_set(environment: Environment, name: &str) -> bool {
    environment(name).is_some_and(|value| {
        let value = value.trim();
        !["", "0", "false", "no"].iter().any(|off| value.eq_ignore_ascii_case(off))
    })
}

/// A value fit to be stored in a line of the baseline file: short, without control characters.
fn word(environment: Environment, name: &str) -> Option<String> {
    let value = environment(name)?.trim().to_owned();
    let fit = !value.is_empty() && value.len() <= 200 && !value.chars().any(char::is_control);
    fit.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        move |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }
    }

    fn job(variables: &[(&str, &str)]) -> Option<(String, Option<String>)> {
        ci(&set(variables)).map(|job| (job.provider, job.id))
    }

    #[test]
    fn each_ci_is_known_by_its_own_variables() {
        for (variables, provider, id) in [
            (
                &[
                    ("CI", "true"),
                    ("GITHUB_ACTIONS", "true"),
                    ("GITHUB_RUN_ID", "77"),
                    ("GITHUB_RUN_ATTEMPT", "2"),
                    ("GITHUB_JOB", "perf"),
                ][..],
                "github-actions",
                Some("77/2/perf"),
            ),
            (&[("CI", "true"), ("GITLAB_CI", "true"), ("CI_JOB_ID", "9")], "gitlab", Some("9")),
            (&[("BUILDKITE", "true"), ("BUILDKITE_JOB_ID", "a-b")], "buildkite", Some("a-b")),
            (&[("CIRCLECI", "true"), ("CIRCLE_BUILD_NUM", "5")], "circleci", Some("5")),
            (&[("JENKINS_URL", "http://j/"), ("BUILD_TAG", "x-1")], "jenkins", Some("x-1")),
            (&[("TF_BUILD", "True"), ("SYSTEM_JOBID", "j")], "azure-pipelines", Some("j")),
            (&[("CI", "1")], "ci", None),
        ] {
            assert_eq!(job(variables), Some((provider.to_owned(), id.map(str::to_owned))));
        }
    }

    #[test]
    fn without_a_mark_or_with_one_switched_off_there_is_no_job() {
        assert_eq!(job(&[]), None);
        assert_eq!(job(&[("CI", "false")]), None);
        assert_eq!(job(&[("GITHUB_RUN_ID", "77")]), None);
    }

    #[test]
    fn an_id_that_would_break_a_line_is_left_out() {
        let job = job(&[("GITLAB_CI", "true"), ("CI_JOB_ID", "9\n\"x\"")]);
        assert_eq!(job, Some(("gitlab".to_owned(), None)));
    }

    #[test]
    fn the_user_is_whom_the_ci_names() {
        let github = set(&[("GITHUB_ACTIONS", "true"), ("GITHUB_ACTOR", "ada")]);
        assert_eq!(ci_user(&github).as_deref(), Some("ada"));
        assert_eq!(ci_user(&set(&[("GITHUB_ACTOR", "ada")])), None);
    }

    #[test]
    fn only_github_actions_has_a_job_summary() {
        let summary = ("GITHUB_STEP_SUMMARY", "/tmp/summary.md");
        let github = [("GITHUB_ACTIONS", "true"), summary];
        assert_eq!(job_summary_path(&set(&github)), Some(PathBuf::from("/tmp/summary.md")));
        assert_eq!(job_summary_path(&set(&[summary])), None);
        assert_eq!(job_summary_path(&set(&[("GITHUB_ACTIONS", "true")])), None);
    }
}
