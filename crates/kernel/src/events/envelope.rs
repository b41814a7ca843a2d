//! Events as the outside sees them: CloudEvents 1.0.

use chrono::{DateTime, Utc};
use hatchery_component::StoreInfo;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::entity::{outbox, retry};

/// An event in the envelope of <https://cloudevents.io>, version 1.0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CloudEvent {
    /// `1.0`
    pub specversion: String,
    /// The event's id.
    pub id: Uuid,
    /// Store and component it comes from: `/stores/acme/order`.
    pub source: String,
    /// `order.placed.v1`
    #[serde(rename = "type")]
    pub event_type: String,
    /// Id of the thing it is about.
    pub subject: String,
    /// When it was emitted.
    pub time: DateTime<Utc>,
    /// `application/json`
    pub datacontenttype: String,
    /// The facts.
    pub data: Value,
    /// The request, job run or event batch it was emitted in.
    pub correlationid: Uuid,
    /// Who acted, as a label.
    pub actor: String,
}

impl CloudEvent {
    /// Of an event in the outbox.
    pub(crate) fn of_outbox(row: &outbox::Model, store: &StoreInfo) -> Self {
        Self {
            specversion: "1.0".into(),
            id: row.event_id,
            source: source(store, &row.source),
            event_type: row.event_type.clone(),
            subject: row.subject.clone(),
            time: row.occurred_at,
            datacontenttype: "application/json".into(),
            data: row.data.clone(),
            correlationid: row.correlation_id,
            actor: row.actor.clone(),
        }
    }

    /// Of an event that was put aside.
    pub(crate) fn of_retry(row: &retry::Model, store: &StoreInfo) -> Self {
        Self {
            specversion: "1.0".into(),
            id: row.event_id,
            source: source(store, &row.source),
            event_type: row.event_type.clone(),
            subject: row.subject.clone(),
            time: row.occurred_at,
            datacontenttype: "application/json".into(),
            data: row.data.clone(),
            correlationid: row.correlation_id,
            actor: row.actor.clone(),
        }
    }
}

fn source(store: &StoreInfo, component: &str) -> String {
    format!("/stores/{}/{component}", store.slug)
}
