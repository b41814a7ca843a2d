//! A line of a sales ledger, whatever system wrote it.

use chrono::{DateTime, Utc};
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::prelude::*;

/// What a line of a ledger means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// Goods were sold.
    Sale(Line),
    /// Something that is no goods was charged with a sale.
    Charge(Line, &'static str),
    /// Goods came back.
    Return(Line),
    /// A charge was given back.
    ReturnedCharge(Line, &'static str),
    /// It is none of these, for a reason.
    Rejected(&'static str),
}

/// The facts of a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// Number of the invoice or credit note.
    pub(crate) number: String,
    /// The merchant's code.
    pub(crate) sku: Sku,
    /// What the line calls it; may be empty.
    pub(crate) name: String,
    /// Always positive; whether goods go or come is said by the entry.
    pub(crate) quantity: i64,
    /// Exact price of one.
    pub(crate) unit: UnitPrice,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// The customer's number.
    pub(crate) customer: Option<String>,
    /// The customer's e-mail address.
    pub(crate) email: Option<String>,
    /// The customer's name.
    pub(crate) customer_name: Option<String>,
    /// ISO code of the country, or its name where no code is known.
    pub(crate) country: Option<String>,
    /// Name of the product's category.
    pub(crate) category: Option<String>,
}

impl Entry {
    /// Name in the report.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sale(_) => "order_line",
            Self::Charge(..) => "order_charge",
            Self::Return(_) => "return_line",
            Self::ReturnedCharge(..) => "return_charge",
            Self::Rejected(_) => "rejected",
        }
    }

    /// The line, unless it is rejected.
    pub(crate) fn line(&self) -> Option<&Line> {
        match self {
            Self::Sale(line)
            | Self::Charge(line, _)
            | Self::Return(line)
            | Self::ReturnedCharge(line, _) => Some(line),
            Self::Rejected(_) => None,
        }
    }
}

/// Largest quantity of a line; beyond it a figure is a slip of the keyboard or a hostile file.
pub(crate) const MAX_QUANTITY: i64 = 10_000_000;
/// Highest price of one, in millionths.
pub(crate) const MAX_PRICE_MICROS: i64 = 10_000_000 * 1_000_000;
