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
use crate::registry::MOTHER;
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
/// The mother's, who shares her domains with the default store.
const MOTHER_SECURE_NAME: &str = "__Host-hatchery-mother";
const MOTHER_PLAIN_NAME: &str = "hatchery-mother";

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
        let is_mother = ctx.store().slug == MOTHER;
        let name = match (secure, is_mother) {
            (true, false) => SECURE_NAME,
            (false, false) => PLAIN_NAME,
            (true, true) => MOTHER_SECURE_NAME,
            (false, true) => MOTHER_PLAIN_NAME,
        };
        let plain = "Path=/; HttpOnly; SameSite=Lax";
        let attributes = if secure { "Path=/; HttpOnly; SameSite=Lax; Secure" } else { plain };
        Self { name, attributes }
    }

    fn set(&self, value: &str, seconds: i64) -> String {
        format!("{}={value}; Max-Age={seconds}; {}", self.name, self.attributes)
    }
}

/// The stored name of a session: who reads the table cannot sign in with it.
fn id_of(value: &str) -> String {
    Sha256::digest(value.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn note_use(
    db: &StoreDb,
    id: &str,
    created_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use hatchery_component::Actor;
    use sea_orm::PaginatorTrait;

    use super::*;
    use crate::kernel::testing;
    use crate::request::{RequestFacts, announce};

    /// The facts of a request with these cookies.
    fn facts(ctx: &Ctx, secure: bool, cookies: &str) -> Arc<RequestFacts> {
        let outside = RequestFacts::outside(ctx.store());
        Arc::new(RequestFacts {
            id: ctx.request_id(),
            secure,
            cookies: cookies.to_owned(),
            ..outside
        })
    }

    /// A context whose request no other test has: all tests of this process announce theirs in one place.
    fn guest(store: &Arc<Store>) -> Ctx {
        let assembly = store.assembly.load_full();
        store.ctx_on(assembly, "kernel".into(), Actor::Guest, None, Uuid::now_v7())
    }

    async fn rows(store: &Store) -> u64 {
        session::Entity::find().count(&store.db.read()).await.unwrap()
    }

    #[tokio::test]
    async fn a_session_lives_from_sign_in_to_sign_out() {
        let (kernel, store, _folder) = testing::store(Vec::new()).await;
        let ann = Uuid::from_u128(9);
        for (secure, name) in [(false, "hatchery-session="), (true, "__Host-hatchery-session=")] {
            let ctx = guest(&store);
            let _request = announce(facts(&ctx, secure, ""));
            let set = ctx.get::<dyn Sessions>().unwrap().open(&ctx, ann).await.unwrap();
            assert!(set.starts_with(name), "{set}");
            assert!(set.contains("; HttpOnly; SameSite=Lax"), "{set}");
            assert_eq!(set.contains("; Secure"), secure, "{set}");
            let pair = set.split(';').next().unwrap();
            let stored = session::Entity::find().one(&store.db.read()).await.unwrap().unwrap();
            assert!(!set.contains(&stored.id));

            let ctx = guest(&store);
            let _request = announce(facts(&ctx, secure, pair));
            assert_eq!(subject(&ctx, pair).await.unwrap(), Some(ann));
            assert_eq!(subject(&ctx, &format!("{pair}x")).await.unwrap(), None);
            assert_eq!(subject(&ctx, "").await.unwrap(), None);
            let removed = ctx.get::<dyn Sessions>().unwrap().close(&ctx).await.unwrap();
            assert!(removed.starts_with(&format!("{name}; Max-Age=0")), "{removed}");
            assert_eq!(subject(&ctx, pair).await.unwrap(), None);
            assert_eq!(rows(&store).await, 0);
        }
        kernel.shutdown().await;
    }

    #[tokio::test]
    async fn a_cookie_for_the_other_scheme_is_not_taken() {
        let (kernel, store, _folder) = testing::store(Vec::new()).await;
        let ctx = guest(&store);
        let plain = {
            let _request = announce(facts(&ctx, false, ""));
            ctx.get::<dyn Sessions>().unwrap().open(&ctx, Uuid::from_u128(9)).await.unwrap()
        };
        let _request = announce(facts(&ctx, true, ""));
        assert_eq!(subject(&ctx, plain.split(';').next().unwrap()).await.unwrap(), None);
        kernel.shutdown().await;
    }

    #[tokio::test]
    async fn sessions_end_with_time_and_with_their_subject() {
        let (kernel, store, _folder) = testing::store(Vec::new()).await;
        let ctx = guest(&store);
        let sessions = ctx.get::<dyn Sessions>().unwrap();
        let (ann, bob) = (Uuid::from_u128(9), Uuid::from_u128(10));
        let pair = |set: &str| set.split(';').next().unwrap().to_owned();
        let first = pair(&sessions.open(&ctx, ann).await.unwrap());
        sessions.open(&ctx, ann).await.unwrap();
        let others = pair(&sessions.open(&ctx, bob).await.unwrap());
        sessions.close_all(&ctx, ann).await.unwrap();
        assert_eq!(subject(&ctx, &first).await.unwrap(), None);
        assert_eq!(subject(&ctx, &others).await.unwrap(), Some(bob));
        // As if it had been opened long ago.
        ctx.transaction(|ctx| async move {
            let long_ago = ctx.now() - IDLE;
            let change = session::Entity::update_many()
                .col_expr(session::Column::ExpiresAt, Expr::value(long_ago));
            change.exec(&ctx.db()).await?;
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(subject(&ctx, &others).await.unwrap(), None);
        assert_eq!(rows(&store).await, 1);
        sweep(ctx.clone(), Value::Null).await.unwrap();
        assert_eq!(rows(&store).await, 0);
        kernel.shutdown().await;
    }

    #[tokio::test]
    async fn use_makes_a_session_longer_but_not_for_ever() {
        let (kernel, store, _folder) = testing::store(Vec::new()).await;
        let ctx = guest(&store);
        ctx.get::<dyn Sessions>().unwrap().open(&ctx, Uuid::from_u128(9)).await.unwrap();
        let now = ctx.now();
        let row = async || session::Entity::find().one(&store.db.read()).await.unwrap().unwrap();
        let id = row().await.id;
        let later = now + chrono::Duration::days(10);
        note_use(&store.db, &id, now, later).await.unwrap();
        assert_eq!((row().await.seen_at, row().await.expires_at), (later, later + IDLE));
        note_use(&store.db, &id, now, now + chrono::Duration::days(89)).await.unwrap();
        assert_eq!(row().await.expires_at, now + LONGEST);
        kernel.shutdown().await;
    }
}
