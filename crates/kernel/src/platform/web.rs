//! What the kernel's own answers need: its pages, its words, the end of old `Idempotency-Key`s.

use std::time::Duration;

use hatchery_component::{Ctx, Declaration, Result, Schedule};
use hatchery_types::Locale;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;

use crate::db::entity::idempotency;

/// How long answers are kept for a request that is sent again.
const KEPT: chrono::Duration = chrono::Duration::hours(48);
/// How often old ones are removed.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// Adds the kernel's templates, words, style sheet and the sweep of old keys.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    declaration
        .templates([
            ("api-docs.html", include_str!("../../templates/api-docs.html")),
            ("error.html", include_str!("../../templates/error.html")),
            ("layout.html", include_str!("../../templates/layout.html")),
        ])
        .messages(Locale::en(), include_str!("../../messages/en.ftl"))
        .messages(Locale::zh_cn(), include_str!("../../messages/zh-CN.ftl"))
        .asset("page.css", "text/css; charset=utf-8", include_bytes!("../../assets/page.css"))
        .job("kernel.sweep-idempotency-keys", Schedule::Every(SWEEP), sweep)
}

async fn sweep(ctx: Ctx, _: Value) -> Result<()> {
    let oldest = ctx.now() - KEPT;
    ctx.transaction(|ctx| async move {
        idempotency::Entity::delete_many()
            .filter(idempotency::Column::CreatedAt.lt(oldest))
            .exec(&ctx.db())
            .await?;
        Ok(())
    })
    .await
}
