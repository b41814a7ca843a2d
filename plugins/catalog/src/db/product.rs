//! Products and their variants.

use std::collections::BTreeMap;

use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{
    Attribute, Image, OptionType, Product, ProductDraft, ProductId, ProductStatus, Variant,
};
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{FromJsonQueryResult, Set};
use serde::{Deserialize, Serialize};

/// Rows of `catalog_product`.
mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "catalog_product")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub slug: String,
        pub status: String,
        /// Names in all languages, for staff to filter and sort by.
        pub name_text: String,
        pub brand: Option<String>,
        pub category: Option<String>,
        pub tax_category: String,
        #[sea_orm(column_type = "Json")]
        pub document: Document,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub version: i64,
        pub shared_by: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Rows of `catalog_variant`: which product a SKU belongs to.
mod variant {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "catalog_variant")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub sku: String,
        pub product_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What is read with a product and never searched by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
struct Document {
    name: Localized,
    description: Localized,
    collections: Vec<String>,
    attributes: Vec<Attribute>,
    options: Vec<OptionType>,
    variants: Vec<Variant>,
    images: Vec<Image>,
    tags: Vec<String>,
}

/// The products of those ids, in the order asked. A product's `category_path` here is its own category
/// only.
pub(crate) async fn by_ids(db: &Db, ids: &[ProductId]) -> Result<Vec<Product>> {
    let uuids = ids.iter().map(|id| id.uuid());
    let rows = row::Entity::find().filter(row::Column::Id.is_in(uuids)).all(db).await?;
    let mut by_id: BTreeMap<Uuid, row::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    ids.iter().filter_map(|id| by_id.remove(&id.uuid())).map(stored).collect()
}

/// The products of those slugs, in the order asked.
pub(crate) async fn by_slugs(db: &Db, slugs: &[String]) -> Result<Vec<Product>> {
    let rows = row::Entity::find().filter(row::Column::Slug.is_in(slugs)).all(db).await?;
    let mut by_slug: BTreeMap<String, row::Model> =
        rows.into_iter().map(|row| (row.slug.clone(), row)).collect();
    slugs.iter().filter_map(|slug| by_slug.remove(slug)).map(stored).collect()
}

/// Which product each of those SKUs belongs to.
pub(crate) async fn owners(db: &Db, skus: &[Sku]) -> Result<BTreeMap<Sku, ProductId>> {
    let texts = skus.iter().map(Sku::as_str);
    let rows = variant::Entity::find().filter(variant::Column::Sku.is_in(texts)).all(db).await?;
    rows.into_iter().map(|row| Ok((Sku::new(&row.sku)?, row.product_id.into()))).collect()
}

/// A page of products.
pub(crate) async fn list(db: &Db, query: &Query<Product>) -> Result<Page<Product>> {
    let page = sql::fetch(query, row::Entity::find(), &columns(), db).await?;
    page.try_map(stored)
}

/// Writes products anew, and takes their old SKUs away first.
pub(crate) async fn save(db: &Db, products: &[(ProductId, ProductDraft, Mark)]) -> Result<()> {
    if products.is_empty() {
        return Ok(());
    }
    let rows = products.iter().map(|(id, draft, mark)| row::ActiveModel {
        id: Set(id.uuid()),
        slug: Set(draft.slug.clone()),
        status: Set(status_text(draft.status).into()),
        name_text: Set(name_text(&draft.name)),
        brand: Set(draft.brand.clone()),
        category: Set(draft.category.clone()),
        tax_category: Set(draft.tax_category.clone()),
        document: Set(document(draft)),
        created_at: Set(mark.created_at),
        updated_at: Set(mark.updated_at),
        version: Set(mark.version),
        shared_by: Set(mark.shared_by.clone()),
    });
    use row::Column as C;
    let replace = OnConflict::column(C::Id)
        .update_columns([
            C::Slug,
            C::Status,
            C::NameText,
            C::Brand,
            C::Category,
            C::TaxCategory,
            C::Document,
            C::UpdatedAt,
            C::Version,
            C::SharedBy,
        ])
        .to_owned();
    row::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(db).await?;
    let uuids = products.iter().map(|(id, ..)| id.uuid());
    variant::Entity::delete_many().filter(variant::Column::ProductId.is_in(uuids)).exec(db).await?;
    let variants = products.iter().flat_map(|(id, draft, _)| {
        draft.variants.iter().map(|variant| variant::ActiveModel {
            sku: Set(variant.sku.to_string()),
            product_id: Set(id.uuid()),
        })
    });
    variant::Entity::insert_many(variants).exec_without_returning(db).await?;
    Ok(())
}

/// When a row was made and changed, how often, and who gives it.
pub(crate) struct Mark {
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) version: i64,
    pub(crate) shared_by: Option<String>,
}

/// Makes what a policy gave the store's own.
pub(crate) async fn release(db: &Db, share: &str) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::SharedBy, Expr::value(None::<String>))
        .filter(row::Column::SharedBy.eq(share))
        .exec(db)
        .await?;
    Ok(())
}

/// The draft that would write the product as it is, to tell whether a draft changes anything.
pub(crate) fn as_draft(product: &Product) -> ProductDraft {
    ProductDraft {
        slug: product.slug.clone(),
        status: product.status,
        name: product.name.clone(),
        description: product.description.clone(),
        brand: product.brand.clone(),
        category: product.category_path.last().cloned(),
        collections: product.collections.clone(),
        attributes: product.attributes.clone(),
        options: product.options.clone(),
        variants: product.variants.clone(),
        images: product.images.clone(),
        tax_category: product.tax_category.clone(),
        tags: product.tags.clone(),
    }
}

fn columns() -> Columns<row::Entity> {
    Columns::new([
        ("id", row::Column::Id),
        ("slug", row::Column::Slug),
        ("status", row::Column::Status),
        ("name", row::Column::NameText),
        ("brand", row::Column::Brand),
        ("category", row::Column::Category),
        ("tax_category", row::Column::TaxCategory),
        ("created_at", row::Column::CreatedAt),
        ("updated_at", row::Column::UpdatedAt),
    ])
}

fn stored(row: row::Model) -> Result<Product> {
    let document = row.document;
    Ok(Product {
        id: row.id.into(),
        slug: row.slug,
        status: status(&row.status)?,
        name: document.name,
        description: document.description,
        brand: row.brand,
        category_path: row.category.into_iter().collect(),
        collections: document.collections,
        attributes: document.attributes,
        options: document.options,
        variants: document.variants,
        images: document.images,
        tax_category: row.tax_category,
        tags: document.tags,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
        shared_by: row.shared_by,
    })
}

fn document(draft: &ProductDraft) -> Document {
    Document {
        name: draft.name.clone(),
        description: draft.description.clone(),
        collections: draft.collections.clone(),
        attributes: draft.attributes.clone(),
        options: draft.options.clone(),
        variants: draft.variants.clone(),
        images: draft.images.clone(),
        tags: draft.tags.clone(),
    }
}

fn name_text(name: &Localized) -> String {
    name.iter().map(|(_, text)| text).collect::<Vec<_>>().join(" / ")
}

fn status_text(status: ProductStatus) -> &'static str {
    match status {
        ProductStatus::Draft => "draft",
        ProductStatus::Active => "active",
        ProductStatus::Archived => "archived",
    }
}

fn status(text: &str) -> Result<ProductStatus> {
    match text {
        "draft" => Ok(ProductStatus::Draft),
        "active" => Ok(ProductStatus::Active),
        "archived" => Ok(ProductStatus::Archived),
        other => Err(Error::internal(format!("a product with the status '{other}'"))),
    }
}
