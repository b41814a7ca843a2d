//! A messenger that sends e-mail.
//!
//! Reading order: [`settings`], [`service`].

mod service;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::notification::Messenger;
use hatchery_sdk::prelude::*;

use crate::service::SmtpMessenger;
use crate::settings::SmtpSettings;

/// Sends e-mail.
#[component]
pub struct SmtpComponent;

#[async_trait]
impl Component for SmtpComponent {
    fn declare(&self) -> Declaration {
        Declaration::new().settings(SettingsSchema::of::<SmtpSettings>(SmtpSettings::check))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let messenger = Arc::new(SmtpMessenger::new(store.settings()?)?);
        Ok(Instance::new(messenger.clone()).provide::<dyn Messenger>(messenger))
    }
}
