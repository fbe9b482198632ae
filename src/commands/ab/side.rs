//! One of the two services: where it answers, and the process if perfbase started it.

use std::net::{TcpStream, ToSocketAddrs};
use std::thread;
use std::time::{Duration, Instant};

use crate::commands::error::CommandError;
use crate::config::host_and_port;
use crate::host::{Groups, StartedService, free_port};
use crate::load::{EngineError, Shutdown};
use crate::model::{Plan, show_duration};

/// What is replaced by a free port, in commands and addresses.
const PORT: &str = "{port}";
/// Pause between two looks at a service that is starting.
const POLL: Duration = Duration::from_millis(50);
/// How long one attempt to connect may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// One of the two services.
pub(super) struct Side {
    /// `base` or `head`.
    pub(super) name: &'static str,
    /// Where it answers.
    pub(super) url: String,
    command: Option<Command>,
}

/// How perfbase starts it.
struct Command {
    text: String,
    port: u16,
    timeout: Duration,
    /// How many files it may have open, if not as many as perfbase.
    files: Option<u64>,
    groups: Groups,
    running: Option<StartedService>,
}

impl Side {
    pub(super) fn new(
        name: &'static str,
        url: Option<&str>,
        command: Option<&str>,
        timeout: Duration,
        files: Option<u64>,
        groups: &Groups,
    ) -> Result<Self, CommandError> {
        let url = url.unwrap_or("http://127.0.0.1:{port}");
        let Some(command) = command else {
            if url.contains(PORT) {
                return Err(CommandError::Usage(format!(
                    "--{name} has `{{port}}`, which takes --{name}-cmd: without a command, write the port"
                )));
            }
            return Ok(Self { name, url: url.to_owned(), command: None });
        };
        let port = free_port().map_err(EngineError::System)?;
        let replaced = |text: &str| text.replace(PORT, &port.to_string());
        Ok(Self {
            name,
            url: replaced(url),
            command: Some(Command {
                text: replaced(command),
                port,
                timeout,
                files,
                groups: groups.clone(),
                running: None,
            }),
        })
    }

    /// Whether perfbase starts it.
    pub(super) fn has_command(&self) -> bool {
        self.command.is_some()
    }

    /// Starts the service, if it has a command, and waits until it accepts connections.
    pub(super) fn start(&mut self, plan: &Plan, shutdown: &Shutdown) -> Result<(), CommandError> {
        let (name, answers) = (self.name, || answers(plan));
        let Some(command) = &mut self.command else { return Ok(()) };
        if answers() {
            return Err(CommandError::Usage(format!(
                "something answers at {} before the command of the {name} was started; write \
                 `{{port}}` in both to have a free one",
                plan.base_url.written()
            )));
        }
        let begin = Instant::now();
        let Command { text, port, files, groups, .. } = &*command;
        let service = StartedService::start(text, *port, *files, groups);
        command.running = Some(service.map_err(EngineError::System)?);
        loop {
            if let Some(signal) = shutdown.asked() {
                return Err(EngineError::Interrupted(signal).into());
            }
            self.check_process("before it was ready")?;
            if answers() {
                return Ok(());
            }
            let Some(command) = &self.command else { return Ok(()) };
            if begin.elapsed() >= command.timeout {
                let what = format!(
                    "did not accept connections at {} within {}",
                    plan.base_url.written(),
                    show_duration(command.timeout)
                );
                return Err(self.died(what));
            }
            thread::sleep(POLL);
        }
    }

    /// Ends the service, if perfbase started it.
    pub(super) fn stop(&mut self) {
        if let Some(command) = &mut self.command {
            command.running = None;
        }
    }

    /// Whether the service is still there.
    pub(super) fn check(&mut self, plan: &Plan) -> Result<(), CommandError> {
        self.check_process("while it was measured")?;
        if answers(plan) {
            return Ok(());
        }
        // It may be that it is just going.
        thread::sleep(POLL);
        self.check_process("while it was measured")?;
        let what = format!("{} accepts no connections any more", plan.base_url.written());
        Err(CommandError::SideLost { side: self.name, what })
    }

    /// `error`, or that the service has died, if that is why.
    pub(super) fn explained(&mut self, error: CommandError) -> CommandError {
        if matches!(&error, CommandError::Engine(error) if error.signal().is_some()) {
            return error;
        }
        self.check_process("before it was ready").err().unwrap_or(error)
    }

    fn check_process(&mut self, when: &str) -> Result<(), CommandError> {
        let running = self.command.as_mut().and_then(|command| command.running.as_mut());
        match running.and_then(StartedService::ended) {
            Some(status) => {
                // What it said at the end is still on its way.
                thread::sleep(POLL);
                Err(self.died(format!("ended {when} ({status})")))
            }
            None => Ok(()),
        }
    }

    fn died(&self, what: String) -> CommandError {
        let running = self.command.as_ref().and_then(|command| command.running.as_ref());
        let last_words = running.map(StartedService::last_words).unwrap_or_default();
        CommandError::Service { side: self.name, what, last_words }
    }
}

/// Whether anything accepts connections where the plan's service should be.
fn answers(plan: &Plan) -> bool {
    let Some((host, port)) = host_and_port(plan.base_url.value()) else { return false };
    let addresses = (host.as_str(), port).to_socket_addrs();
    addresses.is_ok_and(|mut addresses| {
        addresses.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
    })
}
