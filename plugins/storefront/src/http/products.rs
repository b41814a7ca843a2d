//! `/products`, `/products/{slug}`, `/categories/{slug}`, `/collections/{slug}`, `/search`

use axum::extract::{Path, Query as Parameters};
use hatchery_sdk::interfaces::catalog::Catalog;
use hatchery_sdk::interfaces::listing::Listing;
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::list_request::{ListParameters, Scope};
use crate::http::{Visit, settings};
use crate::ops::list_products::list_products;
use crate::ops::read_navigation;
use crate::ops::show_product::{Crumb, show_product};

/// GET /products
pub(crate) async fn all(
    ctx: Ctx,
    visit: Visit,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<View> {
    let head = json!({ "kind": "all" });
    list(&ctx, &visit, "/products", Scope::default(), parameters, head).await
}

/// GET /search
pub(crate) async fn search(
    ctx: Ctx,
    visit: Visit,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<View> {
    let head = json!({ "kind": "search", "query": parameters.words() });
    let words = parameters.q.clone();
    let view = list(&ctx, &visit, "/search", Scope::default(), parameters, head).await?;
    Ok(view.with("search", words).with("robots", "noindex"))
}

/// GET /categories/{slug}
pub(crate) async fn category(
    ctx: Ctx,
    visit: Visit,
    Path(slug): Path<String>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<View> {
    let categories = read_navigation::categories(&ctx).await?;
    let category = read_navigation::find(&categories, &slug).ok_or_else(|| {
        Error::not_found("category.not_found", format!("There is no category '{slug}'."))
    })?;
    let way = read_navigation::path(&categories, &slug);
    let above = way.iter().take(way.len().saturating_sub(1));
    let crumb = |slug: &str| {
        let category = read_navigation::find(&categories, slug)?;
        let name = category.name.get(ctx.locale()).to_owned();
        Some(Crumb { name, url: format!("/categories/{slug}") })
    };
    let breadcrumbs: Vec<Crumb> = above.filter_map(|slug| crumb(slug)).collect();
    let counts = read_navigation::counts(&ctx).await?;
    let unfiltered = parameters.pairs_without(&["sort"]).is_empty();
    let total = counts.filter(|_| unfiltered).map(|counts| counts.get(&slug).copied().unwrap_or(0));
    let title = category.name.get(ctx.locale());
    let head = json!({ "kind": "category", "title": title, "total": total });
    let scope = Scope { category: Some(slug.clone()), ..Scope::default() };
    let path = format!("/categories/{slug}");
    let view = list(&ctx, &visit, &path, scope, parameters, head).await?;
    Ok(view.with("breadcrumbs", breadcrumbs))
}

/// GET /collections/{slug}
pub(crate) async fn collection(
    ctx: Ctx,
    visit: Visit,
    Path(slug): Path<String>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<View> {
    let collections = ctx.get::<dyn Catalog>()?.collections(&ctx).await?;
    let found = collections.iter().find(|collection| collection.slug == slug);
    let collection = found.ok_or_else(|| {
        Error::not_found("collection.not_found", format!("There is no collection '{slug}'."))
    })?;
    let head = json!({
        "kind": "collection",
        "title": collection.name.get(ctx.locale()),
        "description": collection.description.get(ctx.locale()),
    });
    let scope = Scope { collection: Some(slug.clone()), ..Scope::default() };
    list(&ctx, &visit, &format!("/collections/{slug}"), scope, parameters, head).await
}

/// The variant a product page is asked for.
#[derive(Deserialize)]
pub(crate) struct Selection {
    sku: Option<String>,
}

/// GET /products/{slug}
pub(crate) async fn one(
    ctx: Ctx,
    visit: Visit,
    Path(slug): Path<String>,
    Parameters(selection): Parameters<Selection>,
) -> Result<View> {
    let low_stock = settings(&ctx)?.low_stock;
    let page = show_product(&ctx, &slug, selection.sku.as_deref(), low_stock).await?;
    let id = page.product.id.clone();
    let view = View::new("storefront/product.html")
        .with("product", page.product)
        .with("variant", page.variant)
        .with("breadcrumbs", page.breadcrumbs)
        .slot("product.after", [id]);
    visit.page(&ctx, view).await
}

async fn list(
    ctx: &Ctx,
    visit: &Visit,
    path: &str,
    scope: Scope,
    parameters: ListParameters,
    head: Value,
) -> Result<View> {
    let page_size = settings(ctx)?.page_size;
    let page = list_products(ctx, &scope, &parameters, page_size).await?;
    let next = page.next_cursor.as_deref();
    let next_url = next.map(|cursor| parameters.address(path, &[], Some(cursor)));
    let first_url = (!parameters.cursor.is_empty()).then(|| parameters.address(path, &[], None));
    let view = View::new("storefront/products.html")
        .with("list", head)
        .with("filters", filters(ctx, path, &scope, &parameters).await?)
        .with("sort", sort(ctx, path, &parameters))
        .with("products", page.items)
        .with("paging", json!({ "next_url": next_url, "first_url": first_url }));
    visit.page(ctx, view).await
}

/// Filters of the list; price and stock only with a listing, which knows them.
async fn filters(
    ctx: &Ctx,
    path: &str,
    scope: &Scope,
    parameters: &ListParameters,
) -> Result<Value> {
    let categories = read_navigation::categories(ctx).await?;
    let counts = read_navigation::counts(ctx).await?;
    let present = scope.category.as_deref();
    let links = read_navigation::links(&categories, ctx.locale(), present, counts.as_ref());
    let currency = ctx.store().currency;
    if ctx.find::<dyn Listing>().is_none() {
        return Ok(match links.is_empty() {
            true => Value::Null,
            false => json!({ "action": path, "keep": [], "categories": links, "active": [] }),
        });
    }
    let from = parameters.price_from(currency);
    let to = parameters.price_to(currency);
    let chip = |kind: &str, price: Option<Money>, field: &str| {
        json!({
            "kind": kind,
            "price": price,
            "remove_url": parameters.address(path, &[field], None),
        })
    };
    let active: Vec<Value> = [
        from.map(|price| chip("price_from", Some(price), "price_min")),
        to.map(|price| chip("price_to", Some(price), "price_max")),
        parameters.only_in_stock().then(|| chip("in_stock", None, "in_stock")),
    ]
    .into_iter()
    .flatten()
    .collect();
    Ok(json!({
        "action": path,
        "keep": parameters.pairs_without(&["price_min", "price_max", "in_stock"]),
        "categories": links,
        "price": {
            "min": parameters.price_min.trim(),
            "max": parameters.price_max.trim(),
            "currency": currency,
        },
        "in_stock": parameters.only_in_stock(),
        "active": active,
    }))
}

/// Orders of the list; without a listing only those the catalog knows.
fn sort(ctx: &Ctx, path: &str, parameters: &ListParameters) -> Value {
    let listed = ctx.find::<dyn Listing>().is_some();
    let known = |name: &str| listed || ["newest", "name"].contains(&name);
    let options: Vec<Value> = parameters
        .sorts()
        .into_iter()
        .filter(|(name, _)| known(name))
        .map(|(name, selected)| json!({ "value": name, "selected": selected }))
        .collect();
    json!({ "action": path, "keep": parameters.pairs_without(&["sort"]), "options": options })
}
