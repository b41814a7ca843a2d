//! A product in a grid, and grids with a title.

use hatchery_sdk::interfaces::catalog::Product;
use hatchery_sdk::interfaces::listing::ProductCard;
use hatchery_sdk::interfaces::pricing::Price;
use hatchery_sdk::prelude::*;
use serde::Serialize;

/// A product as `product-card.html` shows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Card {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) image: Option<Picture>,
    pub(crate) price: Option<Money>,
    pub(crate) list_price: Option<Money>,
    pub(crate) price_from: bool,
    pub(crate) available: Option<bool>,
}

/// A picture with its text.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Picture {
    pub(crate) url: String,
    pub(crate) alt: String,
}

/// A titled row of cards, as `product-strip.html` shows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Strip {
    pub(crate) title: Option<String>,
    pub(crate) title_key: &'static str,
    pub(crate) text: Option<String>,
    pub(crate) text_key: Option<&'static str>,
    pub(crate) url: Option<String>,
    pub(crate) products: Vec<Card>,
}

impl Picture {
    /// A picture beside the name of what it shows: it needs no text of its own.
    pub(crate) fn decorative(url: String) -> Self {
        Self { url, alt: String::new() }
    }
}

impl From<ProductCard> for Card {
    fn from(card: ProductCard) -> Self {
        Self {
            slug: card.slug,
            name: card.name,
            image: card.image.map(Picture::decorative),
            price: card.price,
            list_price: card.list_price,
            price_from: card.price_varies,
            available: Some(card.available),
        }
    }
}

impl Card {
    /// A card made from the catalog alone, for a store without listing. `prices` are those of the
    /// product's variants, `available` whether any can be bought.
    pub(crate) fn of(
        product: &Product,
        locale: &Locale,
        prices: &[&Price],
        available: Option<bool>,
    ) -> Self {
        let lowest = prices.iter().min_by_key(|price| price.price.minor);
        Self {
            slug: product.slug.clone(),
            name: product.name.get(locale).to_owned(),
            image: product.images.first().map(|image| Picture::decorative(image.url.clone())),
            price: lowest.map(|price| price.price),
            list_price: lowest.and_then(|price| price.list_price),
            price_from: prices.iter().any(|price| Some(price.price) != lowest.map(|low| low.price)),
            available,
        }
    }
}
