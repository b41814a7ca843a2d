//! What staff see of jobs: those that are queued, run or are dead.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::sql::{self, Columns};
use hatchery_component::{Action, Ctx, Declaration, Record, Resource, ResourceDeclaration, Result};
use hatchery_types::query::{FieldDef, Fields, Kind};
use hatchery_types::{Page, Query, Sort};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::queue::{discard, retry};
use crate::db::entity::job;
use crate::events::resource::{no_action, uuids};

const READ: &str = "kernel.job.read";
const WRITE: &str = "kernel.job.write";

/// Adds the resource.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    let fields = Fields::new([
        FieldDef::new("id", Kind::Id),
        FieldDef::new("job", Kind::Text),
        FieldDef::new("key", Kind::Text),
        FieldDef::new("state", Kind::Choice).choices(["queued", "running", "dead"]),
        FieldDef::new("attempts", Kind::Integer),
        FieldDef::new("run_at", Kind::Time),
        FieldDef::new("created_at", Kind::Time),
    ]);
    let resource = ResourceDeclaration::new::<JobRun>("jobs", "system", READ, fields, Jobs)
        .columns(["job", "key", "state", "run_at", "attempts", "error"])
        .action(Action::new("retry", WRITE))
        .action(Action::new("discard", WRITE).confirmed());
    declaration.resource(resource)
}

/// A run of a job.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct JobRun {
    /// `payment.settle`
    job: String,
    /// What the run is about.
    key: String,
    /// What the handler is given.
    payload: Value,
    /// `queued`, `running` or `dead`.
    state: String,
    /// Not before.
    run_at: DateTime<Utc>,
    /// How often it was tried.
    attempts: i32,
    /// Why it failed last.
    error: Option<String>,
    /// When it was queued.
    created_at: DateTime<Utc>,
}

struct Jobs;

#[async_trait]
impl Resource for Jobs {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        let columns = Columns::<job::Entity>::new([
            ("id", job::Column::Id),
            ("job", job::Column::Job),
            ("key", job::Column::Key),
            ("state", job::Column::State),
            ("attempts", job::Column::Attempts),
            ("run_at", job::Column::RunAt),
            ("created_at", job::Column::CreatedAt),
        ]);
        let query = query.default_order([Sort::descending("run_at")]);
        let page = sql::fetch(&query, job::Entity::find(), &columns, &ctx.db()).await?;
        page.try_map(record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let rows =
            job::Entity::find().filter(job::Column::Id.is_in(uuids(&ids))).all(&ctx.db()).await?;
        rows.into_iter().map(record).collect()
    }

    async fn act(&self, ctx: &Ctx, action: String, ids: Vec<String>, _: Value) -> Result<Value> {
        ctx.require(WRITE)?;
        let count = match action.as_str() {
            "retry" => retry(ctx, uuids(&ids)).await?,
            "discard" => discard(ctx, uuids(&ids)).await?,
            _ => return Err(no_action(&action)),
        };
        Ok(json!({ "count": count }))
    }
}

fn record(row: job::Model) -> Result<Record> {
    let data = JobRun {
        job: row.job,
        key: row.key,
        payload: row.payload,
        state: row.state,
        run_at: row.run_at,
        attempts: row.attempts,
        error: row.error,
        created_at: row.created_at,
    };
    Ok(Record { id: row.id.to_string(), version: 0, data: serde_json::to_value(data)? })
}
