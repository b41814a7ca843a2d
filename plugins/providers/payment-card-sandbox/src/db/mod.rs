//! The bank's books.

pub(crate) mod migrations;
pub(crate) mod news;
pub(crate) mod refund;
pub(crate) mod token;
pub(crate) mod transaction;
