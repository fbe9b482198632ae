//! `init`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

/// `init`.
#[derive(Debug, Clone, Args)]
#[command(group(
    ArgGroup::new("source").args(["urls", "openapi", "har", "curl"]).required(true).multiple(true)
))]
pub struct InitArgs {
    /// URLs to request with GET; with --openapi, the one address at which the service is
    #[arg(value_name = "URL")]
    pub urls: Vec<String>,

    /// Read an OpenAPI 3 document, in JSON or YAML (`-` for standard input)
    #[arg(long, value_name = "FILE")]
    pub openapi: Option<PathBuf>,

    /// Read a HAR file, as browsers export it (`-` for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["urls", "openapi"])]
    pub har: Option<PathBuf>,

    /// Read curl commands, one or many (`-` for standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["urls", "openapi", "har"])]
    pub curl: Option<PathBuf>,

    /// Send POST, PUT, PATCH and DELETE as well, in place of leaving them as comments
    #[arg(long)]
    pub include_unsafe: bool,

    /// Send what the OpenAPI document wants credentials for as well; they are read from the
    /// environment
    #[arg(long, requires = "openapi")]
    pub include_secured: bool,

    /// Where the configuration is written, `-` for standard output [default: the file of --config,
    /// or `perfbase.toml` in this folder]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace the file if it is there already
    #[arg(long)]
    pub force: bool,
}
