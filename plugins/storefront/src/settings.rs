//! What a store can set for its pages.

use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::country;

/// How the storefront looks and what it offers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StorefrontSettings {
    /// Heading of the first page, by language; a general one when empty.
    #[schema(inline)]
    pub(crate) hero_title: Localized,
    /// Text below that heading, by language; a general one when empty.
    #[schema(inline)]
    pub(crate) hero_text: Localized,
    /// Slug of the collection shown first on the first page.
    pub(crate) featured: String,
    /// Slug of the collection of reduced products on the first page.
    pub(crate) specials: String,
    /// Countries an address can be in (ISO 3166-1 alpha-2), in the order shown; all when empty.
    pub(crate) countries: Vec<String>,
    /// Products on one page of a list, 4 to 96.
    pub(crate) page_size: u32,
    /// From how many left the stock is called low.
    pub(crate) low_stock: i64,
}

impl Default for StorefrontSettings {
    fn default() -> Self {
        Self {
            hero_title: Localized::default(),
            hero_text: Localized::default(),
            featured: "featured".into(),
            specials: "specials".into(),
            countries: Vec::new(),
            page_size: 24,
            low_stock: 5,
        }
    }
}

impl StorefrontSettings {
    /// The rules the type alone does not say.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(4..=96).contains(&self.page_size) {
            return Err(format!("`page_size` is {}; write 4 to 96", self.page_size));
        }
        if self.low_stock < 0 {
            return Err(format!("`low_stock` is {}; write 0 or more", self.low_stock));
        }
        let unknown = |code: &&String| !country::ALL.contains(&code.as_str());
        match self.countries.iter().find(unknown) {
            Some(code) => Err(format!("`countries` has '{code}', which is no ISO 3166-1 code")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_the_key_that_is_wrong() {
        let check = |change: fn(&mut StorefrontSettings), expect: &str| {
            let mut settings = StorefrontSettings::default();
            change(&mut settings);
            let problem = settings.check().err().unwrap_or_default();
            assert!(problem.contains(expect), "{problem}");
        };
        check(|_| {}, "");
        check(|settings| settings.page_size = 0, "`page_size`");
        check(|settings| settings.low_stock = -1, "`low_stock`");
        check(|settings| settings.countries = vec!["GB".into(), "UK".into()], "'UK'");
        assert!(StorefrontSettings::default().check().is_ok());
    }
}
