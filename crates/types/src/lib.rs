//! The vocabulary of the platform: money, ids, locales, pages and queries.
//!
//! Nothing here does I/O, reads a clock or knows a domain noun. Every type is serializable with named
//! fields, because every one of them may cross the byte boundary of a loaded component.

mod id;
mod locale;
mod money;
pub mod page;
pub mod query;

pub use id::Id;
pub use locale::{Locale, Localized, ParseLocaleError};
pub use money::{Currency, Money, MoneyError, UnitPrice};
pub use page::Page;
pub use query::{Expr, Field, Literal, Query, Sort};
