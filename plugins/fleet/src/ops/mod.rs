//! What the pages are made of.

pub(crate) mod report;
pub(crate) mod show_stores;
