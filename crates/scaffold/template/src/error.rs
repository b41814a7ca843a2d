//! What can go wrong.

use hatchery_sdk::prelude::*;

/// Facts that stop a change of a list.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ItemError {
    #[error("This product is not on sale.")]
    NotOnSale,
    #[error("There are {max} products on the list already.")]
    ListFull { max: u32 },
}

impl From<ItemError> for Error {
    fn from(error: ItemError) -> Self {
        let message = error.to_string();
        match error {
            ItemError::NotOnSale => Self::invalid("__id__.not_on_sale", message),
            ItemError::ListFull { .. } => Self::conflict("__id__.list_full", message),
        }
    }
}
