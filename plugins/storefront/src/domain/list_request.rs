//! What a list is asked for by its address, and what the address of another list is.

use hatchery_sdk::interfaces::listing::ListingQuery;
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// The query string of a list page. What does not fit is ignored: an address typed wrong still lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct ListParameters {
    pub(crate) q: String,
    pub(crate) sort: String,
    pub(crate) price_min: String,
    pub(crate) price_max: String,
    pub(crate) in_stock: String,
    pub(crate) cursor: String,
}

/// What products a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) category: Option<String>,
    pub(crate) collection: Option<String>,
}

/// A field of a form that is not shown, or a part of a query string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Pair {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// Orders a list can have, the names of `sort=` and of the messages `storefront-sort-<name>`, with what
/// the listing calls them.
const SORTS: [(&str, &str); 5] = [
    ("popularity", "-popularity"),
    ("newest", "-created_at"),
    ("price", "price"),
    ("price-desc", "-price"),
    ("name", "name"),
];

impl ListParameters {
    /// The words searched for.
    pub(crate) fn words(&self) -> Option<&str> {
        Some(self.q.trim()).filter(|words| !words.is_empty())
    }

    /// The lowest price wanted.
    pub(crate) fn price_from(&self, currency: Currency) -> Option<Money> {
        amount(&self.price_min, currency)
    }

    /// The highest price wanted.
    pub(crate) fn price_to(&self, currency: Currency) -> Option<Money> {
        amount(&self.price_max, currency)
    }

    /// Whether only what is in stock is wanted.
    pub(crate) fn only_in_stock(&self) -> bool {
        self.in_stock == "1"
    }

    /// The orders to choose from, the present one marked; by relevance only for words.
    pub(crate) fn sorts(&self) -> Vec<(&'static str, bool)> {
        let relevance = self.words().map(|_| "relevance");
        let names: Vec<_> =
            relevance.into_iter().chain(SORTS.iter().map(|(name, _)| *name)).collect();
        let present =
            names.iter().copied().find(|name| *name == self.sort).or(names.first().copied());
        names.into_iter().map(|name| (name, Some(name) == present)).collect()
    }

    /// The question for the listing.
    pub(crate) fn listing_query(
        &self,
        scope: &Scope,
        currency: Currency,
        limit: u32,
    ) -> ListingQuery {
        let from = self.price_from(currency).map(|price| format!("price >= {}", price.minor));
        let to = self.price_to(currency).map(|price| format!("price <= {}", price.minor));
        let stock = self.only_in_stock().then(|| "available = true".to_owned());
        let conditions: Vec<_> = from.into_iter().chain(to).chain(stock).collect();
        let sort = SORTS.iter().find(|(name, _)| *name == self.sort).map(|(_, sort)| *sort);
        ListingQuery {
            q: self.words().map(str::to_owned),
            category: scope.category.clone(),
            collection: scope.collection.clone(),
            filter: (!conditions.is_empty()).then(|| conditions.join(" AND ")),
            sort: sort.map(str::to_owned),
            limit: Some(limit),
            cursor: Some(self.cursor.clone()).filter(|cursor| !cursor.is_empty()),
        }
    }

    /// The parameters that are set, without some and without the cursor: a list with another filter or
    /// order begins at its start.
    pub(crate) fn pairs_without(&self, left_out: &[&str]) -> Vec<Pair> {
        let all = [
            ("q", &self.q),
            ("sort", &self.sort),
            ("price_min", &self.price_min),
            ("price_max", &self.price_max),
            ("in_stock", &self.in_stock),
        ];
        all.into_iter()
            .filter(|(name, value)| !value.trim().is_empty() && !left_out.contains(name))
            .map(|(name, value)| Pair { name, value: value.clone() })
            .collect()
    }

    /// The address of the same list without some parameters, or at a cursor.
    pub(crate) fn address(&self, path: &str, left_out: &[&str], cursor: Option<&str>) -> String {
        let mut pairs = self.pairs_without(left_out);
        pairs.extend(cursor.map(|cursor| Pair { name: "cursor", value: cursor.to_owned() }));
        let pairs: Vec<_> = pairs.into_iter().map(|pair| (pair.name, pair.value)).collect();
        match serde_urlencoded::to_string(pairs) {
            Ok(query) if !query.is_empty() => format!("{path}?{query}"),
            _ => path.to_owned(),
        }
    }
}

/// An amount as people type it: `12`, `12.50`, `12,50`.
fn amount(text: &str, currency: Currency) -> Option<Money> {
    let amount = Money::parse(&text.trim().replace(',', "."), currency).ok()?;
    (amount.minor >= 0).then_some(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pounds() -> Currency {
        "GBP".parse().unwrap()
    }

    #[test]
    fn filters_become_the_listing_question() {
        let parameters = ListParameters {
            q: " tea ".into(),
            price_min: "2,50".into(),
            price_max: "10".into(),
            in_stock: "1".into(),
            sort: "price-desc".into(),
            ..Default::default()
        };
        let query = parameters.listing_query(&Scope::default(), pounds(), 24);
        assert_eq!(query.q.as_deref(), Some("tea"));
        let filter = "price >= 250 AND price <= 1000 AND available = true";
        assert_eq!(query.filter.as_deref(), Some(filter));
        assert_eq!(query.sort.as_deref(), Some("-price"));
        assert_eq!(query.cursor, None);
    }

    #[test]
    fn what_is_no_amount_or_no_order_is_ignored() {
        let parameters = ListParameters {
            price_min: "cheap".into(),
            sort: "-id; --".into(),
            ..Default::default()
        };
        let query = parameters.listing_query(&Scope::default(), pounds(), 24);
        assert_eq!((query.filter, query.sort), (None, None));
        assert_eq!(parameters.sorts()[0], ("popularity", true));
    }

    #[test]
    fn a_changed_list_starts_again() {
        let parameters = ListParameters {
            q: "a&b".into(),
            in_stock: "1".into(),
            cursor: "xyz".into(),
            ..Default::default()
        };
        assert_eq!(parameters.address("/search", &["in_stock"], None), "/search?q=a%26b");
        let next = parameters.address("/search", &[], Some("abc"));
        assert_eq!(next, "/search?q=a%26b&in_stock=1&cursor=abc");
        assert_eq!(ListParameters::default().address("/products", &[], None), "/products");
    }
}
