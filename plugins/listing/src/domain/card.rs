//! Cards: a product as a list shows it.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::Product;
use hatchery_sdk::interfaces::inventory::Availability;
use hatchery_sdk::interfaces::listing::{ProductCard, VariantCard};
use hatchery_sdk::interfaces::pricing::Price;
use hatchery_sdk::prelude::*;

/// Longest summary in characters.
const SUMMARY: usize = 160;

/// What other components know of SKUs.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) prices: BTreeMap<Sku, Price>,
    /// Absent SKUs are not limited.
    pub(crate) stock: BTreeMap<Sku, Availability>,
}

impl Facts {
    fn available(&self, sku: &Sku) -> Option<i64> {
        self.stock.get(sku)?.available.map(|available| available.max(0))
    }
}

/// The card of a product in a language.
pub(crate) fn card(product: &Product, facts: &Facts, locale: &Locale) -> ProductCard {
    let variants: Vec<VariantCard> = product
        .variants
        .iter()
        .map(|variant| {
            let price = facts.prices.get(&variant.sku);
            VariantCard {
                sku: variant.sku.clone(),
                name: variant.name.get(locale).to_owned(),
                price: price.map(|price| price.price),
                list_price: price.and_then(|price| price.list_price),
                available: facts.available(&variant.sku),
            }
        })
        .collect();
    let priced = variants.iter().filter(|variant| variant.price.is_some());
    let cheapest = priced.clone().min_by_key(|variant| variant.price.map(|price| price.minor));
    let dearest = priced.max_by_key(|variant| variant.price.map(|price| price.minor));
    ProductCard {
        id: product.id,
        slug: product.slug.clone(),
        name: product.name.get(locale).to_owned(),
        summary: summary(product.description.get(locale)),
        price: cheapest.and_then(|variant| variant.price),
        list_price: cheapest.and_then(|variant| variant.list_price),
        price_varies: cheapest.map(|variant| variant.price) != dearest.map(|variant| variant.price),
        available: variants.iter().any(|variant| variant.available != Some(0)),
        image: product.images.first().map(|image| image.url.clone()),
        category: product.category_path.last().cloned(),
        variants,
    }
}

/// The text that words are looked for in: names, description, tags, brand and SKUs, in lower case.
pub(crate) fn search_text(product: &Product, locale: &Locale) -> String {
    let mut parts = vec![product.name.get(locale), product.description.get(locale)];
    parts.extend(product.brand.as_deref());
    parts.extend(product.tags.iter().map(String::as_str));
    parts.extend(product.variants.iter().map(|variant| variant.sku.as_str()));
    parts.extend(product.variants.iter().map(|variant| variant.name.get(locale)));
    parts.join("\n").to_lowercase()
}

/// Words of a search, in lower case, at most eight.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().take(8).map(str::to_lowercase).collect()
}

/// Slugs with a slash around each, so that one can be looked for: `/tea/green-tea/`.
pub(crate) fn path_text(slugs: &[String]) -> String {
    if slugs.is_empty() { String::new() } else { format!("/{}/", slugs.join("/")) }
}

fn summary(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= SUMMARY {
        return text;
    }
    let cut: String = text.chars().take(SUMMARY).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::catalog::{ProductStatus, Variant};

    use super::*;

    fn product(skus: &[&str]) -> Product {
        let variant = |sku: &&str| Variant {
            sku: Sku::new(sku).unwrap(),
            name: Localized::default(),
            options: BTreeMap::new(),
            weight_grams: None,
            barcode: None,
            image: None,
        };
        Product {
            id: uuid::Uuid::nil().into(),
            slug: "teapot".into(),
            status: ProductStatus::Active,
            name: Localized::en("Teapot").with(Locale::zh_cn(), "茶壶"),
            description: Localized::en("Holds tea."),
            brand: None,
            category_path: vec!["ware".into(), "pots".into()],
            collections: vec![],
            attributes: vec![],
            options: vec![],
            variants: skus.iter().map(variant).collect(),
            images: vec![],
            tax_category: "standard".into(),
            tags: vec![],
            created_at: Default::default(),
            updated_at: Default::default(),
            version: 1,
            shared_by: None,
        }
    }

    fn facts(entries: &[(&str, i64, Option<i64>)]) -> Facts {
        let mut facts = Facts::default();
        for (sku, minor, available) in entries {
            let sku = Sku::new(sku).unwrap();
            let price = Money::new(*minor, Currency::GBP);
            let unit = price.into();
            facts
                .prices
                .insert(sku.clone(), Price { sku: sku.clone(), unit, price, list_price: None });
            let on_hand = available.unwrap_or_default();
            let level =
                Availability { sku: sku.clone(), on_hand, reserved: 0, available: *available };
            facts.stock.insert(sku, level);
        }
        facts
    }

    #[test]
    fn a_card_shows_the_lowest_price_and_whether_anything_can_be_bought() {
        let facts = facts(&[("A", 300, Some(0)), ("B", 200, Some(0))]);
        let sold_out = card(&product(&["A", "B"]), &facts, &Locale::zh_cn());
        assert_eq!(sold_out.name, "茶壶");
        assert_eq!(sold_out.price, Some(Money::new(200, Currency::GBP)));
        assert!(sold_out.price_varies);
        assert!(!sold_out.available);
        let unlimited = card(&product(&["C"]), &facts, &Locale::en());
        assert_eq!((unlimited.price, unlimited.available), (None, true));
    }

    #[test]
    fn a_long_summary_ends_at_a_word() {
        let text = summary(&"teapot ".repeat(40));
        assert!(text.ends_with("teapot…") && text.chars().count() <= SUMMARY + 1, "{text}");
        assert_eq!(summary("short"), "short");
    }

    #[test]
    fn search_text_has_names_and_skus_in_lower_case() {
        let text = search_text(&product(&["85123A"]), &Locale::en());
        assert!(text.contains("teapot") && text.contains("85123a"));
        assert_eq!(words("  White  T-Light "), ["white", "t-light"]);
    }
}
