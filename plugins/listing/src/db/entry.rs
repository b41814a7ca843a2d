//! Entries: one row per active product and language.

use std::collections::BTreeMap;

use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::interfaces::listing::ProductCard;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, OnConflict};
use sea_orm::{FromQueryResult, QuerySelect, Set};

pub(crate) mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "listing_entry")]
    pub struct Model {
        /// Product id and language: `018f..@en`.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub product_id: Uuid,
        pub locale: String,
        pub slug: String,
        pub name: String,
        pub price: Option<i64>,
        pub available: bool,
        pub reduced: bool,
        pub brand: Option<String>,
        pub category_path: String,
        pub collections: String,
        pub popularity: i64,
        pub created_at: DateTimeUtc,
        pub search_text: String,
        #[sea_orm(column_type = "Json")]
        pub card: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const KEYS: usize = 5000;
const ROWS: usize = 1000;

/// An entry to be written.
pub(crate) struct Entry {
    pub(crate) locale: Locale,
    pub(crate) card: ProductCard,
    pub(crate) brand: Option<String>,
    pub(crate) category_path: String,
    pub(crate) collections: String,
    pub(crate) popularity: i64,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) search_text: String,
}

/// Which entries a list is about, besides its filter.
#[derive(Default)]
pub(crate) struct Scope {
    pub(crate) words: Vec<String>,
    pub(crate) category: Option<String>,
    pub(crate) collection: Option<String>,
}

/// What `filter=` and `sort=` may name.
pub(crate) fn fields() -> Fields {
    Fields::new([
        FieldDef::new("name", FieldKind::Text),
        FieldDef::new("slug", FieldKind::Text),
        FieldDef::new("price", FieldKind::Money),
        FieldDef::new("available", FieldKind::Bool),
        FieldDef::new("reduced", FieldKind::Bool),
        FieldDef::new("brand", FieldKind::Text),
        FieldDef::new("popularity", FieldKind::Integer),
        FieldDef::new("created_at", FieldKind::Time),
    ])
}

/// A page of cards in a language.
pub(crate) async fn list(
    db: &Db,
    locale: &Locale,
    scope: &Scope,
    query: &Query<ProductCard>,
) -> Result<Page<ProductCard>> {
    use row::Column as C;
    let columns = Columns::new([
        ("id", C::Id),
        ("name", C::Name),
        ("slug", C::Slug),
        ("price", C::Price),
        ("available", C::Available),
        ("reduced", C::Reduced),
        ("brand", C::Brand),
        ("popularity", C::Popularity),
        ("created_at", C::CreatedAt),
    ]);
    let mut select = row::Entity::find().filter(C::Locale.eq(locale.as_str()));
    for word in &scope.words {
        select = select.filter(contains(C::SearchText, word));
    }
    if let Some(category) = &scope.category {
        select = select.filter(contains(C::CategoryPath, &format!("/{category}/")));
    }
    if let Some(collection) = &scope.collection {
        select = select.filter(contains(C::Collections, &format!("/{collection}/")));
    }
    sql::fetch(query, select, &columns, db).await?.try_map(card)
}

/// The cards of products in a language.
pub(crate) async fn cards(
    db: &Db,
    locale: &Locale,
    ids: &[ProductId],
) -> Result<BTreeMap<ProductId, ProductCard>> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(KEYS) {
        let keys = chunk.iter().map(|id| key(*id, locale));
        for row in row::Entity::find().filter(row::Column::Id.is_in(keys)).all(db).await? {
            found.insert(row.product_id.into(), card(row)?);
        }
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct PathCount {
    category_path: String,
    products: i64,
}

/// How many entries of a language stand under each category path.
pub(crate) async fn path_counts(db: &Db, locale: &Locale) -> Result<Vec<(String, i64)>> {
    let counts: Vec<PathCount> = row::Entity::find()
        .filter(row::Column::Locale.eq(locale.as_str()))
        .select_only()
        .column_as(row::Column::CategoryPath, "category_path")
        .column_as(row::Column::Id.count(), "products")
        .group_by(row::Column::CategoryPath)
        .into_model()
        .all(db)
        .await?;
    Ok(counts.into_iter().map(|count| (count.category_path, count.products)).collect())
}

/// Writes entries.
pub(crate) async fn save(db: &Db, entries: Vec<Entry>) -> Result<()> {
    use row::Column as C;
    let replace = OnConflict::column(C::Id)
        .update_columns([
            C::Slug,
            C::Name,
            C::Price,
            C::Available,
            C::Reduced,
            C::Brand,
            C::CategoryPath,
            C::Collections,
            C::Popularity,
            C::SearchText,
            C::Card,
        ])
        .to_owned();
    let rows: Vec<row::ActiveModel> = entries.into_iter().map(active).collect::<Result<_>>()?;
    for chunk in rows.chunks(ROWS) {
        row::Entity::insert_many(chunk.to_vec())
            .on_conflict(replace.clone())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Removes the entries of products in all languages.
pub(crate) async fn delete(db: &Db, ids: &[ProductId]) -> Result<()> {
    for chunk in ids.chunks(KEYS) {
        let uuids = chunk.iter().map(|id| id.uuid());
        row::Entity::delete_many().filter(row::Column::ProductId.is_in(uuids)).exec(db).await?;
    }
    Ok(())
}

/// Removes all entries.
pub(crate) async fn clear(db: &Db) -> Result<()> {
    row::Entity::delete_many().exec(db).await?;
    Ok(())
}

/// Writes how popular products are into their entries, one statement per number of orders.
pub(crate) async fn set_popularity(db: &Db, orders: &BTreeMap<ProductId, i64>) -> Result<()> {
    let mut by_count: BTreeMap<i64, Vec<Uuid>> = BTreeMap::new();
    for (id, count) in orders {
        by_count.entry(*count).or_default().push(id.uuid());
    }
    for (count, ids) in by_count {
        for chunk in ids.chunks(KEYS) {
            row::Entity::update_many()
                .col_expr(row::Column::Popularity, Expr::value(count))
                .filter(row::Column::ProductId.is_in(chunk.iter().copied()))
                .exec(db)
                .await?;
        }
    }
    Ok(())
}

fn contains(column: row::Column, text: &str) -> sea_orm::sea_query::SimpleExpr {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Expr::col((row::Entity, column)).like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
}

fn key(id: ProductId, locale: &Locale) -> String {
    format!("{id}@{locale}")
}

fn active(entry: Entry) -> Result<row::ActiveModel> {
    let card = entry.card;
    Ok(row::ActiveModel {
        id: Set(key(card.id, &entry.locale)),
        product_id: Set(card.id.uuid()),
        locale: Set(entry.locale.to_string()),
        slug: Set(card.slug.clone()),
        name: Set(card.name.clone()),
        price: Set(card.price.map(|price| price.minor)),
        available: Set(card.available),
        reduced: Set(card.list_price.is_some()),
        brand: Set(entry.brand),
        category_path: Set(entry.category_path),
        collections: Set(entry.collections),
        popularity: Set(entry.popularity),
        created_at: Set(entry.created_at),
        search_text: Set(entry.search_text),
        card: Set(serde_json::to_value(card)?),
    })
}

fn card(row: row::Model) -> Result<ProductCard> {
    Ok(serde_json::from_value(row.card)?)
}
