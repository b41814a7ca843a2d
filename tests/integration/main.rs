//! Contract and HTTP suites of all components, a file each.

mod query;
