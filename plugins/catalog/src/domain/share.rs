//! What of a product stores can share. Prices and stock are other components' and each store's own; so are
//! the collections it stands in and, as long as its home sells it, whether it is for sale.

use std::collections::BTreeMap;

use hatchery_sdk::component::Event;
use hatchery_sdk::component::sharing::{SharedKind, SharedRecord};
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{
    CategoriesSaved, Category, CategoryDraft, ProductDraft, ProductStatus, ProductsSaved, Variant,
};
use hatchery_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::domain::category;

/// What is shared.
pub(crate) const KIND: &str = "products";
/// A field that says more than its name: the categories from the root.
const CATEGORY: &str = "category";
const IMAGES: &str = "images";
const STATUS: &str = "status";
const FIELDS: [&str; 10] = [
    "name",
    "description",
    "brand",
    CATEGORY,
    "attributes",
    "options",
    "variants",
    IMAGES,
    "tax_category",
    "tags",
];
const REQUIRED: [&str; 3] = ["name", "options", "variants"];
/// Where the store's own files are.
const FILES: &str = "/files/";

/// The kind, for policies.
pub(crate) fn kind() -> SharedKind {
    SharedKind {
        kind: KIND.into(),
        fields: FIELDS.map(str::to_owned).into(),
        required: REQUIRED.map(str::to_owned).into(),
        events: [ProductsSaved::TYPE, CategoriesSaved::TYPE].map(str::to_owned).into(),
        two_way: false,
    }
}

/// A product on its way to another store.
pub(crate) fn record(draft: &ProductDraft, categories: &[Category]) -> Result<SharedRecord> {
    let mut fields = object(draft)?;
    fields.retain(|field, _| FIELDS.contains(&field.as_str()));
    let path = draft.category.iter().flat_map(|slug| category::path(categories, slug));
    let chain: Vec<CategoryDraft> = path
        .filter_map(|slug| categories.iter().find(|category| category.slug == slug))
        .map(|category| CategoryDraft {
            slug: category.slug.clone(),
            name: category.name.clone(),
            parent: category.parent.clone(),
            position: category.position,
        })
        .collect();
    fields.insert(CATEGORY.into(), serde_json::to_value(chain)?);
    let own = draft.images.iter().filter_map(|image| image.url.strip_prefix(FILES));
    let hashes: Vec<String> = own.map(str::to_owned).collect();
    Ok(SharedRecord {
        key: draft.slug.clone(),
        fields,
        always: Map::from_iter([(STATUS.to_owned(), serde_json::to_value(draft.status)?)]),
        files: BTreeMap::from([(IMAGES.to_owned(), hashes)]),
    })
}

/// The categories that a record names, the root first.
pub(crate) fn categories(record: &SharedRecord) -> Result<Vec<CategoryDraft>> {
    let named = record.fields.get(CATEGORY).cloned();
    Ok(named.map(serde_json::from_value).transpose()?.unwrap_or_default())
}

/// The product that a record makes of the one that is known; none when there is nothing to begin. One that its
/// home does not sell is not sold here either.
pub(crate) fn taken(
    known: Option<ProductDraft>,
    record: &SharedRecord,
) -> Result<Option<ProductDraft>> {
    let status = record.always.get(STATUS).cloned();
    let status: ProductStatus = status.map(serde_json::from_value).transpose()?.unwrap_or_default();
    let is_sold = status == ProductStatus::Active;
    if known.is_none() && !is_sold {
        return Ok(None);
    }
    let before =
        known.unwrap_or_else(|| ProductDraft { slug: record.key.clone(), ..Default::default() });
    let mut fields = object(&before)?;
    for (field, value) in &record.fields {
        let value = match field.as_str() {
            CATEGORY => serde_json::to_value(categories(record)?.pop().map(|last| last.slug))?,
            _ => value.clone(),
        };
        fields.insert(field.clone(), value);
    }
    let mut draft: ProductDraft = serde_json::from_value(Value::Object(fields))?;
    if !is_sold {
        draft.status = ProductStatus::Archived;
    }
    for variant in &mut draft.variants {
        // Pictures may be the store's own.
        let images = draft.images.len();
        variant.image = variant.image.filter(|image| (*image as usize) < images);
    }
    Ok(Some(draft))
}

/// Whether a product of the store's own is the one that a record tells of: one SKU says so.
pub(crate) fn is_same(own: &ProductDraft, record: &SharedRecord) -> Result<bool> {
    let theirs = record.fields.get("variants").cloned();
    let theirs: Vec<Variant> = theirs.map(serde_json::from_value).transpose()?.unwrap_or_default();
    let has = |sku: &Sku| theirs.iter().any(|variant| variant.sku == *sku);
    Ok(own.variants.iter().any(|variant| has(&variant.sku)))
}

/// The first of those fields that a draft changes.
pub(crate) fn changed(
    before: &ProductDraft,
    after: &ProductDraft,
    fields: &[String],
) -> Result<Option<String>> {
    let (before, after) = (object(before)?, object(after)?);
    Ok(fields.iter().find(|field| before.get(*field) != after.get(*field)).cloned())
}

fn object(draft: &ProductDraft) -> Result<Map<String, Value>> {
    match serde_json::to_value(draft)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::internal("a product is no object")),
    }
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::catalog::{CategoryId, Image};

    use super::*;

    fn draft() -> ProductDraft {
        let variant = Variant {
            sku: Sku::new("POT").unwrap(),
            name: Localized::default(),
            options: BTreeMap::new(),
            weight_grams: Some(500),
            barcode: None,
            image: Some(1),
        };
        let image = |url: &str| Image { url: url.into(), alt: Localized::default() };
        ProductDraft {
            slug: "pot".into(),
            name: Localized::en("Pot"),
            category: Some("pots".into()),
            collections: vec!["featured".into()],
            variants: vec![variant],
            images: vec![image("/files/aa11"), image("https://elsewhere.example/b.png")],
            ..Default::default()
        }
    }

    fn tree() -> Vec<Category> {
        let category = |slug: &str, parent: Option<&str>| Category {
            id: CategoryId::from_uuid(uuid::Uuid::nil()),
            slug: slug.into(),
            name: Localized::en(slug),
            parent: parent.map(Into::into),
            position: 0,
            shared_by: None,
        };
        vec![category("ware", None), category("pots", Some("ware"))]
    }

    #[test]
    fn a_record_has_its_categories_and_files_and_nothing_that_is_the_stores_own() {
        let record = record(&draft(), &tree()).unwrap();
        let chain: Vec<String> =
            categories(&record).unwrap().into_iter().map(|category| category.slug).collect();
        assert_eq!(chain, ["ware", "pots"]);
        assert_eq!(record.files["images"], ["aa11"], "what lies elsewhere stays there");
        assert!(
            !record.fields.contains_key("collections") && !record.fields.contains_key("status")
        );
    }

    #[test]
    fn what_is_taken_changes_what_is_shared_only() {
        let given = record(&draft(), &tree()).unwrap();
        let new = taken(None, &given).unwrap().unwrap();
        assert_eq!((new.status, new.collections.len()), (ProductStatus::Active, 0));
        assert_eq!(new.category.as_deref(), Some("pots"));
        let own = ProductDraft {
            status: ProductStatus::Draft,
            collections: vec!["ours".into()],
            name: Localized::en("Old"),
            ..new.clone()
        };
        let again = taken(Some(own.clone()), &given).unwrap().unwrap();
        assert_eq!(again, ProductDraft { name: Localized::en("Pot"), ..own });
    }

    #[test]
    fn what_its_home_does_not_sell_is_neither_begun_nor_sold() {
        let given = |status| record(&ProductDraft { status, ..draft() }, &tree()).unwrap();
        assert!(taken(None, &given(ProductStatus::Draft)).unwrap().is_none());
        let there = taken(Some(draft()), &given(ProductStatus::Archived)).unwrap().unwrap();
        assert_eq!(there.status, ProductStatus::Archived);
    }

    #[test]
    fn a_picture_that_is_not_there_is_not_named() {
        let mut given = record(&draft(), &tree()).unwrap();
        given.fields.remove("images");
        assert_eq!(taken(None, &given).unwrap().unwrap().variants[0].image, None);
    }

    #[test]
    fn one_sku_tells_that_two_products_are_the_same() {
        let given = record(&draft(), &tree()).unwrap();
        assert!(is_same(&draft(), &given).unwrap());
        let mut other = draft();
        other.variants[0].sku = Sku::new("KETTLE").unwrap();
        assert!(!is_same(&other, &given).unwrap());
    }

    #[test]
    fn a_change_of_a_locked_field_is_found() {
        let locked = ["name".to_owned()];
        let check = |after: ProductDraft, field: Option<&str>| {
            assert_eq!(changed(&draft(), &after, &locked).unwrap().as_deref(), field);
        };
        check(ProductDraft { collections: vec![], ..draft() }, None);
        check(ProductDraft { name: Localized::en("Kettle"), ..draft() }, Some("name"));
    }
}
