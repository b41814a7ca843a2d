//! What a message looks like.

pub(crate) mod mail;
