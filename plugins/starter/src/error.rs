//! What can be wrong with a blueprint's goods.

use hatchery_sdk::prelude::*;

/// Facts that stop a filling before anything is written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StarterError {
    #[error("{what} '{slug}' has no name.")]
    NameMissing { what: &'static str, slug: String },
    #[error("{what} '{slug}' stands there twice.")]
    Twice { what: &'static str, slug: String },
    #[error("Category '{slug}' is below '{parent}', which does not stand before it.")]
    UnknownParent { slug: String, parent: String },
    #[error("Product '{product}' is in {what} '{slug}', which is not in the lists.")]
    UnknownGroup { product: String, what: &'static str, slug: String },
    #[error("Product '{product}' has the attribute '{key}', which is not among `attributes`.")]
    UnknownAttribute { product: String, key: String },
    #[error(
        "A variant of '{product}' must say one of the values of each option, and nothing else."
    )]
    UnknownOption { product: String },
    #[error("Product '{product}' has options without values, or more than {most} variants.")]
    NoVariants { product: String, most: usize },
    #[error("A SKU of '{product}': {reason}")]
    InvalidSku { product: String, reason: String },
    #[error("A price of '{product}' in {currency}: {reason}")]
    InvalidPrice { product: String, currency: &'static str, reason: String },
    #[error("'{product}' has no price in {currency} and none for `other` currencies.")]
    NoPrice { product: String, currency: &'static str },
    #[error("Product '{product}' has a stock or weight below zero.")]
    Negative { product: String },
}

impl From<StarterError> for Error {
    fn from(error: StarterError) -> Self {
        Self::invalid("starter.invalid", error.to_string())
    }
}
