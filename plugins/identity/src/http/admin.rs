//! What owners see and change: users, roles, API tokens.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_sdk::component::Actor;
use hatchery_sdk::component::resource::{Action, no_action, parse};
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db;
use crate::db::token::ApiToken;
use crate::db::user::User;
use crate::domain::user::role_name;
use crate::error::IdentityError;
use crate::ops::invite_user::Link;
use crate::ops::{change_password, create_token, create_user, invite_user, lock_user, save_user};
use crate::service::IdentityService;

const READ: &str = "identity.user.read";
const WRITE: &str = "identity.user.write";

/// The resource `users`.
pub(crate) fn users() -> ResourceDeclaration {
    let fields = db::user::fields();
    let users = ResourceDeclaration::new::<UserInput>("users", "system", READ, fields, Users)
        .writable(WRITE)
        .creatable()
        .columns(["name", "email", "role", "locked", "created_at"])
        .action(Action::new("lock", WRITE).confirmed())
        .action(Action::new("unlock", WRITE))
        .action(Action::new("reset-password", WRITE).confirmed())
        .action(Action::new("new-link", WRITE));
    referring(users, "role", "roles")
}

/// Says that a field names records of a resource, so that forms offer them.
fn referring(
    mut declaration: ResourceDeclaration,
    field: &str,
    resource: &str,
) -> ResourceDeclaration {
    if let Some(schema) = declaration.schema.pointer_mut(&format!("/properties/{field}")) {
        schema["x-ref"] = json!(resource);
    }
    declaration
}

/// The resource `roles`.
pub(crate) fn roles() -> ResourceDeclaration {
    let fields = Fields::new([FieldDef::new("name", FieldKind::Text)]);
    ResourceDeclaration::new::<RoleInput>("roles", "system", READ, fields, Roles)
        .writable(WRITE)
        .creatable()
        .columns(["name", "permissions"])
}

/// The resource `api-tokens`.
pub(crate) fn api_tokens() -> ResourceDeclaration {
    let fields = db::token::fields();
    let tokens =
        ResourceDeclaration::new::<TokenInput>("api-tokens", "system", READ, fields, Tokens)
            .writable(WRITE)
            .creatable()
            .columns(["name", "created_at", "expires_at", "revoked"])
            .action(Action::new("revoke", WRITE).confirmed());
    referring(tokens, "user_id", "users")
}

/// A user as owners write it. A new one gets a one-time password, which is shown once.
#[derive(Serialize, Deserialize, ToSchema)]
struct UserInput {
    /// E-mail address.
    #[schema(format = "email")]
    email: String,
    /// Name.
    #[serde(default)]
    name: Option<String>,
    /// Name of the role.
    role: String,
}

/// A role.
#[derive(Serialize, Deserialize, ToSchema)]
struct RoleInput {
    /// Lowercase letters, digits and dashes.
    name: String,
    /// What it may do: `order.order.read`, `order.*`, `*`.
    permissions: BTreeSet<String>,
}

/// A token. It is shown once, when it is made.
#[derive(Serialize, Deserialize, ToSchema)]
struct TokenInput {
    /// What it is for.
    name: String,
    /// Whose it is; one's own when absent.
    #[serde(default)]
    user_id: Option<Uuid>,
    /// Until when it is good; for ever when absent.
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
}

struct Users;

#[async_trait]
impl Resource for Users {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        Ok(db::user::list(&ctx.db(), &query).await?.map(user_record))
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let users = db::user::by_ids(&ctx.db(), &uuids(&ids)).await?;
        Ok(users.into_iter().map(user_record).collect())
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record> {
        let input: create_user::NewUser = parse(data)?;
        let Some(id) = id else {
            let (user, password) = create_user::create_user(ctx, input).await?;
            let mut record = user_record(user);
            record.data["one_time_password"] = json!(password);
            return Ok(record);
        };
        let id = id.parse().map_err(|_| IdentityError::UnknownUser)?;
        Ok(user_record(save_user::save_user(ctx, id, input, version).await?))
    }

    async fn act(&self, ctx: &Ctx, action: String, ids: Vec<String>, _: Value) -> Result<Value> {
        let ids = uuids(&ids);
        let service = ctx.state::<IdentityService>()?;
        let (mut passwords, mut links) = (Vec::new(), Vec::new());
        for id in &ids {
            match action.as_str() {
                "lock" => lock_user::lock_user(ctx, *id).await?,
                "unlock" => lock_user::unlock_user(ctx, *id).await?,
                "reset-password" => {
                    let password = change_password::reset(ctx, *id).await?;
                    passwords.push(json!({ "id": id, "one_time_password": password }));
                }
                "new-link" => {
                    let Link { path, expires_at } =
                        invite_user::invite_again(ctx, &service.settings, *id).await?;
                    let link = format!("{}{path}", ctx.store().base_url);
                    links
                        .push(json!({ "id": id, "one_time_link": link, "expires_at": expires_at }));
                }
                other => return Err(no_action(other)),
            }
        }
        Ok(json!({ "changed": ids.len(), "passwords": passwords, "links": links }))
    }
}

struct Roles;

#[async_trait]
impl Resource for Roles {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        let roles = db::role::all(&ctx.db()).await?;
        Ok(query.apply(roles.into_iter().map(role_record).collect())?)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let roles = db::role::all(&ctx.db()).await?;
        Ok(roles.into_iter().filter(|(name, _)| ids.contains(name)).map(role_record).collect())
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        _: Option<i64>,
    ) -> Result<Record> {
        let input: RoleInput = parse(data)?;
        let name = role_name(&input.name)?;
        if id.is_some_and(|id| id != name) {
            return Err(IdentityError::InvalidRole { name }.into());
        }
        let permissions = input.permissions;
        ctx.transaction(|ctx| async move {
            db::role::save(&ctx.db(), &name, &permissions).await?;
            Ok(role_record((name, permissions)))
        })
        .await
    }
}

struct Tokens;

#[async_trait]
impl Resource for Tokens {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        Ok(db::token::list(&ctx.db(), &query).await?.map(token_record))
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let tokens = db::token::by_ids(&ctx.db(), &uuids(&ids)).await?;
        Ok(tokens.into_iter().map(token_record).collect())
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        _: Option<i64>,
    ) -> Result<Record> {
        if id.is_some() {
            let message = "A token cannot be changed; revoke it and make another.";
            return Err(Error::conflict("identity.token_fixed", message));
        }
        let input: TokenInput = parse(data)?;
        let own = match ctx.actor() {
            Actor::User { id, .. } => Some(*id),
            _ => None,
        };
        let user = input.user_id.or(own).ok_or(IdentityError::UnknownUser)?;
        let (made, token) =
            create_token::create_token(ctx, user, input.name, input.expires_at).await?;
        let mut record = token_record(made);
        record.data["token"] = json!(token);
        Ok(record)
    }

    async fn act(&self, ctx: &Ctx, action: String, ids: Vec<String>, _: Value) -> Result<Value> {
        if action != "revoke" {
            return Err(no_action(&action));
        }
        let ids = uuids(&ids);
        let revoke = |ctx: Ctx| async move { db::token::revoke(&ctx.db(), &ids).await };
        Ok(json!({ "changed": ctx.transaction(revoke).await? }))
    }
}

fn uuids(ids: &[String]) -> Vec<Uuid> {
    ids.iter().filter_map(|id| id.parse().ok()).collect()
}

fn user_record(user: User) -> Record {
    let data = json!({
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "locked": user.locked,
        "created_at": user.created_at,
    });
    Record { id: user.id.to_string(), version: user.version, data }
}

fn role_record((name, permissions): (String, BTreeSet<String>)) -> Record {
    let data = json!({ "name": name, "permissions": permissions });
    Record { id: name, version: 0, data }
}

fn token_record(token: ApiToken) -> Record {
    let data = json!({
        "name": token.name,
        "user_id": token.user_id,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked": token.revoked,
    });
    Record { id: token.id.to_string(), version: 0, data }
}
