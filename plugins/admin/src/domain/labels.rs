//! Words for names: of resources, fields, actions and values.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::schema::{self, Shape};

/// What a name names; part of the message key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    Resource,
    Field,
    Action,
    Value,
    /// A component, by what it does.
    About,
}

impl Named {
    /// The keys under which the words may stand, best first.
    pub(crate) fn keys(self, component: &str, name: &str) -> [String; 2] {
        let kind = match self {
            Self::Resource => "resource",
            Self::Field => "field",
            Self::Action => "action",
            Self::Value => "value",
            Self::About => "about",
        };
        [format!("{component}-{kind}-{name}"), format!("admin-{kind}-{name}")]
    }
}

/// Names with their words, looked up before a page is drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels(pub(crate) BTreeMap<(Named, String), String>);

impl Labels {
    /// The words for a name, when there are any.
    pub(crate) fn find(&self, named: Named, name: &str) -> Option<&str> {
        self.0.get(&(named, name.to_owned())).map(String::as_str)
    }

    /// The words for a name; the name itself made readable when there are none.
    pub(crate) fn of(&self, named: Named, name: &str) -> String {
        self.find(named, name).map_or_else(|| readable(name), str::to_owned)
    }
}

/// `tracking_number` as `Tracking number`.
pub(crate) fn readable(name: &str) -> String {
    let spaced = name.replace(['_', '-', '.'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// All names a form or table of this schema may show.
pub(crate) fn names(schema: &Value) -> Vec<(Named, String)> {
    let mut found = Vec::new();
    collect(schema, &mut found, 0);
    found.sort();
    found.dedup();
    found
}

fn collect(schema: &Value, found: &mut Vec<(Named, String)>, depth: usize) {
    const DEEPEST: usize = 8;
    if depth > DEEPEST {
        return;
    }
    for property in schema::properties(schema) {
        found.push((Named::Field, property.key.to_owned()));
        match property.shape {
            Shape::Choice(words) => {
                found.extend(words.into_iter().map(|word| (Named::Value, word.to_owned())));
            }
            Shape::Group(inner) | Shape::GroupList(inner) => collect(inner, found, depth + 1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_words_is_made_readable() {
        assert_eq!(readable("tracking_number"), "Tracking number");
        assert_eq!(readable("stock-levels"), "Stock levels");
        assert_eq!(Labels::default().of(Named::Field, "sku"), "Sku");
    }
}
