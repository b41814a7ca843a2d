//! Gathers the first page: featured products, specials, categories, and what is popular.

use hatchery_sdk::interfaces::catalog::{Catalog, Collection};
use hatchery_sdk::interfaces::listing::{Listing, ListingQuery};
use hatchery_sdk::prelude::*;
use serde::Serialize;

use crate::domain::card::{Card, Picture, Strip};
use crate::domain::list_request::{ListParameters, Scope};
use crate::ops::list_products::list_products;
use crate::ops::read_navigation;
use crate::settings::StorefrontSettings;

/// The parts of the first page, named as `home.html` names them.
#[derive(Debug, Serialize)]
pub(crate) struct Home {
    pub(crate) hero: Hero,
    pub(crate) featured: Option<Strip>,
    pub(crate) specials: Option<Strip>,
    pub(crate) popular: Option<Strip>,
    pub(crate) categories: Vec<Tile>,
}

/// The welcome.
#[derive(Debug, Serialize)]
pub(crate) struct Hero {
    pub(crate) title: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) pictures: Vec<Card>,
}

/// A category with a picture.
#[derive(Debug, Serialize)]
pub(crate) struct Tile {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) image: Option<Picture>,
    pub(crate) count: Option<u64>,
}

const STRIP: u32 = 4;
const POPULAR: u32 = 8;
const TILES: usize = 8;

/// Gathers it.
pub(crate) async fn show_home(ctx: &Ctx, settings: &StorefrontSettings) -> Result<Home> {
    let collections = ctx.get::<dyn Catalog>()?.collections(ctx).await?;
    let featured = strip(ctx, &collections, &settings.featured, "storefront-featured").await?;
    let specials = strip(ctx, &collections, &settings.specials, "storefront-specials").await?;
    let popular = popular(ctx).await?;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let hero = Hero {
        title: some(settings.hero_title.get(ctx.locale())),
        text: some(settings.hero_text.get(ctx.locale())),
        pictures: pictures([featured.as_ref(), popular.as_ref()]),
    };
    Ok(Home { hero, featured, specials, popular, categories: tiles(ctx).await? })
}

async fn strip(
    ctx: &Ctx,
    collections: &[Collection],
    slug: &str,
    title_key: &'static str,
) -> Result<Option<Strip>> {
    let Some(collection) = collections.iter().find(|collection| collection.slug == slug) else {
        return Ok(None);
    };
    let scope = Scope { collection: Some(slug.to_owned()), ..Scope::default() };
    let page = list_products(ctx, &scope, &ListParameters::default(), STRIP).await?;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let strip = Strip {
        title: some(collection.name.get(ctx.locale())),
        title_key,
        text: some(collection.description.get(ctx.locale())),
        text_key: None,
        url: Some(format!("/collections/{slug}")),
        products: page.items,
    };
    Ok(Some(strip).filter(|strip| !strip.products.is_empty()))
}

/// What was bought most. Only a listing knows.
async fn popular(ctx: &Ctx) -> Result<Option<Strip>> {
    let Some(listing) = ctx.find::<dyn Listing>() else { return Ok(None) };
    let query = ListingQuery {
        sort: Some("-popularity".into()),
        limit: Some(POPULAR),
        ..ListingQuery::default()
    };
    let page = listing.search(ctx, query).await?;
    let strip = Strip {
        title: None,
        title_key: "storefront-popular",
        text: None,
        text_key: Some("storefront-popular-text"),
        url: Some("/products?sort=popularity".into()),
        products: page.items.into_iter().map(Card::from).collect(),
    };
    Ok(Some(strip).filter(|strip| !strip.products.is_empty()))
}

/// Up to three products with pictures for the welcome, each once.
fn pictures(strips: [Option<&Strip>; 2]) -> Vec<Card> {
    let mut chosen: Vec<Card> = Vec::new();
    for card in strips.into_iter().flatten().flat_map(|strip| &strip.products) {
        let new = chosen.iter().all(|other| other.slug != card.slug);
        if card.image.is_some() && new && chosen.len() < 3 {
            chosen.push(card.clone());
        }
    }
    if chosen.len() == 3 { chosen } else { Vec::new() }
}

/// The roots of the category tree, with the picture of a product each.
async fn tiles(ctx: &Ctx) -> Result<Vec<Tile>> {
    let categories = read_navigation::categories(ctx).await?;
    let counts = read_navigation::counts(ctx).await?;
    let links = read_navigation::links(&categories, ctx.locale(), None, counts.as_ref());
    let mut tiles = Vec::new();
    for link in links.into_iter().take(TILES) {
        let category = link.url.rsplit('/').next().map(str::to_owned);
        let image = match ctx.find::<dyn Listing>() {
            Some(listing) => {
                let query = ListingQuery { category, limit: Some(1), ..ListingQuery::default() };
                let page = listing.search(ctx, query).await?;
                page.items.into_iter().find_map(|card| card.image).map(Picture::decorative)
            }
            None => None,
        };
        tiles.push(Tile { name: link.name, url: link.url, image, count: link.count });
    }
    Ok(tiles)
}
