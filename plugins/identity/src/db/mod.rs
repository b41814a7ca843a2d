//! What is stored.

pub(crate) mod invitation;
pub(crate) mod migrations;
pub(crate) mod role;
pub(crate) mod token;
pub(crate) mod user;
