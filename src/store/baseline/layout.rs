//! How the file's values are laid out on lines.

use std::fmt::Write;

use serde_json::Value;

use super::shape::MARKER;

/// Decimals of a millisecond in the file: steps of 100 ns.
const DECIMALS: usize = 4;

/// The text of the file: two spaces a level, keys sorted behind the marker, numbers with a fraction
/// to four decimals, a line break at the end.
pub(super) fn lay_out(file: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, file, &mut Vec::new());
    text.push('\n');
    text
}

/// What is spread over lines; everything else is on one. Held against docs/baseline-file.md.
fn is_spread(path: &[&str]) -> bool {
    matches!(
        path,
        [] | ["baselines"]
            | ["baselines", _]
            | ["baselines", _, "counters" | "endpoints" | "sessions" | "waivers" | "workload"]
            | ["baselines", _, "workload" | "endpoints" | "counters", _]
            | ["baselines", _, "counters" | "endpoints", _, "sessions"]
    )
}

fn write_value<'a>(text: &mut String, value: &'a Value, path: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => {
            let items = items.iter().map(|item| ("", item));
            write_container(text, ['[', ']'], items, path);
        }
        Value::Object(map) => {
            let mut members: Vec<_> =
                map.iter().map(|(key, value)| (key.as_str(), value)).collect();
            members.sort_by_key(|(key, _)| (*key != MARKER, *key));
            write_container(text, ['{', '}'], members.into_iter(), path);
        }
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(fraction) => {
                // Writing to a text cannot fail.
                let _ = write!(text, "{fraction:.DECIMALS$}");
            }
            None => text.push_str(&number.to_string()),
        },
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn write_container<'a>(
    text: &mut String,
    [open, close]: [char; 2],
    members: impl ExactSizeIterator<Item = (&'a str, &'a Value)>,
    path: &mut Vec<&'a str>,
) {
    let spread = is_spread(path) && members.len() > 0;
    text.push(open);
    for (index, (key, value)) in members.enumerate() {
        if index > 0 {
            text.push(',');
        }
        if spread {
            break_line(text, path.len() + 1);
        } else if index > 0 {
            text.push(' ');
        }
        if open == '{' {
            text.push_str(&Value::from(key).to_string());
            text.push_str(": ");
        }
        path.push(key);
        write_value(text, value, path);
        path.pop();
    }
    if spread {
        break_line(text, path.len());
    }
    text.push(close);
}

fn break_line(text: &mut String, level: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", level));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_on_one_line_and_what_is_reviewed_on_its_own() {
        let file = json!({
            "baselines": [{
                "endpoints": {
                    "GET /b": { "latency_ms": { "p95": 2.0, "p50": 1.25 }, "sessions": [] },
                    "GET /a \"x\"": { "sessions": [{ "p95s_ms": [1.0, 2.00004], "n": 3 }] },
                },
            }],
            "perfbase_baseline": 1,
        });
        assert_eq!(
            lay_out(&file),
            r#"{
  "perfbase_baseline": 1,
  "baselines": [
    {
      "endpoints": {
        "GET /a \"x\"": {
          "sessions": [
            {"n": 3, "p95s_ms": [1.0000, 2.0000]}
          ]
        },
        "GET /b": {
          "latency_ms": {"p50": 1.2500, "p95": 2.0000},
          "sessions": []
        }
      }
    }
  ]
}
"#
        );
        assert_eq!(serde_json::from_str::<Value>(&lay_out(&json!({}))).unwrap(), json!({}));
    }
}
