//! Quotes in CSV that are never closed.

/// Where a byte of CSV stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// At the begin of a field.
    Begin,
    /// In a field without quotes, or behind the closing one.
    Field,
    /// In quotes, which opened in this line.
    Quotes(u64),
    /// Behind a quote that closes, unless another one follows.
    Quote(u64),
}

/// The line of the quote that the file ends in, from 1; a reader of CSV takes all that follows it
/// for one value without a word.
pub(super) fn never_closed(bytes: &[u8]) -> Option<u64> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (mut line, mut within) = (1, Within::Begin);
    for byte in bytes {
        within = match (within, byte) {
            (Within::Begin, b'"') => Within::Quotes(line),
            (Within::Quotes(begin), b'"') => Within::Quote(begin),
            (Within::Quote(begin), b'"') | (Within::Quotes(begin), _) => Within::Quotes(begin),
            (_, b',' | b'\n' | b'\r') => Within::Begin,
            _ => Within::Field,
        };
        line += u64::from(*byte == b'\n');
    }
    match within {
        Within::Quotes(line) => Some(line),
        Within::Begin | Within::Field | Within::Quote(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_closed_by_the_next_that_is_alone() {
        for (text, line) in [
            ("a\n\"b\"\n", None),
            ("a\n\"b\"", None),
            ("\"a\"\"b\",c\n", None),
            ("a\"b\n", None),
            ("a,\"b\nc\",d", None),
            ("\u{feff}\"a\"", None),
            ("a\n\"b", Some(2)),
            ("a\r\nb,\"c\r\nd,e\r\n", Some(2)),
            ("a\n\"b\"\"", Some(2)),
            ("\"", Some(1)),
        ] {
            assert_eq!(never_closed(text.as_bytes()), line, "{text:?}");
        }
    }
}
