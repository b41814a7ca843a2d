//! The interface `messenger`.

use std::path::Path;

use async_trait::async_trait;
use hatchery_sdk::component::platform::Files;
use hatchery_sdk::interfaces::notification::{Messenger, OutgoingMessage};
use hatchery_sdk::prelude::*;

use crate::domain::mail::{file_name, text};
use crate::settings::MessageFileSettings;

/// Writes messages into files.
pub(crate) struct FileMessenger {
    /// Where they go.
    pub(crate) settings: MessageFileSettings,
}

#[async_trait]
impl Messenger for FileMessenger {
    async fn ready(&self, _: &Ctx) -> Result<bool> {
        Ok(true)
    }

    async fn deliver(&self, ctx: &Ctx, messages: Vec<OutgoingMessage>) -> Result<()> {
        let mails: Vec<(String, Vec<u8>)> = messages
            .iter()
            .map(|message| {
                let mail = text(message, &ctx.store().name);
                ("message/rfc822".to_owned(), mail.into_bytes())
            })
            .collect();
        if !self.settings.folder.is_empty() {
            let folder = Path::new(&self.settings.folder);
            std::fs::create_dir_all(folder).map_err(Error::internal)?;
            for (message, (_, mail)) in messages.iter().zip(&mails) {
                std::fs::write(folder.join(file_name(&message.key)), mail)
                    .map_err(Error::internal)?;
            }
        }
        let kept = ctx.get::<dyn Files>()?.put(ctx, mails).await?;
        for (message, file) in messages.iter().zip(kept) {
            tracing::info!(key = %message.key, file = %file.hash, "message written to a file");
        }
        Ok(())
    }
}
