//! What users can do at a time, made ready before the first time.

use super::EngineError;
use super::page::Page;
use super::request::{Origin, Request};
use super::supply::Supplies;
use crate::model::{Action, Endpoint};

/// What a user does in one turn.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// It sends a request.
    Request(Request),
    /// It opens a page.
    Page(Page),
}

impl Act {
    /// Makes what `endpoint` stands for ready; `names` are those of all values, by slot.
    ///
    /// # Errors
    /// When something of it cannot be sent.
    pub(crate) fn new(
        endpoint: &Endpoint,
        origin: &Origin,
        supplies: &Supplies,
        names: &[String],
    ) -> Result<Self, EngineError> {
        let ready = |request, name: &str| Request::new(origin, request, name, supplies, names);
        match &endpoint.action {
            Action::Request(request) => Ok(Self::Request(ready(request, endpoint.name.as_str())?)),
            Action::Page(page) => {
                let requests = page.requests.iter();
                let requests = requests.map(|(name, request)| ready(request, name.as_str()));
                Ok(Self::Page(Page::new(requests.collect::<Result<_, _>>()?)))
            }
        }
    }
}
