//! Signing in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use crate::demo::problem::{Body, Problem};
use crate::demo::service::Service;

/// Longest user name in bytes.
const LONGEST_NAME: usize = 256;

/// Who signs in, and with what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::demo) struct Credentials {
    username: String,
    password: String,
}

/// Whom the token is for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::demo) struct TestUser {
    user_id: String,
}

/// `POST /api/v1/auth/login`: any user name, with the right password.
pub(in crate::demo) async fn login(
    State(service): State<Arc<Service>>,
    Body(credentials): Body<Credentials>,
) -> Answer {
    if credentials.password.is_empty() {
        return Err(Problem::unprocessable("`password` is empty"));
    }
    let token = token(&service, "username", &credentials.username)?;
    if service.accepts(&credentials.password) {
        Ok(token)
    } else {
        Err(Problem::unauthorized("the user name or the password is wrong"))
    }
}

/// `POST /api/v1/auth/test-token`: a token without a password.
pub(in crate::demo) async fn test_token(
    State(service): State<Arc<Service>>,
    Body(user): Body<TestUser>,
) -> Answer {
    token(&service, "user_id", &user.user_id)
}

fn token(service: &Service, field: &str, user: &str) -> Result<Json<Value>, Problem> {
    if user.is_empty() || user.len() > LONGEST_NAME {
        let message = format!("`{field}` has to have 1 to {LONGEST_NAME} bytes");
        return Err(Problem::unprocessable(message));
    }
    Ok(Json(json!({
        "access_token": service.tokens.issue(user, service.clock.now()),
        "token_type": "bearer",
        "expires_in": service.token_lifetime().as_secs(),
    })))
}
