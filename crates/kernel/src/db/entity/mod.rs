//! Rows of the kernel's own tables, a file per table. [`schema`](super::schema) makes the tables.

pub mod audit;
pub mod component;
pub mod cursor;
pub mod field;
pub mod field_value;
pub mod file;
pub mod idempotency;
pub mod job;
pub mod migration;
pub mod outbox;
pub mod retry;
pub mod schedule;
pub mod session;
pub mod setting;
pub mod share;
pub mod share_way;
pub mod store;
pub mod task;
