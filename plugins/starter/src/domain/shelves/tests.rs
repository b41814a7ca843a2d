//! What blueprints come to, and that those of this repository are in order.

use std::path::Path;

use serde_json::{Value, json};

use super::*;

fn shelves(input: Value) -> Result<Shelves, String> {
    let blueprint: Blueprint = serde_json::from_value(input).map_err(|error| error.to_string())?;
    Shelves::of(&blueprint, Currency::GBP).map_err(|error| error.to_string())
}

fn shirt(changes: Value) -> Value {
    let mut shirt = json!({
        "slug": "shirt",
        "name": { "en": "Shirt", "zh-CN": "衬衫" },
        "category": "tops",
        "price": "29.00",
        "stock": 4,
        "weight": 300,
        "options": [
            { "key": "color", "name": "Color", "values": [
                { "key": "sky", "name": { "en": "Sky", "zh-CN": "天蓝" } },
                { "key": "ink", "name": { "en": "Ink", "zh-CN": "墨色" } },
            ]},
            { "key": "size", "name": "Size", "values": [
                { "key": "s", "name": { "en": "S", "zh-CN": "小" } },
                { "key": "m", "name": "M" },
            ]},
        ],
    });
    for (key, value) in changes.as_object().into_iter().flatten() {
        shirt[key] = value.clone();
    }
    shirt
}

fn input(product: Value) -> Value {
    json!({
        "categories": [
            { "slug": "clothes", "name": "Clothes" },
            { "slug": "tops", "name": "Tops", "parent": "clothes" },
        ],
        "collections": [{ "slug": "featured", "name": "New" }],
        "attributes": [
            { "key": "fabric", "name": "Fabric" },
            { "key": "care", "name": "Care" },
        ],
        "products": [product],
    })
}

#[test]
fn options_make_a_variant_of_each_combination() {
    let attributes = json!({ "care": "Wash cold", "fabric": "Cotton" });
    let changes = json!({ "attributes": attributes, "collection": "featured" });
    let found = shelves(input(shirt(changes))).unwrap();
    let product = &found.products[0];
    let skus: Vec<&str> = product.variants.iter().map(|variant| variant.sku.as_str()).collect();
    assert_eq!(skus, ["SHIRT-SKY-S", "SHIRT-SKY-M", "SHIRT-INK-S", "SHIRT-INK-M"]);
    let name = &product.variants[0].name;
    assert_eq!((name.get(&Locale::en()), name.get(&Locale::zh_cn())), ("Sky / S", "天蓝 / 小"));
    let name = &product.variants[1].name;
    assert_eq!(name.iter().count(), 1, "half a Chinese name is none");
    let keys: Vec<&str> = product.attributes.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["fabric", "care"], "in the order of the blueprint");
    assert_eq!(product.collections, ["featured"]);
    assert_eq!((found.prices.len(), found.stock.len()), (4, 4));
    assert_eq!(
        found.prices[0].price.decimal(),
        UnitPrice::parse("29", Currency::GBP).unwrap().decimal()
    );
    assert_eq!(product.variants[3].weight_grams, Some(300));
    assert_eq!(found.categories[1].parent.as_deref(), Some("clothes"));
}

#[test]
fn a_variant_says_what_is_its_own() {
    let variants = json!([
        { "options": { "color": "sky", "size": "m" } },
        { "sku": "LAST-ONE", "options": { "color": "ink", "size": "s" }, "price": "9.50",
          "list_price": "29", "stock": 1, "weight": 250 },
    ]);
    let found = shelves(input(shirt(json!({ "variants": variants })))).unwrap();
    let variants = &found.products[0].variants;
    assert_eq!(variants[1].sku.as_str(), "LAST-ONE");
    assert_eq!((variants[0].weight_grams, variants[1].weight_grams), (Some(300), Some(250)));
    assert_eq!((found.stock[0].on_hand, found.stock[1].on_hand), (4, 1));
    assert!(found.prices[0].list_price.is_none() && found.prices[1].list_price.is_some());
}

#[test]
fn without_samples_there_are_no_products() {
    let mut input = input(shirt(json!({})));
    input["with_samples"] = json!(false);
    let found = shelves(input).unwrap();
    assert!(found.products.is_empty() && found.prices.is_empty() && found.stock.is_empty());
    assert_eq!((found.categories.len(), found.collections.len()), (2, 1));
}

#[test]
fn what_does_not_fit_together_is_named() {
    #[track_caller]
    fn check(changes: Value, expect: &str) {
        let problem = shelves(input(shirt(changes))).unwrap_err();
        assert!(problem.contains(expect), "{problem}");
    }
    check(json!({ "category": "hats" }), "in category 'hats'");
    check(json!({ "collection": "sale" }), "in collection 'sale'");
    check(json!({ "attributes": { "cut": "Slim" } }), "attribute 'cut'");
    check(json!({ "name": {} }), "Product 'shirt' has no name");
    check(json!({ "price": { "CNY": "9" } }), "no price in GBP");
    check(json!({ "price": "a lot" }), "in GBP");
    check(json!({ "stock": -1 }), "below zero");
    check(json!({ "sku": "", "options": [] }), "A SKU of 'shirt'");
    check(json!({ "variants": [{ "options": { "color": "sky" } }] }), "one of the values");
    check(json!({ "variants": [{ "options": { "color": "red", "size": "s" } }] }), "the values");
    let size = json!([{ "key": "size", "name": "Size", "values": [] }]);
    check(json!({ "options": size }), "options without values");
    check(json!({ "colour": "sky" }), "unknown field `colour`");
    let same = json!({ "sku": "A", "options": { "color": "sky", "size": "s" } });
    check(json!({ "variants": [same, same] }), "SKU 'A' stands there twice");
    let twice =
        json!({ "categories": [{ "slug": "a", "name": "A" }, { "slug": "a", "name": "A" }] });
    assert!(shelves(twice).unwrap_err().contains("Category 'a' stands there twice"));
    let below = json!({ "categories": [{ "slug": "a", "name": "A", "parent": "b" }] });
    assert!(shelves(below).unwrap_err().contains("below 'b'"));
}

/// What every file of `config/blueprints` has at its top.
const KEYS: [&str; 6] = ["title", "summary", "components", "disabled", "settings", "tasks"];
const BLUEPRINTS: [&str; 5] = ["b2b", "digital", "empty", "fashion", "grocery"];

#[test]
fn the_blueprints_of_this_repository_are_in_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/blueprints");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let file: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let file = serde_json::to_value(file).unwrap();
        for key in file.as_object().unwrap().keys() {
            assert!(KEYS.contains(&key.as_str()), "{name}: {key}");
        }
        for key in ["title", "summary"] {
            bilingual(
                &format!("{name}.{key}"),
                &serde_json::from_value(file[key].clone()).unwrap(),
            );
        }
        assert!(file["components"].as_array().is_some_and(|list| !list.is_empty()), "{name}");
        for task in file["tasks"].as_array().into_iter().flatten() {
            assert_eq!(task["run"], "starter.fill", "{name}");
            in_order(&name, task["input"].clone());
        }
        assert_eq!(file["tasks"].is_array(), name != "empty", "{name}");
        names.push(name);
    }
    names.sort_unstable();
    assert_eq!(names, BLUEPRINTS);
}

/// Goods that can be written in any currency, in both languages.
fn in_order(name: &str, input: Value) {
    let blueprint: Blueprint =
        serde_json::from_value(input).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(blueprint.with_samples, "{name}: who creates a store decides");
    assert!((8..=12).contains(&blueprint.products.len()), "{name}");
    let categories = blueprint.categories.iter().map(|it| (&it.slug, &it.name));
    let collections = blueprint.collections.iter().map(|it| (&it.slug, &it.name));
    let attributes = blueprint.attributes.iter().map(|it| (&it.key, &it.name));
    for (slug, text) in categories.chain(collections).chain(attributes) {
        bilingual(&format!("{name}: {slug}"), text);
    }
    for product in &blueprint.products {
        let what = format!("{name}: {}", product.slug);
        bilingual(&what, &product.name);
        bilingual(&what, &product.description);
        product.attributes.values().for_each(|text| bilingual(&what, text));
        for option in &product.options {
            bilingual(&what, &option.name);
            option.values.iter().for_each(|value| bilingual(&what, &value.name));
        }
    }
    let unused = |slug: &String| blueprint.products.iter().all(|product| product.category != *slug);
    for category in &blueprint.categories {
        let is_parent =
            blueprint.categories.iter().any(|other| other.parent.as_ref() == Some(&category.slug));
        assert!(is_parent || !unused(&category.slug), "{name}: '{}' is empty", category.slug);
    }
    for currency in [Currency::GBP, Currency::CNY, Currency::EUR, Currency::USD] {
        let shelves =
            Shelves::of(&blueprint, currency).unwrap_or_else(|error| panic!("{name}: {error}"));
        for price in &shelves.prices {
            let list_price = price.list_price.map(|price| price.rounded().minor);
            let minor = price.price.rounded().minor;
            assert!(minor > 0 && list_price.is_none_or(|before| before > minor), "{}", price.sku);
        }
    }
}

#[track_caller]
fn bilingual(what: &str, text: &Localized) {
    let texts: BTreeMap<&str, &str> = text.iter().map(|(l, text)| (l.as_str(), text)).collect();
    assert_eq!(texts.keys().copied().collect::<Vec<_>>(), ["en", "zh-CN"], "{what}");
    let is_chinese = texts["zh-CN"].chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    // Sizes and the like are written alike but for the commas.
    let alike = texts["zh-CN"].replace(['，', '、'], ", ") == texts["en"];
    assert!(is_chinese || alike, "{what}: {}", texts["zh-CN"]);
}
