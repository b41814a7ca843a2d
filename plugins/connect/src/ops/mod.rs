//! What can be done: `import_file` chooses by the mapping; one file per kind of record.

pub(crate) mod import_customers;
pub(crate) mod import_file;
pub(crate) mod import_ledger;
pub(crate) mod import_products;
pub(crate) mod read_file;
pub(crate) mod write_rejects;
