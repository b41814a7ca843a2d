//! What a store can set for its pages.

use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::country;
use crate::domain::look::{Color, Wishes};

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
    /// The store's color, as `#rrggbb`: buttons, links, what is selected. The default theme's when empty. Text on
    /// it is black or white, whichever has more contrast; links are darkened until they can be read (4.5 to 1).
    pub(crate) accent: String,
    /// The same for dark screens; `accent`, made lighter as far as needed, when empty.
    pub(crate) accent_dark: String,
    /// How round corners are, in pixels, 0 to 32; the default theme's when absent.
    pub(crate) corner: Option<u32>,
    /// A picture in place of the store's name at the top: the hash of one of the store's files. The name when empty.
    pub(crate) logo: String,
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
            accent: String::new(),
            accent_dark: String::new(),
            corner: None,
            logo: String::new(),
        }
    }
}

impl StorefrontSettings {
    /// What the store wants to look like.
    pub(crate) fn wishes(&self) -> Wishes<'_> {
        Wishes { accent: &self.accent, accent_dark: &self.accent_dark, corner: self.corner }
    }

    /// The rules the type alone does not say.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(4..=96).contains(&self.page_size) {
            return Err(format!("`page_size` is {}; write 4 to 96", self.page_size));
        }
        if self.low_stock < 0 {
            return Err(format!("`low_stock` is {}; write 0 or more", self.low_stock));
        }
        for (key, color) in [("accent", &self.accent), ("accent_dark", &self.accent_dark)] {
            if !color.is_empty() && Color::parse(color).is_none() {
                return Err(format!("`{key}` is '{color}'; write a color as #rrggbb"));
            }
        }
        if let Some(corner) = self.corner.filter(|corner| *corner > 32) {
            return Err(format!("`corner` is {corner}; write 0 to 32"));
        }
        let is_hash =
            self.logo.len() == 64 && self.logo.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !self.logo.is_empty() && !is_hash {
            return Err(format!("`logo` is '{}', which is no hash of a file", self.logo));
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
            assert_eq!(problem.is_empty(), expect.is_empty(), "{problem}");
        };
        check(|_| {}, "");
        check(|settings| settings.page_size = 0, "`page_size`");
        check(|settings| settings.low_stock = -1, "`low_stock`");
        check(|settings| settings.countries = vec!["GB".into(), "UK".into()], "'UK'");
        check(|settings| settings.accent = "green".into(), "`accent`");
        check(|settings| settings.accent_dark = "#12345".into(), "`accent_dark`");
        check(|settings| settings.accent = "#2f6f3e".into(), "");
        check(|settings| settings.corner = Some(33), "`corner`");
        check(|settings| settings.logo = "logo.png".into(), "`logo`");
        check(|settings| settings.logo = "0".repeat(64), "");
        assert!(StorefrontSettings::default().check().is_ok());
    }
}
