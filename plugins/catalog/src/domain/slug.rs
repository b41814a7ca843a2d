//! Names in addresses.

use crate::error::CatalogError;

const MAX_LENGTH: usize = 120;

/// Accepts lowercase letters and digits of any script, joined by single dashes.
pub(crate) fn check(slug: &str) -> Result<(), CatalogError> {
    let fits = |c: char| c == '-' || (c.is_alphanumeric() && !c.is_uppercase());
    let well_formed = !slug.is_empty()
        && slug.chars().count() <= MAX_LENGTH
        && slug.chars().all(fits)
        && !slug.starts_with('-')
        && !slug.ends_with('-')
        && !slug.contains("--");
    if well_formed { Ok(()) } else { Err(CatalogError::InvalidSlug { slug: slug.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_lowercase_words_joined_by_dashes() {
        for good in ["tea", "white-hanging-heart", "85123a", "茶壶", "a"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "Tea", "a b", "-a", "a-", "a--b", "a/b", &"x".repeat(121)] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
