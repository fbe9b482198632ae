//! An OpenAPI 3 document, in JSON or YAML.
//!
//! Values are taken from the document's own examples, defaults and enumerations, and said to come
//! from there; where it has none, there is none.

mod document;
mod example;
mod operation;
mod parameter;
mod read;
mod request_body;
mod security;

pub use read::from_openapi;
