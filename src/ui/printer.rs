//! The one door through which text leaves.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use super::progress::Progress;
use crate::model::visible;

/// How much goes to stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Volume {
    /// Progress, notes, warnings and errors.
    #[default]
    Normal,
    /// Errors only.
    Quiet,
}

/// What stderr can do for progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redraw {
    /// It is a terminal: a line can be drawn over.
    Possible,
    /// It is a file, a pipe or a terminal that only takes lines.
    Impossible,
}

/// Where text goes: reports to stdout, everything else to stderr.
///
/// Both streams drop colours unless they lead to a terminal that takes them; `NO_COLOR`,
/// `CLICOLOR` and `CLICOLOR_FORCE` are honoured.
pub struct Printer {
    stdout: AutoStream<Box<dyn Write + Send>>,
    stderr: AutoStream<Box<dyn Write + Send>>,
    /// The stream behind `stderr`, for progress.
    beside: Sink,
    volume: Volume,
    redraw: Redraw,
    columns: Option<u16>,
}

impl Printer {
    /// The process's own streams; `colours` overrules what they take by themselves.
    #[must_use]
    pub fn of_process(volume: Volume, colours: ColorChoice) -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let redraw =
            if stderr.is_terminal() && !dumb { Redraw::Possible } else { Redraw::Impossible };
        let columns = terminal_size::terminal_size_of(&stdout).map(|(width, _)| width.0);
        let choices = match colours {
            ColorChoice::Auto => (AutoStream::choice(&stdout), AutoStream::choice(&stderr)),
            fixed => (fixed, fixed),
        };
        let beside = Sink::of(Box::new(stderr));
        Self {
            stdout: AutoStream::new(Box::new(stdout), choices.0),
            stderr: AutoStream::new(Box::new(beside.clone()), choices.1),
            beside,
            volume,
            redraw,
            columns,
        }
    }

    /// Any two streams, without a terminal behind them.
    #[must_use]
    pub fn of(
        stdout: Box<dyn Write + Send>,
        stderr: Box<dyn Write + Send>,
        volume: Volume,
        colours: ColorChoice,
    ) -> Self {
        let beside = Sink::of(stderr);
        Self {
            stdout: AutoStream::new(stdout, colours),
            stderr: AutoStream::new(Box::new(beside.clone()), colours),
            beside,
            volume,
            redraw: Redraw::Impossible,
            columns: None,
        }
    }

    /// Whether colours show on stderr.
    #[must_use]
    pub fn draws_colour(&self) -> bool {
        self.stderr.current_choice() != ColorChoice::Never
    }

    /// Columns a table may take: `most`, or fewer on a narrower terminal.
    #[must_use]
    pub fn width(&self, most: u16) -> u16 {
        self.columns.map_or(most, |columns| columns.min(most))
    }

    /// Writes a report to stdout. Colours in it are dropped where they do not belong, so it may
    /// always be drawn with them.
    ///
    /// # Errors
    /// When stdout cannot be written to. A reader that has gone (a broken pipe) is no error.
    pub fn document(&mut self, text: &str) -> io::Result<()> {
        match self.stdout.write_all(text.as_bytes()).and_then(|()| self.stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    /// Watches a measurement on stderr: a bar on a terminal, a line every few seconds elsewhere,
    /// nothing when quiet.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match (self.volume, self.redraw) {
            (Volume::Quiet, _) => Progress::silent(),
            (Volume::Normal, Redraw::Possible) => Progress::bar(),
            (Volume::Normal, Redraw::Impossible) => Progress::lines(Box::new(self.beside.clone())),
        }
    }

    /// Says something worth knowing; not when quiet.
    pub fn note(&mut self, message: impl Display) {
        if self.volume == Volume::Normal {
            self.line(Style::new(), "", &message);
        }
    }

    /// Warns; not when quiet.
    pub fn warning(&mut self, message: impl Display) {
        if self.volume == Volume::Normal {
            self.line(AnsiColor::Yellow.on_default().bold(), "warning: ", &message);
        }
    }

    /// Says what is wrong, and what to do about it.
    pub fn error(&mut self, message: impl Display, hints: &[&str]) {
        self.line(AnsiColor::Red.on_default().bold(), "error: ", &message);
        for hint in hints {
            self.line(AnsiColor::Cyan.on_default().bold(), "hint: ", hint);
        }
    }

    /// Writes text to stderr that was laid out elsewhere, such as an error that points into a
    /// file. Shown even when quiet; what comes from outside must have been made visible before.
    pub fn laid_out(&mut self, text: &str) {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        // Without stderr there is nobody left to tell.
        let _ = write!(self.stderr, "{text}{end}");
    }

    /// Every line of `message` is made visible; the lines themselves stay.
    fn line(&mut self, style: Style, label: &str, message: &dyn Display) {
        let message = message.to_string();
        let mut lines = message.lines().map(visible);
        let first = lines.next().unwrap_or_default();
        // Without stderr there is nobody left to tell.
        let _ = writeln!(self.stderr, "{style}{label}{style:#}{first}");
        for line in lines {
            let _ = writeln!(self.stderr, "{line}");
        }
    }
}

/// A stream that messages and progress share.
#[derive(Clone)]
struct Sink(Arc<Mutex<Box<dyn Write + Send>>>);

impl Sink {
    fn of(stream: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }
}

impl Write for Sink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

#[cfg(test)]
mod tests;
