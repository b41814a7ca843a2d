//! What can go wrong with carts.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::cart::{CartId, CartLineId};
use hatchery_sdk::prelude::*;
use serde_json::json;

/// Facts that stop a change of a cart.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CartError {
    #[error("There is no cart '{id}'.")]
    UnknownCart { id: CartId },
    #[error("There is no such line in this cart.")]
    UnknownLine { line: CartLineId },
    #[error("There is no product with the SKU '{sku}' for sale.")]
    UnknownSku { sku: Sku },
    #[error("'{sku}' has no price yet and cannot be bought.")]
    NoPrice { sku: Sku },
    #[error("The quantity must be between 1 and {max}.")]
    Quantity { max: i64 },
    #[error("A cart holds at most {max} different things.")]
    TooManyLines { max: u32 },
    #[error("Only {available} of '{sku}' can be bought now.")]
    Insufficient { sku: Sku, available: i64 },
    #[error("This cart has become the order {order_number} and cannot be changed.")]
    Closed { order_number: String },
}

impl From<CartError> for Error {
    fn from(error: CartError) -> Self {
        let message = error.to_string();
        match error {
            CartError::UnknownCart { .. } => Self::not_found("cart.unknown", message),
            CartError::UnknownLine { .. } => Self::not_found("cart.line_unknown", message),
            CartError::UnknownSku { .. } => Self::invalid("cart.sku_unknown", message.clone())
                .with_field("/sku", "cart.sku_unknown", message),
            CartError::NoPrice { .. } => Self::conflict("cart.no_price", message),
            CartError::Quantity { .. } => Self::invalid("cart.quantity_invalid", message.clone())
                .with_field("/quantity", "cart.quantity_invalid", message),
            CartError::TooManyLines { .. } => Self::conflict("cart.too_many_lines", message),
            CartError::Insufficient { sku, available } => {
                Self::conflict("cart.insufficient_stock", message)
                    .with_details(json!({ "sku": sku, "available": available }))
            }
            CartError::Closed { order_number } => Self::conflict("cart.closed", message)
                .with_details(json!({ "order_number": order_number })),
        }
    }
}
