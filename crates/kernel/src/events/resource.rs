//! What staff see of events: all that happened, and those that a subscriber could not handle.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::sql::{self, Columns};
use hatchery_component::{
    Action, Ctx, Declaration, Error, Record, Resource, ResourceDeclaration, Result,
};
use hatchery_types::query::{FieldDef, Fields, Kind};
use hatchery_types::{Page, Query, Sort};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::envelope::CloudEvent;
use super::retry::{discard, replay};
use crate::db::entity::{outbox, retry};

const READ: &str = "kernel.event.read";
const WRITE: &str = "kernel.event.write";

/// Adds the resources.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    let failed_fields = Fields::new([
        FieldDef::new("id", Kind::Id),
        FieldDef::new("subscriber", Kind::Text),
        FieldDef::new("event_type", Kind::Text),
        FieldDef::new("subject", Kind::Text),
        FieldDef::new("state", Kind::Choice).choices(["waiting", "retrying", "dead"]),
        FieldDef::new("attempts", Kind::Integer),
        FieldDef::new("next_at", Kind::Time),
        FieldDef::new("occurred_at", Kind::Time),
    ]);
    let failed = ResourceDeclaration::new::<FailedEvent>(
        "events",
        "system",
        READ,
        failed_fields,
        FailedEvents,
    )
    .columns(["subscriber", "event_type", "subject", "state", "attempts", "next_at", "error"])
    .action(Action::new("replay", WRITE))
    .action(Action::new("discard", WRITE).confirmed());
    let log_fields = Fields::new([
        FieldDef::new("id", Kind::Integer),
        FieldDef::new("type", Kind::Text),
        FieldDef::new("subject", Kind::Text),
        FieldDef::new("time", Kind::Time),
    ]);
    let log =
        ResourceDeclaration::new::<CloudEvent>("event-log", "system", READ, log_fields, EventLog)
            .columns(["time", "type", "subject", "source", "actor"]);
    declaration.resource(failed).resource(log)
}

/// An event that a subscriber could not handle yet, or at all.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FailedEvent {
    /// `<component>/<subscription>`
    subscriber: String,
    /// `order.placed.v1`
    event_type: String,
    /// Id of the thing it is about.
    subject: String,
    /// `waiting` for an earlier one of its subject, `retrying` or `dead`.
    state: String,
    /// How often it was tried.
    attempts: i32,
    /// When it is tried next.
    next_at: DateTime<Utc>,
    /// Why it failed last.
    error: String,
    /// When it was emitted.
    occurred_at: DateTime<Utc>,
    /// The event.
    event: CloudEvent,
}

struct FailedEvents;

#[async_trait]
impl Resource for FailedEvents {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        let columns = Columns::<retry::Entity>::new([
            ("id", retry::Column::Id),
            ("subscriber", retry::Column::Subscriber),
            ("event_type", retry::Column::EventType),
            ("subject", retry::Column::Subject),
            ("state", retry::Column::State),
            ("attempts", retry::Column::Attempts),
            ("next_at", retry::Column::NextAt),
            ("occurred_at", retry::Column::OccurredAt),
        ]);
        let query = query.default_order([Sort::descending("occurred_at")]);
        let page = sql::fetch(&query, retry::Entity::find(), &columns, &ctx.db()).await?;
        page.try_map(|row| failed_record(ctx, row))
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let rows = retry::Entity::find()
            .filter(retry::Column::Id.is_in(uuids(&ids)))
            .all(&ctx.db())
            .await?;
        rows.into_iter().map(|row| failed_record(ctx, row)).collect()
    }

    async fn act(&self, ctx: &Ctx, action: String, ids: Vec<String>, _: Value) -> Result<Value> {
        ctx.require(WRITE)?;
        let count = match action.as_str() {
            "replay" => replay(ctx, uuids(&ids)).await?,
            "discard" => discard(ctx, uuids(&ids)).await?,
            _ => return Err(no_action(&action)),
        };
        Ok(json!({ "count": count }))
    }
}

fn failed_record(ctx: &Ctx, row: retry::Model) -> Result<Record> {
    let event = CloudEvent::of_retry(&row, ctx.store());
    let data = FailedEvent {
        subscriber: row.subscriber,
        event_type: row.event_type,
        subject: row.subject,
        state: row.state,
        attempts: row.attempts,
        next_at: row.next_at,
        error: row.error,
        occurred_at: row.occurred_at,
        event,
    };
    Ok(Record { id: row.id.to_string(), version: 0, data: serde_json::to_value(data)? })
}

/// All events that are kept, read-only.
struct EventLog;

#[async_trait]
impl Resource for EventLog {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        let columns = Columns::<outbox::Entity>::new([
            ("id", outbox::Column::Id),
            ("type", outbox::Column::EventType),
            ("subject", outbox::Column::Subject),
            ("time", outbox::Column::OccurredAt),
        ]);
        let query = query.default_order([Sort::descending("id")]);
        let page = sql::fetch(&query, outbox::Entity::find(), &columns, &ctx.db()).await?;
        page.try_map(|row| log_record(ctx, &row))
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let ids: Vec<i64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let rows =
            outbox::Entity::find().filter(outbox::Column::Id.is_in(ids)).all(&ctx.db()).await?;
        rows.iter().map(|row| log_record(ctx, row)).collect()
    }
}

fn log_record(ctx: &Ctx, row: &outbox::Model) -> Result<Record> {
    let data = serde_json::to_value(CloudEvent::of_outbox(row, ctx.store()))?;
    Ok(Record { id: row.id.to_string(), version: 0, data })
}

/// The ids that are ids; there is nothing under others.
pub(crate) fn uuids(ids: &[String]) -> Vec<Uuid> {
    ids.iter().filter_map(|id| Uuid::parse_str(id).ok()).collect()
}

/// The error for an action that was not declared.
pub(crate) fn no_action(action: &str) -> Error {
    Error::not_found("resource.no_action", format!("There is no action '{action}' here."))
}
