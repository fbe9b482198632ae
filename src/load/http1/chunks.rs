//! The chunked transfer coding (RFC 9112, section 7.1), read piece by piece.

use super::head::MOST_HEADERS;

/// Most bytes of all chunk extensions of one body.
const LONGEST_EXTENSIONS: usize = 16 << 10;

/// Most bytes of a body's trailers.
const LONGEST_TRAILERS: usize = 16 << 10;

/// Where in a chunked body the next byte is.
#[derive(Debug)]
pub(super) struct Chunks {
    state: State,
    /// Of the chunk under way, what has not come yet.
    left: u64,
    extensions: usize,
    trailers: Vec<u8>,
    trailer_lines: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a size's first digit.
    Start,
    Size,
    SpaceAfterSize,
    Extension,
    /// Before the line feed of a size's line.
    SizeEnd,
    Data,
    DataReturn,
    DataFeed,
    /// At the begin of a line behind the last chunk.
    Trailers,
    Trailer,
    TrailerEnd,
    /// Before the last line feed.
    End,
}

/// The body breaks the rules of the coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

impl Chunks {
    pub(super) fn new() -> Self {
        Self { state: State::Start, left: 0, extensions: 0, trailers: Vec::new(), trailer_lines: 0 }
    }

    /// Takes the next `bytes` and gives the data among them to `take`. When the body ends here, says
    /// how many bytes were its own.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&[u8]),
    ) -> Result<Option<usize>, Broken> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.state == State::Data {
                let rest = &bytes[at..];
                let length = usize::try_from(self.left).map_or(rest.len(), |n| n.min(rest.len()));
                take(&rest[..length]);
                self.left -= length as u64;
                at += length;
                if self.left == 0 {
                    self.state = State::DataReturn;
                }
                continue;
            }
            at += 1;
            if self.state == State::End {
                self.end(byte)?;
                return Ok(Some(at));
            }
            self.state = self.step(byte)?;
        }
        Ok(None)
    }

    fn step(&mut self, byte: u8) -> Result<State, Broken> {
        match (self.state, byte) {
            (State::Start | State::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                self.digit(byte)?;
                Ok(State::Size)
            }
            (State::Size | State::SpaceAfterSize, b' ' | b'\t') => Ok(State::SpaceAfterSize),
            (State::Size | State::SpaceAfterSize, b';') => Ok(State::Extension),
            (State::Size | State::SpaceAfterSize | State::Extension, b'\r') => Ok(State::SizeEnd),
            // A line feed alone is where smuggling begins.
            (State::Extension, b'\n') => Err(Broken),
            (State::Extension, _) => {
                self.extensions += 1;
                if self.extensions >= LONGEST_EXTENSIONS {
                    Err(Broken)
                } else {
                    Ok(State::Extension)
                }
            }
            (State::SizeEnd, b'\n') if self.left == 0 => Ok(State::Trailers),
            (State::SizeEnd, b'\n') => Ok(State::Data),
            (State::DataReturn, b'\r') => Ok(State::DataFeed),
            (State::DataFeed, b'\n') => Ok(State::Start),
            (State::Trailers, b'\r') => Ok(State::End),
            (State::Trailer, b'\r') => Ok(State::TrailerEnd),
            (State::Trailers | State::Trailer, _) => {
                self.keep(byte)?;
                Ok(State::Trailer)
            }
            (State::TrailerEnd, b'\n') => {
                self.keep(b'\r')?;
                self.keep(b'\n')?;
                self.trailer_lines += 1;
                if self.trailer_lines > MOST_HEADERS { Err(Broken) } else { Ok(State::Trailers) }
            }
            (
                State::Start
                | State::Size
                | State::SpaceAfterSize
                | State::SizeEnd
                | State::Data
                | State::DataReturn
                | State::DataFeed
                | State::TrailerEnd
                | State::End,
                _,
            ) => Err(Broken),
        }
    }

    fn digit(&mut self, byte: u8) -> Result<(), Broken> {
        let value = char::from(byte).to_digit(16).ok_or(Broken)?;
        let left = self.left.checked_mul(16).and_then(|left| left.checked_add(value.into()));
        self.left = left.ok_or(Broken)?;
        Ok(())
    }

    fn keep(&mut self, byte: u8) -> Result<(), Broken> {
        self.trailers.push(byte);
        if self.trailers.len() >= LONGEST_TRAILERS { Err(Broken) } else { Ok(()) }
    }

    /// Takes the last byte. Trailers are read for their form alone; nobody asks for them.
    fn end(&mut self, byte: u8) -> Result<(), Broken> {
        if byte != b'\n' {
            return Err(Broken);
        }
        if self.trailers.is_empty() {
            return Ok(());
        }
        self.trailers.extend_from_slice(b"\r\n");
        let mut memory = [httparse::EMPTY_HEADER; MOST_HEADERS];
        match httparse::parse_headers(&self.trailers, &mut memory) {
            Ok(httparse::Status::Complete(_)) => Ok(()),
            Ok(httparse::Status::Partial) | Err(_) => Err(Broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The body's data, and how many bytes behind it were not its own; `None` while it has not ended.
    fn read(pieces: &[&[u8]]) -> Result<Option<(Vec<u8>, usize)>, Broken> {
        let mut chunks = Chunks::new();
        let mut data = Vec::new();
        let mut after = None;
        for piece in pieces {
            after = match after {
                Some(after) => Some(after + piece.len()),
                None => chunks
                    .feed(piece, |bytes| data.extend_from_slice(bytes))?
                    .map(|own| piece.len() - own),
            };
        }
        Ok(after.map(|after| (data, after)))
    }

    fn data(bytes: &str) -> Result<Option<(String, usize)>, Broken> {
        let read = read(&[bytes.as_bytes()])?;
        Ok(read.map(|(data, after)| (String::from_utf8(data).unwrap(), after)))
    }

    #[test]
    fn what_is_well_formed_gives_its_data_and_what_follows_is_left() {
        for (bytes, expected, after) in [
            ("0\r\n\r\n", "", 0),
            ("3\r\nabc\r\n0\r\n\r\n", "abc", 0),
            ("3\r\nabc\r\n02\r\nde\r\n000\r\n\r\n", "abcde", 0),
            ("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", 0),
            ("1;name=value\r\na\r\n0;x;y=\"z\"\r\n\r\n", "a", 0),
            ("1 \t\r\na\r\n0 ;x\r\n\r\n", "a", 0),
            ("1\r\na\r\n0\r\nexpires: never\r\nx:\r\n\r\n", "a", 0),
            ("1\r\n\r\r\n0\r\n\r\nHTTP/1.1", "\r", 8),
        ] {
            assert_eq!(data(bytes), Ok(Some((expected.to_owned(), after))), "{bytes:?}");
        }
    }

    #[test]
    fn what_has_not_ended_is_waited_for() {
        for bytes in ["", "3", "3\r\nab", "3\r\nabc\r\n", "0\r\n", "0\r\n\r", "0\r\na: b\r\n"] {
            assert_eq!(data(bytes), Ok(None), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_malformed_is_broken() {
        for bytes in [
            "\r\n",
            "g\r\n",
            "-1\r\n",
            "+1\r\n",
            "0x1\r\n",
            " 1\r\n",
            "1 1\r\n",
            "1\n",
            "1\r\r",
            "1;a\nb\r\n",
            "1\r\nab",
            "1\r\na\n",
            "1\r\na\rb",
            "0\r\n\rx",
            "0\r\nno colon\r\n\r\n",
            "0\r\n folded: a\r\n\r\n",
            "0\r\na: b\rc",
            "10000000000000000\r\n",
        ] {
            assert_eq!(data(bytes), Err(Broken), "{bytes:?}");
        }
    }

    #[test]
    fn extensions_and_trailers_are_bounded() {
        let extension = format!("1;{}", "x".repeat(LONGEST_EXTENSIONS));
        assert_eq!(data(&extension), Err(Broken));
        let spread = "1;x\r\na\r\n".repeat(LONGEST_EXTENSIONS);
        assert_eq!(data(&spread), Err(Broken));
        let long = format!("0\r\na: {}", "x".repeat(LONGEST_TRAILERS));
        assert_eq!(data(&long), Err(Broken));
        let many = format!("0\r\n{}\r\n", "a: b\r\n".repeat(MOST_HEADERS + 1));
        assert_eq!(data(&many), Err(Broken));
        let most = format!("0\r\n{}\r\n", "a: b\r\n".repeat(MOST_HEADERS));
        assert_eq!(data(&most), Ok(Some((String::new(), 0))));
    }

    proptest! {
        #[test]
        fn data_is_read_back_however_it_is_divided_and_cut(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
            extension in "(;[a-z]{0,5})?",
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
            after in prop::collection::vec(any::<u8>(), 0..5),
        ) {
            let mut bytes = Vec::new();
            for chunk in &chunks {
                bytes.extend_from_slice(format!("{:x}{extension}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
            bytes.extend_from_slice(&after);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect();
            prop_assert_eq!(read(&pieces), Ok(Some((chunks.concat(), after.len()))));
        }

        #[test]
        fn any_bytes_end_the_same_however_they_are_cut(
            bytes in prop::collection::vec(
                prop::sample::select(b"\r\n0123af;: xyz".to_vec()), 0..60,
            ),
        ) {
            let whole = read(&[&bytes]);
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(read(&single), whole);
        }
    }
}
