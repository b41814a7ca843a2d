//! Reads carts with names, prices and stock of now.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::cart::{Cart, CartId, CartLine};
use hatchery_sdk::interfaces::catalog::{Catalog, Product, ProductStatus, Variant};
use hatchery_sdk::interfaces::inventory::{Availability, Inventory};
use hatchery_sdk::interfaces::pricing::{Price, Pricing};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::cart::{StoredCart, StoredLine};
use crate::domain::pricing::totals;
use crate::error::CartError;

/// One cart.
///
/// # Errors
/// There is none.
pub(crate) async fn get_cart(ctx: &Ctx, id: CartId) -> Result<Cart> {
    let mut carts = get_carts(ctx, &[id]).await?;
    carts.pop().ok_or_else(|| CartError::UnknownCart { id }.into())
}

/// The carts of those ids that exist, in the order asked.
pub(crate) async fn get_carts(ctx: &Ctx, ids: &[CartId]) -> Result<Vec<Cart>> {
    let carts = db::cart::by_ids(&ctx.db(), ids).await?;
    let skus: Vec<Sku> =
        carts.iter().flat_map(|cart| cart.lines.iter().map(|line| line.sku.clone())).collect();
    let facts = Facts::read(ctx, skus).await?;
    carts.into_iter().map(|cart| priced(ctx, cart, &facts)).collect()
}

/// What other components know of the SKUs in carts.
struct Facts {
    products: Vec<Product>,
    prices: BTreeMap<Sku, Price>,
    stock: BTreeMap<Sku, Availability>,
}

impl Facts {
    async fn read(ctx: &Ctx, skus: Vec<Sku>) -> Result<Self> {
        if skus.is_empty() {
            return Ok(Self { products: vec![], prices: BTreeMap::new(), stock: BTreeMap::new() });
        }
        let mut products = ctx.get::<dyn Catalog>()?.products_by_sku(ctx, skus.clone()).await?;
        products.retain(|product| product.status == ProductStatus::Active);
        let prices = ctx.get::<dyn Pricing>()?.prices(ctx, skus.clone()).await?;
        let stock = match ctx.find::<dyn Inventory>() {
            Some(inventory) => inventory.availability(ctx, skus).await?,
            None => Vec::new(),
        };
        Ok(Self {
            products,
            prices: prices.into_iter().map(|price| (price.sku.clone(), price)).collect(),
            stock: stock.into_iter().map(|level| (level.sku.clone(), level)).collect(),
        })
    }

    fn variant(&self, sku: &Sku) -> Option<(&Product, &Variant)> {
        self.products.iter().find_map(|product| {
            let variant = product.variants.iter().find(|variant| variant.sku == *sku)?;
            Some((product, variant))
        })
    }
}

/// A line whose product is no longer for sale, or whose price is gone, is left out; it comes back when they do.
fn priced(ctx: &Ctx, cart: StoredCart, facts: &Facts) -> Result<Cart> {
    let lines: Vec<CartLine> = cart
        .lines
        .iter()
        .filter_map(|line| priced_line(ctx, line, facts))
        .collect::<Result<_>>()?;
    Ok(Cart {
        id: cart.id,
        order_number: cart.order_number,
        totals: totals(ctx.store().currency, &lines)?,
        lines,
        created_at: cart.created_at,
        version: cart.version,
    })
}

fn priced_line(ctx: &Ctx, line: &StoredLine, facts: &Facts) -> Option<Result<CartLine>> {
    let (product, variant) = facts.variant(&line.sku)?;
    let price = facts.prices.get(&line.sku)?;
    let total = match price.unit.line_total(line.quantity) {
        Ok(total) => total,
        Err(error) => return Some(Err(error.into())),
    };
    let locale = ctx.locale();
    let name = match variant.name.get(locale) {
        "" => product.name.get(locale).to_owned(),
        variant => format!("{} – {variant}", product.name.get(locale)),
    };
    let image = variant.image.and_then(|image| product.images.get(image as usize));
    Some(Ok(CartLine {
        id: line.id,
        sku: line.sku.clone(),
        product_id: product.id,
        slug: product.slug.clone(),
        name,
        image: image.or(product.images.first()).map(|image| image.url.clone()),
        quantity: line.quantity,
        unit_price: price.price,
        unit: price.unit,
        total,
        available: facts.stock.get(&line.sku).and_then(|level| level.available),
        tax_category: product.tax_category.clone(),
        weight_grams: variant.weight_grams,
    }))
}
