//! The catalog of the demo: 72 products in 8 categories, written in `data/*.toml` in English and Chinese.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::pictures::{Palette, Picture, Rgb, paint};

/// The files, in the order of the shop's categories.
const SOURCES: [(&str, &str); 8] = [
    ("1-tea.toml", include_str!("../../data/1-tea.toml")),
    ("2-teaware.toml", include_str!("../../data/2-teaware.toml")),
    ("3-table.toml", include_str!("../../data/3-table.toml")),
    ("4-stationery.toml", include_str!("../../data/4-stationery.toml")),
    ("5-textiles.toml", include_str!("../../data/5-textiles.toml")),
    ("6-scent.toml", include_str!("../../data/6-scent.toml")),
    ("7-kitchen.toml", include_str!("../../data/7-kitchen.toml")),
    ("8-garden.toml", include_str!("../../data/8-garden.toml")),
];

/// What an attribute is called, in the order they are shown.
const ATTRIBUTES: [(&str, &str, &str); 7] = [
    ("material", "Material", "材质"),
    ("size", "Size", "尺寸"),
    ("weight", "Weight", "重量"),
    ("scent", "Scent", "香调"),
    ("origin", "Origin", "产地"),
    ("brewing", "Brewing", "冲泡"),
    ("care", "Care", "养护"),
];

/// What an option is called.
const OPTIONS: [(&str, &str, &str); 5] = [
    ("color", "Color", "颜色"),
    ("nib", "Nib", "笔尖"),
    ("scent", "Scent", "香型"),
    ("size", "Size", "尺寸"),
    ("weight", "Weight", "重量"),
];

/// Data that does not read: a defect of this component.
#[derive(Debug, thiserror::Error)]
#[error("the demo's data file {file} does not read")]
pub(crate) struct DataError {
    pub(crate) file: &'static str,
    pub(crate) source: toml::de::Error,
}

/// A text in English and in Chinese.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "[String; 2]")]
pub(crate) struct Text {
    pub(crate) en: String,
    pub(crate) zh: String,
}

/// Everything the demo sells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Catalog {
    pub(crate) categories: Vec<Category>,
    pub(crate) collections: Vec<Collection>,
}

/// A branch of the shop with its products.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Category {
    pub(crate) code: String,
    pub(crate) name: Text,
    pub(crate) palette: Palette,
    #[serde(rename = "product")]
    pub(crate) products: Vec<Product>,
}

/// A curated set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Collection {
    pub(crate) slug: String,
    pub(crate) name: Text,
    pub(crate) description: Text,
}

/// A described thing. Prices are in pence.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Product {
    pub(crate) slug: String,
    pub(crate) sku: String,
    pub(crate) name: Text,
    pub(crate) description: Text,
    pub(crate) price: i64,
    /// The price before a reduction.
    pub(crate) list_price: Option<i64>,
    /// Over all variants that do not say their own.
    pub(crate) stock: i64,
    pub(crate) tags: Vec<String>,
    pub(crate) collections: Vec<String>,
    pub(crate) picture: Picture,
    #[serde(rename = "attributes")]
    described: BTreeMap<String, Text>,
    #[serde(rename = "option", default)]
    pub(crate) options: Vec<OptionType>,
}

/// What variants of a product differ in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptionType {
    #[serde(rename = "type")]
    pub(crate) key: String,
    pub(crate) values: Vec<OptionValue>,
}

/// One way a variant can be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptionValue {
    pub(crate) code: String,
    pub(crate) name: Text,
    /// What it adds to the price, in pence; may be negative.
    #[serde(default)]
    add: i64,
    /// How many there are, when not an equal share of the product's stock.
    stock: Option<i64>,
    /// Colors of its picture.
    color: Option<Rgb>,
    accent: Option<Rgb>,
}

/// A sellable thing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variant {
    pub(crate) sku: String,
    /// What tells it from its siblings; empty for an only one.
    pub(crate) name: Text,
    /// Option key to value key.
    pub(crate) options: BTreeMap<String, String>,
    /// In pence.
    pub(crate) price: i64,
    pub(crate) list_price: Option<i64>,
    pub(crate) stock: i64,
    /// With packing, when it is known.
    pub(crate) grams: Option<i64>,
    pub(crate) picture: Picture,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Collections {
    #[serde(rename = "collection")]
    collections: Vec<Collection>,
}

impl Catalog {
    /// Reads the data that is part of this binary.
    pub(crate) fn load() -> Result<Self, DataError> {
        let categories = SOURCES
            .into_iter()
            .map(|(file, text)| toml::from_str(text).map_err(|source| DataError { file, source }))
            .collect::<Result<_, _>>()?;
        let file = "collections.toml";
        let Collections { collections } =
            toml::from_str(include_str!("../../data/collections.toml"))
                .map_err(|source| DataError { file, source })?;
        Ok(Self { categories, collections })
    }

    /// All products with their categories, in the order of the shop.
    pub(crate) fn products(&self) -> impl Iterator<Item = (&Category, &Product)> {
        self.categories
            .iter()
            .flat_map(|category| category.products.iter().map(move |p| (category, p)))
    }
}

impl Product {
    /// What describes it: key, name and value, in the order they are shown.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'static str, Text, &Text)> {
        ATTRIBUTES.into_iter().filter_map(|(key, en, zh)| {
            self.described.get(key).map(|value| (key, Text::new(en, zh), value))
        })
    }

    /// What can be bought: one for each combination of option values, the first option outermost.
    pub(crate) fn variants(&self) -> Vec<Variant> {
        let mut combinations: Vec<Vec<(&OptionType, &OptionValue)>> = vec![Vec::new()];
        for option in &self.options {
            combinations = combinations
                .iter()
                .flat_map(|chosen| {
                    option
                        .values
                        .iter()
                        .map(move |value| [chosen.as_slice(), &[(option, value)]].concat())
                })
                .collect();
        }
        let count = combinations.len() as i64;
        combinations.into_iter().map(|chosen| self.variant(&chosen, count)).collect()
    }

    fn variant(&self, chosen: &[(&OptionType, &OptionValue)], count: i64) -> Variant {
        let add: i64 = chosen.iter().map(|(_, value)| value.add).sum();
        let said = chosen.iter().filter_map(|(_, value)| value.stock).min();
        let mut sku = self.sku.clone();
        let mut picture = self.picture;
        for (_, value) in chosen {
            sku = format!("{sku}-{}", value.code);
            picture.color = value.color.unwrap_or(picture.color);
            picture.accent = value.accent.unwrap_or(picture.accent);
        }
        let names = |of: fn(&Text) -> &str| {
            chosen.iter().map(|(_, value)| of(&value.name)).collect::<Vec<_>>().join(" / ")
        };
        let weighed = chosen.iter().find_map(|(_, value)| grams(&value.name.en));
        Variant {
            sku,
            name: Text { en: names(|text| &text.en), zh: names(|text| &text.zh) },
            options: chosen
                .iter()
                .map(|(option, value)| (option.key.clone(), value.code.to_ascii_lowercase()))
                .collect(),
            price: self.price + add,
            list_price: self.list_price.map(|price| price + add),
            stock: said.unwrap_or(self.stock / count),
            grams: weighed
                .or_else(|| self.described.get("weight").and_then(|text| grams(&text.en))),
            picture,
        }
    }

    /// The pictures of the product, each once, and for each of `variants` the position of its own.
    pub(crate) fn pictures(
        &self,
        palette: &Palette,
        variants: &[Variant],
    ) -> (Vec<String>, Vec<u32>) {
        let mut different: Vec<Picture> = Vec::new();
        let positions = variants
            .iter()
            .map(|variant| {
                let known = different.iter().position(|picture| *picture == variant.picture);
                known.unwrap_or_else(|| {
                    different.push(variant.picture);
                    different.len() - 1
                }) as u32
            })
            .collect();
        (different.iter().map(|picture| paint(picture, palette, &self.slug)).collect(), positions)
    }
}

impl OptionType {
    /// Its name for people.
    pub(crate) fn name(&self) -> Text {
        let known = OPTIONS.into_iter().find(|(key, ..)| *key == self.key);
        let (_, en, zh) = known.unwrap_or(("", &self.key, &self.key));
        Text::new(en, zh)
    }
}

impl OptionValue {
    /// Its key: the code in lower case.
    pub(crate) fn key(&self) -> String {
        self.code.to_ascii_lowercase()
    }
}

impl Text {
    fn new(en: &str, zh: &str) -> Self {
        Self { en: en.to_owned(), zh: zh.to_owned() }
    }
}

impl From<[String; 2]> for Text {
    fn from([en, zh]: [String; 2]) -> Self {
        Self { en, zh }
    }
}

/// A price in minor units of a currency, from pence. The rates are the demo's own; what is not GBP is
/// rounded to an amount that looks like a price. An unknown currency takes the number as it is.
pub(crate) fn price_in(currency: &str, pence: i64) -> i64 {
    let (hundredths, step) = match currency {
        "EUR" => (118, 50),
        "USD" => (130, 50),
        "CNY" => (930, 100),
        "JPY" => (190, 10),
        _ => (100, 1),
    };
    let exact = pence * hundredths / 100;
    ((exact + step / 2) / step).max(1) * step
}

/// Reads the first weight in a text: "520 g", "1.4 kg"; not "185 g/m²".
fn grams(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split([' ', ',']).collect();
    words.windows(2).find_map(|pair| {
        let number: f64 = pair[0].parse().ok()?;
        match pair[1] {
            "g" => Some(number as i64),
            "kg" => Some((number * 1000.0) as i64),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn catalog() -> Catalog {
        Catalog::load().unwrap()
    }

    fn has_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    #[test]
    fn there_are_72_products_in_8_categories() {
        let catalog = catalog();
        assert_eq!(catalog.categories.len(), 8);
        assert_eq!(catalog.products().count(), 72);
        let variants: Vec<Variant> = catalog.products().flat_map(|(_, p)| p.variants()).collect();
        assert!(variants.len() >= 120, "{} variants", variants.len());
        let skus: BTreeSet<&str> = variants.iter().map(|v| v.sku.as_str()).collect();
        assert_eq!(skus.len(), variants.len(), "every SKU once");
        let slugs: BTreeSet<&str> = catalog.products().map(|(_, p)| p.slug.as_str()).collect();
        assert_eq!(slugs.len(), 72, "every slug once");
    }

    #[test]
    fn every_product_speaks_both_languages() {
        for (_, product) in catalog().products() {
            let slug = &product.slug;
            for text in [&product.name, &product.description] {
                assert!(!has_chinese(&text.en) && text.en.len() > 5, "{slug}: {}", text.en);
                assert!(has_chinese(&text.zh), "{slug}: {}", text.zh);
            }
            let sentences = product.description.en.matches(['.', '!', '?']).count();
            assert!(sentences >= 2, "{slug}: {sentences} sentences");
            assert!(product.description.zh.matches('。').count() >= 2, "{slug}");
            assert!(product.attributes().count() >= 3, "{slug} is hardly described");
            let known = product.attributes().count();
            assert_eq!(known, product.described.len(), "{slug} has an attribute without a name");
        }
    }

    #[test]
    fn every_variant_has_a_price_and_some_are_sold_out() {
        let variants: Vec<Variant> = catalog().products().flat_map(|(_, p)| p.variants()).collect();
        for variant in &variants {
            assert!(variant.price > 0 && variant.stock >= 0, "{}", variant.sku);
            assert!(variant.list_price.is_none_or(|list| list > variant.price), "{}", variant.sku);
        }
        assert!(variants.iter().any(|v| v.stock == 0));
        assert!(variants.iter().filter(|v| v.stock > 0).count() > 110);
    }

    #[test]
    fn collections_and_options_are_known() {
        let catalog = catalog();
        let known: BTreeSet<&str> = catalog.collections.iter().map(|c| c.slug.as_str()).collect();
        for (_, product) in catalog.products() {
            for collection in &product.collections {
                assert!(known.contains(collection.as_str()), "{}: {collection}", product.slug);
            }
            let special = product.collections.iter().any(|c| c == "specials");
            assert_eq!(special, product.list_price.is_some(), "{}", product.slug);
            for option in &product.options {
                assert!(OPTIONS.iter().any(|(key, ..)| *key == option.key), "{}", option.key);
            }
        }
        for collection in known {
            let members =
                catalog.products().filter(|(_, p)| p.collections.iter().any(|c| c == collection));
            assert!(members.count() >= 6, "{collection}");
        }
    }

    #[test]
    fn pictures_are_small_well_formed_and_all_different() {
        let mut seen = BTreeSet::new();
        for (category, product) in catalog().products() {
            let variants = product.variants();
            let (pictures, positions) = product.pictures(&category.palette, &variants);
            assert_eq!(positions.len(), variants.len());
            for svg in pictures {
                assert!(svg.len() < 8_000, "{}: {} bytes", product.slug, svg.len());
                well_formed(&svg).unwrap_or_else(|problem| panic!("{}: {problem}", product.slug));
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", product.slug);
                assert!(!svg.contains("<script") && !svg.contains("style="), "{}", product.slug);
                assert!(seen.insert(svg), "{} has a picture twice", product.slug);
            }
        }
        assert!(seen.len() > 100, "{} pictures", seen.len());
    }

    #[test]
    fn the_same_input_paints_the_same_bytes() {
        let paint_all = || -> Vec<String> {
            let catalog = catalog();
            catalog.products().flat_map(|(c, p)| p.pictures(&c.palette, &p.variants()).0).collect()
        };
        assert_eq!(paint_all(), paint_all());
    }

    #[test]
    fn prices_follow_the_currency() {
        let check = |currency: &str, pence: i64, expect: i64| {
            assert_eq!(price_in(currency, pence), expect, "{pence} pence in {currency}");
        };
        check("GBP", 1150, 1150);
        check("EUR", 1150, 1350);
        check("CNY", 1150, 10_700);
        check("JPY", 1150, 2190);
        check("XXX", 5, 5);
        check("USD", 1, 50);
    }

    #[test]
    fn weights_are_read_from_descriptions() {
        let check = |text: &str, expect: Option<i64>| assert_eq!(grams(text), expect, "{text}");
        check("520 g", Some(520));
        check("1.4 kg", Some(1400));
        check("About 1 kg", Some(1000));
        check("20 bags, 50 g", Some(50));
        check("185 g/m²", None);
        check("A5, 192 pages", None);
    }

    /// Checks that tags nest, attributes are quoted and ids that are referred to exist.
    fn well_formed(svg: &str) -> Result<(), String> {
        let mut open = Vec::new();
        let mut rest = svg;
        while let Some(start) = rest.find('<') {
            if rest[..start].contains(['>', '&']) || !rest[..start].trim().is_empty() {
                return Err(format!("text between tags: {}", &rest[..start]));
            }
            let end = rest.find('>').ok_or("a tag without end")?;
            let tag = &rest[start + 1..end];
            rest = &rest[end + 1..];
            if !tag.matches('"').count().is_multiple_of(2) || tag.contains('<') {
                return Err(format!("a broken tag: {tag}"));
            }
            if let Some(name) = tag.strip_prefix('/') {
                let expected = open.pop();
                if expected != Some(name) {
                    return Err(format!("</{name}> closes {expected:?}"));
                }
            } else if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap_or_default());
            }
        }
        for part in svg.split("url(#").skip(1) {
            let id = part.split(')').next().unwrap_or_default();
            if !svg.contains(&format!("id=\"{id}\"")) {
                return Err(format!("#{id} is not defined"));
            }
        }
        if open.is_empty() { Ok(()) } else { Err(format!("left open: {open:?}")) }
    }
}
