//! Uploads.

use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};

use crate::demo::problem::Problem;

/// `POST /api/v1/files` with `multipart/form-data`: how many parts came, and how many bytes. Nothing
/// of it is kept.
pub(in crate::demo) async fn upload(
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = kind.and_then(|kind| kind.strip_prefix("multipart/form-data; boundary="));
    let boundary = boundary.map(|boundary| boundary.trim_matches('"')).filter(|it| !it.is_empty());
    let Some(boundary) = boundary else {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send multipart/form-data with a boundary",
        ));
    };
    let parts = parts(&body, boundary)
        .ok_or_else(|| Problem::unprocessable("the body does not end with its boundary"))?;
    Ok((StatusCode::CREATED, Json(json!({ "parts": parts, "bytes": body.len() }))))
}

/// How many parts a body has (RFC 2046, section 5.1.1); nothing if it is cut off.
fn parts(body: &[u8], boundary: &str) -> Option<usize> {
    let first = format!("--{boundary}\r\n");
    let next = format!("\r\n--{boundary}\r\n");
    let rest = body.strip_suffix(format!("\r\n--{boundary}--\r\n").as_bytes())?;
    let rest = rest.strip_prefix(first.as_bytes())?;
    Some(1 + rest.windows(next.len()).filter(|window| *window == next.as_bytes()).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_by_their_boundary() {
        assert_eq!(parts(b"--x\r\n\r\na\r\n--x--\r\n", "x"), Some(1));
        assert_eq!(parts(b"--x\r\n\r\na\r\n--x\r\n\r\nb --x\r\n--x--\r\n", "x"), Some(2));
        assert_eq!(parts(b"--x\r\n\r\na\r\n", "x"), None);
        assert_eq!(parts(b"", "x"), None);
    }
}
