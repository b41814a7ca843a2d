//! What can be done, one use case per file.

pub(crate) mod find_group;
pub(crate) mod give_customers;
pub(crate) mod grow_files;
pub(crate) mod keep_consent;
pub(crate) mod learn_facts;
pub(crate) mod list_customers;
pub(crate) mod save_customer;
pub(crate) mod take_customers;
