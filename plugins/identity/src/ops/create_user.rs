//! Makes a user with a one-time password.

use hatchery_sdk::component::resource::parse;
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::db;
use crate::db::user::User;
use crate::domain::password::{hash, readable};
use crate::domain::user;
use crate::error::IdentityError;

/// A user to be made.
#[derive(Deserialize)]
pub(crate) struct NewUser {
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default = "owner")]
    pub(crate) role: String,
}

/// The task `identity.create_user`: gives the one-time password, which is shown once.
pub(crate) async fn task(ctx: Ctx, input: Value, _: Progress) -> Result<Value> {
    let (user, password) = create_user(&ctx, parse(input)?).await?;
    Ok(json!({ "id": user.id, "email": user.email, "password": password }))
}

/// Makes a user and gives the password.
pub(crate) async fn create_user(ctx: &Ctx, new: NewUser) -> Result<(User, String)> {
    let password = readable(&ctx.random(16));
    let password_hash = hash(&password, &ctx.random(16))?;
    let user = ctx
        .transaction(|ctx| async move {
            let email = user::email(&new.email)?;
            if db::user::by_email(&ctx.db(), &email).await?.is_some() {
                return Err(IdentityError::EmailTaken { email }.into());
            }
            insert(&ctx, new, password_hash).await
        })
        .await?;
    Ok((user, password))
}

/// Writes a new user, whose e-mail address is not taken. Inside a unit of work.
pub(crate) async fn insert(ctx: &Ctx, new: NewUser, password_hash: String) -> Result<User> {
    let email = user::email(&new.email)?;
    if !db::role::all(&ctx.db()).await?.contains_key(&new.role) {
        return Err(IdentityError::UnknownRole { role: new.role }.into());
    }
    let name = new.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| email.clone());
    let user = User {
        id: ctx.new_id::<User>().uuid(),
        email,
        name: name.trim().to_owned(),
        role: new.role,
        password_hash,
        locked: false,
        created_at: ctx.now(),
        version: 1,
    };
    db::user::save(&ctx.db(), &user).await?;
    Ok(user)
}

fn owner() -> String {
    user::OWNER.to_owned()
}
