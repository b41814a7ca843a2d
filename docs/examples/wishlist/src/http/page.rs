//! The page `/wishlist`. It works without JavaScript: every button is a form.

use axum::Form;
use axum::response::{AppendHeaders, IntoResponse, Redirect};
use hatchery_sdk::interfaces::catalog::{Product, ProductId};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::db;
use crate::http::visit::Visit;
use crate::ops::add_item::add_item;
use crate::ops::read_list::read_products;

/// GET /wishlist
pub(crate) async fn show(ctx: Ctx, visit: Visit) -> Result<View> {
    let products = read_products(&ctx, visit.visitor()).await?;
    let product = |product: &Product| -> Value {
        json!({ "id": product.id, "slug": product.slug, "name": product.name.get(ctx.locale()) })
    };
    let products: Vec<Value> = products.iter().map(product).collect();
    Ok(View::new("wishlist/list.html").with("robots", "noindex").with("products", products))
}

/// What a button says.
#[derive(Deserialize)]
pub(crate) struct Change {
    /// `add` or `remove`.
    action: String,
    /// Id of the product.
    product: ProductId,
}

/// POST /wishlist
pub(crate) async fn change(
    ctx: Ctx,
    visit: Visit,
    Form(change): Form<Change>,
) -> Result<impl IntoResponse> {
    let (visitor, cookie) = visit.known(&ctx);
    let product = change.product;
    if change.action == "remove" {
        let visitor = &visitor;
        ctx.transaction(|ctx| async move { db::item::delete(&ctx.db(), visitor, product).await })
            .await?;
    } else {
        add_item(&ctx, &visitor, product).await?;
    }
    Ok((AppendHeaders(cookie), Redirect::to("/wishlist")))
}
