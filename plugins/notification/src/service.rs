//! The interface `notification`.

use async_trait::async_trait;
use hatchery_sdk::interfaces::notification::{Notice, Notifications};
use hatchery_sdk::prelude::*;

use crate::ops::queue_notices;

/// The notices of a store.
pub(crate) struct NotificationService;

#[async_trait]
impl Notifications for NotificationService {
    async fn send(&self, ctx: &Ctx, notices: Vec<Notice>) -> Result<()> {
        queue_notices::queue_notices(ctx, notices).await
    }
}
