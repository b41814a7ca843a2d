//! Prices by SKU, in the store's currency.

use std::collections::BTreeMap;

use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::pricing::PriceDraft;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "pricing_price")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub sku: String,
        pub price_micros: i64,
        pub list_price_micros: Option<i64>,
        pub updated_at: DateTimeUtc,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Rows per statement, so that parameters stay below the limits of both databases.
const ROWS: usize = 1000;
/// Keys per statement.
const KEYS: usize = 5000;

/// A price as stored.
pub(crate) struct Stored {
    pub(crate) draft: PriceDraft,
    pub(crate) updated_at: DateTimeUtc,
    pub(crate) version: i64,
}

/// What `filter=` and `sort=` may name.
pub(crate) fn fields() -> Fields {
    Fields::new([
        FieldDef::new("sku", FieldKind::Text),
        FieldDef::new("price", FieldKind::Integer),
        FieldDef::new("list_price", FieldKind::Integer),
        FieldDef::new("updated_at", FieldKind::Time),
    ])
}

/// The prices of those SKUs that have one.
pub(crate) async fn by_skus(
    db: &Db,
    currency: Currency,
    skus: &[Sku],
) -> Result<BTreeMap<Sku, Stored>> {
    let mut found = BTreeMap::new();
    for chunk in skus.chunks(KEYS) {
        let texts = chunk.iter().map(Sku::as_str);
        for row in row::Entity::find().filter(row::Column::Sku.is_in(texts)).all(db).await? {
            let stored = stored(row, currency)?;
            found.insert(stored.draft.sku.clone(), stored);
        }
    }
    Ok(found)
}

/// A page of prices.
pub(crate) async fn list(
    db: &Db,
    currency: Currency,
    query: &Query<serde_json::Value>,
) -> Result<Page<Stored>> {
    let columns = Columns::new([
        ("id", row::Column::Sku),
        ("sku", row::Column::Sku),
        ("price", row::Column::PriceMicros),
        ("list_price", row::Column::ListPriceMicros),
        ("updated_at", row::Column::UpdatedAt),
    ]);
    let page = sql::fetch(query, row::Entity::find(), &columns, db).await?;
    page.try_map(|row| stored(row, currency))
}

/// Writes prices.
pub(crate) async fn save(db: &Db, drafts: &[PriceDraft], now: DateTimeUtc) -> Result<()> {
    use row::Column as C;
    let replace = OnConflict::column(C::Sku)
        .update_columns([C::PriceMicros, C::ListPriceMicros, C::UpdatedAt])
        .value(C::Version, Expr::col((row::Entity, C::Version)).add(1))
        .to_owned();
    for chunk in drafts.chunks(ROWS) {
        let rows = chunk.iter().map(|draft| row::ActiveModel {
            sku: Set(draft.sku.to_string()),
            price_micros: Set(draft.price.micros),
            list_price_micros: Set(draft.list_price.map(|price| price.micros)),
            updated_at: Set(now),
            version: Set(1),
        });
        row::Entity::insert_many(rows)
            .on_conflict(replace.clone())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

fn stored(row: row::Model, currency: Currency) -> Result<Stored> {
    let price = |micros| UnitPrice::from_micros(micros, currency);
    let draft = PriceDraft {
        sku: Sku::new(&row.sku)?,
        price: price(row.price_micros),
        list_price: row.list_price_micros.map(price),
    };
    Ok(Stored { draft, updated_at: row.updated_at, version: row.version })
}
