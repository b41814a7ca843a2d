//! Notification: what the store tells people.

use async_trait::async_trait;
use hatchery_component::{Ctx, Result};
use hatchery_types::Locale;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Something to be told to somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// One notice per key is sent: `order-placed:<id>`.
    pub key: String,
    /// Template of the text: `notification/order-placed.txt`; its first line is the subject.
    pub template: String,
    /// Address.
    pub to: String,
    /// Language of the reader.
    pub locale: Locale,
    /// The template's variables.
    #[serde(default)]
    pub data: Map<String, Value>,
}

/// Tells people things, soon and once.
#[hatchery_component::interface(id = "notification", version = "1.0.0")]
#[async_trait]
pub trait Notifications: Send + Sync {
    /// Queues notices; they leave after the unit of work commits.
    async fn send(&self, ctx: &Ctx, notices: Vec<Notice>) -> Result<()>;
}

/// A message ready to leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutgoingMessage {
    /// The notice's key; a messenger that saw it before does not send again.
    pub key: String,
    /// Address.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Carries messages out.
#[hatchery_component::interface(id = "messenger", version = "1.0.0", collective, external)]
#[async_trait]
pub trait Messenger: Send + Sync {
    /// Whether it is set up to carry anything; one that is not is passed over.
    async fn ready(&self, ctx: &Ctx) -> Result<bool>;

    /// Sends messages. A failure of one fails the call, and those sent before are not sent again.
    async fn deliver(&self, ctx: &Ctx, messages: Vec<OutgoingMessage>) -> Result<()>;
}
