//! Tax: what the state wants of a sale.

use async_trait::async_trait;
use hatchery_component::{Ctx, Result};
use hatchery_types::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Amounts to be taxed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaxQuery {
    /// ISO country code of the destination; the store's own when absent.
    #[serde(default)]
    pub country: Option<String>,
    /// State or province.
    #[serde(default)]
    pub region: Option<String>,
    /// The amounts.
    pub amounts: Vec<TaxableAmount>,
}

/// An amount of one tax category: all lines of it together, or shipping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaxableAmount {
    /// `standard`, `reduced`, `zero`, `shipping`.
    pub category: String,
    /// How much.
    pub amount: Money,
}

/// A tax on an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TaxLine {
    /// Code of the rate: `gb-standard`.
    pub code: String,
    /// For people, in the language asked for: `VAT 20%`.
    pub name: String,
    /// Basis points: 2000 is 20 %.
    pub rate_basis_points: i64,
    /// The tax.
    pub amount: Money,
    /// Whether the amounts contain it already (then it adds nothing to the total).
    pub included: bool,
}

/// Computes taxes.
#[hatchery_component::interface(id = "tax", version = "1.0.0")]
#[async_trait]
pub trait Taxes: Send + Sync {
    /// The taxes on the amounts, one line per rate, sorted by code; none where nothing is due.
    async fn quote(&self, ctx: &Ctx, query: TaxQuery) -> Result<Vec<TaxLine>>;
}
