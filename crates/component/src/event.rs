//! Events: facts in the past tense that commit together with the change they tell of.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A kind of event. Carries ids and facts, never card data or secrets; fields are only ever added.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name with a version: `order.placed.v1`.
    const TYPE: &'static str;

    /// The id of the thing it is about; events of one subject stay in order.
    fn subject(&self) -> String;
}

/// An event on its way into the outbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewEvent {
    /// `order.placed.v1`
    pub event_type: String,
    /// Id of the thing it is about.
    pub subject: String,
    /// The facts.
    pub data: Value,
}
