//! Changes a user's address, name or role.

use hatchery_sdk::component::resource::check_version;
use hatchery_sdk::prelude::*;
use uuid::Uuid;

use crate::db;
use crate::db::user::User;
use crate::domain::user::{OWNER, email};
use crate::error::IdentityError;
use crate::ops::create_user::NewUser;

/// Writes what staff say of a user. The last owner stays one.
pub(crate) async fn save_user(
    ctx: &Ctx,
    id: Uuid,
    input: NewUser,
    version: Option<i64>,
) -> Result<User> {
    let email = email(&input.email)?;
    ctx.transaction(|ctx| async move {
        let db = ctx.db();
        let stored = get_user(&ctx, id).await?;
        check_version(version, stored.version)?;
        if !db::role::all(&db).await?.contains_key(&input.role) {
            return Err(IdentityError::UnknownRole { role: input.role }.into());
        }
        let owner = db::user::by_email(&db, &email).await?;
        if owner.is_some_and(|owner| owner.id != id) {
            return Err(IdentityError::EmailTaken { email }.into());
        }
        if input.role != OWNER {
            keep_an_owner(&ctx, &stored).await?;
        }
        let name = input.name.filter(|name| !name.trim().is_empty()).unwrap_or(stored.name.clone());
        let version = stored.version + 1;
        let user = User { email, name, role: input.role, version, ..stored };
        db::user::save(&db, &user).await?;
        Ok(user)
    })
    .await
}

/// The user of an id.
pub(crate) async fn get_user(ctx: &Ctx, id: Uuid) -> Result<User> {
    let mut users = db::user::by_ids(&ctx.db(), &[id]).await?;
    Ok(users.pop().ok_or(IdentityError::UnknownUser)?)
}

/// Fails when a user is the only owner who can sign in.
pub(crate) async fn keep_an_owner(ctx: &Ctx, user: &User) -> Result<()> {
    let is_owner = user.role == OWNER && !user.locked;
    if is_owner && db::user::count_role(&ctx.db(), OWNER).await? == 1 {
        return Err(IdentityError::LastOwner.into());
    }
    Ok(())
}
