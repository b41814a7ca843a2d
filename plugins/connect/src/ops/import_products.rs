//! Imports products.

use csv::StringRecord;
use hatchery_sdk::component::platform::CustomFields;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{Catalog, ProductDraft};
use hatchery_sdk::interfaces::inventory::{Inventory, StockCount};
use hatchery_sdk::interfaces::pricing::{PriceDraft, Pricing};
use hatchery_sdk::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::custom::CustomColumns;
use crate::domain::report::Report;
use crate::domain::shopify::{ProductRecord, Products, picture};
use crate::domain::slug::slugify;
use crate::domain::survey::{category_draft, variant};
use crate::domain::table::Positions;
use crate::error::ImportError;
use crate::ops::import_file::Import;

/// Products per unit of work.
const PRODUCTS: usize = 100;

/// Writes products with their categories, prices and stock; a product the catalog refuses is rejected with
/// its lines, the others go on.
pub(crate) async fn import_products(
    mut import: Import,
    records: Vec<(u64, StringRecord)>,
    (products, rejected): Products,
) -> Result<Report> {
    let ctx = import.ctx.clone();
    if ctx.find::<dyn Catalog>().is_none() {
        return Err(ImportError::Absent { interface: "catalog" }.into());
    }
    let fields: BTreeMap<u64, StringRecord> = records.into_iter().collect();
    let mut report = Report { dry_run: import.dry_run, ..Report::default() };
    let mut refused: Vec<(u64, String)> =
        rejected.into_iter().map(|(row, reason)| (row, reason.to_owned())).collect();
    report.found.insert("products".into(), products.len() as u64);
    let total = products.len() as u64;
    if !import.dry_run {
        save_categories(&ctx, &products).await?;
    }
    let mut done = 0;
    for chunk in products.chunks(PRODUCTS) {
        // All at once; only when that fails one by one, to find those that are refused.
        let written = import.dry_run || save(&ctx, chunk, &mut report).await.is_ok();
        for product in chunk {
            let mut reason = None;
            if !written
                && let Err(error) = save(&ctx, std::slice::from_ref(product), &mut report).await
            {
                if matches!(error.kind(), Kind::Internal | Kind::Timeout | Kind::Unavailable) {
                    return Err(error);
                }
                reason = Some(error.message().to_owned());
            }
            for (row, kind) in &product.rows {
                match &reason {
                    None => report.imported(kind),
                    Some(reason) => refused.push((*row, reason.clone())),
                }
            }
        }
        done += chunk.len() as u64;
        import.progress.report(done, Some(total), "products");
        import.breathe().await;
    }
    refused.sort();
    for (row, reason) in &refused {
        report.rejected(reason);
        import.rejects.add(*row, reason, fields.get(row))?;
    }
    report.rejects_file = import.rejects.finish()?;
    Ok(report)
}

/// One line is one product with one variant.
pub(crate) fn from_table(
    records: &[(u64, StringRecord)],
    positions: &Positions,
    custom: &CustomColumns,
    currency: Currency,
) -> Products {
    let (mut products, mut rejected): Products = (Vec::new(), Vec::new());
    let mut skus = BTreeSet::new();
    for (row, record) in records {
        match product(record, positions, custom, currency) {
            Ok((sku, _)) if !skus.insert(sku.clone()) => {
                rejected.push((*row, "SKU stands twice in the file"));
            }
            Ok((_, mut product)) => {
                product.rows.push((*row, "product"));
                products.push(product);
            }
            Err(reason) => rejected.push((*row, reason)),
        }
    }
    (products, rejected)
}

fn product(
    record: &StringRecord,
    positions: &Positions,
    custom: &CustomColumns,
    currency: Currency,
) -> Result<(Sku, ProductRecord), &'static str> {
    let get = |key: &str| positions.get(record, key);
    let amount = |key: &str| get(key).map(|text| UnitPrice::parse(text, currency)).transpose();
    let sku = get("sku").and_then(|text| Sku::new(text).ok()).ok_or("SKU missing or too long")?;
    let name = get("name").ok_or("name missing")?;
    let price = amount("price").ok().flatten().ok_or("price is no amount")?;
    if price.micros < 0 {
        return Err("price is no amount");
    }
    let list_price = amount("list_price").map_err(|_| "list price is no amount")?;
    let mut only = variant(sku.clone());
    only.barcode = get("barcode").map(str::to_owned);
    only.weight_grams = get("weight_grams").and_then(|text| text.parse().ok());
    let category = get("category").map(str::to_owned);
    let tags = get("tags").unwrap_or_default().split(',').map(str::trim);
    let draft = ProductDraft {
        slug: slugify(get("slug").unwrap_or(&format!("{name} {sku}")), sku.as_str()),
        name: Localized::en(name),
        description: get("description").map(Localized::en).unwrap_or_default(),
        brand: get("brand").map(str::to_owned),
        category: category.as_deref().map(|name| slugify(name, "other")),
        variants: vec![only],
        tags: tags.filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
        ..Default::default()
    };
    let stock = match get("stock").map(str::parse::<i64>) {
        None => Vec::new(),
        Some(Ok(on_hand)) if on_hand >= 0 => {
            let (sku, reason) = (sku.clone(), "imported".to_owned());
            vec![StockCount { sku, location: None, on_hand, reason }]
        }
        Some(_) => return Err("stock is no whole number"),
    };
    let list_price = list_price.filter(|list_price| list_price.micros > price.micros);
    let prices = vec![PriceDraft { sku: sku.clone(), price, list_price }];
    let custom = custom.values(positions, record)?;
    let mut product = ProductRecord { draft, category, prices, stock, custom, rows: vec![] };
    for url in get("images").unwrap_or_default().split([',', '|', ' ']) {
        picture(&mut product, url, None);
    }
    Ok((sku, product))
}

async fn save_categories(ctx: &Ctx, products: &[ProductRecord]) -> Result<()> {
    let catalog = ctx.get::<dyn Catalog>()?;
    let known = catalog.categories(ctx).await?;
    let names: BTreeSet<&String> =
        products.iter().filter_map(|product| product.category.as_ref()).collect();
    let mut drafts: Vec<_> = names.into_iter().map(|name| category_draft(name)).collect();
    drafts.retain(|draft| !known.iter().any(|category| category.slug == draft.slug));
    drafts.sort_by(|a, b| a.slug.cmp(&b.slug));
    drafts.dedup_by(|a, b| a.slug == b.slug);
    catalog.save_categories(ctx, drafts).await
}

/// Writes products in one unit of work and counts them when it committed. The stock of a file is where
/// counting begins: what is counted here already stays.
async fn save(ctx: &Ctx, products: &[ProductRecord], report: &mut Report) -> Result<()> {
    let drafts: Vec<ProductDraft> = products.iter().map(|product| product.draft.clone()).collect();
    let prices: Vec<PriceDraft> =
        products.iter().flat_map(|product| product.prices.clone()).collect();
    let stock: Vec<StockCount> =
        products.iter().flat_map(|product| product.stock.clone()).collect();
    let custom: Vec<BTreeMap<String, Value>> =
        products.iter().map(|product| product.custom.clone()).collect();
    let saved = ctx
        .transaction(|ctx| async move {
            let saved = ctx.get::<dyn Catalog>()?.save_products(&ctx, drafts).await?;
            let fields = ctx.get::<dyn CustomFields>()?;
            for (product, values) in saved.iter().zip(custom) {
                if !values.is_empty() {
                    let (resource, id) = ("products".to_owned(), product.id.to_string());
                    fields.set(&ctx, resource, id, values).await?;
                }
            }
            if let Some(pricing) = ctx.find::<dyn Pricing>() {
                pricing.set_prices(&ctx, prices).await?;
            }
            if let Some(inventory) = ctx.find::<dyn Inventory>() {
                let skus = stock.iter().map(|count| count.sku.clone()).collect();
                let known = inventory.availability(&ctx, skus).await?;
                let new =
                    stock.into_iter().zip(known).filter(|(_, known)| known.available.is_none());
                inventory.set_stock(&ctx, new.map(|(count, _)| count).collect()).await?;
            }
            Ok(saved)
        })
        .await?;
    for product in saved {
        let what = match (product.created, product.changed) {
            (true, _) => "products_created",
            (false, true) => "products_updated",
            (false, false) => "products_unchanged",
        };
        report.wrote(what, 1);
    }
    Ok(())
}
