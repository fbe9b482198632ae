//! What is known of a service elsewhere becomes a configuration file.
//!
//! URLs, an OpenAPI document, a HAR file or curl commands are read into a [`Description`], and
//! [`write()`] makes the text of a `perfbase.toml` of it. Nothing is invented: what a source does not
//! say stays a comment that says what is missing. Nothing secret is copied: it becomes a reference
//! to the environment. No file is read here and no request sent.

mod address;
mod block;
mod body;
mod curl;
mod description;
mod error;
mod fold;
mod har;
mod header;
mod layout;
mod openapi;
mod part;
mod secret;
mod told;
mod traffic;
mod tree;
mod urls;
mod variable;

pub use curl::from_curl;
pub use description::{Choice, Description, Draft, DraftBody, Inclusion};
pub use error::InitError;
pub use har::from_har;
pub use layout::{Written, write};
pub use openapi::from_openapi;
pub use tree::Tree;
pub use urls::from_urls;
pub use variable::{Variable, Variables};
