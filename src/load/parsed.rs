//! What an answer's body says, for whoever looks into it: decoded and read once for all of them.

use serde_json::Value as Json;

use super::capture::{Reply, Why};
use super::json;

/// Most values of a body that is kept as JSON from one look to the next: 200 KB of usual JSON have
/// them, and at most some 8 MB of memory. A larger body is read anew for each look.
const FEW: usize = 20_000;

/// Most values of what is looked at as a whole. An object of one member takes some 700 bytes however
/// short its text is: at most some 100 MB of memory.
pub(super) const MOST: usize = 250_000;

/// An answer's body decoded, and as JSON, each made once for the first that needs it.
#[derive(Default)]
pub(crate) struct Parsed {
    /// Nothing for a body that is not coded.
    plain: Option<Result<Option<Vec<u8>>, Why>>,
    /// Nothing for JSON of more than a few values.
    json: Option<Result<Option<Json>, Why>>,
    /// What was last found in such JSON.
    found: Option<Json>,
}

/// How much has to be known of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Whether it is there and of what kind; a list or an object may lack what is in it.
    Kind,
    /// All of it.
    Whole,
}

impl Parsed {
    /// The body of `reply` as it is meant.
    pub(crate) fn plain<'a>(&'a mut self, reply: &'a Reply) -> Result<&'a [u8], Why> {
        plain(&mut self.plain, reply)
    }

    /// What stands at `pointer` in the body of `reply`, which is JSON; nothing if nothing does. The
    /// pointer is empty or begins with a slash.
    ///
    /// # Errors
    /// When the body is not JSON, or what stands there has more than [`MOST`] values.
    pub(crate) fn at(
        &mut self,
        reply: &Reply,
        pointer: &str,
        need: Need,
    ) -> Result<Option<&Json>, Why> {
        let Self { plain: decoded, json, found } = self;
        let text = plain(decoded, reply)?;
        let refused = |_| reply.not_json(text);
        let kept = json.get_or_insert_with(|| {
            let all = json::find(text, "", FEW).map_err(refused)?;
            Ok(all.filter(|all| all.is_whole).map(|all| all.value))
        });
        if let Some(json) = kept.as_ref().map_err(Clone::clone)? {
            return Ok(json.pointer(pointer));
        }
        *found = None;
        let most = match need {
            Need::Kind => 1,
            Need::Whole => MOST,
        };
        match json::find(text, pointer, most).map_err(refused)? {
            Some(read) if need == Need::Whole && !read.is_whole => Err(Why::TooMany),
            read => {
                *found = read.map(|read| read.value);
                Ok(found.as_ref())
            }
        }
    }
}

fn plain<'a>(
    decoded: &'a mut Option<Result<Option<Vec<u8>>, Why>>,
    reply: &'a Reply,
) -> Result<&'a [u8], Why> {
    match decoded.get_or_insert_with(|| reply.decoded()) {
        Ok(decoded) => Ok(decoded.as_deref().unwrap_or(&reply.body)),
        Err(why) => Err(why.clone()),
    }
}

#[cfg(test)]
mod tests;
