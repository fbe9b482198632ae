//! From the text of a document to the service that it describes.

use std::collections::HashSet;

use url::Url;

use crate::init::address;
use crate::init::description::{Description, Draft};
use crate::init::error::InitError;
use crate::init::traffic::counted;
use crate::init::tree::Tree;
use crate::model::without_secrets;

use super::document::Document;
use super::operation;

/// The methods that a path may have, in the order in which they are read.
const METHODS: [&str; 8] = ["get", "head", "post", "put", "patch", "delete", "options", "trace"];

/// The endpoints that the OpenAPI document in the text `text` of the file `name` describes. With
/// `url` the service is there, and not where the document says.
///
/// # Errors
/// When it is neither JSON nor YAML, no OpenAPI 3 document, or nobody says where the service is.
pub fn from_openapi(name: &str, text: &str, url: Option<&str>) -> Result<Description, InitError> {
    if text.trim().is_empty() {
        return Err(InitError::Empty { name: name.to_owned() });
    }
    let root = if text.trim_start().starts_with('{') {
        Tree::of_json(name, text)?
    } else {
        Tree::of_yaml(name, text)?
    };
    let refuse = |why: &str| InitError::NotOpenApi { name: name.to_owned(), why: why.to_owned() };
    check_version(&root).map_err(|why| refuse(&why))?;
    let document = Document { root };
    let paths = document.root.get("paths").map(Tree::entries).unwrap_or_default();
    if paths.is_empty() {
        return Err(refuse("it has no paths"));
    }
    let (mut drafts, mut left_out): (Vec<Draft>, Vec<String>) = (Vec::new(), Vec::new());
    let mut known: HashSet<String> = HashSet::new();
    for (template, node) in paths.iter().filter(|(template, _)| template.starts_with('/')) {
        let node = match document.resolve(node) {
            Ok(node) => node,
            Err(why) => {
                left_out.push(format!("{template}: {why}"));
                continue;
            }
        };
        for method in METHODS {
            let Some(operation) = node.get(method) else { continue };
            match operation::draft(&document, method, (template, node), operation) {
                Ok(draft) if known.insert(draft.identity()) => drafts.push(draft),
                Ok(draft) => left_out.push(format!("{}: it is there twice", draft.name())),
                Err(why) => left_out.push(why),
            }
        }
    }
    if drafts.is_empty() {
        return Err(InitError::Nothing { name: name.to_owned(), left_out });
    }
    let servers = document.root.get("servers").map(Tree::items).unwrap_or_default();
    let service = service(name, servers, url)?;
    left_out.extend(others(servers, &service));
    let title = document.root.get("info").and_then(|info| info.text_of("title"));
    let title = title.map_or_else(String::new, |title| format!(" ({title})"));
    let count = counted(drafts.len(), "operation");
    let source = format!("{name}{title}, an OpenAPI document of {count}");
    Ok(Description { source, url: service, insecure: false, drafts, left_out })
}

fn check_version(root: &Tree) -> Result<(), String> {
    if !matches!(root, Tree::Table(_)) {
        return Err("it is no table of keys and values".to_owned());
    }
    let version = |key: &str| root.get(key).and_then(Tree::word);
    match (version("openapi"), version("swagger")) {
        (Some(openapi), _) if openapi.split('.').next() == Some("3") => Ok(()),
        (Some(openapi), _) => Err(format!("its version is {openapi}")),
        (None, Some(swagger)) => Err(format!("it is Swagger {swagger}")),
        (None, None) => Err("it has no key `openapi`".to_owned()),
    }
}

/// Where the service is: at `url`, or else at the first of the document's servers.
fn service(name: &str, servers: &[Tree], url: Option<&str>) -> Result<String, InitError> {
    let given = url.map(address::parse).transpose()?;
    let mut first = servers.iter().map(server);
    let base = match given {
        Some(given) if given.path() != "/" => Some(given),
        // Without a host of its own, the document says below which path its paths are.
        Some(given) => {
            let below = first.next().filter(|server| !server.contains("://"));
            Some(below.and_then(|server| given.join(&server).ok()).unwrap_or(given))
        }
        None => first.find_map(|server| address::parse(&server).ok()),
    };
    let Some(base) = base.filter(Url::has_host) else {
        return Err(InitError::NoServer { name: name.to_owned() });
    };
    let path = address::path(&base);
    Ok(format!("{}{}", address::origin(&base), path.trim_end_matches('/')))
}

/// The address of a server with the defaults of its variables.
fn server(node: &Tree) -> String {
    let mut url = node.text_of("url").unwrap_or_default().to_owned();
    for (name, variable) in node.get("variables").map(Tree::entries).unwrap_or_default() {
        let default = variable.get("default").and_then(Tree::word).unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), &default);
    }
    url
}

/// The servers that are not the service, in words.
fn others(servers: &[Tree], service: &str) -> Vec<String> {
    let servers = servers.iter().map(server).map(|url| without_secrets(&url));
    let others = servers.filter(|url| url.contains("://") && url.trim_end_matches('/') != service);
    others.map(|url| format!("the server {url}")).collect()
}

#[cfg(test)]
mod tests;
