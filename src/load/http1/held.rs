//! A head that has come in part.

use super::reading::LONGEST_HEAD;

/// Up to so many bytes a head is parsed with whatever comes of it, so that what is none is told at once.
/// Of a longer one that would be most of the work there is: each time all of it is read anew.
const SHORT: usize = 4 << 10;

/// The bytes of a head so far, and whether it is worth while to parse them.
#[derive(Debug, Default)]
pub(super) struct Held {
    bytes: Vec<u8>,
    /// How many of them there were when they were last parsed.
    parsed: usize,
    line: Line,
    /// Whether its end has come since.
    has_ended: bool,
}

/// What has come of the last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Line {
    /// Nothing, nor of any before it: empty lines in front of a head are passed over.
    #[default]
    First,
    /// Nothing.
    Empty,
    Text,
}

impl Held {
    /// These, which have not been parsed yet.
    pub(super) fn unparsed(bytes: Vec<u8>) -> Self {
        let mut held = Self::default();
        held.look(&bytes);
        held.bytes = bytes;
        held
    }

    /// These, which have just been parsed.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let mut held = Self::unparsed(bytes);
        held.note_parsed();
        held
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn add(&mut self, data: &[u8]) {
        self.look(data);
        self.bytes.extend_from_slice(data);
    }

    /// Whether it has to be parsed now. A long one is when its end has come, when it is twice as long as
    /// the last time, and when it is as long as none may be.
    pub(super) fn is_due(&self) -> bool {
        let length = self.bytes.len();
        length <= SHORT
            || self.has_ended
            || length >= self.parsed.saturating_mul(2)
            || length >= LONGEST_HEAD
    }

    /// Notes that all of it was parsed, and there must be more.
    pub(super) fn note_parsed(&mut self) {
        self.parsed = self.bytes.len();
        self.has_ended = false;
    }

    /// Looks for an empty line, which ends a head, whether lines end with CR LF or with LF alone.
    fn look(&mut self, data: &[u8]) {
        for byte in data {
            self.line = match (byte, self.line) {
                (b'\r', line) | (b'\n', line @ Line::First) => line,
                (b'\n', Line::Text) => Line::Empty,
                (b'\n', Line::Empty) => {
                    self.has_ended = true;
                    Line::Empty
                }
                _ => Line::Text,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often a head is parsed that comes byte by byte, and whether it is with the last one.
    fn parsed(bytes: &[u8]) -> (usize, bool) {
        let mut held = Held::of(bytes[..1].to_vec());
        let mut times = 0;
        let mut is_due = false;
        for byte in &bytes[1..] {
            held.add(std::slice::from_ref(byte));
            is_due = held.is_due();
            if is_due {
                times += 1;
                held.note_parsed();
            }
        }
        (times, is_due)
    }

    #[test]
    fn a_long_head_that_comes_byte_by_byte_is_not_parsed_with_each_of_them() {
        let long = "x".repeat(60_000);
        let lines = "x: yy\n".repeat(10_000);
        for head in [
            format!("HTTP/1.1 200 OK\r\nx: {long}\r\n\r\n"),
            format!("HTTP/1.1 200 OK\nx: {long}\n\n"),
            format!("{}HTTP/1.1 200 OK\r\nx: y\r\n\r\n", "\r\n".repeat(30_000)),
            format!("{}HTTP/1.1 200 OK\n{lines}\n", "\n".repeat(100)),
        ] {
            let (times, is_due) = parsed(head.as_bytes());
            assert!(is_due, "its end is found");
            assert!(times <= SHORT + 6, "{times}");
        }
    }
}
