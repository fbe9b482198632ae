//! What a rejection says of when to come back.

use std::time::Duration;

use http::header::{DATE, HeaderMap, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::model::RetryAfter;

/// Reads `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, which is taken relative to the answer's
/// own `Date` because clocks differ; to `now` if it has none.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> RetryAfter {
    let Some(value) = headers.get(RETRY_AFTER) else { return RetryAfter::Absent };
    let Ok(text) = value.to_str() else { return RetryAfter::Unreadable };
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_or(RetryAfter::Unreadable, |seconds| {
            RetryAfter::In(Duration::from_secs(seconds))
        });
    }
    let date = |text: &str| DateTimeParser::new().parse_timestamp(text).ok();
    let Some(then) = date(text) else { return RetryAfter::Unreadable };
    let said = headers.get(DATE).and_then(|value| date(value.to_str().ok()?));
    // A date in the past is no wait.
    let wait = then.duration_since(said.unwrap_or(now));
    RetryAfter::In(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(value: &str, date: Option<&str>) -> RetryAfter {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        }
        retry_after(&headers, "1994-11-06T08:49:30Z".parse().unwrap())
    }

    #[test]
    fn it_is_seconds_or_a_date() {
        let seconds = |number| RetryAfter::In(Duration::from_secs(number));
        let (then, said) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:35 GMT");
        for (value, date, found) in [
            ("1", None, seconds(1)),
            (" 120 ", None, seconds(120)),
            ("0", None, seconds(0)),
            (then, Some(said), seconds(2)),
            (then, None, seconds(7)),
            (said, Some(then), seconds(0)),
            ("", None, RetryAfter::Unreadable),
            ("-1", None, RetryAfter::Unreadable),
            ("1.5", None, RetryAfter::Unreadable),
            ("soon", None, RetryAfter::Unreadable),
            ("99999999999999999999", None, RetryAfter::Unreadable),
        ] {
            assert_eq!(read(value, date), found, "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), Timestamp::UNIX_EPOCH), RetryAfter::Absent);
    }
}
