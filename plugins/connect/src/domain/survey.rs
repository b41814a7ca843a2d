//! What a ledger tells of products, found in one pass before anything is written.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use hatchery_sdk::interfaces::catalog::{CategoryDraft, ProductDraft, Variant};
use hatchery_sdk::interfaces::crm::CustomerFacts;
use hatchery_sdk::interfaces::pricing::PriceDraft;
use hatchery_sdk::interfaces::{PostalAddress, Sku};
use hatchery_sdk::prelude::*;

use crate::domain::ledger::{Entry, Line};
use crate::domain::slug::slugify;

/// Products, orders and customers of a ledger.
#[derive(Default)]
pub(crate) struct Survey {
    products: BTreeMap<Sku, Seen>,
    orders: BTreeSet<String>,
    returns: BTreeSet<String>,
    customers: BTreeMap<String, Known>,
}

/// What was seen of a customer.
#[derive(Clone, Debug, Default)]
struct Known {
    is_numbered: bool,
    email: Option<String>,
    name: Option<String>,
    country: Option<String>,
}

/// What was seen of a product.
#[derive(Default)]
struct Seen {
    names: BTreeMap<String, u32>,
    /// Prices asked, by their micros.
    prices: BTreeMap<i64, Asked>,
    category: Option<String>,
}

/// A price that was asked: how often, and when last.
struct Asked {
    price: UnitPrice,
    count: u32,
    last: DateTime<Utc>,
}

impl Survey {
    /// Takes a line into account.
    pub(crate) fn see(&mut self, entry: &Entry) {
        let Some(line) = entry.line() else { return };
        if let Some(customer) = line.customer.as_ref().or(line.email.as_ref())
            && !self.customers.contains_key(customer)
        {
            let known = Known {
                is_numbered: line.customer.is_some(),
                email: line.email.clone(),
                name: line.customer_name.clone(),
                country: line.country.clone(),
            };
            self.customers.insert(customer.clone(), known);
        }
        let numbers = match entry {
            Entry::Sale(_) | Entry::Charge(..) => &mut self.orders,
            _ => &mut self.returns,
        };
        if !numbers.contains(&line.number) {
            numbers.insert(line.number.clone());
        }
        if matches!(entry, Entry::Sale(_) | Entry::Return(_)) {
            self.see_product(line, matches!(entry, Entry::Sale(_)));
        }
    }

    fn see_product(&mut self, line: &Line, sold: bool) {
        if !self.products.contains_key(&line.sku) {
            self.products.insert(line.sku.clone(), Seen::default());
        }
        let Some(seen) = self.products.get_mut(&line.sku) else { return };
        if !line.name.is_empty() {
            match seen.names.get_mut(&line.name) {
                Some(count) => *count += 1,
                None => drop(seen.names.insert(line.name.clone(), 1)),
            }
        }
        if sold && line.unit.micros > 0 {
            let new = || Asked { price: line.unit, count: 0, last: line.at };
            let asked = seen.prices.entry(line.unit.micros).or_insert_with(new);
            asked.count += 1;
            asked.last = asked.last.max(line.at);
        }
        if line.category.is_some() {
            seen.category.clone_from(&line.category);
        }
    }

    /// How many products, orders, returns and customers there are.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        [
            ("products", self.products.len()),
            ("orders", self.orders.len()),
            ("returns", self.returns.len()),
            ("customers", self.customers.len()),
        ]
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count as u64))
        .collect()
    }

    /// What the ledger tells of its customers; `source` is the system that gave them their numbers.
    pub(crate) fn customers(&self, source: &str) -> Vec<CustomerFacts> {
        let facts = |(number, known): (&String, &Known)| CustomerFacts {
            reference: known.is_numbered.then(|| (source.to_owned(), number.clone())),
            email: known.email.clone(),
            name: known.name.clone(),
            address: known.country.clone().map(|country| PostalAddress {
                name: known.name.clone().unwrap_or_default(),
                country,
                ..PostalAddress::default()
            }),
            ..CustomerFacts::default()
        };
        self.customers.iter().map(facts).collect()
    }

    /// The categories of the products, by slug.
    pub(crate) fn categories(&self) -> Vec<CategoryDraft> {
        let names: BTreeSet<&String> =
            self.products.values().filter_map(|seen| seen.category.as_ref()).collect();
        names.into_iter().map(|name| category_draft(name)).collect()
    }

    /// The products, each with its most frequent name; of equally frequent ones the first by letter.
    pub(crate) fn drafts(&self) -> Vec<ProductDraft> {
        self.products
            .iter()
            .map(|(sku, seen)| {
                let name = seen.name().unwrap_or_else(|| sku.to_string());
                ProductDraft {
                    slug: slugify(&format!("{name} {sku}"), sku.as_str()),
                    name: Localized::en(title(&name)),
                    category: seen.category.as_deref().map(|name| slugify(name, "other")),
                    variants: vec![variant(sku.clone())],
                    ..Default::default()
                }
            })
            .collect()
    }

    /// The price of each product that was asked most often; of equally frequent ones the last. A ledger also
    /// has discounts and surcharges, so that the very last price may be nobody else's.
    pub(crate) fn prices(&self) -> Vec<PriceDraft> {
        let price = |(sku, seen): (&Sku, &Seen)| {
            let asked = seen.prices.values().max_by_key(|asked| (asked.count, asked.last))?;
            Some(PriceDraft { sku: sku.clone(), price: asked.price, list_price: None })
        };
        self.products.iter().filter_map(price).collect()
    }
}

impl Seen {
    fn name(&self) -> Option<String> {
        let best = self.names.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
        best.map(|(name, _)| name.clone())
    }
}

/// A category of a name.
pub(crate) fn category_draft(name: &str) -> CategoryDraft {
    CategoryDraft { slug: slugify(name, "other"), name: Localized::en(name), ..Default::default() }
}

/// The only variant of a product.
pub(crate) fn variant(sku: Sku) -> Variant {
    Variant {
        sku,
        name: Localized::default(),
        options: BTreeMap::new(),
        weight_grams: None,
        barcode: None,
        image: None,
    }
}

/// Names in capitals become readable: `WHITE METAL LANTERN` is `White Metal Lantern`.
fn title(name: &str) -> String {
    if name.chars().any(char::is_lowercase) {
        return name.to_owned();
    }
    let mut title = String::with_capacity(name.len());
    let mut begins = true;
    for c in name.chars() {
        if begins {
            title.push(c);
        } else {
            title.extend(c.to_lowercase());
        }
        begins = !(c.is_alphanumeric() || c == '\'');
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale(number: &str, name: &str, price: &str, day: u32) -> Entry {
        Entry::Sale(Line {
            number: number.into(),
            sku: Sku::new("85123A").unwrap(),
            name: name.into(),
            quantity: 1,
            unit: UnitPrice::parse(price, Currency::GBP).unwrap(),
            at: format!("2011-01-{day:02}T00:00:00Z").parse().unwrap(),
            customer: Some("17850".into()),
            email: None,
            customer_name: None,
            country: None,
            category: None,
        })
    }

    #[test]
    fn a_product_has_its_most_frequent_name_and_price() {
        let mut survey = Survey::default();
        survey.see(&sale("1", "WHITE HOLDER", "2.55", 1));
        survey.see(&sale("1", "WHITE HOLDER", "2.95", 9));
        survey.see(&sale("2", "A CREAM HOLDER", "2.40", 5));
        let draft = &survey.drafts()[0];
        assert_eq!(draft.slug, "white-holder-85123a");
        assert_eq!(draft.name.get(&Locale::en()), "White Holder");
        assert_eq!(survey.prices()[0].price.micros, 2_950_000, "the last of equally frequent ones");
        survey.see(&sale("3", "", "2.40", 4));
        assert_eq!(survey.prices()[0].price.micros, 2_400_000);
        let counts = survey.counts();
        assert_eq!((counts["orders"], counts["customers"], counts["products"]), (3, 1, 1));
    }

    #[test]
    fn names_in_capitals_become_readable() {
        assert_eq!(title("KID'S T-LIGHT (RED)"), "Kid's T-Light (Red)");
        assert_eq!(title("iPhone CASE"), "iPhone CASE");
    }
}
