//! What can be done, one use case per file.

pub(crate) mod accept_invitation;
pub(crate) mod authenticate;
pub(crate) mod change_password;
pub(crate) mod create_token;
pub(crate) mod create_user;
pub(crate) mod invite_user;
pub(crate) mod lock_user;
pub(crate) mod save_user;
pub(crate) mod sign_in;
