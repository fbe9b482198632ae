//! A request's own `cookie` header beside the cookies that its user has.

use http::HeaderValue;
use http::header::COOKIE;

use super::render::render;
use super::request::Unsendable;
use super::values::Values;
use crate::model::{Request, Template};

/// What becomes of a request's own `cookie` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookies {
    /// It is sent as it is.
    Alone,
    /// It is sent together with those that the user has: two such headers cannot be sent (RFC 6265,
    /// section 5.4).
    Joined,
}

/// The cookies of a request that are joined with the user's; none where they are sent as they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnCookies(Option<Template>);

impl OwnCookies {
    /// Those of `request`.
    pub(crate) fn of(request: &Request, cookies: Cookies) -> Self {
        let mut headers = request.headers.iter().filter(|_| cookies == Cookies::Joined);
        let own = headers.find(|(name, _)| name == COOKIE.as_str());
        Self(own.map(|(_, value)| value.clone()))
    }

    /// Whether they can be made of these `values`.
    pub(crate) fn check(&self, values: &Values) -> Result<(), Unsendable> {
        if self.0.as_ref().is_some_and(|own| own.slots().next().is_some()) {
            let mut cookies = Vec::new();
            self.write(values, &mut cookies)?;
            HeaderValue::try_from(cookies).map_err(|_| Unsendable::Refused)?;
        }
        Ok(())
    }

    /// Appends them, for a user with these `values`, to `out`.
    pub(crate) fn write(&self, values: &Values, out: &mut Vec<u8>) -> Result<(), Unsendable> {
        match &self.0 {
            Some(own) => render(own, values, out).map_err(Unsendable::Missing),
            None => Ok(()),
        }
    }
}
