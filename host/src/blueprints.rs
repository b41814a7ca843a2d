//! The blueprints that the program brings.

use std::collections::BTreeMap;

macro_rules! blueprints {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../config/blueprints/", $name, ".toml")))),*]
    };
}

/// Name and TOML of each.
pub(crate) fn all() -> BTreeMap<String, String> {
    let all = blueprints!["b2b" "digital" "empty" "fashion" "grocery"];
    all.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}
