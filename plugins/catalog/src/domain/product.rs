//! What a product must be.

use std::collections::BTreeSet;

use hatchery_sdk::interfaces::catalog::ProductDraft;

use crate::domain::slug;
use crate::error::CatalogError;

/// The tax category of a draft that names none.
const DEFAULT_TAX_CATEGORY: &str = "standard";

/// Checks the drafts of one change against themselves, and fills in what was left out.
pub(crate) fn normalize(drafts: Vec<ProductDraft>) -> Result<Vec<ProductDraft>, CatalogError> {
    let (mut slugs, mut skus) = (BTreeSet::new(), BTreeSet::new());
    drafts
        .into_iter()
        .map(|mut draft| {
            slug::check(&draft.slug)?;
            if !slugs.insert(draft.slug.clone()) {
                return Err(CatalogError::SlugTwice { slug: draft.slug });
            }
            if draft.name.is_empty() {
                return Err(CatalogError::MissingName { slug: draft.slug });
            }
            if draft.variants.is_empty() {
                return Err(CatalogError::NoVariant { slug: draft.slug });
            }
            for variant in &draft.variants {
                if !skus.insert(variant.sku.clone()) {
                    return Err(CatalogError::SkuTwice { sku: variant.sku.clone() });
                }
                for (option, value) in &variant.options {
                    let listed = draft.options.iter().any(|known| {
                        known.key == *option && known.values.iter().any(|known| known.key == *value)
                    });
                    if !listed {
                        return Err(CatalogError::UnknownOption {
                            sku: variant.sku.clone(),
                            option: option.clone(),
                            value: value.clone(),
                        });
                    }
                }
            }
            if draft.tax_category.is_empty() {
                draft.tax_category = DEFAULT_TAX_CATEGORY.into();
            }
            draft.collections.sort();
            draft.collections.dedup();
            Ok(draft)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::Sku;
    use hatchery_sdk::interfaces::catalog::Variant;
    use hatchery_sdk::types::Localized;

    use super::*;

    fn draft(slug: &str, skus: &[&str]) -> ProductDraft {
        let variant = |sku: &&str| Variant {
            sku: Sku::new(sku).unwrap(),
            name: Localized::default(),
            options: Default::default(),
            weight_grams: None,
            barcode: None,
            image: None,
        };
        ProductDraft {
            slug: slug.into(),
            name: Localized::en("Teapot"),
            variants: skus.iter().map(variant).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn a_change_is_checked_against_itself() {
        let check = |drafts: Vec<ProductDraft>| normalize(drafts).map(|drafts| drafts.len());
        assert_eq!(check(vec![draft("a", &["1"]), draft("b", &["2", "3"])]), Ok(2));
        assert_eq!(
            check(vec![draft("a", &["1"]), draft("a", &["2"])]),
            Err(CatalogError::SlugTwice { slug: "a".into() })
        );
        assert_eq!(
            check(vec![draft("a", &["1"]), draft("b", &["1"])]),
            Err(CatalogError::SkuTwice { sku: Sku::new("1").unwrap() })
        );
        assert_eq!(check(vec![draft("a", &[])]), Err(CatalogError::NoVariant { slug: "a".into() }));
        let nameless = ProductDraft { name: Localized::default(), ..draft("a", &["1"]) };
        assert_eq!(check(vec![nameless]), Err(CatalogError::MissingName { slug: "a".into() }));
        let mut odd = draft("a", &["1"]);
        odd.variants[0].options.insert("color".into(), "red".into());
        assert!(matches!(check(vec![odd]), Err(CatalogError::UnknownOption { .. })));
    }

    #[test]
    fn the_usual_tax_category_is_filled_in() {
        assert_eq!(normalize(vec![draft("a", &["1"])]).unwrap()[0].tax_category, "standard");
    }
}
