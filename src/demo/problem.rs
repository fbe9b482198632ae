//! What goes wrong, as JSON: `{"error": "..."}` with the status that fits.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, RequestPartsExt};
use serde::de::DeserializeOwned;
use serde_json::json;

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    message: String,
    header: Option<(header::HeaderName, HeaderValue)>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), header: None }
    }

    pub(super) fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, what)
    }

    pub(super) fn unprocessable(why: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, why)
    }

    pub(super) fn unauthorized(why: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, why)
            .with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// What is wrong, for those who answer otherwise than by HTTP.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn with(self, name: header::HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.message }))).into_response();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the database failed: {error}"))
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

/// A JSON body of the expected shape; otherwise 400, 413, 415 or 422.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(body) = Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}

/// The one parameter of a path; otherwise 422.
#[derive(Debug)]
pub(super) struct PathId<T>(pub(super) T);

impl<T: DeserializeOwned + Send + 'static, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Path(id) = parts
            .extract::<Path<T>>()
            .await
            .map_err(|rejection: PathRejection| Problem::unprocessable(rejection.body_text()))?;
        Ok(Self(id))
    }
}

/// The query of the expected shape; otherwise 422.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned + 'static, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(query) = parts
            .extract::<Query<T>>()
            .await
            .map_err(|rejection: QueryRejection| Problem::unprocessable(rejection.body_text()))?;
        Ok(Self(query))
    }
}
