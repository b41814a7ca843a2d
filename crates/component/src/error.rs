//! The one error that crosses component boundaries.

use std::borrow::Cow;
use std::fmt;

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::db::{DbErrorKind, db_error_kind};

/// Shorthand for results across a boundary.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it is. Tells whether trying again may help; the kernel alone maps it to HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// The input is wrong; the same input will fail again.
    Invalid,
    /// Nobody is signed in and somebody must be.
    Unauthenticated,
    /// The actor may not do this.
    Denied,
    /// There is no such thing, or the actor may not know of it.
    NotFound,
    /// The state of things does not allow it (sold out, already paid, changed meanwhile).
    Conflict,
    /// Somebody else's version is newer than the one the change was based on.
    Stale,
    /// Too much at once; trying later helps.
    RateLimited,
    /// The input is larger than allowed.
    TooLarge,
    /// A collision with another unit of work; trying again at once helps.
    Retry,
    /// An outside service or an optional part is not there now; trying later may help.
    Unavailable,
    /// The deadline passed.
    Timeout,
    /// A defect or a broken machine. The text for people does not tell more.
    Internal,
}

/// One wrong field of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer of the field: `/shipping_address/postal_code`.
    pub field: String,
    /// Stable code, such as `required`.
    pub code: String,
    /// What to do, for people.
    pub message: String,
}

/// A failure with a kind, a stable code such as `payment.declined`, and a message for people.
///
/// `Display` gives the message only; the private source is logged once, at the edge.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Error(Box<Facts>);

#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    kind: Kind,
    code: Cow<'static, str>,
    message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blamed: Option<String>,
    #[serde(skip)]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of any kind.
    pub fn new(kind: Kind, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        let (fields, details, blamed, source) = (Vec::new(), None, None, None);
        Self(Box::new(Facts { kind, code, message, fields, details, blamed, source }))
    }

    /// Wrong input.
    pub fn invalid(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, code, message)
    }

    /// Nothing there.
    pub fn not_found(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, code, message)
    }

    /// Not in this state.
    pub fn conflict(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, code, message)
    }

    /// A defect, with its private source.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let message = "Something went wrong on our side. Nothing was changed; please try again.";
        Self::new(Kind::Internal, "internal", message).with_source(source)
    }

    /// Adds a wrong field.
    #[must_use]
    pub fn with_field(
        mut self,
        field: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let (field, code, message) = (field.into(), code.into(), message.into());
        self.0.fields.push(FieldError { field, code, message });
        self
    }

    /// Adds facts a program can read, such as how many are left.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// Adds the private source.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Names the component whose defect it is. The first one that is named stays.
    #[must_use]
    pub fn blame(mut self, component: &str) -> Self {
        self.0.blamed.get_or_insert_with(|| component.to_owned());
        self
    }

    /// The component whose defect it is, when that is known.
    pub fn blamed(&self) -> Option<&str> {
        self.0.blamed.as_deref()
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The text for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The wrong fields.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// Facts a program can read.
    pub fn details(&self) -> Option<&Value> {
        self.0.details.as_ref()
    }

    /// The chain of private sources as one line, for the log.
    pub fn chain(&self) -> String {
        let mut text = format!("{}: {}", self.0.code, self.0.message);
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let conflict =
            "The same thing was changed by somebody else at the same moment. Please try again.";
        match db_error_kind(&error) {
            DbErrorKind::Unique => {
                Self::conflict("database.duplicate", "There is one like this already.")
            }
            DbErrorKind::ForeignKey => {
                Self::conflict("database.reference", "Something else still refers to this.")
            }
            DbErrorKind::Retry => Self::new(Kind::Retry, "database.retry", conflict),
            DbErrorKind::Timeout => Self::new(
                Kind::Timeout,
                "database.timeout",
                "This took too long. Nothing was changed; please try again.",
            ),
            DbErrorKind::Other => return Self::internal(error),
        }
        .with_source(error)
    }
}
impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}
impl From<hatchery_types::MoneyError> for Error {
    fn from(error: hatchery_types::MoneyError) -> Self {
        Self::invalid("money.invalid", error.to_string())
    }
}

/// Hands the error to the kernel, which alone decides what it looks like (problem+json or a page).
impl axum::response::IntoResponse for Error {
    fn into_response(self) -> axum::response::Response {
        let mut response = http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}
