//! What is true of the sandbox: its cards, the states of a payment at its bank, how news are signed.

pub(crate) mod card;
pub(crate) mod signature;
pub(crate) mod transaction;
