//! Errors as HTTP: the one place where a kind becomes a status.

use hatchery_component::{Error, FieldError, Kind};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Media type of [`Problem`].
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An error of the API, by [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:problem:` and the code.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// The sort of failure.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, for people.
    pub detail: String,
    /// Stable code, such as `query.unknown_field`.
    pub code: String,
    /// Name this when you ask for help.
    pub request_id: Uuid,
    /// Wrong fields of the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// Facts a program can read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl Problem {
    /// The problem an error is.
    pub fn new(error: &Error, request_id: Uuid) -> Self {
        Self {
            problem_type: format!("urn:problem:{}", error.code()),
            title: title(error.kind()).to_owned(),
            status: status(error.kind()).as_u16(),
            detail: error.message().to_owned(),
            code: error.code().to_owned(),
            request_id,
            fields: error.fields().to_vec(),
            details: error.details().cloned(),
        }
    }
}

/// The status of a kind of error.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Retry | Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Headers that go with an error.
pub(crate) fn headers(error: &Error) -> Vec<(header::HeaderName, HeaderValue)> {
    let mut headers = Vec::new();
    let seconds = error
        .details()
        .and_then(|details| details.get("retry_after_seconds"))
        .and_then(Value::as_u64);
    let seconds = seconds.or_else(|| (error.kind() == Kind::Retry).then_some(1));
    if let Some(seconds) = seconds {
        headers.push((header::RETRY_AFTER, seconds.into()));
    }
    if error.kind() == Kind::Unauthenticated {
        headers.push((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
    }
    headers
}

/// The kind an error status stands for, for answers that are not an [`Error`].
pub(crate) fn kind(status: StatusCode) -> Kind {
    match status {
        StatusCode::UNAUTHORIZED => Kind::Unauthenticated,
        StatusCode::FORBIDDEN => Kind::Denied,
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::CONFLICT => Kind::Conflict,
        StatusCode::PRECONDITION_FAILED => Kind::Stale,
        StatusCode::TOO_MANY_REQUESTS => Kind::RateLimited,
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        StatusCode::SERVICE_UNAVAILABLE => Kind::Unavailable,
        StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => Kind::Timeout,
        other if other.is_client_error() => Kind::Invalid,
        _ => Kind::Internal,
    }
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "The request is not valid",
        Kind::Unauthenticated => "Sign in first",
        Kind::Denied => "Not allowed",
        Kind::NotFound => "Not found",
        Kind::Conflict => "Not possible now",
        Kind::Stale => "Changed meanwhile",
        Kind::RateLimited => "Too many attempts",
        Kind::TooLarge => "Too large",
        Kind::Retry => "Try again",
        Kind::Unavailable => "Not available now",
        Kind::Timeout => "Took too long",
        _ => "Internal error",
    }
}
