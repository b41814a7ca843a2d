//! What the pages are made of: one use case per file.

pub(crate) mod act_on_records;
pub(crate) mod action;
pub(crate) mod edit_record;
pub(crate) mod find_labels;
pub(crate) mod find_resource;
pub(crate) mod form;
pub(crate) mod list_records;
pub(crate) mod read_navigation;
pub(crate) mod show_customer;
pub(crate) mod show_dashboard;
pub(crate) mod show_history;
pub(crate) mod show_order;
