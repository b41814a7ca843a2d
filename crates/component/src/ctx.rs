//! The context every piece of component code runs in.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hatchery_types::{Currency, Id, Locale};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::db::Db;
use crate::error::{Error, Kind, Result};
use crate::event::{Event, NewEvent};
use crate::host::{Host, NewJob, Unit};
use crate::interface::{Interface, Provider};
use crate::watch::Watched;

/// Facts about the store a piece of code runs for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoreInfo {
    /// Its id.
    pub id: Uuid,
    /// Short name in addresses and folders: `acme`.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Languages, the default first. Never empty.
    pub locales: Vec<Locale>,
    /// The currency prices are in.
    pub currency: Currency,
    /// IANA time zone: `Europe/London`.
    pub time_zone: String,
    /// Address of the store for links in mails, without a slash at the end: `https://acme.example`.
    pub base_url: String,
}

impl StoreInfo {
    /// The default language.
    pub fn locale(&self) -> Locale {
        self.locales.first().cloned().unwrap_or_else(Locale::en)
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "who", rename_all = "snake_case")]
pub enum Actor {
    /// A visitor nobody knows.
    Guest,
    /// A signed-in customer.
    Customer {
        /// Credential id.
        id: Uuid,
        /// Name for people.
        name: String,
    },
    /// A member of staff, or an API token of one.
    User {
        /// User id.
        id: Uuid,
        /// Name for people.
        name: String,
        /// What the user may do; `*` is everything, `order.*` everything of a component.
        permissions: BTreeSet<String>,
    },
    /// The system itself: event handlers, jobs, the command line.
    System {
        /// What made it act, such as the id of an event.
        caused_by: Option<String>,
    },
}

impl Actor {
    /// Whether the actor may do what the permission names. The system may do everything.
    pub fn may(&self, permission: &str) -> bool {
        match self {
            Self::System { .. } => true,
            Self::User { permissions, .. } => permissions.iter().any(|granted| {
                granted == "*"
                    || granted == permission
                    || granted.strip_suffix(".*").is_some_and(|prefix| {
                        permission.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'))
                    })
            }),
            Self::Guest | Self::Customer { .. } => false,
        }
    }

    /// A short text for audit and logs, without personal data: `user:018f..`, `system`, `guest`.
    pub fn label(&self) -> String {
        match self {
            Self::Guest => "guest".into(),
            Self::Customer { id, .. } => format!("customer:{id}"),
            Self::User { id, .. } => format!("user:{id}"),
            Self::System { .. } => "system".into(),
        }
    }
}

/// What a Ctx carries across a boundary.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// The store.
    pub store: Arc<StoreInfo>,
    /// The component whose handler runs.
    pub component: Arc<str>,
    /// Who acts.
    pub actor: Actor,
    /// The language to answer in.
    pub locale: Locale,
    /// One id per request, job run or event batch; in logs, traces and audit.
    pub request_id: Uuid,
    /// The unit of work that is open, if any.
    pub unit: Option<u64>,
}

/// The context of a call: store, actor, language, request, unit of work, and the way to everything else.
///
/// Cheap to clone. Keep it no longer than the call: it holds the assembly the call began with.
#[derive(Clone)]
pub struct Ctx {
    header: Arc<Header>,
    host: Arc<dyn Host>,
    unit: Option<Arc<dyn Unit>>,
}

impl Ctx {
    /// A context outside any unit of work. For homes and tests; component code is given one.
    pub fn new(header: Header, host: Arc<dyn Host>) -> Self {
        Self { header: Arc::new(Header { unit: None, ..header }), host, unit: None }
    }

    /// The same context, inside a unit of work. For homes.
    #[must_use]
    pub fn within(&self, unit: Arc<dyn Unit>) -> Self {
        let header = Header { unit: Some(unit.id()), ..Header::clone(&self.header) };
        Self { header: Arc::new(header), host: self.host.clone(), unit: Some(unit) }
    }

    /// The same context for another component's handler. For homes.
    #[must_use]
    pub fn for_component(&self, component: Arc<str>) -> Self {
        let header = Header { component, ..Header::clone(&self.header) };
        Self { header: Arc::new(header), ..self.clone() }
    }

    /// The same context with another actor. For homes.
    #[must_use]
    pub fn with_actor(&self, actor: Actor) -> Self {
        let header = Header { actor, ..Header::clone(&self.header) };
        Self { header: Arc::new(header), ..self.clone() }
    }

    /// The same context answering in another language.
    #[must_use]
    pub fn with_locale(&self, locale: Locale) -> Self {
        let header = Header { locale, ..Header::clone(&self.header) };
        Self { header: Arc::new(header), ..self.clone() }
    }

    /// What crosses a boundary.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The services of the home. Component code uses the methods of `Ctx` instead.
    pub fn host(&self) -> &Arc<dyn Host> {
        &self.host
    }

    /// The open unit of work. For homes.
    pub fn unit(&self) -> Option<&Arc<dyn Unit>> {
        self.unit.as_ref()
    }

    /// The store.
    pub fn store(&self) -> &StoreInfo {
        &self.header.store
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.header.actor
    }

    /// The language to answer in.
    pub fn locale(&self) -> &Locale {
        &self.header.locale
    }

    /// One id per request, job run or event batch.
    pub fn request_id(&self) -> Uuid {
        self.header.request_id
    }

    /// The time. Never read another clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.host.now()
    }

    /// A new id.
    pub fn new_id<T>(&self) -> Id<T> {
        Id::from_uuid(self.host.new_uuid())
    }

    /// Bytes nobody can guess.
    pub fn random(&self, length: usize) -> Vec<u8> {
        self.host.random(length)
    }

    /// Signs a value with the store's key, for one purpose: `value.signature`, safe in cookies and URLs.
    pub fn sign(&self, purpose: &str, value: &str) -> String {
        self.host.sign(purpose, value)
    }

    /// The value of a signed text, if the store signed it for that purpose.
    pub fn verify(&self, purpose: &str, signed: &str) -> Option<String> {
        self.host.verify(purpose, signed)
    }

    /// Fails unless the actor may do what the permission names.
    ///
    /// # Errors
    /// `Unauthenticated` for a guest, `Denied` for anybody else.
    pub fn require(&self, permission: &str) -> Result<()> {
        if self.actor().may(permission) {
            return Ok(());
        }
        Err(match self.actor() {
            Actor::Guest => Error::new(Kind::Unauthenticated, "auth.required", "Please sign in."),
            _ => Error::new(
                Kind::Denied,
                "auth.denied",
                format!("You need the permission '{permission}' for this."),
            ),
        })
    }

    /// The state that the component made in `start`. In handlers (HTTP, events, jobs, resources, slots);
    /// an interface implementation has its state in `self`.
    ///
    /// # Errors
    /// The running component's state is of another type, which is a defect of the component.
    pub fn state<T: Send + Sync + 'static>(&self) -> Result<Arc<T>> {
        self.host
            .state(&self.header.component)
            .and_then(|state| state.downcast::<T>().ok())
            .ok_or_else(|| Error::internal(format!("no such state in '{}'", self.header.component)))
    }

    /// The active implementation of an exclusive interface that the component requires.
    ///
    /// # Errors
    /// It is not there (a plan would have refused that), or it is external and a unit of work is open.
    pub fn get<I: Interface + ?Sized>(&self) -> Result<Arc<I>> {
        self.refuse_external::<I>()?;
        self.find::<I>().ok_or_else(|| {
            let message = format!("This store has no '{}' now.", I::ID);
            Error::new(Kind::Unavailable, "interface.absent", message)
        })
    }

    /// The active implementation of an exclusive interface, if there is one. Absence is a normal case.
    /// For an external interface, `None` inside a unit of work too; use [`get`](Ctx::get) to see why.
    pub fn find<I: Interface + ?Sized>(&self) -> Option<Arc<I>> {
        self.refuse_external::<I>().ok()?;
        self.host.providers(I::ID).first().and_then(|provider| self.typed(provider))
    }

    /// All implementations of a collective interface with their components' ids, sorted by those.
    ///
    /// # Errors
    /// The interface is external and a unit of work is open.
    pub fn all<I: Interface + ?Sized>(&self) -> Result<Vec<(Arc<str>, Arc<I>)>> {
        self.refuse_external::<I>()?;
        let typed = |provider: Provider| {
            let implementation = self.typed(&provider)?;
            Some((provider.component, implementation))
        };
        Ok(self.host.providers(I::ID).into_iter().filter_map(typed).collect())
    }

    /// The database: inside a unit of work its connection, outside a read-only one.
    pub fn db(&self) -> Db {
        match &self.unit {
            Some(unit) => Db::unit(unit.clone()),
            None => Db::reader(self.host.database()),
        }
    }

    /// Runs `work` in one unit of work: one database transaction that every interface call made with the
    /// given context shares, and that its events commit with. Joins the unit of work that is open.
    /// Commits when `work` succeeds, else nothing of it is left.
    ///
    /// # Errors
    /// What `work` fails with; a second unit of work in the same request; a failed commit; the deadline
    /// (2 s by default).
    pub async fn transaction<T, F, Fut>(&self, work: F) -> Result<T>
    where
        F: FnOnce(Ctx) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
        T: Send,
    {
        if self.unit.is_some() {
            return work(self.clone()).await;
        }
        let unit = self.host.begin(self).await?;
        match work(self.within(unit.clone())).await {
            Ok(value) => {
                unit.commit().await?;
                Ok(value)
            }
            Err(error) => {
                unit.rollback().await?;
                Err(error)
            }
        }
    }

    /// Runs `work` so that its failure undoes only itself and the unit of work around goes on.
    ///
    /// # Errors
    /// What `work` fails with; no unit of work is open.
    pub async fn savepoint<T, F, Fut>(&self, work: F) -> Result<T>
    where
        F: FnOnce(Ctx) -> Fut + Send,
        Fut: Future<Output = Result<T>> + Send,
        T: Send,
    {
        let unit = self.open_unit("a savepoint")?;
        let savepoint = unit.savepoint().await?;
        match work(self.clone()).await {
            Ok(value) => {
                unit.release(savepoint).await?;
                Ok(value)
            }
            Err(error) => {
                unit.rollback_to(savepoint).await?;
                Err(error)
            }
        }
    }

    /// Puts an event into the outbox; it commits with the unit of work or not at all.
    ///
    /// # Errors
    /// No unit of work is open; the database.
    pub async fn emit<E: Event>(&self, event: &E) -> Result<()> {
        self.open_unit("an event")?;
        let data = serde_json::to_value(event)?;
        self.host
            .emit(self, NewEvent { event_type: E::TYPE.into(), subject: event.subject(), data })
            .await
    }

    /// Puts a run of a declared job into the queue, in the open unit of work or in one of its own.
    /// A `key` that is queued already is not queued twice.
    ///
    /// # Errors
    /// The database.
    pub async fn enqueue(
        &self,
        job: &str,
        key: &str,
        payload: Value,
        run_at: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let job = NewJob { job: job.into(), key: key.into(), payload, run_at };
        self.transaction(|ctx| async move { ctx.host.enqueue(&ctx, job).await }).await
    }

    /// Adds to a counter that `/metrics` shows per store, with the component's name before it and `_total`
    /// behind: `placed` of `order` is `order_placed_total`. Letters, digits and `_`.
    ///
    /// It counts at once, whatever becomes of an open unit of work.
    pub fn count(&self, name: &str, by: u64) {
        self.host.count(self, name, by);
    }

    /// Waits.
    pub async fn sleep(&self, duration: Duration) {
        self.host.sleep(duration).await;
    }

    /// Runs `work` beside the request, outside its unit of work; it is awaited at shutdown. What must not
    /// be lost is a job instead.
    pub fn spawn<F, Fut>(&self, work: F)
    where
        F: FnOnce(Self) -> Fut,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let outside = Self::new(Header::clone(&self.header), self.host.clone());
        self.host.spawn(Box::pin(work(outside)));
    }

    /// The implementation, its calls under watch when somebody watches.
    fn typed<I: Interface + ?Sized>(&self, provider: &Provider) -> Option<Arc<I>> {
        let implementation = provider.handle.get::<I>()?;
        Some(match self.host.watch(&provider.component) {
            None => implementation,
            Some(watch) => {
                let (component, limit) = (provider.component.clone(), watch.limit(I::EXTERNAL));
                I::watched(implementation, Watched { component, watch, limit: Some(limit) })
            }
        })
    }

    fn open_unit(&self, what: &str) -> Result<&Arc<dyn Unit>> {
        self.unit.as_ref().ok_or_else(|| {
            Error::internal(format!("{what} needs a unit of work; call it inside ctx.transaction"))
        })
    }

    fn refuse_external<I: Interface + ?Sized>(&self) -> Result<()> {
        if I::EXTERNAL && self.unit.is_some() {
            let message =
                format!("'{}' speaks to the outside and cannot be called in a unit of work", I::ID);
            return Err(Error::internal(message));
        }
        Ok(())
    }
}

/// Handlers take a `Ctx` as an argument; the kernel puts it into the request.
impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Ctx {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Error::internal("request without Ctx"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_covers_its_own_name_and_what_a_star_says() {
        let check = |granted: &str, asked: &str, expected: bool| {
            let permissions = BTreeSet::from([granted.to_owned()]);
            let actor = Actor::User { id: Uuid::nil(), name: "Ada".into(), permissions };
            assert_eq!(actor.may(asked), expected, "{granted} / {asked}");
        };
        check("*", "order.order.write", true);
        check("order.*", "order.order.write", true);
        check("order.order.write", "order.order.write", true);
        check("order.*", "orders.order.write", false);
        check("order.order.read", "order.order.write", false);
        assert!(!Actor::Guest.may("order.order.read"));
    }
}
