//! One module per command.

pub(crate) mod bench;
pub(crate) mod ci;
pub(crate) mod dist;
pub(crate) mod docs;
pub(crate) mod new;
pub(crate) mod test;
