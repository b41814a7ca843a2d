//! What staff see and change: products, categories, collections.

use async_trait::async_trait;
use hatchery_sdk::component::resource::{Action, check_version, no_action, parse};
use hatchery_sdk::interfaces::catalog::{
    Category, CategoryDraft, Collection, CollectionDraft, Product, ProductDraft, ProductStatus,
};
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind, Queryable};
use serde_json::Value;

use crate::db;
use crate::ops::{list_products, save_categories, save_collections, save_products};

const READ: &str = "catalog.product.read";
const WRITE: &str = "catalog.product.write";

/// The resource `products`.
pub(crate) fn products() -> ResourceDeclaration {
    let fields = Product::fields().clone();
    let mut products =
        ResourceDeclaration::new::<ProductDraft>("products", "catalog", READ, fields, Products)
            .writable(WRITE)
            .creatable()
            .columns(["name", "slug", "status", "category", "updated_at"])
            .action(Action::new("activate", WRITE))
            .action(Action::new("archive", WRITE));
    refer(&mut products, "category", "categories");
    refer(&mut products, "collections", "collections");
    products
}

/// The resource `categories`.
pub(crate) fn categories() -> ResourceDeclaration {
    let fields = Fields::new([
        FieldDef::new("slug", FieldKind::Text),
        FieldDef::new("parent", FieldKind::Text),
        FieldDef::new("position", FieldKind::Integer),
    ]);
    let mut categories = ResourceDeclaration::new::<CategoryDraft>(
        "categories",
        "catalog",
        READ,
        fields,
        Categories,
    )
    .writable(WRITE)
    .creatable()
    .columns(["name", "slug", "parent", "position"]);
    refer(&mut categories, "parent", "categories");
    categories
}

/// The resource `collections`.
pub(crate) fn collections() -> ResourceDeclaration {
    let fields = Fields::new([
        FieldDef::new("slug", FieldKind::Text),
        FieldDef::new("position", FieldKind::Integer),
    ]);
    ResourceDeclaration::new::<CollectionDraft>("collections", "catalog", READ, fields, Collections)
        .writable(WRITE)
        .creatable()
        .columns(["name", "slug", "position"])
}

/// Says that a field names records of a resource, so that forms offer them.
fn refer(declaration: &mut ResourceDeclaration, field: &str, resource: &str) {
    if let Some(schema) = declaration.schema.pointer_mut(&format!("/properties/{field}")) {
        schema["x-ref"] = Value::from(resource);
    }
}

struct Products;

#[async_trait]
impl Resource for Products {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        list_products::page(ctx, &query.cast()).await?.try_map(product_record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let ids: Vec<_> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        list_products::by_ids(ctx, &ids).await?.into_iter().map(product_record).collect()
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record> {
        let draft: ProductDraft = parse(data)?;
        ctx.transaction(|ctx| async move {
            if let Some(id) = id {
                let product = get_product(&ctx, &id).await?;
                check_version(version, product.version)?;
                if product.slug != draft.slug {
                    let message = "The slug is the product's address and cannot be changed.";
                    return Err(Error::invalid("catalog.slug_fixed", message).with_field(
                        "/slug",
                        "catalog.slug_fixed",
                        message,
                    ));
                }
            }
            let saved = save_products::save_products(&ctx, vec![draft]).await?;
            let ids: Vec<_> = saved.into_iter().map(|saved| saved.id).collect();
            let product = list_products::by_ids(&ctx, &ids).await?.pop();
            product_record(product.ok_or_else(|| Error::internal("a saved product is gone"))?)
        })
        .await
    }

    async fn act(&self, ctx: &Ctx, action: String, ids: Vec<String>, _: Value) -> Result<Value> {
        let status = match action.as_str() {
            "activate" => ProductStatus::Active,
            "archive" => ProductStatus::Archived,
            other => return Err(no_action(other)),
        };
        let ids: Vec<_> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        ctx.transaction(|ctx| async move {
            let products = list_products::by_ids(&ctx, &ids).await?;
            let changed = products.len();
            let drafts = products
                .iter()
                .map(|product| ProductDraft { status, ..db::product::as_draft(product) })
                .collect();
            save_products::save_products(&ctx, drafts).await?;
            Ok(serde_json::json!({ "changed": changed }))
        })
        .await
    }
}

struct Categories;

#[async_trait]
impl Resource for Categories {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        let records = list_products::categories(ctx).await?.into_iter().map(category_record);
        Ok(query.apply(records.collect::<Result<Vec<_>>>()?)?)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let categories = list_products::categories(ctx).await?;
        let wanted = categories.into_iter().filter(|category| ids.contains(&category.slug));
        wanted.map(category_record).collect()
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        _: Option<i64>,
    ) -> Result<Record> {
        let draft: CategoryDraft = parse(data)?;
        check_slug(id.as_deref(), &draft.slug)?;
        let slug = draft.slug.clone();
        save_categories::save_categories(ctx, vec![draft]).await?;
        let saved = self.get(ctx, vec![slug]).await?.pop();
        saved.ok_or_else(|| Error::internal("a saved category is gone"))
    }
}

struct Collections;

#[async_trait]
impl Resource for Collections {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        let records = db::collection::all(&ctx.db()).await?.into_iter().map(collection_record);
        Ok(query.apply(records.collect::<Result<Vec<_>>>()?)?)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let collections = db::collection::all(&ctx.db()).await?;
        let wanted = collections.into_iter().filter(|collection| ids.contains(&collection.slug));
        wanted.map(collection_record).collect()
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        _: Option<i64>,
    ) -> Result<Record> {
        let draft: CollectionDraft = parse(data)?;
        check_slug(id.as_deref(), &draft.slug)?;
        let slug = draft.slug.clone();
        save_collections::save_collections(ctx, vec![draft]).await?;
        let saved = self.get(ctx, vec![slug]).await?.pop();
        saved.ok_or_else(|| Error::internal("a saved collection is gone"))
    }
}

async fn get_product(ctx: &Ctx, id: &str) -> Result<Product> {
    let absent =
        || Error::not_found("catalog.product_unknown", format!("There is no product '{id}'."));
    let id = id.parse().map_err(|_| absent())?;
    list_products::by_ids(ctx, &[id]).await?.pop().ok_or_else(absent)
}

fn product_record(product: Product) -> Result<Record> {
    let mut data = serde_json::to_value(db::product::as_draft(&product))?;
    data["created_at"] = serde_json::to_value(product.created_at)?;
    data["updated_at"] = serde_json::to_value(product.updated_at)?;
    Ok(Record { id: product.id.to_string(), version: product.version, data })
}

fn category_record(category: Category) -> Result<Record> {
    Ok(Record { id: category.slug.clone(), version: 0, data: serde_json::to_value(category)? })
}

fn collection_record(collection: Collection) -> Result<Record> {
    Ok(Record { id: collection.slug.clone(), version: 0, data: serde_json::to_value(collection)? })
}

fn check_slug(id: Option<&str>, slug: &str) -> Result<()> {
    match id {
        Some(id) if id != slug => {
            let message = "The slug is part of addresses and cannot be changed.";
            let error = Error::invalid("catalog.slug_fixed", message);
            Err(error.with_field("/slug", "catalog.slug_fixed", message))
        }
        _ => Ok(()),
    }
}
