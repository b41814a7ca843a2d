//! What staff see: notices, and sending one again.

use async_trait::async_trait;
use hatchery_sdk::component::resource::{Action, no_action};
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::db;
use crate::db::notice::StoredNotice;
use crate::jobs::DELIVER;

/// The resource `notices`.
pub(crate) fn notices() -> ResourceDeclaration {
    let fields = db::notice::fields();
    let read = "notification.notice.read";
    ResourceDeclaration::new::<StoredNotice>("notices", "system", read, fields, Notices)
        .columns(["created_at", "recipient", "subject", "sent_at"])
        .action(Action::new("send-again", "notification.notice.write").confirmed())
}

struct Notices;

#[async_trait]
impl Resource for Notices {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        db::notice::list(&ctx.db(), &query).await?.try_map(record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let ids: Vec<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        db::notice::by_ids(&ctx.db(), &ids).await?.into_iter().map(record).collect()
    }

    async fn act(&self, ctx: &Ctx, action: String, ids: Vec<String>, _: Value) -> Result<Value> {
        if action != "send-again" {
            return Err(no_action(&action));
        }
        let ids: Vec<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        ctx.transaction(|ctx| async move {
            for id in &ids {
                db::notice::unsend(&ctx.db(), *id).await?;
                ctx.enqueue(DELIVER, &id.to_string(), json!({ "id": id }), None).await?;
            }
            Ok(json!({ "changed": ids.len() }))
        })
        .await
    }
}

fn record(notice: StoredNotice) -> Result<Record> {
    let id = notice.id.to_string();
    Ok(Record { id, version: 0, data: serde_json::to_value(notice)? })
}
