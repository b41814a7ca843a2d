//! What staff see and change: stock levels and movements.

use async_trait::async_trait;
use hatchery_sdk::component::resource::{Action, no_action, parse};
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::inventory::StockCount;
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::db;
use crate::db::level::Level;
use crate::db::movement::Movement;
use crate::ops::set_stock;
use crate::service::InventoryService;

const READ: &str = "inventory.stock.read";
const WRITE: &str = "inventory.stock.write";

/// The resource `stock-levels`. Its records are written by counting.
pub(crate) fn stock_levels() -> ResourceDeclaration {
    let fields = db::level::fields();
    ResourceDeclaration::new::<LevelInput>("stock-levels", "catalog", READ, fields, StockLevels)
        .writable(WRITE)
        .creatable()
        .columns(["sku", "location", "on_hand", "reserved", "available"])
        .action(Action::new("count", WRITE).asks::<Counted>())
}

/// The resource `stock-movements`.
pub(crate) fn stock_movements() -> ResourceDeclaration {
    let fields = db::movement::fields();
    ResourceDeclaration::new::<Movement>("stock-movements", "catalog", READ, fields, StockMovements)
        .columns(["at", "sku", "location", "quantity", "reason"])
}

/// What was counted.
#[derive(Deserialize, ToSchema)]
struct Counted {
    /// How many lie there.
    on_hand: i64,
}

/// A level as staff write it.
#[derive(Deserialize, ToSchema)]
struct LevelInput {
    /// What.
    sku: Sku,
    /// Where; the default location when absent.
    #[serde(default)]
    location: Option<String>,
    /// How many lie there.
    on_hand: i64,
}

struct StockLevels;

#[async_trait]
impl Resource for StockLevels {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        db::level::list(&ctx.db(), &query).await?.try_map(level_record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let skus: Vec<Sku> = ids.iter().filter_map(|id| Some(split(id)?.0)).collect();
        let levels = db::level::of_skus(&ctx.db(), &skus).await?;
        levels.into_iter().filter(|level| ids.contains(&id(level))).map(level_record).collect()
    }

    async fn save(
        &self,
        ctx: &Ctx,
        _: Option<String>,
        data: Value,
        _: Option<i64>,
    ) -> Result<Record> {
        let input: LevelInput = parse(data)?;
        let service = ctx.state::<InventoryService>()?;
        let location = input
            .location
            .filter(|location| !location.trim().is_empty())
            .unwrap_or_else(|| service.settings.default_location.clone());
        let count = StockCount {
            sku: input.sku.clone(),
            location: Some(location.clone()),
            on_hand: input.on_hand,
            reason: "counted".into(),
        };
        ctx.transaction(|ctx| async move {
            set_stock::set_stock(&ctx, &service.settings, vec![count]).await?;
            let levels = db::level::of_skus(&ctx.db(), &[input.sku]).await?;
            let saved = levels.into_iter().find(|level| level.location == location);
            level_record(saved.ok_or_else(|| Error::internal("a saved level is gone"))?)
        })
        .await
    }

    async fn act(
        &self,
        ctx: &Ctx,
        action: String,
        ids: Vec<String>,
        input: Value,
    ) -> Result<Value> {
        if action != "count" {
            return Err(no_action(&action));
        }
        let Counted { on_hand } = parse(input)?;
        let service = ctx.state::<InventoryService>()?;
        let counts: Vec<StockCount> = ids
            .iter()
            .filter_map(|id| split(id))
            .map(|(sku, location)| StockCount {
                sku,
                location: Some(location),
                on_hand,
                reason: "counted".into(),
            })
            .collect();
        let changed = counts.len();
        set_stock::set_stock(ctx, &service.settings, counts).await?;
        Ok(json!({ "changed": changed }))
    }
}

struct StockMovements;

#[async_trait]
impl Resource for StockMovements {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        db::movement::list(&ctx.db(), &query).await?.try_map(movement_record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let ids: Vec<uuid::Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        db::movement::by_ids(&ctx.db(), &ids).await?.into_iter().map(movement_record).collect()
    }
}

fn id(level: &Level) -> String {
    format!("{}@{}", level.sku, level.location)
}

fn split(id: &str) -> Option<(Sku, String)> {
    let (sku, location) = id.rsplit_once('@')?;
    Some((Sku::new(sku).ok()?, location.to_owned()))
}

fn level_record(level: Level) -> Result<Record> {
    Ok(Record { id: id(&level), version: level.version, data: serde_json::to_value(level)? })
}

fn movement_record(movement: Movement) -> Result<Record> {
    Ok(Record { id: movement.id.to_string(), version: 0, data: serde_json::to_value(movement)? })
}
