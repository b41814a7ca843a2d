//! The roles of the trade: one module per domain with its trait, its DTOs, its ids and its events.
//!
//! No I/O here, no clock, no rule that only one implementation could have. Every type crosses a byte
//! boundary with named fields: fields are only ever added, with `#[serde(default)]`.

pub mod cart;
pub mod catalog;
pub mod common;
pub mod crm;
pub mod identity;
pub mod inventory;
pub mod listing;
pub mod notification;
pub mod order;
pub mod payment;
pub mod pricing;
pub mod recommendation;
pub mod shipping;
pub mod tax;

pub use common::{PostalAddress, Sku, SkuQuantity};
