//! Paths that differ only in ids become one template.

use std::collections::HashMap;

/// Hexadecimal digits from which on a segment is an id rather than a word.
const LONG_HEX: usize = 16;

/// The template of each of `paths`, in their order: where several paths differ only in segments
/// that look like ids, these are braces (`/builds/{id}`), and so is what can be nothing but an id; all
/// else stays.
pub(super) fn templates(paths: &[&str]) -> Vec<String> {
    let split: Vec<Vec<&str>> = paths.iter().map(|path| path.split('/').collect()).collect();
    let shapes: Vec<Vec<Option<&str>>> = split
        .iter()
        .map(|segments| segments.iter().map(|s| (!is_id(s)).then_some(*s)).collect())
        .collect();
    let mut first: HashMap<&[Option<&str>], usize> = HashMap::new();
    let mut varies: HashMap<&[Option<&str>], Vec<bool>> = HashMap::new();
    for (index, (segments, shape)) in split.iter().zip(&shapes).enumerate() {
        let first = &split[*first.entry(shape).or_insert(index)];
        let varies = varies.entry(shape).or_insert_with(|| vec![false; segments.len()]);
        for ((varies, segment), first) in varies.iter_mut().zip(segments).zip(first) {
            *varies |= segment != first;
        }
    }
    split
        .iter()
        .zip(&shapes)
        .map(|(segments, shape)| template(segments, varies.get(&shape[..]).map_or(&[], |v| v)))
        .collect()
}

fn template(segments: &[&str], varies: &[bool]) -> String {
    let mut ids = 0;
    let named: Vec<String> = segments
        .iter()
        .zip(varies)
        .map(|(segment, varies)| {
            if !varies && !is_nothing_else(segment) {
                return (*segment).to_owned();
            }
            ids += 1;
            if ids == 1 { "{id}".to_owned() } else { format!("{{id_{ids}}}") }
        })
        .collect();
    named.join("/")
}

/// Whether a segment looks like an id: a number, a UUID, or many hexadecimal digits.
fn is_id(segment: &str) -> bool {
    let is_number = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    is_number || is_nothing_else(segment)
}

/// Whether a segment is an id though no other is known: a UUID, or many hexadecimal digits. A number
/// may be a version, a year or a size.
fn is_nothing_else(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let groups: Vec<&str> = segment.split('-').collect();
    let is_uuid = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| is_hex(group));
    // A word of nothing but the letters a to f is none of that length, a time of nothing but digits is.
    let is_long_hex =
        segment.len() >= LONG_HEX && (1..segment.len()).contains(&digits) && is_hex(segment);
    is_uuid || is_long_hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_differ_in_ids_alone_are_one_template() {
        let paths = ["/builds/1", "/health", "/builds/2", "/builds/1/logs", "/builds/x"];
        let expected = ["/builds/{id}", "/health", "/builds/{id}", "/builds/1/logs", "/builds/x"];
        assert_eq!(templates(&paths), expected);
    }

    #[test]
    fn only_the_segments_that_differ_are_folded() {
        let paths = ["/users/7/builds/1", "/users/7/builds/2"];
        assert_eq!(templates(&paths), ["/users/7/builds/{id}"; 2]);
        let paths = ["/users/7/builds/1", "/users/8/builds/2"];
        assert_eq!(templates(&paths), ["/users/{id}/builds/{id_2}"; 2]);
    }

    #[test]
    fn one_path_alone_or_twice_stays_as_it_is() {
        assert_eq!(templates(&["/builds/1"]), ["/builds/1"]);
        assert_eq!(templates(&["/builds/1", "/builds/1"]), ["/builds/1"; 2]);
        assert_eq!(templates(&[]), [""; 0]);
        // But for what can be nothing else.
        let uuid = "/users/7/items/0198f3a2-5c00-7000-8000-00000000000A";
        assert_eq!(
            templates(&[uuid, "/o/507f1f77bcf86cd799439011"]),
            ["/users/7/items/{id}", "/o/{id}"]
        );
    }

    #[test]
    fn ids_are_numbers_uuids_and_long_hexadecimal_digits() {
        for id in ["42", "0", "0198f3a2-5c00-7000-8000-00000000000A", "507f1f77bcf86cd799439011"] {
            assert!(is_id(id), "{id}");
        }
        for word in ["", "v1", "1.0", "face", "deadbeef", "builds", "4-2", "facefacefacefaceface"] {
            assert!(!is_id(word), "{word}");
        }
    }
}
