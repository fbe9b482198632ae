//! URLs, each of which is requested with GET.

use super::address;
use super::description::Description;
use super::error::InitError;
use super::traffic::{Request, Traffic, describe};

/// The endpoints that `urls` name.
///
/// # Errors
/// When one of them is no URL that can be measured, or there is none.
pub fn from_urls(urls: &[String]) -> Result<Description, InitError> {
    let requests = urls.iter().map(|text| request(text)).collect::<Result<Vec<_>, _>>()?;
    let source = if urls.len() == 1 { "a URL".to_owned() } else { format!("{} URLs", urls.len()) };
    describe(Traffic { name: source.clone(), source, requests, ..Traffic::default() })
}

fn request(text: &str) -> Result<Request, InitError> {
    let mut request = Request::new("GET".to_owned(), address::parse(text)?);
    request.put_credentials_of_url();
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(urls: &[&str]) -> Result<Description, InitError> {
        from_urls(&urls.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn each_url_is_an_endpoint() {
        let description = of(&["http://host:8000/health", "http://host:8000/a?b=1#top"]).unwrap();
        let drafts: Vec<_> =
            description.drafts.iter().map(|draft| (draft.name(), draft.path.as_str())).collect();
        let expected = [("GET /health".to_owned(), "/health"), ("GET /a".to_owned(), "/a?b=1")];
        assert_eq!(drafts, expected);
    }

    #[test]
    fn a_password_in_a_url_is_not_copied() {
        let description = of(&["http://ada:hunter2@host/"]).unwrap();
        assert_eq!(description.url, "http://host");
        let headers = &description.drafts[0].headers;
        assert_eq!(headers[0].1, "Basic ${BASIC_CREDENTIALS}");
        assert!(!format!("{description:?}").contains("hunter2"));
        let error = of(&["ftp://ada:hunter2@host/"]).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn what_is_no_url_is_refused() {
        assert!(matches!(of(&["localhost:8000"]), Err(InitError::Url { .. })));
        assert!(matches!(of(&[]), Err(InitError::Nothing { .. })));
    }
}
