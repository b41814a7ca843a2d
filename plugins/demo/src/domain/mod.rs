//! What is true: the catalog, its pictures and the year of trade. Pure; no clock, no store.

pub(crate) mod catalog;
pub(crate) mod pictures;
pub(crate) mod trade;
