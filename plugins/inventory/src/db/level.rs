//! Stock levels. Every change is one conditional statement, so that `0 <= reserved <= on_hand` holds
//! however many change a level at once.

use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, SimpleExpr};
use sea_orm::{QueryOrder, Set};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "inventory_level")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub sku: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub location: String,
        pub on_hand: i64,
        pub reserved: i64,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Keys per statement.
const KEYS: usize = 5000;
/// Rows per statement.
const ROWS: usize = 1000;

/// The stock of a SKU at a location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Level {
    /// What.
    pub(crate) sku: Sku,
    /// Where.
    pub(crate) location: String,
    /// How many lie there.
    pub(crate) on_hand: i64,
    /// How many of them are kept for orders.
    pub(crate) reserved: i64,
    /// How many can be bought.
    pub(crate) available: i64,
    /// Grows with every change.
    pub(crate) version: i64,
}

/// What `filter=` and `sort=` may name.
pub(crate) fn fields() -> Fields {
    Fields::new([
        FieldDef::new("sku", FieldKind::Text),
        FieldDef::new("location", FieldKind::Text),
        FieldDef::new("on_hand", FieldKind::Integer),
        FieldDef::new("reserved", FieldKind::Integer),
        FieldDef::new("available", FieldKind::Integer).filter_only(),
    ])
}

/// The levels of SKUs, by SKU and location.
pub(crate) async fn of_skus(db: &Db, skus: &[Sku]) -> Result<Vec<Level>> {
    let mut levels = Vec::new();
    for chunk in skus.chunks(KEYS) {
        let rows = row::Entity::find()
            .filter(row::Column::Sku.is_in(chunk.iter().map(Sku::as_str)))
            .order_by_asc(row::Column::Sku)
            .order_by_asc(row::Column::Location)
            .all(db)
            .await?;
        levels.extend(rows.into_iter().map(level).collect::<Result<Vec<_>>>()?);
    }
    Ok(levels)
}

/// A page of levels. The id of a level is `sku@location`.
pub(crate) async fn list(db: &Db, query: &Query<serde_json::Value>) -> Result<Page<Level>> {
    let id = |_| {
        Expr::col((row::Entity, row::Column::Sku))
            .binary(sea_orm::sea_query::BinOper::Custom("||"), Expr::value("@"))
            .binary(
                sea_orm::sea_query::BinOper::Custom("||"),
                Expr::col((row::Entity, row::Column::Location)),
            )
    };
    let columns = Columns::new([
        ("sku", row::Column::Sku),
        ("location", row::Column::Location),
        ("on_hand", row::Column::OnHand),
        ("reserved", row::Column::Reserved),
    ])
    .with_sorted_expr("id", FieldKind::Text, id, |row: &row::Model| {
        format!("{}@{}", row.sku, row.location).as_str().into()
    })
    .with_expr("available", FieldKind::Integer, |_| available());
    sql::fetch(query, row::Entity::find(), &columns, db).await?.try_map(level)
}

/// Keeps a quantity of a level; false when there is not so much.
pub(crate) async fn reserve(db: &Db, level: &Level, quantity: i64) -> Result<bool> {
    let reserved = Expr::col(row::Column::Reserved).add(quantity);
    change(db, level, [(row::Column::Reserved, reserved)], available().gte(quantity)).await
}

/// Gives a kept quantity back.
pub(crate) async fn unreserve(db: &Db, sku: &Sku, location: &str, quantity: i64) -> Result<bool> {
    let level = at(sku, location);
    let reserved = Expr::col(row::Column::Reserved).sub(quantity);
    let enough = Expr::col(row::Column::Reserved).gte(quantity);
    change(db, &level, [(row::Column::Reserved, reserved)], enough).await
}

/// Takes a kept quantity out of the house.
pub(crate) async fn take_reserved(
    db: &Db,
    sku: &Sku,
    location: &str,
    quantity: i64,
) -> Result<bool> {
    let changes = [
        (row::Column::Reserved, Expr::col(row::Column::Reserved).sub(quantity)),
        (row::Column::OnHand, Expr::col(row::Column::OnHand).sub(quantity)),
    ];
    let enough = Expr::col(row::Column::Reserved).gte(quantity);
    change(db, &at(sku, location), changes, enough).await
}

/// Takes a quantity that was not kept; false when there is not so much.
pub(crate) async fn take(db: &Db, level: &Level, quantity: i64) -> Result<bool> {
    let on_hand = Expr::col(row::Column::OnHand).sub(quantity);
    change(db, level, [(row::Column::OnHand, on_hand)], available().gte(quantity)).await
}

/// Puts a quantity on the shelf.
pub(crate) async fn put(db: &Db, sku: &Sku, location: &str, quantity: i64) -> Result<bool> {
    let on_hand = Expr::col(row::Column::OnHand).add(quantity);
    change(db, &at(sku, location), [(row::Column::OnHand, on_hand)], Expr::value(true)).await
}

/// Sets what was counted; false when more is kept for orders.
pub(crate) async fn set(db: &Db, sku: &Sku, location: &str, on_hand: i64) -> Result<bool> {
    let enough = Expr::col(row::Column::Reserved).lte(on_hand);
    change(db, &at(sku, location), [(row::Column::OnHand, Expr::value(on_hand))], enough).await
}

/// Begins to count SKUs at locations where nobody did.
pub(crate) async fn insert(db: &Db, levels: &[Level]) -> Result<()> {
    for chunk in levels.chunks(ROWS) {
        let rows = chunk.iter().map(|level| row::ActiveModel {
            sku: Set(level.sku.to_string()),
            location: Set(level.location.clone()),
            on_hand: Set(level.on_hand),
            reserved: Set(0),
            version: Set(1),
        });
        let keep =
            OnConflict::columns([row::Column::Sku, row::Column::Location]).do_nothing().to_owned();
        row::Entity::insert_many(rows).on_conflict(keep).exec_without_returning(db).await?;
    }
    Ok(())
}

fn available() -> SimpleExpr {
    Expr::col((row::Entity, row::Column::OnHand))
        .sub(Expr::col((row::Entity, row::Column::Reserved)))
}

fn at(sku: &Sku, location: &str) -> Level {
    let (sku, location) = (sku.clone(), location.to_owned());
    Level { sku, location, on_hand: 0, reserved: 0, available: 0, version: 0 }
}

async fn change(
    db: &Db,
    level: &Level,
    changes: impl IntoIterator<Item = (row::Column, SimpleExpr)>,
    condition: SimpleExpr,
) -> Result<bool> {
    let mut update = row::Entity::update_many()
        .col_expr(row::Column::Version, Expr::col(row::Column::Version).add(1));
    for (column, value) in changes {
        update = update.col_expr(column, value);
    }
    let done = update
        .filter(row::Column::Sku.eq(level.sku.as_str()))
        .filter(row::Column::Location.eq(&level.location))
        .filter(condition)
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

fn level(row: row::Model) -> Result<Level> {
    Ok(Level {
        sku: Sku::new(&row.sku)?,
        location: row.location,
        on_hand: row.on_hand,
        reserved: row.reserved,
        available: row.on_hand - row.reserved,
        version: row.version,
    })
}
