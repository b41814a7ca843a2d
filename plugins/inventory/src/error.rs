//! What can go wrong with stock.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::domain::demand::Shortage;

/// Facts that stop a change of stock.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InventoryError {
    #[error("{}", shortage_text(.shortages))]
    Insufficient { shortages: Vec<Shortage> },
    #[error("The quantity of '{sku}' must be at least 1.")]
    Quantity { sku: Sku },
    #[error("A stock level cannot be below zero ('{sku}').")]
    Negative { sku: Sku },
    #[error("'{sku}' cannot be set to {on_hand}: {reserved} are kept for orders.")]
    Reserved { sku: Sku, on_hand: i64, reserved: i64 },
}

fn shortage_text(shortages: &[Shortage]) -> String {
    let part = |shortage: &Shortage| {
        let Shortage { sku, requested, available } = shortage;
        format!("Only {available} of '{sku}' can be bought now; {requested} were asked for.")
    };
    shortages.iter().map(part).collect::<Vec<_>>().join(" ")
}

impl From<InventoryError> for Error {
    fn from(error: InventoryError) -> Self {
        let message = error.to_string();
        match error {
            InventoryError::Insufficient { shortages } => {
                Self::conflict("inventory.insufficient", message)
                    .with_details(json!({ "shortages": shortages }))
            }
            InventoryError::Quantity { .. } => Self::invalid("inventory.quantity_invalid", message),
            InventoryError::Negative { .. } => Self::invalid("inventory.negative", message.clone())
                .with_field("/on_hand", "inventory.negative", message),
            InventoryError::Reserved { .. } => Self::conflict("inventory.reserved", message),
        }
    }
}
