//! What staff see: `/admin/wishlist-items` and `/api/v1/admin/wishlist-items`.

use async_trait::async_trait;
use hatchery_sdk::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use crate::db;
use crate::db::item::Item;

const READ: &str = "wishlist.item.read";

/// The resource `wishlist-items`.
pub(crate) fn items() -> ResourceDeclaration {
    let fields = db::item::fields();
    let mut items =
        ResourceDeclaration::new::<Item>("wishlist-items", "customers", READ, fields, Items)
            .columns(["product_id", "visitor", "added_at"]);
    // Shown as a link to the product.
    items.schema["properties"]["product_id"]["x-ref"] = Value::from("products");
    items
}

struct Items;

#[async_trait]
impl Resource for Items {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        db::item::list(&ctx.db(), &query).await?.try_map(record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let ids: Vec<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        db::item::by_ids(&ctx.db(), &ids).await?.into_iter().map(record).collect()
    }
}

fn record(item: Item) -> Result<Record> {
    Ok(Record { id: item.id.to_string(), version: 0, data: serde_json::to_value(item)? })
}
