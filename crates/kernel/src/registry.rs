//! The mother's registry: which stores there are. Kept in `data/mother/store.db`.

use std::path::Path;

use chrono::{DateTime, Utc};
use hatchery_component::db::schema;
use hatchery_component::sharing::SharePolicy;
pub use hatchery_component::stores::{StoreState, Suspension};
use hatchery_component::{Db, Error, Migration, Result};
use hatchery_types::{Currency, Locale};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{ColumnDef, Index, OnConflict, Table};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbBackend, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::entity::{share, share_way, store};
use crate::db::{DatabaseTarget, StoreDb};
use crate::migrate;

/// Name under which the mother's own steps stand in its ledger, and of its folder.
pub const MOTHER: &str = "mother";

/// A store as the registry knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoreRecord {
    /// Short name in addresses and folders.
    pub slug: String,
    /// Its id.
    pub id: Uuid,
    /// Name for people.
    pub name: String,
    /// Host names it answers on.
    pub domains: Vec<String>,
    /// Languages, the default first.
    pub locales: Vec<Locale>,
    /// Currency of the prices.
    pub currency: Currency,
    /// IANA time zone.
    pub time_zone: String,
    /// What keeps its data.
    pub database: DatabaseKind,
    /// Whether it can be used.
    pub state: StoreState,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Why visitors cannot buy, when it is suspended.
    pub suspension: Option<Suspension>,
    /// What it was made from: `blueprint:grocery`, `store:acme`, `backup:..`.
    pub origin: Option<String>,
    /// When it was put into the trash.
    pub deleted_at: Option<DateTime<Utc>>,
    /// When it has work of its own, while it is closed; none while it is open, and after a crash.
    pub wakes_at: Option<DateTime<Utc>>,
}

/// What keeps the data of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseKind {
    /// A file in the store's folder.
    Sqlite,
    /// A schema of a PostgreSQL database.
    Postgres,
}

/// The registry.
pub(crate) struct Registry {
    /// The mother's database, which is that of its store too.
    pub(crate) db: StoreDb,
}

impl Registry {
    /// Opens the registry in a data folder, and makes it when it is not there.
    pub(crate) async fn open(data: &Path) -> Result<Self> {
        let folder = data.join(MOTHER);
        std::fs::create_dir_all(&folder).map_err(|error| {
            let message = format!("the folder {} cannot be made: {error}", folder.display());
            Error::invalid("data.folder", message)
        })?;
        let db = StoreDb::open(&DatabaseTarget::Sqlite(folder.join("store.db"))).await?;
        migrate::run_kernel(&db).await?;
        migrate::run(&db, MOTHER, &STEPS).await?;
        Ok(Self { db })
    }

    /// All stores by slug.
    pub(crate) async fn list(&self) -> Result<Vec<StoreRecord>> {
        let mut rows = store::Entity::find().all(&self.db.read()).await?;
        rows.sort_by(|left, right| left.slug.cmp(&right.slug));
        rows.into_iter().map(record).collect()
    }

    /// Adds a store.
    pub(crate) async fn add(&self, record: &StoreRecord) -> Result<()> {
        let row = row(record)?;
        self.write(async |db| store::Entity::insert(row).exec_without_returning(db).await.map(drop))
            .await
    }

    /// Changes a store.
    pub(crate) async fn change(&self, record: &StoreRecord) -> Result<()> {
        let row = row(record)?;
        self.write(async |db| store::Entity::update(row).exec(db).await.map(drop)).await
    }

    /// Forgets a store.
    pub(crate) async fn remove(&self, slug: &str) -> Result<()> {
        self.write(async |db| store::Entity::delete_by_id(slug).exec(db).await.map(drop)).await
    }

    /// What stores share, by name.
    pub(crate) async fn shares(&self) -> Result<Vec<SharePolicy>> {
        let mut rows = share::Entity::find().all(&self.db.read()).await?;
        rows.sort_by(|left, right| left.name.cmp(&right.name));
        rows.into_iter().map(|row| Ok(serde_json::from_value(row.policy)?)).collect()
    }

    /// Keeps a policy, in the place of one of its name.
    pub(crate) async fn save_share(&self, policy: &SharePolicy) -> Result<()> {
        let row = share::ActiveModel {
            name: Set(policy.name.clone()),
            policy: Set(serde_json::to_value(policy)?),
        };
        let replace =
            OnConflict::column(share::Column::Name).update_column(share::Column::Policy).to_owned();
        self.write(async |db| {
            share::Entity::insert(row)
                .on_conflict(replace)
                .exec_without_returning(db)
                .await
                .map(drop)
        })
        .await
    }

    /// Forgets a policy and its ways.
    pub(crate) async fn remove_share(&self, name: &str) -> Result<()> {
        self.write(async |db| {
            share::Entity::delete_by_id(name).exec(db).await?;
            let ways = share_way::Entity::delete_many();
            ways.filter(share_way::Column::Share.eq(name)).exec(db).await.map(drop)
        })
        .await
    }

    /// The ways of a policy.
    pub(crate) async fn share_ways(&self, name: &str) -> Result<Vec<share_way::Model>> {
        let ways = share_way::Entity::find().filter(share_way::Column::Share.eq(name));
        Ok(ways.all(&self.db.read()).await?)
    }

    /// Keeps how far a way is.
    pub(crate) async fn save_share_way(&self, way: &share_way::Model) -> Result<()> {
        use share_way::Column as C;
        let row = way.clone().into_active_model().reset_all();
        let replace = OnConflict::columns([C::Share, C::Source, C::Target])
            .update_columns([
                C::TransactionId,
                C::OutboxId,
                C::Walk,
                C::Carried,
                C::CarriedAt,
                C::SeenAt,
                C::Untaken,
            ])
            .to_owned();
        self.write(async |db| {
            let insert = share_way::Entity::insert(row).on_conflict(replace);
            insert.exec_without_returning(db).await.map(drop)
        })
        .await
    }

    /// Forgets a way: it begins anew when it is walked again.
    pub(crate) async fn remove_share_way(&self, way: &share_way::Model) -> Result<()> {
        let key = (way.share.clone(), way.source.clone(), way.target.clone());
        self.write(async |db| share_way::Entity::delete_by_id(key).exec(db).await.map(drop)).await
    }

    pub(crate) async fn close(&self) -> Result<()> {
        self.db.close().await
    }

    async fn write(&self, work: impl AsyncFnOnce(&Db) -> Result<(), sea_orm::DbErr>) -> Result<()> {
        let unit = self.db.begin(Uuid::now_v7()).await?;
        match work(&Db::unit(unit.clone())).await {
            Ok(()) => unit.commit().await,
            Err(error) => {
                unit.rollback().await?;
                Err(error.into())
            }
        }
    }
}

/// The mother's own steps.
const STEPS: [Migration; 3] = [
    Migration::expand("0001_create_store", create_store),
    Migration::expand("0002_add_fleet", add_fleet),
    Migration::expand("0003_create_share", create_share),
];

fn create_store(backend: DbBackend) -> Vec<String> {
    let text = |name: &'static str| ColumnDef::new(name).text().not_null().take();
    let json = |name: &'static str| ColumnDef::new(name).json_binary().not_null().take();
    let mut table = Table::create();
    table
        .table("kernel_store")
        .col(text("slug").primary_key())
        .col(ColumnDef::new("store_id").uuid().not_null())
        .col(text("name"))
        .col(json("domains"))
        .col(json("locales"))
        .col(text("currency"))
        .col(text("time_zone"))
        .col(text("database"))
        .col(text("state"))
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null());
    schema(backend).table(&table).into_statements()
}

fn add_fleet(backend: DbBackend) -> Vec<String> {
    let time = |name: &'static str| ColumnDef::new(name).timestamp_with_time_zone().null().take();
    let columns = [
        ColumnDef::new("suspension").json_binary().null().take(),
        ColumnDef::new("origin").text().null().take(),
        time("deleted_at"),
        time("wakes_at"),
    ];
    // SQLite adds one column at a time.
    let statements = columns.into_iter().flat_map(|column| {
        let table = Table::alter().table("kernel_store").add_column(column).take();
        schema(backend).alter(&table).into_statements()
    });
    statements.collect()
}

fn create_share(backend: DbBackend) -> Vec<String> {
    let text = |name: &'static str| ColumnDef::new(name).text().not_null().take();
    let json = |name: &'static str| ColumnDef::new(name).json_binary().not_null().take();
    let number = |name: &'static str| ColumnDef::new(name).big_integer().not_null().take();
    let time = |name: &'static str| ColumnDef::new(name).timestamp_with_time_zone().take();
    let mut share = Table::create();
    share.table("kernel_share").col(text("name").primary_key()).col(json("policy"));
    let mut way = Table::create();
    way.table("kernel_share_way")
        .col(text("share"))
        .col(text("source"))
        .col(text("target"))
        .col(number("transaction_id"))
        .col(number("outbox_id"))
        .col(ColumnDef::new("walk").text().null())
        .col(number("carried"))
        .col(time("carried_at").null())
        .col(time("seen_at").not_null())
        .col(json("untaken"))
        .primary_key(Index::create().col("share").col("source").col("target"));
    schema(backend).table(&share).table(&way).into_statements()
}

fn row(record: &StoreRecord) -> Result<store::ActiveModel> {
    Ok(store::ActiveModel {
        slug: Set(record.slug.clone()),
        store_id: Set(record.id),
        name: Set(record.name.clone()),
        domains: Set(serde_json::to_value(&record.domains)?),
        locales: Set(serde_json::to_value(&record.locales)?),
        currency: Set(record.currency.to_string()),
        time_zone: Set(record.time_zone.clone()),
        database: Set(name_of(&record.database)?),
        state: Set(name_of(&record.state)?),
        created_at: Set(record.created_at),
        suspension: Set(record.suspension.as_ref().map(serde_json::to_value).transpose()?),
        origin: Set(record.origin.clone()),
        deleted_at: Set(record.deleted_at),
        wakes_at: Set(record.wakes_at),
    })
}

fn record(row: store::Model) -> Result<StoreRecord> {
    Ok(StoreRecord {
        slug: row.slug,
        id: row.store_id,
        name: row.name,
        domains: serde_json::from_value(row.domains)?,
        locales: serde_json::from_value(row.locales)?,
        currency: serde_json::from_value(row.currency.into())?,
        time_zone: row.time_zone,
        database: serde_json::from_value(row.database.into())?,
        state: serde_json::from_value(row.state.into())?,
        created_at: row.created_at,
        suspension: row.suspension.map(serde_json::from_value).transpose()?,
        origin: row.origin,
        deleted_at: row.deleted_at,
        wakes_at: row.wakes_at,
    })
}

/// The name of a variant as it is stored.
pub(crate) fn name_of(value: &impl Serialize) -> Result<String> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(name) => Ok(name),
        other => Err(Error::internal(format!("{other} is not a name"))),
    }
}
