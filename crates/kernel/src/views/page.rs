//! What the functions of a template know while it is rendered.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;
use hatchery_component::{Actor, Ctx};
use hatchery_types::{Currency, Locale};
use minijinja::value::{Serde, Value};
use serde_json::json;

use super::look::Look;
use super::words::Words;
use crate::request::RequestFacts;

/// The facts of one rendering.
pub(crate) struct PageContext {
    pub(crate) words: Arc<Words>,
    pub(crate) look: Arc<Look>,
    pub(crate) locale: Locale,
    pub(crate) store_locale: Locale,
    pub(crate) currency: Currency,
    pub(crate) zone: Tz,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Interfaces that are active in the store.
    pub(crate) interfaces: Arc<BTreeSet<String>>,
}

/// A page or fragment that is rendered.
#[derive(Clone)]
pub(crate) struct Current {
    pub(crate) page: Arc<PageContext>,
    /// What fillers gave: slot and subject, then HTML.
    pub(crate) slots: Arc<BTreeMap<(String, String), String>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// Runs `work` while [`current`] gives this page. Rendering never leaves its thread.
pub(crate) fn with_page<T>(page: Current, work: impl FnOnce() -> T) -> T {
    struct Restore(Option<Current>);
    impl Drop for Restore {
        fn drop(&mut self) {
            let before = self.0.take();
            CURRENT.with(|current| *current.borrow_mut() = before);
        }
    }
    let before = CURRENT.with(|current| current.borrow_mut().replace(page));
    let _restore = Restore(before);
    work()
}

/// The facts of the page that is rendered now.
pub(crate) fn current() -> Result<Arc<PageContext>, minijinja::Error> {
    rendered().map(|current| current.page)
}

/// The page or fragment that is rendered now.
pub(crate) fn rendered() -> Result<Current, minijinja::Error> {
    CURRENT.with(|current| current.borrow().clone()).ok_or_else(|| {
        let detail = "this function works only while a page is rendered";
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, detail)
    })
}

impl PageContext {
    /// The languages a message is looked for in, best first.
    pub(crate) fn languages(&self) -> [&Locale; 2] {
        [&self.locale, &self.store_locale]
    }
}

/// The variables every template has.
pub(crate) fn variables(
    ctx: &Ctx,
    page: &PageContext,
    request: &RequestFacts,
) -> BTreeMap<String, Value> {
    let store = ctx.store();
    let (scheme_free, locales) = (
        store.base_url.split_once("://").map_or(store.base_url.as_str(), |(_, rest)| rest),
        store.locales.iter().map(Locale::as_str).collect::<Vec<_>>(),
    );
    let store = json!({
        "name": store.name,
        "slug": store.slug,
        "locales": locales,
        "locale": page.locale.as_str(),
        "currency": store.currency.code(),
        "domain": scheme_free,
        "url": store.base_url,
        "time_zone": store.time_zone,
    });
    let request_variable = json!({
        "path": request.path,
        "query": request.query,
        "url": request.url(),
        "locale": page.locale.as_str(),
    });
    let theme = json!({ "css": page.look.theme_css });
    BTreeMap::from([
        ("store".to_owned(), Value::from(Serde(store))),
        ("actor".to_owned(), Value::from(Serde(actor(ctx.actor())))),
        ("request".to_owned(), Value::from(Serde(request_variable))),
        ("theme".to_owned(), Value::from(Serde(theme))),
        ("nonce".to_owned(), Value::from(request.nonce.clone())),
    ])
}

fn actor(actor: &Actor) -> serde_json::Value {
    match actor {
        Actor::Guest => json!({ "kind": "guest", "name": "", "permissions": [] }),
        Actor::Customer { name, .. } => {
            json!({ "kind": "customer", "name": name, "permissions": [] })
        }
        Actor::User { name, permissions, .. } => {
            json!({ "kind": "user", "name": name, "permissions": permissions })
        }
        Actor::System { .. } => json!({ "kind": "system", "name": "", "permissions": ["*"] }),
    }
}
