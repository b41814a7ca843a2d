//! HTTP: from the `Host` header to a store, its assembly, a route, a handler, and the answer.
//!
//! One request takes one assembly and finishes on it. Whatever a component answers, the kernel alone turns
//! it into HTTP: a view into a page, an error into problem+json or an error page ([`problem`] holds the one
//! table from kind to status). Requests that change something run on a task of their own, so that a client
//! that leaves cancels nothing half-way.
//!
//! Reading order: `entry` (the way of a request), `actor` (who asks), `forgery` (requests that other
//! sites make browsers send), `idempotency`, `answer` (what goes back), `serve` (the listener).

mod actor;
mod answer;
mod entry;
mod fixed;
mod forgery;
mod headers;
mod idempotency;
mod locale;
mod metrics;
mod openapi;
pub mod problem;
mod serve;

pub use crate::request::{HttpSettings, RequestFacts, facts};
pub use entry::router;
pub use serve::serve;
