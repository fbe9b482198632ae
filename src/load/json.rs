//! JSON read in no more memory than what is asked for takes: eight megabytes of text can become more
//! than a gigabyte of lists and objects.
//!
//! What is not asked for is read as well, and dropped, so that all of the text is held to what
//! `serde_json` holds it to. `IgnoredAny` would let pass what is nested too deeply, numbers beyond what
//! an `f64` has, and texts that are none. One object is read otherwise: with the feature `raw_value`, a
//! `Value` takes the member `$serde_json::private::RawValue` for a text of JSON, and here it is a member.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

/// A value that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Read {
    pub(super) value: Json,
    /// Whether all of it is there; else its lists and objects are without what was one too many.
    pub(super) is_whole: bool,
}

/// What stands in `text` at the JSON Pointer `pointer` (RFC 6901), which is empty or begins with a slash,
/// with `most` values at most, itself among them; nothing if nothing stands there. As in a
/// [`serde_json::Value`], the last member of a name is the one that counts.
///
/// # Errors
/// When `text` as a whole is not what can become a [`serde_json::Value`].
pub(super) fn find(text: &[u8], pointer: &str, most: usize) -> serde_json::Result<Option<Read>> {
    let tokens: Vec<Cow<'_, str>> = pointer.split('/').skip(1).map(token).collect();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let found = Find { path: Some(&tokens), most }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(found)
}

fn token(written: &str) -> Cow<'_, str> {
    if written.contains('~') {
        Cow::Owned(written.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(written)
    }
}

/// The place in a list that a token names: digits alone, and none too many.
fn index(token: &str) -> Option<usize> {
    let is_plain = !token.starts_with('+') && (token == "0" || !token.starts_with('0'));
    if is_plain { token.parse().ok() } else { None }
}

/// Reads a value for what stands in it below `path`.
#[derive(Clone, Copy)]
struct Find<'a> {
    /// Nothing where nothing is asked for.
    path: Option<&'a [Cow<'a, str>]>,
    most: usize,
}

impl<'a> Find<'a> {
    const NOTHING: Self = Self { path: None, most: 0 };

    /// The next step, and what to read where it leads.
    fn step(self) -> (Option<&'a str>, Self) {
        match self.path.and_then(<[_]>::split_first) {
            Some((token, rest)) => (Some(token), Self { path: Some(rest), ..self }),
            None => (None, Self::NOTHING),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Find<'_> {
    type Value = Option<Read>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Read>, D::Error> {
        if self.path.is_some_and(<[_]>::is_empty) {
            let mut room = Room { left: self.most, was_enough: true };
            let value = Take(&mut room).deserialize(deserializer)?;
            Ok(Some(Read { value, is_whole: room.was_enough }))
        } else {
            deserializer.deserialize_any(self)
        }
    }
}

impl<'de> Visitor<'de> for Find<'_> {
    type Value = Option<Read>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Option<Read>, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Option<Read>, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Option<Read>, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Option<Read>, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Option<Read>, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Option<Read>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Option<Read>, A::Error> {
        let (token, further) = self.step();
        let index = token.and_then(index);
        let mut found = None;
        for at in 0.. {
            let is_here = index == Some(at);
            let seed = if is_here { further } else { Self::NOTHING };
            match items.next_element_seed(seed)? {
                Some(here) if is_here => found = here,
                Some(_) => {}
                None => break,
            }
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Option<Read>, A::Error> {
        let (token, further) = self.step();
        let mut found = None;
        while let Some(is_here) = members.next_key_seed(Key(token))? {
            if is_here {
                // Two of them are not to be there at a time.
                drop(found.take());
                found = members.next_value_seed(further)?;
            } else {
                members.next_value_seed(Self::NOTHING)?;
            }
        }
        Ok(found)
    }
}

/// Reads a member's name: whether it is this one.
struct Key<'a>(Option<&'a str>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(self.0 == Some(name))
    }
}

/// How many more values are kept.
struct Room {
    left: usize,
    was_enough: bool,
}

/// Reads a value and keeps as much of it as there is room for, itself in any case.
struct Take<'a>(&'a mut Room);

impl<'de> DeserializeSeed<'de> for Take<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        self.0.left = self.0.left.saturating_sub(1);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Take<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Json, E> {
        Ok(Json::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let Self(room) = self;
        let mut kept = Vec::new();
        while room.left > 0 {
            match items.next_element_seed(Take(room))? {
                Some(item) => kept.push(item),
                None => return Ok(Json::Array(kept)),
            }
        }
        while items.next_element_seed(Find::NOTHING)?.is_some() {
            room.was_enough = false;
        }
        Ok(Json::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let Self(room) = self;
        let mut kept = Map::new();
        while room.left > 0 {
            match members.next_key()? {
                Some(name) => kept.insert(name, members.next_value_seed(Take(room))?),
                None => return Ok(Json::Object(kept)),
            };
        }
        while members.next_entry_seed(Key(None), Find::NOTHING)?.is_some() {
            room.was_enough = false;
        }
        Ok(Json::Object(kept))
    }
}

#[cfg(test)]
mod tests;
