//! One variant as the product page offers it.

use hatchery_sdk::interfaces::catalog::Variant;
use hatchery_sdk::interfaces::inventory::Availability;
use hatchery_sdk::interfaces::pricing::Price;
use hatchery_sdk::prelude::*;
use serde::Serialize;

/// A variant with its price and stock of now.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Offer {
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) selected: bool,
    pub(crate) price: Option<Money>,
    pub(crate) list_price: Option<Money>,
    pub(crate) stock: Option<Stock>,
    pub(crate) max: Option<i64>,
}

/// How much of a variant there is, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Stock {
    pub(crate) state: StockState,
    pub(crate) quantity: Option<i64>,
}

/// The words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StockState {
    In,
    Low,
    Out,
}

impl Stock {
    /// What to say of so many; no number means that there is no limit.
    pub(crate) fn of(available: Option<i64>, low: i64) -> Self {
        let state = match available {
            Some(count) if count <= 0 => StockState::Out,
            Some(count) if count <= low => StockState::Low,
            _ => StockState::In,
        };
        Self { state, quantity: available }
    }
}

impl Offer {
    /// Puts together what the components know of a variant.
    pub(crate) fn new(
        variant: &Variant,
        locale: &Locale,
        price: Option<&Price>,
        availability: Option<&Availability>,
        low: i64,
    ) -> Self {
        Self {
            sku: variant.sku.to_string(),
            name: variant.name.get(locale).to_owned(),
            selected: false,
            price: price.map(|price| price.price),
            list_price: price.and_then(|price| price.list_price),
            stock: availability.map(|known| Stock::of(known.available, low)),
            max: availability.and_then(|known| known.available).filter(|count| *count > 0),
        }
    }

    /// Whether it can be bought.
    pub(crate) fn can_be_bought(&self) -> bool {
        self.stock.as_ref().is_none_or(|stock| stock.state != StockState::Out)
    }
}

/// Marks the offer of that SKU, else the first one that can be bought, else the first; gives its place.
pub(crate) fn select(offers: &mut [Offer], sku: Option<&str>) -> usize {
    let asked = sku.and_then(|sku| offers.iter().position(|offer| offer.sku == sku));
    let chosen = asked.or_else(|| offers.iter().position(Offer::can_be_bought)).unwrap_or(0);
    if let Some(offer) = offers.get_mut(chosen) {
        offer.selected = true;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(sku: &str, available: Option<i64>) -> Offer {
        Offer {
            sku: sku.into(),
            name: String::new(),
            selected: false,
            price: None,
            list_price: None,
            stock: Some(Stock::of(available, 5)),
            max: None,
        }
    }

    #[test]
    fn stock_has_three_words() {
        let check = |available, expect| assert_eq!(Stock::of(available, 5).state, expect);
        check(None, StockState::In);
        check(Some(6), StockState::In);
        check(Some(5), StockState::Low);
        check(Some(0), StockState::Out);
        check(Some(-2), StockState::Out);
    }

    #[test]
    fn the_one_asked_for_comes_first_then_one_that_can_be_bought() {
        let check = |sku: Option<&str>, expect: usize| {
            let mut offers = [offer("a", Some(0)), offer("b", Some(3)), offer("c", None)];
            assert_eq!(select(&mut offers, sku), expect);
            assert!(offers[expect].selected);
        };
        check(None, 1);
        check(Some("a"), 0);
        check(Some("c"), 2);
        check(Some("nothing"), 1);
    }
}
