//! What the machine and its surroundings say of themselves.
//!
//! Everything here is a reading: nothing is decided, and a reading that cannot be had is absent
//! rather than an error, because no measurement should fail for want of a CPU's name. What is read
//! from text (procfs, cgroups, git, the environment) is read by functions that are given the text.

mod cgroup;
mod ci;
mod class;
mod git;
mod history;
mod kernel;
mod process;
mod steal;
mod virtualised;

pub use ci::{Environment, ci, ci_user, is_github_actions, job_summary_path};
pub use class::machine_class;
pub use git::{git, git_user};
pub use history::{GitError, commits_between, git_file};
pub use kernel::{CpuKernel, cpu_kernel};
pub use process::{Groups, StartedService, free_port};
pub use steal::StealMeter;
