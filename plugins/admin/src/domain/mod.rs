//! What the pages draw from: JSON Schemas, values and words. Nothing here asks anybody.

pub(crate) mod cell;
pub(crate) mod chart;
pub(crate) mod form;
pub(crate) mod form_reader;
pub(crate) mod labels;
pub(crate) mod order_actions;
pub(crate) mod schema;
pub(crate) mod secrets;
