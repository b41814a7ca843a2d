//! What crosses between a host and a loaded component, as plain data. For homes only.
//!
//! Two services answer calls ([`hatchery_abi::Service`]): the *component's* (methods in [`method`], header
//! [`Incoming`]), held by the host, and a *context's*, given with each call (methods in [`context`], header
//! [`Outgoing`]), through which the component's code reaches the host on behalf of that call. Fields are
//! only ever added, with `#[serde(default)]`.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use hatchery_abi::{Buf, Reply, Status, codec};
use hatchery_types::Locale;
use hatchery_types::query::Fields;
use sea_orm::{DbBackend, DbErr, Statement, Value as DbValue};
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

use crate::ctx::{Actor, Header, StoreInfo};
use crate::db::{DbErrorKind, ERROR_MARK, db_error_kind};
use crate::declaration::{MigrationKind, Schedule};
use crate::error::{Error, Kind, Result};
use crate::resource::Action;
use crate::view::View;

/// Methods of a component's service.
pub mod method {
    use hatchery_abi::method_id;

    /// `()` to [`DeclarationWire`](super::DeclarationWire).
    pub const DECLARE: u32 = method_id("declare");
    /// JSON to the text that says what is wrong with the settings, if any.
    pub const CHECK_SETTINGS: u32 = method_id("check_settings");
    /// [`Start`](super::Start) to [`Started`](super::Started).
    pub const START: u32 = method_id("start");
    /// `()` to `()`.
    pub const STOP: u32 = method_id("stop");
    /// A call of an interface; arguments and result are its own.
    pub const CALL: u32 = method_id("call");
    /// [`HttpRequest`](super::HttpRequest) to [`HttpResponse`](super::HttpResponse).
    pub const HTTP: u32 = method_id("http");
    /// Subscription and event to `()`.
    pub const EVENT: u32 = method_id("event");
    /// Job and payload to `()`.
    pub const JOB: u32 = method_id("job");
    /// Task and input to a result.
    pub const TASK: u32 = method_id("task");
    /// `()` to `()`.
    pub const RESYNC: u32 = method_id("resync");
    /// Slot and subjects to views.
    pub const SLOT: u32 = method_id("slot");
    /// Resource and query to a page of records.
    pub const RESOURCE_LIST: u32 = method_id("resource_list");
    /// Resource and ids to records.
    pub const RESOURCE_GET: u32 = method_id("resource_get");
    /// Resource, id, data and version to a record.
    pub const RESOURCE_SAVE: u32 = method_id("resource_save");
    /// Resource, action, ids and input to a result.
    pub const RESOURCE_ACT: u32 = method_id("resource_act");
    /// Resource and ids to names.
    pub const RESOURCE_LABELS: u32 = method_id("resource_labels");
    /// The number given to `context::SPAWN`, to `()` when the work is done.
    pub const SPAWNED: u32 = method_id("spawned");
}

/// Methods of a context's service. Those that only look something up answer at once.
pub mod context {
    use hatchery_abi::method_id;

    /// `()` to a time; at once.
    pub const NOW: u32 = method_id("now");
    /// `()` to a UUID; at once.
    pub const UUID: u32 = method_id("uuid");
    /// A length to bytes; at once.
    pub const RANDOM: u32 = method_id("random");
    /// Purpose and value to a signed text; at once.
    pub const SIGN: u32 = method_id("sign");
    /// Purpose and signed text to the value, if any; at once.
    pub const VERIFY: u32 = method_id("verify");
    /// An interface to the ids of the components that provide it; at once.
    pub const PROVIDERS: u32 = method_id("providers");
    /// A call of an interface; arguments and result are its own.
    pub const CALL: u32 = method_id("call");
    /// [`StatementWire`](super::StatementWire) to [`Executed`](super::Executed).
    pub const EXECUTE: u32 = method_id("execute");
    /// SQL to [`Executed`](super::Executed).
    pub const EXECUTE_UNPREPARED: u32 = method_id("execute_unprepared");
    /// [`StatementWire`](super::StatementWire) to [`Rows`](super::Rows) with at most one row.
    pub const QUERY_ONE: u32 = method_id("query_one");
    /// [`StatementWire`](super::StatementWire) to [`Rows`](super::Rows).
    pub const QUERY_ALL: u32 = method_id("query_all");
    /// `()` to the number of a unit of work.
    pub const BEGIN: u32 = method_id("begin");
    /// `()` to `()`.
    pub const COMMIT: u32 = method_id("commit");
    /// `()` to `()`.
    pub const ROLLBACK: u32 = method_id("rollback");
    /// `()` to `()`: the unit of work was dropped; at once.
    pub const ABANDON: u32 = method_id("abandon");
    /// `()` to the number of a savepoint.
    pub const SAVEPOINT: u32 = method_id("savepoint");
    /// The number of a savepoint to `()`.
    pub const RELEASE: u32 = method_id("release");
    /// The number of a savepoint to `()`.
    pub const ROLLBACK_TO: u32 = method_id("rollback_to");
    /// [`NewEvent`](crate::NewEvent) to `()`.
    pub const EMIT: u32 = method_id("emit");
    /// [`NewJob`](crate::host::NewJob) to `()`.
    pub const ENQUEUE: u32 = method_id("enqueue");
    /// Microseconds to `()`.
    pub const SLEEP: u32 = method_id("sleep");
    /// A number of the component's own to `()`; the host calls `method::SPAWNED` with it; at once.
    pub const SPAWN: u32 = method_id("spawn");
    /// Done, total and text to `()`; at once.
    pub const PROGRESS: u32 = method_id("progress");
    /// Name and number to `()`; at once. Since 1.1.
    pub const COUNT: u32 = method_id("count");
}

/// Which SQL the host's database speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// SQLite.
    #[default]
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl From<DbBackend> for Backend {
    fn from(backend: DbBackend) -> Self {
        if backend == DbBackend::Postgres { Self::Postgres } else { Self::Sqlite }
    }
}
impl From<Backend> for DbBackend {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::Sqlite,
            Backend::Postgres => Self::Postgres,
        }
    }
}

/// Header of a call to a component.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Incoming {
    /// The instance, as numbered by the component; 0 when the call is for none.
    pub instance: u64,
    /// The interface that is called.
    pub interface: String,
    /// The interface's method that is called.
    pub method: u32,
    /// The context of the call.
    pub ctx: Option<Header>,
    /// The database's kind.
    pub backend: Backend,
}

/// Header of a call from a component.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Outgoing {
    /// The unit of work it runs in.
    pub unit: Option<u64>,
    /// The context it is made with, where the host must know more than the call it belongs to.
    pub caller: Option<Caller>,
    /// The interface that is called.
    pub interface: String,
    /// The component whose implementation is called.
    pub provider: String,
    /// The interface's method that is called.
    pub method: u32,
}

/// What component code may have changed in its context.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Caller {
    /// Whose code calls.
    pub component: Arc<str>,
    /// Who acts.
    pub actor: Actor,
    /// The language to answer in.
    pub locale: Locale,
}

/// What a component is started with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    /// Its id.
    pub component: Arc<str>,
    /// The store.
    pub store: Arc<StoreInfo>,
    /// Its effective settings.
    pub settings: Value,
}

/// What a component answers when it was started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Started {
    /// Its own number of the instance.
    pub instance: u64,
    /// Ids of the interfaces that the instance provides.
    pub provides: Vec<String>,
}

/// An HTTP request with its whole body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HttpRequest {
    /// Position of the route in the declaration.
    pub route: u32,
    /// Its method.
    pub method: String,
    /// Path and query.
    pub uri: String,
    /// Its headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// An HTTP response with its whole body, or what the kernel makes one of.
#[derive(Debug, Serialize, Deserialize)]
pub struct HttpResponse {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its body.
    pub body: Vec<u8>,
    /// The page to render instead.
    #[serde(default)]
    pub view: Option<View>,
    /// The error to show instead.
    #[serde(default)]
    pub error: Option<Failure>,
}

/// Code of the error that a panic in a loaded component is.
pub const PANIC: &str = "component.panic";

/// An error with the chain of its private sources.
#[derive(Debug, Serialize, Deserialize)]
pub struct Failure {
    error: Error,
    #[serde(default)]
    chain: Option<String>,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let copy = Error::new(error.kind(), error.code().to_owned(), error.message());
        let copy = error
            .fields()
            .iter()
            .fold(copy, |copy, field| copy.with_field(&field.field, &field.code, &field.message));
        let copy = match error.details() {
            Some(details) => copy.with_details(details.clone()),
            None => copy,
        };
        let copy = match error.blamed() {
            Some(component) => copy.blame(component),
            None => copy,
        };
        let has_source = std::error::Error::source(error).is_some();
        Self { error: copy, chain: has_source.then(|| error.chain()) }
    }
}
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure.chain {
            Some(chain) => failure.error.with_source(chain),
            None => failure.error,
        }
    }
}

/// A message for the host's log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogRecord {
    /// A [`Level`](hatchery_abi::Level) as a number.
    pub level: u32,
    /// Where in the code it is from.
    pub target: String,
    /// What happened.
    pub message: String,
    /// Names and values beside it.
    pub fields: Vec<(String, String)>,
}

/// A span for the host's log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpanRecord {
    /// A [`Level`](hatchery_abi::Level) as a number.
    pub level: u32,
    /// Where in the code it is from.
    pub target: String,
    /// Its name.
    pub name: String,
    /// Names and values of what is known of it.
    pub fields: Vec<(String, String)>,
    /// The number of the span around it, when that is not the one that the thread is in.
    pub parent: Option<u64>,
}

/// A value as bytes.
///
/// # Errors
/// It has none, which is a defect.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    codec::encode(value).map_err(Error::internal)
}

/// The value of bytes.
///
/// # Errors
/// They are of something else.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    codec::decode(bytes).map_err(Error::internal)
}

/// The end of a call as it crosses.
pub fn reply(result: Result<Vec<u8>>) -> Reply {
    let error = match result {
        Ok(body) => return Reply::ok(body),
        Err(error) => error,
    };
    match codec::encode(&Failure::from(&error)) {
        Ok(body) => Reply::new(Status::Error, body),
        Err(_) => Reply::text(Status::Panic, &error.chain()),
    }
}

/// The result of a call that has crossed.
///
/// # Errors
/// The callee's own error; it panicked; it does not know the method.
pub fn outcome(reply: Reply) -> Result<Buf> {
    let text = || reply.body.text();
    match reply.status() {
        Some(Status::Ok) => Ok(reply.body),
        Some(Status::Error) => Err(decode::<Failure>(reply.body.as_slice())?.into()),
        Some(Status::Panic) => {
            let message =
                "Something went wrong on our side. Nothing was changed; please try again.";
            let error = Error::new(Kind::Internal, PANIC, message);
            Err(error.with_source(format!("the component panicked: {}", text())))
        }
        Some(Status::Unknown) => {
            let message = format!("This version of the component cannot do that: {}.", text());
            Err(Error::new(Kind::Unavailable, "component.no_method", message))
        }
        Some(Status::BadArguments) => {
            Err(Error::internal(format!("a call was not understood: {}", text())))
        }
        None => {
            Err(Error::internal(format!("a call ended with the unknown status {}", reply.status)))
        }
    }
}

/// A statement with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatementWire {
    sql: String,
    #[serde(default)]
    values: Vec<Parameter>,
}

/// A value bound to a statement. Its type matters where it is null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Parameter {
    Bool(Option<bool>),
    TinyInt(Option<i8>),
    SmallInt(Option<i16>),
    Int(Option<i32>),
    BigInt(Option<i64>),
    TinyUnsigned(Option<u8>),
    SmallUnsigned(Option<u16>),
    Unsigned(Option<u32>),
    BigUnsigned(Option<u64>),
    Float(Option<f32>),
    Double(Option<f64>),
    Text(Option<String>),
    Char(Option<char>),
    Bytes(Option<Vec<u8>>),
    /// As text, so that the JSON value null is told apart from none.
    Json(Option<String>),
    Date(Option<NaiveDate>),
    Time(Option<NaiveTime>),
    DateTime(Option<NaiveDateTime>),
    DateTimeUtc(Option<DateTime<Utc>>),
    DateTimeZoned(Option<DateTime<FixedOffset>>),
    Uuid(Option<Uuid>),
}

impl StatementWire {
    /// The statement as it crosses.
    ///
    /// # Errors
    /// A value of a type that does not cross.
    pub fn new(statement: Statement) -> Result<Self, DbErr> {
        let values = statement.values.map(|values| values.0).unwrap_or_default();
        let values = values.into_iter().map(Parameter::of).collect::<Result<_, _>>()?;
        Ok(Self { sql: statement.sql, values })
    }

    /// The statement for a backend.
    pub fn into_statement(self, backend: DbBackend) -> Statement {
        let values = self.values.into_iter().map(DbValue::from);
        Statement::from_sql_and_values(backend, self.sql, values)
    }
}

impl Parameter {
    fn of(value: DbValue) -> Result<Self, DbErr> {
        Ok(match value {
            DbValue::Bool(value) => Self::Bool(value),
            DbValue::TinyInt(value) => Self::TinyInt(value),
            DbValue::SmallInt(value) => Self::SmallInt(value),
            DbValue::Int(value) => Self::Int(value),
            DbValue::BigInt(value) => Self::BigInt(value),
            DbValue::TinyUnsigned(value) => Self::TinyUnsigned(value),
            DbValue::SmallUnsigned(value) => Self::SmallUnsigned(value),
            DbValue::Unsigned(value) => Self::Unsigned(value),
            DbValue::BigUnsigned(value) => Self::BigUnsigned(value),
            DbValue::Float(value) => Self::Float(value),
            DbValue::Double(value) => Self::Double(value),
            DbValue::String(value) => Self::Text(value),
            DbValue::Char(value) => Self::Char(value),
            DbValue::Bytes(value) => Self::Bytes(value),
            DbValue::Json(value) => Self::Json(value.map(|value| value.to_string())),
            DbValue::ChronoDate(value) => Self::Date(value),
            DbValue::ChronoTime(value) => Self::Time(value),
            DbValue::ChronoDateTime(value) => Self::DateTime(value),
            DbValue::ChronoDateTimeUtc(value) => Self::DateTimeUtc(value),
            DbValue::ChronoDateTimeLocal(value) => {
                Self::DateTimeUtc(value.map(|value| value.to_utc()))
            }
            DbValue::ChronoDateTimeWithTimeZone(value) => Self::DateTimeZoned(value),
            DbValue::Uuid(value) => Self::Uuid(value),
            other => return Err(DbErr::Type(format!("{other:?} cannot be bound by a component"))),
        })
    }
}

impl From<Parameter> for DbValue {
    fn from(parameter: Parameter) -> Self {
        match parameter {
            Parameter::Bool(value) => Self::Bool(value),
            Parameter::TinyInt(value) => Self::TinyInt(value),
            Parameter::SmallInt(value) => Self::SmallInt(value),
            Parameter::Int(value) => Self::Int(value),
            Parameter::BigInt(value) => Self::BigInt(value),
            Parameter::TinyUnsigned(value) => Self::TinyUnsigned(value),
            Parameter::SmallUnsigned(value) => Self::SmallUnsigned(value),
            Parameter::Unsigned(value) => Self::Unsigned(value),
            Parameter::BigUnsigned(value) => Self::BigUnsigned(value),
            Parameter::Float(value) => Self::Float(value),
            Parameter::Double(value) => Self::Double(value),
            Parameter::Text(value) => Self::String(value),
            Parameter::Char(value) => Self::Char(value),
            Parameter::Bytes(value) => Self::Bytes(value),
            Parameter::Json(value) => Self::Json(
                value.map(|text| Box::new(serde_json::from_str(&text).unwrap_or_default())),
            ),
            Parameter::Date(value) => Self::ChronoDate(value),
            Parameter::Time(value) => Self::ChronoTime(value),
            Parameter::DateTime(value) => Self::ChronoDateTime(value),
            Parameter::DateTimeUtc(value) => Self::ChronoDateTimeUtc(value),
            Parameter::DateTimeZoned(value) => Self::ChronoDateTimeWithTimeZone(value),
            Parameter::Uuid(value) => Self::Uuid(value),
        }
    }
}

/// What a statement did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executed {
    /// Number of rows it changed.
    pub rows: u64,
    /// Key of the row it inserted last; 0 where the database does not say.
    #[serde(default)]
    pub last_insert_id: u64,
}

/// Rows that a query found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// What stands in each place of a row.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// A place of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in the result.
    pub name: String,
    /// Its type, as far as the database tells.
    pub kind: ColumnKind,
    /// Table and column that it is taken from unchanged, where the database tells.
    #[serde(default)]
    pub origin: Option<(String, String)>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// The database does not say; each cell says for itself.
    Dynamic,
    /// Yes or no.
    Bool,
    /// 16 bits.
    SmallInt,
    /// 32 bits.
    Int,
    /// 64 bits.
    BigInt,
    /// 32 bits with a point.
    Float,
    /// 64 bits with a point.
    Double,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// JSON, as text.
    Json,
    /// A day, as text.
    Date,
    /// A time of day, as text.
    Time,
    /// A time without a zone, as text.
    DateTime,
    /// A point in time, as text.
    DateTimeUtc,
    /// A UUID, as bytes.
    Uuid,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// None.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CellVisitor;

        impl Visitor<'_> for CellVisitor {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of a row")
            }
            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Cell, E> {
                Ok(Cell::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
                Ok(Cell::Int(value))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Cell, E> {
                i64::try_from(value).map(Cell::Int).map_err(E::custom)
            }
            fn visit_f64<E>(self, value: f64) -> Result<Cell, E> {
                Ok(Cell::Float(value))
            }
            fn visit_str<E>(self, value: &str) -> Result<Cell, E> {
                Ok(Cell::Text(value.to_owned()))
            }
            fn visit_bytes<E>(self, value: &[u8]) -> Result<Cell, E> {
                Ok(Cell::Bytes(value.to_vec()))
            }
        }

        deserializer.deserialize_any(CellVisitor)
    }
}

/// Code of an [`Error`] whose message is a marked database error.
pub const DATABASE_ERROR: &str = "wire.database";

/// A database error on its way across.
pub fn database_error(error: &DbErr) -> Error {
    Error::new(Kind::Internal, DATABASE_ERROR, mark(error))
}

/// A database error as text that keeps its kind: [`ERROR_MARK`], the kind, a colon, what happened.
pub fn mark(error: &DbErr) -> String {
    if let DbErr::Custom(text) = error
        && text.starts_with(ERROR_MARK)
    {
        return text.clone();
    }
    let kind = match db_error_kind(error) {
        DbErrorKind::Unique => "unique",
        DbErrorKind::ForeignKey => "foreign-key",
        DbErrorKind::Retry => "retry",
        DbErrorKind::Timeout => "timeout",
        DbErrorKind::Other => "other",
    };
    format!("{ERROR_MARK}{kind}:{error}")
}

/// A declaration as data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeclarationWire {
    /// Its routes.
    pub routes: Vec<RouteWire>,
    /// Its migrations.
    pub migrations: Vec<MigrationWire>,
    /// Default settings.
    pub settings_defaults: Value,
    /// JSON Schema of the settings.
    pub settings_schema: Value,
    /// Name and event type of its subscriptions.
    pub subscriptions: Vec<(String, String)>,
    /// Its jobs.
    pub jobs: Vec<(String, Schedule)>,
    /// Name and permission of its tasks.
    pub tasks: Vec<(String, String)>,
    /// Its resources.
    pub resources: Vec<ResourceWire>,
    /// The slots it fills.
    pub slots: Vec<String>,
    /// Its templates.
    pub templates: Vec<(String, String)>,
    /// Its words.
    pub messages: Vec<(Locale, String)>,
    /// Path, media type and bytes of its static files.
    pub assets: Vec<(String, String, Vec<u8>)>,
    /// Whether it rebuilds what it derives.
    pub resync: bool,
    /// Events it emits.
    pub emits: Vec<(String, String)>,
    /// Public paths that stay open while the store is suspended.
    #[serde(default)]
    pub open_while_suspended: Vec<String>,
    /// Names of the tasks whose result is a secret.
    #[serde(default)]
    pub tasks_told_once: Vec<String>,
}

/// A route as data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RouteWire {
    /// HTTP method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Who may call it.
    pub access: AccessWire,
    /// Operations and schemas of its OpenAPI part.
    #[serde(default)]
    pub openapi: Option<(Value, Value)>,
    /// Limit of the body in bytes.
    #[serde(default)]
    pub body_limit: Option<u64>,
}

/// Who may call a route, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessWire {
    /// Anybody.
    Public,
    /// Staff with a permission.
    Staff(String),
    /// Anybody, from anywhere.
    Webhook,
}

/// A migration as data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MigrationWire {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: MigrationKind,
    /// Statements for SQLite.
    pub sqlite: Vec<String>,
    /// Statements for PostgreSQL.
    pub postgres: Vec<String>,
}

/// A resource as data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResourceWire {
    /// Its name.
    pub name: String,
    /// Its part of the navigation.
    pub group: String,
    /// Permission to read.
    pub read: String,
    /// Permission to write.
    #[serde(default)]
    pub write: Option<String>,
    /// Whether records can be created.
    pub can_create: bool,
    /// JSON Schema.
    pub schema: Value,
    /// Columns of the list.
    pub columns: Vec<String>,
    /// Fields of queries.
    pub fields: Fields,
    /// Actions.
    pub actions: Vec<Action>,
    /// A page of its own.
    #[serde(default)]
    pub page: Option<String>,
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::Values;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_statements_keep_their_types() {
        let time = DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap();
        let values = vec![
            DbValue::from(true),
            DbValue::from(3_i32),
            DbValue::from(i64::MIN),
            DbValue::from(0.5_f64),
            DbValue::from("tea"),
            DbValue::from(vec![0_u8, 255]),
            DbValue::from(json!({"a": [1, null, "b"], "big": 1_u64 << 60})),
            DbValue::from(time),
            DbValue::from(time.date_naive()),
            DbValue::from(time.naive_utc()),
            DbValue::from(Uuid::from_u128(7)),
            DbValue::Uuid(None),
            DbValue::Json(None),
            DbValue::from(Value::Null),
            DbValue::ChronoDateTimeUtc(None),
            DbValue::Bytes(None),
        ];
        let statement = Statement {
            sql: "SELECT ?".into(),
            values: Some(Values(values)),
            db_backend: DbBackend::Sqlite,
        };
        let bytes = encode(&StatementWire::new(statement.clone()).unwrap()).unwrap();
        let read = decode::<StatementWire>(&bytes).unwrap().into_statement(DbBackend::Sqlite);
        assert_eq!(read, statement);
    }

    #[test]
    fn cells_say_what_they_are() {
        let cells = vec![
            Cell::Null,
            Cell::Bool(true),
            Cell::Int(-1),
            Cell::Int(i64::MAX),
            Cell::Float(2.0),
            Cell::Text(String::new()),
            Cell::Bytes(vec![]),
            Cell::Bytes(vec![1; 300]),
        ];
        assert_eq!(decode::<Vec<Cell>>(&encode(&cells).unwrap()).unwrap(), cells);
    }

    #[test]
    fn an_error_crosses_with_its_parts_and_its_chain() {
        let error = Error::invalid("tea.cold", "The tea is cold.")
            .with_field("/cup", "cold", "Warm it.")
            .with_details(json!({"degrees": 12}))
            .with_source("the kettle broke");
        let read = outcome(reply(Err(error))).err().unwrap();
        assert_eq!((read.kind(), read.code()), (Kind::Invalid, "tea.cold"));
        assert_eq!(read.message(), "The tea is cold.");
        assert_eq!(read.fields()[0].field, "/cup");
        assert_eq!(read.details(), Some(&json!({"degrees": 12})));
        assert!(read.chain().contains("the kettle broke"));
    }

    #[test]
    fn every_end_of_a_call_is_an_error_with_its_own_code() {
        let check = |status, kind, code| {
            let error = outcome(Reply::text(status, "why")).err().unwrap();
            assert_eq!((error.kind(), error.code()), (kind, code));
            assert!(error.chain().contains("why"));
        };
        check(Status::Panic, Kind::Internal, "component.panic");
        check(Status::Unknown, Kind::Unavailable, "component.no_method");
        check(Status::BadArguments, Kind::Internal, "internal");
    }

    #[test]
    fn kinds_of_database_errors_survive() {
        let check = |error: DbErr, kind| {
            let crossed = DbErr::Custom(mark(&error));
            assert_eq!(db_error_kind(&crossed), kind);
            assert_eq!(DbErr::Custom(mark(&crossed)), crossed, "marked once");
        };
        check(DbErr::Custom("hatchery:retry:busy".into()), DbErrorKind::Retry);
        check(DbErr::Custom("hatchery:unique:sku".into()), DbErrorKind::Unique);
        check(DbErr::Type("no".into()), DbErrorKind::Other);
    }
}
