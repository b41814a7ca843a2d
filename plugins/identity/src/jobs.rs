//! What people start: the task `identity.invite`.

use hatchery_sdk::component::resource::parse;
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::ops::invite_user;
use crate::service::IdentityService;

/// Gives the one-time link of a user, who is made when there is none with the address.
pub(crate) async fn invite(ctx: Ctx, input: Value, _: Progress) -> Result<Value> {
    let service = ctx.state::<IdentityService>()?;
    let link = invite_user::invite(&ctx, &service.settings, parse(input)?).await?;
    Ok(json!({ "path": link.path, "expires_at": link.expires_at }))
}
