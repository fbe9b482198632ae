//! What looks like a secret, by its name or by itself.
//!
//! A guess too many costs whoever uses the file a variable; one too few puts a password into a
//! repository. So the words are many.

/// Words that make a header or a field a secret.
const WORDS: &[&str] = &[
    "apikey",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "csrf",
    "jwt",
    "otp",
    "passcode",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "pwd",
    "secret",
    "sessionid",
    "sig",
    "signature",
    "vault",
    "xsrf",
];

/// Words before `code` that make it a secret, which it is alone in the answer to an authorization
/// request (RFC 6749, section 4.1.2).
const CODES: &[&str] = &["auth", "authorization", "device", "mfa", "user", "verification"];

/// Words before `token` that make it a place in a list rather than a secret.
const PLACES: &[&str] = &["continuation", "cursor", "next", "page", "prev", "previous", "sync"];

/// Words before `key` that make it a secret in a query or a body.
const KEYS: &[&str] = &[
    "access",
    "account",
    "api",
    "app",
    "auth",
    "client",
    "master",
    "private",
    "secret",
    "subscription",
];

/// Beginnings of tokens that are given out under any name.
const TOKENS: &[&str] = &[
    "AIza",
    "AKIA",
    "eyJ",
    "ghp_",
    "github_pat_",
    "glpat-",
    "sk-",
    "sk_live_",
    "sk_test_",
    "xoxb-",
    "xoxp-",
];
/// Shorter texts with such a beginning are words.
const SHORTEST_TOKEN: usize = 20;

/// Whether a header of that name holds a secret.
pub(super) fn is_secret_header(name: &str) -> bool {
    let words = words(name);
    let has = |word: &str| words.iter().any(|known| known == word);
    has_secret_word(&words)
        || has("auth")
        || has("session")
        || (words.last().is_some_and(|last| last == "key") && !has("idempotency"))
}

/// Whether a field of that name, in a body, a form or a query, holds a secret.
pub(super) fn is_secret_field(name: &str) -> bool {
    let words = words(name);
    let key = words.iter().zip(words.iter().skip(1)).any(|(before, word)| {
        (word == "key" && KEYS.contains(&before.as_str())) || (word == "id" && before == "session")
    });
    let code = words.iter().zip(words.iter().skip(1));
    let mut code = code.filter(|(before, _)| CODES.contains(&before.as_str()));
    let code = code.any(|(_, word)| word == "code");
    key || code || has_secret_word(&words) || words == ["auth"] || words == ["session"]
}

/// Whether a parameter of that name in a query holds a secret. `code` is what an authorization gives
/// (RFC 6749, section 4.1.2).
pub(super) fn is_secret_parameter(name: &str) -> bool {
    is_secret_field(name) || words(name) == ["key"] || words(name) == ["code"]
}

/// Whether a form exchanges a code for a token (RFC 6749, section 4.1.3).
pub(super) fn is_token_request(names: &[&str]) -> bool {
    names.contains(&"code") && names.contains(&"grant_type")
}

/// Whether a query is the answer to an authorization request, of which `code` and `state` are good
/// for one session (RFC 6749, section 4.1.2).
pub(super) fn is_callback(names: &[&str]) -> bool {
    names.contains(&"code") && names.contains(&"state")
}

/// Whether a segment of a path is too random to be a name: no word and no id that is counted up,
/// but such as a link to reset a password has. A UUID is taken for an id.
pub(super) fn looks_random(segment: &str) -> bool {
    const SHORTEST: usize = 24;
    let kinds = [
        segment.bytes().filter(u8::is_ascii_digit).count(),
        segment.bytes().filter(u8::is_ascii_lowercase).count(),
        segment.bytes().filter(u8::is_ascii_uppercase).count(),
    ];
    let plain = segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    // Text of all three kinds, or hexadecimal without the dashes of a UUID.
    let mixed = kinds.iter().all(|&count| count >= 3);
    let hexadecimal =
        segment.len() >= 40 && segment.bytes().all(|byte| byte.is_ascii_hexdigit()) && kinds[0] > 4;
    plain && segment.len() >= SHORTEST && (mixed || hexadecimal)
}

/// Whether a value is a secret whatever it is called.
pub(super) fn looks_like_token(value: &str) -> bool {
    value.len() >= SHORTEST_TOKEN
        && TOKENS.iter().any(|beginning| value.starts_with(beginning))
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte))
}

/// Words that stand before secrets in texts of any form.
const SPOKEN: &[&str] =
    &["password", "passwd", "secret", "token", "api_key", "apikey", "api-key", "credential"];

/// Whether a text of unknown form speaks of secrets, so that it may hold one.
pub(super) fn speaks_of_secrets(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SPOKEN.iter().any(|word| text.contains(word))
}

/// Whether a value has a secret within it: `password: "…"`, `token=…`, or the password of a URL.
pub(super) fn contains_secret(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let assigned = SPOKEN.iter().any(|word| {
        value.match_indices(word).any(|(at, _)| is_assigned(&value[at + word.len()..]))
    });
    let user =
        value.split("://").skip(1).filter_map(|rest| rest.split(['/', '?', '#', ' ']).next());
    assigned || user.filter_map(|rest| rest.rsplit_once('@')).any(|(user, _)| user.contains(':'))
}

/// Whether what follows a word gives it a value: behind a colon only a quoted one, since a type or
/// a variable may stand there too.
fn is_assigned(rest: &str) -> bool {
    let rest =
        rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_-\"'\\ ".contains(c));
    let Some(sign) = rest.chars().next().filter(|c| [':', '='].contains(c)) else { return false };
    let given = rest[1..].trim_start_matches(['\\', ' ']);
    given.starts_with(['"', '\''])
        || (sign == '=' && given.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

fn has_secret_word(words: &[String]) -> bool {
    let token = words.iter().position(|word| word == "token").is_some_and(|at| {
        at.checked_sub(1).is_none_or(|before| !PLACES.contains(&words[before].as_str()))
    });
    token || words.iter().any(|word| WORDS.contains(&word.as_str()))
}

/// The words of a name, in lower case: `accessToken` and `x-access-token` have the same last two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let characters: Vec<char> = name.chars().collect();
    for (index, c) in characters.iter().enumerate() {
        let after_lower = index > 0 && characters[index - 1].is_lowercase();
        let before_lower = characters.get(index + 1).is_some_and(|next| next.is_lowercase());
        let after_upper = index > 0 && characters[index - 1].is_uppercase();
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        if c.is_uppercase() && (after_lower || (after_upper && before_lower)) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A name for the variable that holds the secret of that name: `x-api-key` becomes `X_API_KEY`.
pub(super) fn variable_name(name: &str) -> String {
    let words: Vec<String> = words(name)
        .into_iter()
        .map(|word| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>())
        .filter(|word| !word.is_empty())
        .map(|word| word.to_ascii_uppercase())
        .collect();
    let name = words.join("_");
    match name.as_str() {
        "" => "SECRET".to_owned(),
        // The shell sets these itself.
        "PWD" | "USER" | "HOME" | "PATH" | "SHELL" | "SESSION" => format!("SERVICE_{name}"),
        _ if name.starts_with(|c: char| c.is_ascii_digit()) => format!("SECRET_{name}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_hold_secrets_are_known_by_their_words() {
        for name in [
            "authorization",
            "proxy-authorization",
            "cookie",
            "x-api-key",
            "apikey",
            "x-auth-token",
            "x-csrf-token",
            "ocp-apim-subscription-key",
            "x-amz-security-token",
            "x-session",
            "x-hub-signature",
            "x-user-pass",
            "x-vault",
        ] {
            assert!(is_secret_header(name), "{name}");
        }
        for name in ["accept", "content-type", "idempotency-key", "x-request-id", "x-author"] {
            assert!(!is_secret_header(name), "{name}");
        }
    }

    #[test]
    fn fields_that_hold_secrets_are_known_by_their_words() {
        for name in [
            "password",
            "newPassword",
            "accessToken",
            "API_KEY",
            "clientSecret",
            "csrf_token",
            "APIKey",
            "pass",
            "pin",
            "auth_code",
            "vault",
        ] {
            assert!(is_secret_field(name), "{name}");
        }
        for name in [
            "key",
            "code",
            "country_code",
            "spin",
            "passenger",
            "max_tokens",
            "page_token",
            "nextPageToken",
            "sort_key",
            "author",
            "name",
        ] {
            assert!(!is_secret_field(name), "{name}");
        }
        assert!(is_secret_parameter("key") && is_secret_parameter("code"));
        assert!(!is_secret_parameter("country_code"));
    }

    #[test]
    fn tokens_are_known_by_their_beginning() {
        assert!(looks_like_token("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln"));
        assert!(looks_like_token("ghp_0123456789abcdefghij"));
        for word in ["eyJ", "sk-1", "a text that is long but no token"] {
            assert!(!looks_like_token(word), "{word}");
        }
    }

    #[test]
    fn random_segments_are_told_from_names_and_ids() {
        for segment in [
            "b3BhcXVlLXRva2VuLTEyMzQ1Njc4OTA",
            "dGhpc0lzQVJlc2V0TGluazQyOTg3NjU",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        ] {
            assert!(looks_random(segment), "{segment}");
        }
        for segment in [
            "7",
            "123e4567-e89b-12d3-a456-426614174000",
            "the-quick-brown-fox-jumps-over-2024",
            "getPerformanceBaselineReport",
            "20240131235959000000000000",
        ] {
            assert!(!looks_random(segment), "{segment}");
        }
    }

    #[test]
    fn an_answer_to_an_authorization_request_is_known_by_its_parameters() {
        assert!(is_callback(&["code", "state"]) && !is_callback(&["code", "page"]));
    }

    #[test]
    fn secrets_within_values_are_found() {
        for value in [
            "mutation { login(password: \"hunter2\") { id } }",
            "{\\\"accessToken\\\":\\\"hunter2\\\"}",
            "user=ada&password=hunter2",
            "postgres://ada:hunter2@host/db",
        ] {
            assert!(contains_secret(value), "{value}");
        }
        for value in [
            "mutation($password: String!) { login(password: $password) { id } }",
            "a token of thanks: none",
            "https://host/@ada:1",
            "max_tokens",
        ] {
            assert!(!contains_secret(value), "{value}");
        }
    }

    #[test]
    fn variables_are_named_after_what_they_hold() {
        for (name, variable) in [
            ("x-api-key", "X_API_KEY"),
            ("accessToken", "ACCESS_TOKEN"),
            ("bearerAuth", "BEARER_AUTH"),
            ("pwd", "SERVICE_PWD"),
            ("2fa", "SECRET_2FA"),
            ("§", "SECRET"),
        ] {
            assert_eq!(variable_name(name), variable);
        }
    }
}
