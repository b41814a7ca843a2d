//! What can go wrong in the catalog.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::prelude::*;

/// Facts that stop a change of the catalog.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CatalogError {
    #[error(
        "'{slug}' is no slug; write lowercase letters, digits and single dashes, at most 120 characters"
    )]
    InvalidSlug { slug: String },
    #[error("the product '{slug}' has no name")]
    MissingName { slug: String },
    #[error("the product '{slug}' has no variant; a product is sold as one or more variants")]
    NoVariant { slug: String },
    #[error("the SKU '{sku}' stands twice in this change")]
    SkuTwice { sku: Sku },
    #[error("the SKU '{sku}' belongs to the product '{slug}' already")]
    SkuTaken { sku: Sku, slug: String },
    #[error(
        "the variant '{sku}' says '{option}' = '{value}', which the product's options do not list"
    )]
    UnknownOption { sku: Sku, option: String, value: String },
    #[error("the slug '{slug}' stands twice in this change")]
    SlugTwice { slug: String },
    #[error("there is no category '{slug}'; create it first")]
    UnknownCategory { slug: String },
    #[error("there is no collection '{slug}'; create it first")]
    UnknownCollection { slug: String },
    #[error("the category '{slug}' would stand under itself")]
    CategoryCircle { slug: String },
    #[error(
        "'{slug}' comes from the store '{home}', which keeps its {field}; change it there, or let the mother's administrator end the sharing"
    )]
    Shared { slug: String, field: String, home: String },
    #[error(
        "the store has another product '{slug}' of its own; archive it or give it another slug"
    )]
    OwnProduct { slug: String },
}

impl From<CatalogError> for Error {
    fn from(error: CatalogError) -> Self {
        use CatalogError as E;
        let pointer = match &error {
            E::Shared { field, .. } => format!("/{field}"),
            _ => String::new(),
        };
        let (code, field) = match &error {
            E::InvalidSlug { .. } => ("catalog.slug_invalid", "/slug"),
            E::MissingName { .. } => ("catalog.name_missing", "/name"),
            E::NoVariant { .. } => ("catalog.variant_missing", "/variants"),
            E::SkuTwice { .. } => ("catalog.sku_twice", "/variants"),
            E::SkuTaken { .. } => ("catalog.sku_taken", "/variants"),
            E::UnknownOption { .. } => ("catalog.option_unknown", "/variants"),
            E::SlugTwice { .. } => ("catalog.slug_twice", "/slug"),
            E::UnknownCategory { .. } => ("catalog.category_unknown", "/category"),
            E::UnknownCollection { .. } => ("catalog.collection_unknown", "/collections"),
            E::CategoryCircle { .. } => ("catalog.category_circle", "/parent"),
            E::Shared { .. } => ("catalog.shared", pointer.as_str()),
            E::OwnProduct { .. } => ("catalog.own_product", "/slug"),
        };
        let message = error.to_string();
        let kind = match &error {
            E::SkuTaken { .. } | E::Shared { .. } | E::OwnProduct { .. } => Kind::Conflict,
            _ => Kind::Invalid,
        };
        Self::new(kind, code, message.clone()).with_field(field, code, message)
    }
}
