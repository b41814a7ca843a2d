//! Settings of the mail server.

use hatchery_sdk::component::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How mail leaves.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SmtpSettings {
    /// Name of the mail server. Default empty: nothing can be sent.
    pub(crate) host: String,
    /// Its port. Default 587.
    pub(crate) port: u16,
    /// How the connection is encrypted. Default `starttls`.
    pub(crate) encryption: Encryption,
    /// User at the server; empty when it asks for none.
    pub(crate) username: String,
    /// The user's password.
    pub(crate) password: Secret,
    /// Sender: `Shop <shop@example.org>`.
    pub(crate) from: String,
}

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encryption {
    /// Begun in the clear, then encrypted; never sent in the clear.
    #[default]
    Starttls,
    /// From the beginning.
    Tls,
    /// Not at all: for a server on this machine.
    None,
}

impl SmtpSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.host.is_empty() {
            return Ok(());
        }
        if self.from.parse::<lettre::message::Mailbox>().is_err() {
            return Err("from: give a sender such as Shop <shop@example.org>".into());
        }
        let is_local = matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if self.encryption == Encryption::None && !is_local {
            return Err("encryption: none is for a server on this machine only".into());
        }
        Ok(())
    }
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            encryption: Encryption::default(),
            username: String::new(),
            password: Secret::default(),
            from: String::new(),
        }
    }
}
