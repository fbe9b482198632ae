//! What handlers give.

use axum::Json;
use serde_json::Value;

use crate::demo::problem::Problem;

/// What most handlers give.
pub(in crate::demo) type Answer = Result<Json<Value>, Problem>;
