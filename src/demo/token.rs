//! Access tokens: signed, not stored, so that a million logins cost no memory.

use std::time::Duration;

/// Signs and checks tokens of the form `issued.user.signature`, all in hexadecimal digits.
#[derive(Debug)]
pub(super) struct Tokens {
    key: [u8; 32],
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unaccepted {
    /// Not one of ours.
    Unknown,
    /// Issued too long ago.
    Expired,
}

impl Tokens {
    /// Tokens of one seed are refused under another.
    pub(super) fn new(seed: u64) -> Self {
        Self { key: blake3::derive_key("perfbase demo access tokens", &seed.to_le_bytes()) }
    }

    /// A token for `user`, issued at `now`.
    pub(super) fn issue(&self, user: &str, now: Duration) -> String {
        let signed = format!("{:x}.{}", now.as_millis(), to_hex(user.as_bytes()));
        let signature = self.sign(&signed);
        format!("{signed}.{signature}")
    }

    /// The user of `token`, if it was issued here and lives at `now`.
    pub(super) fn user(
        &self,
        token: &str,
        now: Duration,
        lifetime: Duration,
    ) -> Result<String, Unaccepted> {
        let read = || {
            let (signed, signature) = token.rsplit_once('.')?;
            if self.sign(signed) != signature {
                return None;
            }
            let (issued, user) = signed.split_once('.')?;
            let issued = Duration::from_millis(u64::from_str_radix(issued, 16).ok()?);
            Some((issued, String::from_utf8(from_hex(user)?).ok()?))
        };
        let (issued, user) = read().ok_or(Unaccepted::Unknown)?;
        if issued + lifetime > now { Ok(user) } else { Err(Unaccepted::Expired) }
    }

    fn sign(&self, text: &str) -> String {
        to_hex(&blake3::keyed_hash(&self.key, text.as_bytes()).as_bytes()[..16])
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| Some(digit.to_digit(16)? as u8)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_token_names_its_user_until_it_expires() {
        let tokens = Tokens::new(1);
        let token = tokens.issue("zoë", SECOND);
        assert_eq!(tokens.user(&token, SECOND, SECOND), Ok("zoë".to_owned()));
        assert_eq!(tokens.user(&token, SECOND * 2, SECOND), Err(Unaccepted::Expired));
        assert_eq!(tokens.user(&token, SECOND, Duration::ZERO), Err(Unaccepted::Expired));
    }

    #[test]
    fn a_token_that_was_changed_or_signed_elsewhere_is_unknown() {
        let tokens = Tokens::new(1);
        let token = tokens.issue("ann", SECOND);
        let changed = token.replacen('.', "0.", 1);
        let foreign = Tokens::new(2).issue("ann", SECOND);
        for bad in [changed.as_str(), &foreign, "", "..", "a.b.c"] {
            assert_eq!(tokens.user(bad, SECOND, SECOND), Err(Unaccepted::Unknown), "{bad}");
        }
    }
}
