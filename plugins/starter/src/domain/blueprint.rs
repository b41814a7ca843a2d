//! The goods of a blueprint as they are written down. `README.md` describes every key.

use std::collections::BTreeMap;

use hatchery_sdk::prelude::*;
use serde::Deserialize;

use super::price::Price;

/// Input of the task `starter.fill`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Blueprint {
    #[serde(default)]
    pub(crate) categories: Vec<Category>,
    #[serde(default)]
    pub(crate) collections: Vec<Collection>,
    /// What products may be described by.
    #[serde(default)]
    pub(crate) attributes: Vec<Named>,
    #[serde(default)]
    pub(crate) products: Vec<Product>,
    /// Whether products are written.
    #[serde(default = "yes")]
    pub(crate) with_samples: bool,
}

/// A branch of the tree; one above it stands earlier in the list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Category {
    pub(crate) slug: String,
    pub(crate) name: Localized,
    pub(crate) parent: Option<String>,
}

/// A curated set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Collection {
    pub(crate) slug: String,
    pub(crate) name: Localized,
    #[serde(default)]
    pub(crate) description: Localized,
}

/// A key with words for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    pub(crate) key: String,
    pub(crate) name: Localized,
}

/// A sample.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Product {
    pub(crate) slug: String,
    /// Beginning of its SKUs; the slug in capitals when absent.
    pub(crate) sku: Option<String>,
    pub(crate) name: Localized,
    #[serde(default)]
    pub(crate) description: Localized,
    pub(crate) brand: Option<String>,
    pub(crate) category: String,
    pub(crate) collection: Option<String>,
    pub(crate) price: Price,
    /// The price before a reduction.
    pub(crate) list_price: Option<Price>,
    /// Of each variant that says nothing else; not counted when absent.
    pub(crate) stock: Option<i64>,
    /// In grams, with packing; of each variant that says nothing else.
    pub(crate) weight: Option<i64>,
    /// `standard` when absent.
    pub(crate) tax_category: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) attributes: BTreeMap<String, Localized>,
    #[serde(default)]
    pub(crate) options: Vec<OptionType>,
    /// When absent, there is one for each combination of option values.
    #[serde(default)]
    pub(crate) variants: Vec<Variant>,
}

/// What variants differ in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptionType {
    pub(crate) key: String,
    pub(crate) name: Localized,
    pub(crate) values: Vec<Named>,
}

/// A variant; what it does not say is its product's.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Variant {
    pub(crate) sku: Option<String>,
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) price: Option<Price>,
    pub(crate) list_price: Option<Price>,
    pub(crate) stock: Option<i64>,
    pub(crate) weight: Option<i64>,
}

fn yes() -> bool {
    true
}
