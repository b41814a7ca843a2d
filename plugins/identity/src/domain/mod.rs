//! What is true of staff.

pub(crate) mod password;
pub(crate) mod user;
