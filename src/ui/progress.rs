//! Watching a measurement: a bar, lines, or nothing.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::status::Status;
use crate::load::{Event, Observer};

/// Parts of the bar; finer than any terminal shows.
const PARTS: u64 = 10_000;
/// Most redraws of the bar a second.
const REDRAWS: u8 = 8;
/// Least time between two lines within one round.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Shows how a measurement goes. Drawn on stderr only and gone when dropped.
pub struct Progress {
    status: Status,
    view: View,
}

enum View {
    Bar(ProgressBar),
    Lines {
        stream: Box<dyn Write + Send>,
        /// Time into the round at which the last line was written.
        last: Duration,
    },
    Silent,
}

impl Progress {
    /// A bar on the terminal behind stderr.
    #[must_use]
    pub fn bar() -> Self {
        Self::bar_on(ProgressDrawTarget::stderr_with_hz(REDRAWS))
    }

    fn bar_on(target: ProgressDrawTarget) -> Self {
        let bar = ProgressBar::with_draw_target(Some(PARTS), target);
        // The template is constant; were it wrong, indicatif's own bar would do.
        if let Ok(style) = ProgressStyle::with_template("{bar:20} {wide_msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        Self { status: Status::default(), view: View::Bar(bar) }
    }

    /// A line a phase, and one every five seconds in between.
    #[must_use]
    pub fn lines(stream: Box<dyn Write + Send>) -> Self {
        Self { status: Status::default(), view: View::Lines { stream, last: Duration::ZERO } }
    }

    /// Nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self { status: Status::default(), view: View::Silent }
    }

    /// Clears what was drawn; dropping it does the same.
    pub fn finish(self) {}
}

impl Observer for Progress {
    fn observe(&mut self, event: &Event) {
        let said = self.status.take(event);
        match &mut self.view {
            View::Silent => {}
            View::Bar(bar) => {
                // Phases are seen in the bar itself; what stays true afterwards is worth a line.
                if let (
                    Event::Resolved { .. }
                    | Event::FewerStreams { .. }
                    | Event::RoundDone { .. }
                    | Event::CleanedUp(_)
                    | Event::Stopping,
                    Some(line),
                ) = (event, &said)
                {
                    bar.println(line);
                }
                bar.set_position((self.status.done() * PARTS as f64) as u64);
                bar.set_message(self.status.line());
            }
            View::Lines { stream, last } => {
                let line = match event {
                    Event::Snapshot { .. } => {
                        let due = self.status.elapsed() >= *last + BETWEEN_LINES;
                        due.then(|| {
                            *last = self.status.elapsed();
                            self.status.line()
                        })
                    }
                    Event::Round { .. } | Event::WarmUp { .. } | Event::Limiter { .. } => {
                        *last = Duration::ZERO;
                        said
                    }
                    Event::Waiting { .. }
                    | Event::Ready { .. }
                    | Event::Resolved { .. }
                    | Event::FewerStreams { .. }
                    | Event::SettingUp
                    | Event::CleaningUp { .. }
                    | Event::CleanedUp(_)
                    | Event::Slice { .. }
                    | Event::Stage { .. }
                    | Event::RoundDone { .. }
                    | Event::Stopping => said,
                };
                if let Some(line) = line {
                    // Without stderr there is nobody left to tell.
                    let _ = writeln!(stream, "{line}");
                }
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let View::Bar(bar) = &self.view {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests;
