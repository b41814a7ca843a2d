//! What rows of other systems' files mean.

pub(crate) mod custom;
pub(crate) mod ledger;
pub(crate) mod online_retail;
pub(crate) mod report;
pub(crate) mod shopify;
pub(crate) mod slug;
pub(crate) mod survey;
pub(crate) mod table;
pub(crate) mod time;
