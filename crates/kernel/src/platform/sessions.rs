//! Sessions: a row per sign-in, shown to the browser as a cookie.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hatchery_component::platform::Sessions;
use hatchery_component::{Ctx, Db, Declaration, Instance, Result, Schedule};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::StoreDb;
use crate::db::entity::session;
use crate::platform::state;
use crate::request::{self, cookie};
use crate::store::Store;

/// A session that is not used for so long has ended.
const IDLE: chrono::Duration = chrono::Duration::days(14);
/// A session ends after this time however much it is used.
const LONGEST: chrono::Duration = chrono::Duration::days(90);
/// How exactly the last use is noted.
const NOTED: chrono::Duration = chrono::Duration::minutes(5);
/// Browsers accept a name with `__Host-` only from https, for the whole host, and from no other host.
const SECURE_NAME: &str = "__Host-hatchery-session";
/// On plain http, which is for trying things out on one's own machine.
const PLAIN_NAME: &str = "hatchery-session";

/// Adds the sweep of ended sessions.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    declaration.job("kernel.sweep-sessions", Schedule::Every(Duration::from_secs(60 * 60)), sweep)
}

/// Provides the interface.
pub(crate) fn provide(instance: Instance, _: &Weak<Store>) -> Instance {
    instance.provide::<dyn Sessions>(Arc::new(StoredSessions))
}

/// Whose session a `Cookie` header brings, if it is a good one.
///
/// # Errors
/// The database.
pub(crate) async fn subject(ctx: &Ctx, cookies: &str) -> Result<Option<Uuid>> {
    let Some(value) = cookie(cookies, Cookie::of(ctx).name) else { return Ok(None) };
    let now = ctx.now();
    let found = session::Entity::find_by_id(id_of(value)).one(&ctx.db()).await?;
    let Some(row) = found.filter(|row| row.expires_at > now) else { return Ok(None) };
    if now - row.seen_at > NOTED {
        // Beside the request, which is not to wait for the writer.
        let db = state(ctx)?.store()?.db.clone();
        let (id, created_at) = (row.id, row.created_at);
        ctx.host().spawn(Box::pin(async move {
            if let Err(error) = note_use(&db, &id, created_at, now).await {
                tracing::warn!("the use of a session could not be noted: {}", error.chain());
            }
        }));
    }
    Ok(Some(row.subject))
}

struct StoredSessions;

#[async_trait]
impl Sessions for StoredSessions {
    async fn open(&self, ctx: &Ctx, subject: Uuid) -> Result<String> {
        let value = BASE64_URL_SAFE_NO_PAD.encode(ctx.random(32));
        let now = ctx.now();
        let row = session::ActiveModel {
            id: Set(id_of(&value)),
            subject: Set(subject),
            created_at: Set(now),
            seen_at: Set(now),
            expires_at: Set(now + IDLE),
        };
        ctx.transaction(|ctx| async move {
            session::Entity::insert(row).exec_without_returning(&ctx.db()).await?;
            Ok(())
        })
        .await?;
        Ok(Cookie::of(ctx).set(&value, LONGEST.num_seconds()))
    }

    async fn close(&self, ctx: &Ctx) -> Result<String> {
        let own = Cookie::of(ctx);
        let facts = request::facts(ctx.request_id());
        if let Some(value) = facts.as_ref().and_then(|facts| facts.cookie(own.name)) {
            let id = id_of(value);
            ctx.transaction(|ctx| async move {
                session::Entity::delete_by_id(id).exec(&ctx.db()).await?;
                Ok(())
            })
            .await?;
        }
        Ok(own.set("", 0))
    }

    async fn close_all(&self, ctx: &Ctx, subject: Uuid) -> Result<()> {
        ctx.transaction(|ctx| async move {
            let own = session::Column::Subject.eq(subject);
            session::Entity::delete_many().filter(own).exec(&ctx.db()).await?;
            Ok(())
        })
        .await
    }
}

/// The cookie as it is for the scheme of the request.
struct Cookie {
    name: &'static str,
    attributes: &'static str,
}

impl Cookie {
    fn of(ctx: &Ctx) -> Self {
        let secure = match request::facts(ctx.request_id()) {
            Some(facts) => facts.secure,
            None => ctx.store().base_url.starts_with("https:"),
        };
        if secure {
            Self { name: SECURE_NAME, attributes: "Path=/; HttpOnly; SameSite=Lax; Secure" }
        } else {
            Self { name: PLAIN_NAME, attributes: "Path=/; HttpOnly; SameSite=Lax" }
        }
    }

    fn set(&self, value: &str, seconds: i64) -> String {
        format!("{}={value}; Max-Age={seconds}; {}", self.name, self.attributes)
    }
}

/// The stored name of a session: who reads the table cannot sign in with it.
fn id_of(value: &str) -> String {
    Sha256::digest(value.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn note_use(db: &StoreDb, id: &str, created_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    let unit = db.begin(Uuid::now_v7()).await?;
    session::Entity::update_many()
        .col_expr(session::Column::SeenAt, Expr::value(now))
        .col_expr(session::Column::ExpiresAt, Expr::value((now + IDLE).min(created_at + LONGEST)))
        .filter(session::Column::Id.eq(id))
        .exec(&Db::unit(unit.clone()))
        .await?;
    unit.commit().await
}

async fn sweep(ctx: Ctx, _: Value) -> Result<()> {
    let now = ctx.now();
    ctx.transaction(|ctx| async move {
        let ended = session::Column::ExpiresAt.lte(now);
        session::Entity::delete_many().filter(ended).exec(&ctx.db()).await?;
        Ok(())
    })
    .await
}
