//! Compressed bodies, decoded for whoever looks into them: when the answer's time has been taken, so
//! that decoding is no part of any latency.

use std::io::{self, Read};

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::header::{CONTENT_ENCODING, HeaderMap};

/// Longest name of a coding that is shown, in characters.
const LONGEST_NAME: usize = 40;

/// How a body is compressed (RFC 9110, section 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
}

/// Why a body cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undecoded {
    /// Nobody here knows how; shown as far as the name can be.
    Unknown(String),
    /// It is not what its headers say.
    Broken(&'static str),
    /// It would be longer than is looked into.
    TooLong,
}

/// What `body` is once it is decoded, of `most` bytes at most; nothing if it is not coded. No more than
/// that is ever decoded, whatever the body would become.
pub(super) fn decoded(
    headers: &HeaderMap,
    body: &[u8],
    most: usize,
) -> Result<Option<Vec<u8>>, Undecoded> {
    // What answers a HEAD has the header and no body.
    if body.is_empty() {
        return Ok(None);
    }
    let Some(coding) = coding(headers)? else { return Ok(None) };
    let (name, read) = match coding {
        Coding::Gzip => ("gzip", bounded(MultiGzDecoder::new(body), most)),
        Coding::Deflate if is_zlib(body) => ("deflate", bounded(ZlibDecoder::new(body), most)),
        Coding::Deflate => ("deflate", bounded(DeflateDecoder::new(body), most)),
    };
    let decoded = read.map_err(|_| Undecoded::Broken(name))?;
    if decoded.len() > most { Err(Undecoded::TooLong) } else { Ok(Some(decoded)) }
}

/// The one coding that is not `identity`.
fn coding(headers: &HeaderMap) -> Result<Option<Coding>, Undecoded> {
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let names = values.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    let names = names.map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase());
    let names: Vec<String> = names.filter(|name| !name.is_empty() && name != "identity").collect();
    match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(None),
        ["gzip" | "x-gzip"] => Ok(Some(Coding::Gzip)),
        ["deflate"] => Ok(Some(Coding::Deflate)),
        _ => Err(Undecoded::Unknown(shown(&names.join(", ")))),
    }
}

fn shown(names: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_+. ,".contains(c);
    if names.len() <= LONGEST_NAME && names.chars().all(plain) {
        names.to_owned()
    } else {
        "something else".to_owned()
    }
}

/// Whether it begins as zlib's format does (RFC 1950, section 2.2), which deflate stands for in HTTP.
/// Some servers send what is inside of it alone.
fn is_zlib(body: &[u8]) -> bool {
    let [first, second, ..] = *body else { return true };
    first & 0x0f == 8 && u16::from_be_bytes([first, second]) % 31 == 0
}

/// One byte more than `most` at most, so that it shows.
fn bounded(decoder: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    decoder.take(most as u64 + 1).read_to_end(&mut body)?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const MOST: usize = 1 << 20;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn bare(text: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn coded(coding: &'static str, body: &[u8]) -> Result<Option<Vec<u8>>, Undecoded> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        decoded(&headers, body, MOST)
    }

    #[test]
    fn what_is_compressed_is_what_it_was_before() {
        let text = b"{\"status\": \"ok\"}".as_slice();
        for (coding, body) in [
            ("gzip", gzip(text)),
            ("GZip", gzip(text)),
            ("x-gzip", gzip(text)),
            ("identity, gzip", gzip(text)),
            ("deflate", zlib(text)),
            ("deflate", bare(text)),
        ] {
            assert_eq!(coded(coding, &body), Ok(Some(text.to_vec())), "{coding}");
        }
        let two = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(coded("gzip", &two), Ok(Some(b"one two".to_vec())));
    }

    #[test]
    fn what_is_not_compressed_stays_as_it_is() {
        assert_eq!(decoded(&HeaderMap::new(), b"text", MOST), Ok(None));
        assert_eq!(coded("identity", b"text"), Ok(None));
        assert_eq!(coded("gzip", b""), Ok(None));
    }

    #[test]
    fn what_cannot_be_decoded_is_named_as_far_as_it_can_be_shown() {
        for (coding, shown) in [
            ("br", "br"),
            ("gzip, gzip", "gzip, gzip"),
            ("zstd,br", "zstd, br"),
            ("<script>", "something else"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "something else"),
        ] {
            assert_eq!(coded(coding, b"x"), Err(Undecoded::Unknown(shown.to_owned())));
        }
    }

    #[test]
    fn what_is_broken_or_cut_is_not_taken_for_the_whole() {
        let whole = gzip(b"a text that is long enough to be cut");
        for length in 1..whole.len() {
            assert_eq!(coded("gzip", &whole[..length]), Err(Undecoded::Broken("gzip")), "{length}");
        }
        assert_eq!(coded("gzip", b"{}"), Err(Undecoded::Broken("gzip")));
        assert_eq!(coded("deflate", b"{}"), Err(Undecoded::Broken("deflate")));
    }

    #[test]
    fn nothing_is_decoded_beyond_the_limit() {
        assert_eq!(
            coded("gzip", &gzip(&vec![b'x'; MOST])).map(|it| it.map(|it| it.len())),
            Ok(Some(MOST))
        );
        assert_eq!(coded("gzip", &gzip(&vec![b'x'; MOST + 1])), Err(Undecoded::TooLong));
        // What follows the limit is never looked at, so that it may be broken as well.
        let mut bomb = gzip(&vec![0; 64 * MOST]);
        bomb.truncate(bomb.len() / 2);
        assert_eq!(coded("gzip", &bomb), Err(Undecoded::TooLong));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(text in prop::collection::vec(any::<u8>(), 1..2000)) {
            for (coding, body) in [("gzip", gzip(&text)), ("deflate", zlib(&text))] {
                prop_assert_eq!(coded(coding, &body), Ok(Some(text.clone())));
            }
        }

        #[test]
        fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            for coding in ["gzip", "deflate"] {
                let _ = coded(coding, &bytes);
            }
        }
    }
}
