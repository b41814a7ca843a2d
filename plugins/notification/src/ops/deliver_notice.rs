//! Sends a notice.

use hatchery_sdk::component::platform::Texts;
use hatchery_sdk::interfaces::notification::{Messenger, OutgoingMessage};
use hatchery_sdk::prelude::*;
use uuid::Uuid;

use crate::db;

/// Renders a notice in its reader's language and gives it to every messenger that is set up. Safe to repeat.
///
/// # Errors
/// There is no messenger, or one of them fails: it is tried again.
pub(crate) async fn deliver_notice(ctx: &Ctx, id: Uuid) -> Result<()> {
    let Some((notice, is_sent)) = db::notice::find(&ctx.db(), id).await? else { return Ok(()) };
    if is_sent {
        return Ok(());
    }
    let mut messengers = Vec::new();
    for (_, messenger) in ctx.all::<dyn Messenger>()? {
        if messenger.ready(ctx).await? {
            messengers.push(messenger);
        }
    }
    if messengers.is_empty() {
        let message = "No messenger is switched on and set up; notices wait.";
        return Err(Error::new(Kind::Unavailable, "notification.no_messenger", message));
    }
    let reader = ctx.with_locale(notice.locale);
    let view = View { data: notice.data, ..View::new(notice.template) };
    let text = reader.get::<dyn Texts>()?.render(&reader, view).await?;
    let (subject, body) = text.trim_start().split_once('\n').unwrap_or((text.trim(), ""));
    let message = OutgoingMessage {
        key: notice.key,
        to: notice.to,
        subject: subject.trim().to_owned(),
        text: body.trim().to_owned(),
    };
    for messenger in messengers {
        messenger.deliver(ctx, vec![message.clone()]).await?;
    }
    ctx.transaction(|ctx| async move {
        db::notice::sent(&ctx.db(), id, &message.subject, ctx.now()).await
    })
    .await
}
