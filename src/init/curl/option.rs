//! The options of curl: which of them take a value, and which change the request.

/// An option and its value, if it takes one, by its long name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Argument<'w> {
    /// An option with a value.
    Option(&'w str, &'w str),
    /// An option without one.
    Flag(&'w str),
    /// A URL.
    Url(&'w str),
}

/// Short options and their long names.
const SHORT: &[(char, &str)] = &[
    ('A', "user-agent"),
    ('b', "cookie"),
    ('c', "cookie-jar"),
    ('C', "continue-at"),
    ('d', "data"),
    ('D', "dump-header"),
    ('e', "referer"),
    ('E', "cert"),
    ('F', "form"),
    ('g', "globoff"),
    ('G', "get"),
    ('H', "header"),
    ('I', "head"),
    ('k', "insecure"),
    ('K', "config"),
    ('L', "location"),
    ('m', "max-time"),
    ('o', "output"),
    ('P', "ftp-port"),
    ('Q', "quote"),
    ('r', "range"),
    ('t', "telnet-option"),
    ('T', "upload-file"),
    ('u', "user"),
    ('U', "proxy-user"),
    ('w', "write-out"),
    ('x', "proxy"),
    ('X', "request"),
    ('y', "speed-time"),
    ('Y', "speed-limit"),
    ('z', "time-cond"),
    (':', "next"),
];

/// Options that take a value.
const WITH_VALUE: &[&str] = &[
    "abstract-unix-socket",
    "cacert",
    "capath",
    "cert",
    "cert-type",
    "ciphers",
    "config",
    "connect-timeout",
    "connect-to",
    "continue-at",
    "cookie",
    "cookie-jar",
    "create-file-mode",
    "curves",
    "data",
    "data-ascii",
    "data-binary",
    "data-raw",
    "data-urlencode",
    "dns-servers",
    "doh-url",
    "dump-header",
    "etag-compare",
    "etag-save",
    "expect100-timeout",
    "form",
    "form-string",
    "ftp-port",
    "happy-eyeballs-timeout-ms",
    "header",
    "interface",
    "json",
    "keepalive-time",
    "key",
    "key-type",
    "limit-rate",
    "local-port",
    "max-filesize",
    "max-redirs",
    "max-time",
    "noproxy",
    "oauth2-bearer",
    "output",
    "output-dir",
    "parallel-max",
    "pass",
    "pinnedpubkey",
    "preproxy",
    "proto",
    "proto-default",
    "proto-redir",
    "proxy",
    "proxy-header",
    "proxy-user",
    "quote",
    "range",
    "rate",
    "referer",
    "request",
    "request-target",
    "resolve",
    "retry",
    "retry-delay",
    "retry-max-time",
    "socks4",
    "socks4a",
    "socks5",
    "socks5-hostname",
    "speed-limit",
    "speed-time",
    "stderr",
    "telnet-option",
    "time-cond",
    "tls-max",
    "tls13-ciphers",
    "trace",
    "trace-ascii",
    "unix-socket",
    "upload-file",
    "url",
    "url-query",
    "user",
    "user-agent",
    "variable",
    "write-out",
];

/// Options without a value, besides those that begin with `no-`.
const FLAGS: &[&str] = &[
    "anyauth",
    "basic",
    "ca-native",
    "compressed",
    "create-dirs",
    "crlf",
    "digest",
    "disable",
    "fail",
    "fail-early",
    "fail-with-body",
    "get",
    "globoff",
    "head",
    "http0.9",
    "http1.0",
    "http1.1",
    "http2",
    "http2-prior-knowledge",
    "http3",
    "http3-only",
    "include",
    "insecure",
    "ipv4",
    "ipv6",
    "junk-session-cookies",
    "location",
    "location-trusted",
    "negotiate",
    "netrc",
    "netrc-optional",
    "next",
    "ntlm",
    "parallel",
    "path-as-is",
    "post301",
    "post302",
    "post303",
    "progress-bar",
    "proxytunnel",
    "raw",
    "remote-header-name",
    "remote-name",
    "remote-name-all",
    "remote-time",
    "retry-all-errors",
    "retry-connrefused",
    "show-error",
    "show-headers",
    "silent",
    "ssl",
    "ssl-reqd",
    "styled-output",
    "suppress-connect-headers",
    "tcp-fastopen",
    "tcp-nodelay",
    "tlsv1",
    "tlsv1.0",
    "tlsv1.1",
    "tlsv1.2",
    "tlsv1.3",
    "tr-encoding",
    "trace-time",
    "verbose",
];

/// The arguments that `words`, without the name of the command, are for curl. The error says
/// which of them is none that is known.
pub(super) fn arguments(words: &[String]) -> Result<Vec<Argument<'_>>, String> {
    let mut arguments = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) {
            if WITH_VALUE.contains(&name) {
                arguments.push(Argument::Option(name, value(word, &mut words)?));
            } else if FLAGS.contains(&name) || name.starts_with("no-") {
                arguments.push(Argument::Flag(name));
            } else {
                let name = name.split('=').next().unwrap_or_default();
                return Err(format!("its option `--{name}` is not known"));
            }
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            for (at, letter) in letters.char_indices() {
                let known = SHORT.iter().find(|(short, _)| *short == letter);
                // The other letters change how curl speaks, not what it requests.
                let Some((_, name)) = known else { continue };
                if !WITH_VALUE.contains(name) {
                    arguments.push(Argument::Flag(name));
                    continue;
                }
                let attached = &letters[at + letter.len_utf8()..];
                let given = if attached.is_empty() { value(word, &mut words)? } else { attached };
                arguments.push(Argument::Option(name, given));
                break;
            }
        } else {
            arguments.push(Argument::Url(word));
        }
    }
    Ok(arguments)
}

fn value<'w>(option: &str, words: &mut impl Iterator<Item = &'w str>) -> Result<&'w str, String> {
    words.next().ok_or_else(|| format!("its option `{option}` lacks a value"))
}

#[cfg(test)]
mod tests {
    use super::Argument::*;
    use super::*;

    #[test]
    fn options_are_long_short_attached_and_in_clusters() {
        for (line, expected) in [
            ("-X POST a", &[Option("request", "POST"), Url("a")][..]),
            ("-XPOST --request PUT", &[Option("request", "POST"), Option("request", "PUT")]),
            ("-sSLo out a", &[Flag("location"), Option("output", "out"), Url("a")]),
            ("-skd@x --compressed", &[Flag("insecure"), Option("data", "@x"), Flag("compressed")]),
            ("--no-buffer -", &[Flag("no-buffer"), Url("-")]),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(arguments(&words).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn options_that_are_not_known_or_lack_their_value_are_told() {
        for (line, why) in [("--frobnicate=hunter2 a", "`--frobnicate`"), ("a -H", "`-H` lacks")] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let error = arguments(&words).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn every_short_option_is_a_long_one() {
        for (short, name) in SHORT {
            assert!(WITH_VALUE.contains(name) || FLAGS.contains(name), "-{short} {name}");
        }
    }
}
