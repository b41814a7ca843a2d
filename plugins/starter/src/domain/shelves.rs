//! What a blueprint comes to in a store with some currency: drafts for the catalog, prices and stock.

use std::collections::{BTreeMap, BTreeSet};

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{
    Attribute, CategoryDraft, CollectionDraft, OptionType, OptionValue, ProductDraft,
    Variant as VariantDraft,
};
use hatchery_sdk::interfaces::inventory::StockCount;
use hatchery_sdk::interfaces::pricing::PriceDraft;
use hatchery_sdk::prelude::*;

use super::blueprint::{Blueprint, Named, Product, Variant};
use crate::error::StarterError;

/// The most variants of a sample.
const MOST_VARIANTS: usize = 100;

/// Everything that is written.
#[derive(Debug, Default)]
pub(crate) struct Shelves {
    pub(crate) categories: Vec<CategoryDraft>,
    pub(crate) collections: Vec<CollectionDraft>,
    pub(crate) products: Vec<ProductDraft>,
    pub(crate) prices: Vec<PriceDraft>,
    pub(crate) stock: Vec<StockCount>,
}

impl Shelves {
    /// Reads a blueprint; products are left out when it is to be without samples, but still checked.
    ///
    /// # Errors
    /// What does not fit together, by name.
    pub(crate) fn of(blueprint: &Blueprint, currency: Currency) -> Result<Self, StarterError> {
        let mut shelves = Self::default();
        let mut slugs = BTreeSet::new();
        for (category, position) in blueprint.categories.iter().zip(1..) {
            named("Category", &category.slug, &category.name)?;
            let unknown = category.parent.as_ref().filter(|parent| !slugs.contains(*parent));
            if let Some(parent) = unknown.cloned() {
                return Err(StarterError::UnknownParent { slug: category.slug.clone(), parent });
            }
            once("Category", &mut slugs, &category.slug)?;
            shelves.categories.push(CategoryDraft {
                slug: category.slug.clone(),
                name: category.name.clone(),
                parent: category.parent.clone(),
                position,
            });
        }
        let mut sets = BTreeSet::new();
        for (collection, position) in blueprint.collections.iter().zip(1..) {
            named("Collection", &collection.slug, &collection.name)?;
            once("Collection", &mut sets, &collection.slug)?;
            shelves.collections.push(CollectionDraft {
                slug: collection.slug.clone(),
                name: collection.name.clone(),
                description: collection.description.clone(),
                position,
            });
        }
        let (mut products, mut skus) = (BTreeSet::new(), BTreeSet::new());
        for product in &blueprint.products {
            named("Product", &product.slug, &product.name)?;
            once("Product", &mut products, &product.slug)?;
            let groups = [
                ("category", Some(&product.category), &slugs),
                ("collection", product.collection.as_ref(), &sets),
            ];
            for (what, slug, known) in groups {
                if let Some(slug) = slug.filter(|slug| !known.contains(*slug)).cloned() {
                    let product = product.slug.clone();
                    return Err(StarterError::UnknownGroup { product, what, slug });
                }
            }
            shelves.add(product, &blueprint.attributes, currency, &mut skus)?;
        }
        if !blueprint.with_samples {
            (shelves.products, shelves.prices, shelves.stock) = Default::default();
        }
        Ok(shelves)
    }

    fn add(
        &mut self,
        product: &Product,
        attributes: &[Named],
        currency: Currency,
        skus: &mut BTreeSet<String>,
    ) -> Result<(), StarterError> {
        let mut variants = Vec::new();
        for variant in variants_of(product)? {
            let sku = sku_of(product, &variant)?;
            once("SKU", skus, sku.as_str())?;
            let price = variant.price.as_ref().unwrap_or(&product.price);
            let list_price = variant.list_price.as_ref().or(product.list_price.as_ref());
            self.prices.push(PriceDraft {
                sku: sku.clone(),
                price: price.in_currency(currency, &product.slug)?,
                list_price: list_price
                    .map(|price| price.in_currency(currency, &product.slug))
                    .transpose()?,
            });
            let stock = variant.stock.or(product.stock);
            let weight = variant.weight.or(product.weight);
            if stock.is_some_and(|stock| stock < 0) || weight.is_some_and(|weight| weight < 0) {
                return Err(StarterError::Negative { product: product.slug.clone() });
            }
            if let Some(on_hand) = stock {
                let reason = "counted".to_owned();
                self.stock.push(StockCount { sku: sku.clone(), location: None, on_hand, reason });
            }
            variants.push(VariantDraft {
                sku,
                name: name_of(product, &variant),
                options: variant.options,
                weight_grams: weight,
                barcode: None,
                image: None,
            });
        }
        let unknown = |key: &&String| attributes.iter().all(|attribute| attribute.key != **key);
        if let Some(key) = product.attributes.keys().find(unknown).cloned() {
            return Err(StarterError::UnknownAttribute { product: product.slug.clone(), key });
        }
        let described = attributes.iter().filter_map(|attribute| {
            let value = product.attributes.get(&attribute.key)?.clone();
            Some(Attribute { key: attribute.key.clone(), name: attribute.name.clone(), value })
        });
        let options = product.options.iter().map(|option| OptionType {
            key: option.key.clone(),
            name: option.name.clone(),
            values: option
                .values
                .iter()
                .map(|value| OptionValue { key: value.key.clone(), name: value.name.clone() })
                .collect(),
        });
        self.products.push(ProductDraft {
            slug: product.slug.clone(),
            name: product.name.clone(),
            description: product.description.clone(),
            brand: product.brand.clone(),
            category: Some(product.category.clone()),
            collections: product.collection.iter().cloned().collect(),
            attributes: described.collect(),
            options: options.collect(),
            variants,
            tax_category: product.tax_category.clone().unwrap_or_default(),
            tags: product.tags.clone(),
            ..ProductDraft::default()
        });
        Ok(())
    }
}

/// The variants that a product says, else one for each combination of its option values, the first option
/// outermost.
fn variants_of(product: &Product) -> Result<Vec<Variant>, StarterError> {
    let variants = if product.variants.is_empty() {
        let mut all = vec![Variant::default()];
        for option in &product.options {
            let longer = |variant: &Variant| -> Vec<Variant> {
                let values = option.values.iter();
                let with = |value: &Named| {
                    let mut variant = variant.clone();
                    variant.options.insert(option.key.clone(), value.key.clone());
                    variant
                };
                values.map(with).collect()
            };
            all = all.iter().flat_map(longer).take(MOST_VARIANTS + 1).collect();
        }
        all
    } else {
        product.variants.clone()
    };
    if variants.is_empty() || variants.len() > MOST_VARIANTS {
        let product = product.slug.clone();
        return Err(StarterError::NoVariants { product, most: MOST_VARIANTS });
    }
    let fits = |variant: &Variant| {
        variant.options.len() == product.options.len()
            && product.options.iter().all(|option| {
                let chosen = variant.options.get(&option.key);
                option.values.iter().any(|value| chosen == Some(&value.key))
            })
    };
    if variants.iter().all(fits) {
        return Ok(variants);
    }
    Err(StarterError::UnknownOption { product: product.slug.clone() })
}

/// The SKU of a variant: what it says, else the product's with the option values behind it.
fn sku_of(product: &Product, variant: &Variant) -> Result<Sku, StarterError> {
    let text = variant.sku.clone().unwrap_or_else(|| {
        let base = product.sku.clone().unwrap_or_else(|| product.slug.to_uppercase());
        let values = product.options.iter().filter_map(|option| variant.options.get(&option.key));
        values.fold(base, |sku, value| format!("{sku}-{}", value.to_uppercase()))
    });
    let product = product.slug.clone();
    Sku::new(&text).map_err(|error| StarterError::InvalidSku { product, reason: error.to_string() })
}

/// What tells a variant from the others: the names of its option values, in every language they have.
fn name_of(product: &Product, variant: &Variant) -> Localized {
    let mut texts: BTreeMap<Locale, Vec<&str>> = BTreeMap::new();
    for option in &product.options {
        let chosen = variant.options.get(&option.key);
        let value = option.values.iter().find(|value| chosen == Some(&value.key));
        for (locale, text) in value.into_iter().flat_map(|value| value.name.iter()) {
            texts.entry(locale.clone()).or_default().push(text);
        }
    }
    // A language in which a part has no name would tell half.
    texts.retain(|_, parts| parts.len() == product.options.len());
    let joined = texts.into_iter().map(|(locale, parts)| (locale, parts.join(" / ")));
    Localized::from(joined.collect::<BTreeMap<_, _>>())
}

fn named(what: &'static str, slug: &str, name: &Localized) -> Result<(), StarterError> {
    if name.is_empty() {
        return Err(StarterError::NameMissing { what, slug: slug.to_owned() });
    }
    Ok(())
}

fn once(what: &'static str, known: &mut BTreeSet<String>, slug: &str) -> Result<(), StarterError> {
    if known.insert(slug.to_owned()) {
        return Ok(());
    }
    Err(StarterError::Twice { what, slug: slug.to_owned() })
}

#[cfg(test)]
mod tests;
