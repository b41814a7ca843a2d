//! A messenger that writes files.
//!
//! Reading order: [`settings`], [`domain`] (a message as text), [`service`].

mod domain;
mod service;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::notification::Messenger;
use hatchery_sdk::prelude::*;

use crate::service::FileMessenger;
use crate::settings::MessageFileSettings;

/// Writes messages into files.
#[component]
pub struct MessageFileComponent;

#[async_trait]
impl Component for MessageFileComponent {
    fn declare(&self) -> Declaration {
        Declaration::new()
            .settings(SettingsSchema::of::<MessageFileSettings>(MessageFileSettings::check))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let messenger = Arc::new(FileMessenger { settings: store.settings()? });
        Ok(Instance::new(messenger.clone()).provide::<dyn Messenger>(messenger))
    }
}
