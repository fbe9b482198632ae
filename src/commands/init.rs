//! `perfbase init`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::CommandError;
use crate::cli::InitArgs;
use crate::config::{Existing, FILE_NAME, write_new};
use crate::init::{self, Choice, Description, Inclusion, InitError, Written};
use crate::model::ExitStatus;
use crate::ui::Printer;

/// Largest source that is read, in bytes. A recording holds all answers, so that it may be large.
const MOST_BYTES: u64 = 64 << 20;

/// What stands for standard input and output in the place of a file.
const STREAM: &str = "-";

pub(super) fn init(
    args: &InitArgs,
    config: Option<&Path>,
    printer: &mut Printer,
) -> Result<ExitStatus, CommandError> {
    let path = args.output.as_deref().or(config).unwrap_or(Path::new(FILE_NAME));
    let written = init::write(&describe(args)?, choice(args))?;
    if path == Path::new(STREAM) {
        printer.document(&written.text)?;
    } else {
        let existing = if args.force { Existing::Replaced } else { Existing::Kept };
        write_new(path, &written.text, existing)?;
    }
    tell(&written, path, printer);
    Ok(ExitStatus::Pass)
}

fn describe(args: &InitArgs) -> Result<Description, CommandError> {
    let InitArgs { urls, openapi, har, curl, .. } = args;
    let described = match (openapi, har, curl) {
        (Some(path), ..) => {
            let url = match urls.as_slice() {
                [] => None,
                [url] => Some(url.as_str()),
                _ => {
                    let message = "a service has one address: give one URL with --openapi";
                    return Err(CommandError::Usage(message.to_owned()));
                }
            };
            let (name, text) = read(path)?;
            init::from_openapi(&name, &text, url)
        }
        (_, Some(path), _) => read(path).map(|(name, text)| init::from_har(&name, &text))?,
        (.., Some(path)) => read(path).map(|(name, text)| init::from_curl(&name, &text))?,
        (None, None, None) => init::from_urls(urls),
    };
    Ok(described?)
}

fn choice(args: &InitArgs) -> Choice {
    let included = |flag: bool| if flag { Inclusion::Sent } else { Inclusion::Commented };
    Choice { changing: included(args.include_unsafe), secured: included(args.include_secured) }
}

/// Name and text of a source.
fn read(path: &Path) -> Result<(String, String), CommandError> {
    let (name, source): (_, io::Result<Box<dyn Read>>) = if path == Path::new(STREAM) {
        ("standard input".to_owned(), Ok(Box::new(io::stdin())))
    } else {
        let file = File::open(path).map(|file| Box::new(file) as Box<dyn Read>);
        (path.display().to_string(), file)
    };
    let mut bytes = Vec::new();
    // A pipe has no length, so that the limit is kept while reading.
    source
        .and_then(|source| source.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|source| CommandError::Unreadable { name: name.clone(), source })?;
    if bytes.len() as u64 > MOST_BYTES {
        let most = MOST_BYTES >> 20;
        return Err(CommandError::Init(InitError::TooLarge { name, most }));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((name, text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))),
        Err(_) => Err(CommandError::Init(InitError::NotText { name })),
    }
}

fn tell(written: &Written, path: &Path, printer: &mut Printer) {
    let Written { sent, variables, told, .. } = written;
    let is_file = path != Path::new(STREAM);
    if is_file {
        let endpoints =
            if *sent == 1 { "1 endpoint".to_owned() } else { format!("{sent} endpoints") };
        printer.note(format!("wrote {} with {endpoints}", path.display()));
    }
    for line in told {
        printer.note(line);
    }
    if *sent == 0 {
        printer.warning(
            "nothing can be sent as it is: fill in what is missing in one of the comments, or see \
             --include-unsafe and --include-secured",
        );
    } else if is_file {
        let set: Vec<String> = variables.iter().map(|name| format!("{name}=… ")).collect();
        let config = if path == Path::new(FILE_NAME) {
            String::new()
        } else {
            format!(" --config {}", path.display())
        };
        printer.note(format!("next: {}perfbase check{config}", set.concat()));
    }
}
