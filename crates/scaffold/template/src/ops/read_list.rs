//! Reads a list.

use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::item::Item;
use crate::domain::visitor::Visitor;

/// Somebody's list, the newest first; nobody's is empty.
pub(crate) async fn read_list(ctx: &Ctx, visitor: Option<&Visitor>) -> Result<Vec<Item>> {
    match visitor {
        Some(visitor) => db::item::of_visitor(&ctx.db(), visitor).await,
        None => Ok(Vec::new()),
    }
}
