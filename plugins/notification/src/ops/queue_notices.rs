//! Queues notices.

use hatchery_sdk::interfaces::notification::Notice;
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::db;
use crate::jobs::DELIVER;

/// Writes notices whose key is new and queues their delivery, in one unit of work.
pub(crate) async fn queue_notices(ctx: &Ctx, notices: Vec<Notice>) -> Result<()> {
    ctx.transaction(|ctx| async move {
        for notice in &notices {
            let id = ctx.new_id::<Notice>().uuid();
            if db::notice::insert(&ctx.db(), id, notice, ctx.now()).await? {
                ctx.enqueue(DELIVER, &id.to_string(), json!({ "id": id }), None).await?;
            }
        }
        Ok(())
    })
    .await
}
