//! The task against a store of fakes: what it writes, and that it writes it once.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeZone, Utc};
use hatchery_sdk::component::ctx::{Actor, Header, StoreInfo};
use hatchery_sdk::component::db::Connection;
use hatchery_sdk::component::event::NewEvent;
use hatchery_sdk::component::host::{BoxFuture, Host, NewJob, Unit};
use hatchery_sdk::component::interface::{Dispatch, Handle, Provider, no_method, pack, unpack};
use hatchery_sdk::component::platform::FileInfo;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{
    Category, CategoryDraft, Collection, CollectionDraft, ProductDraft, SavedProduct,
};
use hatchery_sdk::interfaces::crm::{CustomerFacts, CustomerId};
use hatchery_sdk::interfaces::inventory::{Availability, StockCount};
use hatchery_sdk::interfaces::order::{ImportCounts, ImportedOrder, Order, OrderStatus};
use hatchery_sdk::interfaces::pricing::{Price, PriceDraft};
use hatchery_sdk::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::seed_store;

#[test]
fn an_empty_store_is_filled() {
    let shop = Shop::new(&EVERYTHING);
    let result = shop.seed(day(0)).unwrap();
    let kept = shop.kept();
    assert_eq!(result["products"], 72);
    assert_eq!(result["orders"], kept.orders.len());
    assert_eq!((kept.categories.len(), kept.collections.len(), kept.products.len()), (8, 4, 72));
    let variants = kept.products.values().flat_map(|product| &product.variants);
    let skus: Vec<&Sku> = variants.map(|variant| &variant.sku).collect();
    assert!(skus.iter().all(|sku| kept.prices.contains_key(*sku) && kept.stock.contains_key(*sku)));
    for product in kept.products.values() {
        for variant in &product.variants {
            let image = variant.image.and_then(|position| product.images.get(position as usize));
            assert!(image.is_some_and(|image| image.url.starts_with("/files/")), "{}", variant.sku);
        }
    }
    assert!(kept.customers.len() > 250, "{} files", kept.customers.len());
    let rows = kept.orders.values().flat_map(|order| {
        order.lines.iter().map(|line| line.row).chain(order.charges.iter().map(|charge| charge.row))
    });
    let rows: Vec<i64> = rows.collect();
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len(), "a row is never used twice");
    assert!(kept.orders.values().all(|order| order.placed_at < day(0)));
    assert!(kept.orders.values().any(|order| order.customer_reference.is_none()));
    assert!(kept.orders.values().any(|order| order.status == OrderStatus::Placed));
}

#[test]
fn running_again_writes_nothing_on_any_later_day() {
    let shop = Shop::new(&EVERYTHING);
    shop.seed(day(0)).unwrap();
    let before = shop.kept().clone();
    for later in [0, 1, 40] {
        let result = shop.seed(day(later)).unwrap();
        assert_eq!(result, json!({ "products": 0, "customers": 0, "orders": 0 }));
        assert!(*shop.kept() == before, "{later} days later");
    }
}

#[test]
fn what_staff_changed_stays() {
    let shop = Shop::new(&EVERYTHING);
    shop.seed(day(0)).unwrap();
    let sku = Sku::new("KITCHEN-KNIFE").unwrap();
    shop.kept().stock.insert(sku.clone(), 3);
    shop.kept().products.get_mut("santoku-knife").unwrap().tags = vec!["sharp".into()];
    shop.kept().products.remove("granite-mortar");
    assert_eq!(shop.seed(day(1)).unwrap()["products"], 1);
    assert_eq!(shop.kept().stock[&sku], 3);
    assert_eq!(shop.kept().products["santoku-knife"].tags, ["sharp"]);
    assert!(shop.kept().products.contains_key("granite-mortar"));
}

#[test]
fn an_interrupted_run_goes_on_with_the_year_it_began() {
    let whole = Shop::new(&EVERYTHING);
    whole.seed(day(0)).unwrap();
    let broken = Shop::new(&EVERYTHING);
    broken.kept().order_batches_left = Some(2);
    broken.seed(day(0)).unwrap_err();
    let half = broken.kept().orders.len();
    broken.kept().order_batches_left = None;
    broken.seed(day(3)).unwrap();
    assert!(half > 0 && half < whole.kept().orders.len());
    assert!(whole.kept().orders == broken.kept().orders);
}

#[test]
fn a_store_with_a_catalog_only_gets_products_only() {
    let shop = Shop::new(&["catalog", "files"]);
    let result = shop.seed(day(0)).unwrap();
    assert_eq!(result, json!({ "products": 72, "customers": 0, "orders": 0 }));
}

const EVERYTHING: [&str; 6] = ["catalog", "crm", "files", "inventory", "order", "pricing"];

fn day(later: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 9, 30, 0).unwrap() + chrono::Duration::days(later)
}

/// What the fakes keep.
#[derive(Clone, Default, PartialEq)]
struct Kept {
    categories: Vec<CategoryDraft>,
    collections: Vec<CollectionDraft>,
    products: BTreeMap<String, ProductDraft>,
    prices: BTreeMap<Sku, PriceDraft>,
    stock: BTreeMap<Sku, i64>,
    customers: BTreeMap<String, CustomerFacts>,
    orders: BTreeMap<String, ImportedOrder>,
    files: usize,
    /// So many batches of orders are taken before the store breaks.
    order_batches_left: Option<usize>,
}

/// A store with fakes of some interfaces.
#[derive(Clone)]
struct Shop {
    interfaces: Vec<&'static str>,
    kept: Arc<Mutex<Kept>>,
}

impl Shop {
    fn new(interfaces: &[&'static str]) -> Self {
        Self { interfaces: interfaces.to_vec(), kept: Arc::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// Runs the task at that time. The fakes never wait, so one poll is enough.
    fn seed(&self, now: DateTime<Utc>) -> Result<Value> {
        let store = StoreInfo {
            id: Uuid::nil(),
            slug: "demo".into(),
            name: "Demo".into(),
            locales: vec![Locale::en(), Locale::zh_cn()],
            currency: Currency::GBP,
            time_zone: "Europe/London".into(),
            base_url: "http://localhost".into(),
        };
        let header = Header {
            store: Arc::new(store),
            component: "demo".into(),
            actor: Actor::System { caused_by: None },
            locale: Locale::en(),
            request_id: Uuid::nil(),
            unit: None,
        };
        let ctx = Ctx::new(header, Arc::new(FakeHost { now, shop: self.clone() }));
        match pin!(seed_store(ctx, Value::Null, Progress::silent()))
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("a fake waited"),
        }
    }
}

fn not_needed<T>() -> Result<T> {
    Err(Error::internal("the demo has no need of this"))
}

/// Number of a method at the boundary: FNV-1a of its name.
const fn number(name: &str) -> u32 {
    let (bytes, mut hash, mut at) = (name.as_bytes(), 0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

const PUT: u32 = number("put");
const CATEGORIES: u32 = number("categories");
const COLLECTIONS: u32 = number("collections");
const SAVE_CATEGORIES: u32 = number("save_categories");
const SAVE_COLLECTIONS: u32 = number("save_collections");
const PRODUCTS_BY_SLUG: u32 = number("products_by_slug");
const SAVE_PRODUCTS: u32 = number("save_products");
const PRICES: u32 = number("prices");
const SET_PRICES: u32 = number("set_prices");
const AVAILABILITY: u32 = number("availability");
const SET_STOCK: u32 = number("set_stock");
const CUSTOMERS_BY_EMAIL: u32 = number("customers_by_email");
const LEARN: u32 = number("learn");
const LIST_ORDERS: u32 = number("list_orders");
const IMPORT_ORDERS: u32 = number("import_orders");
const END_IMPORT: u32 = number("end_import");

/// All fakes at once, reached as bytes like components in a library of their own. So they have only the
/// methods that the demo calls.
#[async_trait]
impl Dispatch for Shop {
    async fn dispatch(&self, ctx: &Ctx, method: u32, args: Vec<u8>) -> Result<Vec<u8>> {
        let mut kept = self.kept();
        match method {
            PUT => answer(&args, |files| kept.put(files)),
            CATEGORIES => pack(&kept.categories()),
            COLLECTIONS => pack(&kept.collections()),
            SAVE_CATEGORIES => answer(&args, |drafts: Vec<_>| kept.categories.extend(drafts)),
            SAVE_COLLECTIONS => answer(&args, |drafts: Vec<_>| kept.collections.extend(drafts)),
            PRODUCTS_BY_SLUG => answer(&args, |slugs| kept.products_by_slug(ctx, slugs)),
            SAVE_PRODUCTS => answer(&args, |drafts| kept.save_products(drafts)),
            PRICES => answer(&args, |skus| kept.prices(skus)),
            SET_PRICES => answer(&args, |drafts: Vec<PriceDraft>| {
                kept.prices.extend(drafts.into_iter().map(|draft| (draft.sku.clone(), draft)));
            }),
            AVAILABILITY => answer(&args, |skus| kept.availability(skus)),
            SET_STOCK => answer(&args, |counts: Vec<StockCount>| {
                kept.stock.extend(counts.into_iter().map(|count| (count.sku, count.on_hand)));
            }),
            CUSTOMERS_BY_EMAIL => answer(&args, |emails| kept.customers_by_email(ctx, emails)),
            LEARN => answer(&args, |facts| kept.learn(ctx, facts)),
            LIST_ORDERS => {
                let (query,): (Query<Order>,) = unpack(&args)?;
                pack(&query.apply(kept.orders(ctx)).map_err(Error::internal)?)
            }
            IMPORT_ORDERS => {
                let (orders,): (Vec<ImportedOrder>,) = unpack(&args)?;
                pack(&kept.import_orders(orders)?)
            }
            END_IMPORT => pack(&()),
            other => Err(no_method("fake", other)),
        }
    }
}

/// The packed answer of a method with one argument.
fn answer<A: DeserializeOwned, T: Serialize + Sync>(
    args: &[u8],
    work: impl FnOnce(A) -> T,
) -> Result<Vec<u8>> {
    let (argument,) = unpack(args)?;
    pack(&work(argument))
}

impl Kept {
    fn put(&mut self, files: Vec<(String, Vec<u8>)>) -> Vec<FileInfo> {
        let keep = |(content_type, bytes): (String, Vec<u8>)| {
            self.files += 1;
            let hash = format!("{:064x}", self.files);
            FileInfo { hash, content_type, size: bytes.len() as u64 }
        };
        files.into_iter().map(keep).collect()
    }

    fn categories(&self) -> Vec<Category> {
        let stored = |draft: &CategoryDraft| Category {
            id: Id::from_uuid(Uuid::nil()),
            slug: draft.slug.clone(),
            name: draft.name.clone(),
            parent: draft.parent.clone(),
            position: draft.position,
            shared_by: None,
        };
        self.categories.iter().map(stored).collect()
    }

    fn collections(&self) -> Vec<Collection> {
        let stored = |draft: &CollectionDraft| Collection {
            id: Id::from_uuid(Uuid::nil()),
            slug: draft.slug.clone(),
            name: draft.name.clone(),
            description: draft.description.clone(),
            position: draft.position,
        };
        self.collections.iter().map(stored).collect()
    }

    fn products_by_slug(&self, ctx: &Ctx, slugs: Vec<String>) -> Vec<Value> {
        let found = slugs.iter().filter_map(|slug| self.products.get(slug));
        let stored = found.map(|draft| {
            json!({
                "id": Uuid::nil(), "slug": draft.slug, "status": draft.status, "name": draft.name,
                "description": draft.description, "variants": [], "tax_category": "standard",
                "created_at": ctx.now(), "updated_at": ctx.now(), "version": 1,
            })
        });
        stored.collect()
    }

    fn save_products(&mut self, drafts: Vec<ProductDraft>) -> Vec<SavedProduct> {
        let save = |draft: ProductDraft| {
            let category = draft.category.as_ref();
            assert!(self.categories.iter().any(|known| Some(&known.slug) == category));
            let known = |slug: &String| self.collections.iter().any(|known| known.slug == *slug);
            assert!(draft.collections.iter().all(known));
            let (id, slug) = (Id::from_uuid(Uuid::nil()), draft.slug.clone());
            self.products.insert(slug.clone(), draft);
            SavedProduct { id, slug, created: true, changed: true }
        };
        drafts.into_iter().map(save).collect()
    }

    fn prices(&self, skus: Vec<Sku>) -> Vec<Price> {
        let price = |draft: &PriceDraft| Price {
            sku: draft.sku.clone(),
            unit: draft.price,
            price: draft.price.rounded(),
            list_price: draft.list_price.map(UnitPrice::rounded),
        };
        skus.iter().filter_map(|sku| self.prices.get(sku)).map(price).collect()
    }

    fn availability(&self, skus: Vec<Sku>) -> Vec<Availability> {
        let level = |sku: Sku| {
            let available = self.stock.get(&sku).copied();
            Availability { sku, on_hand: available.unwrap_or(0), reserved: 0, available }
        };
        skus.into_iter().map(level).collect()
    }

    fn customers_by_email(&self, ctx: &Ctx, emails: Vec<String>) -> Vec<Value> {
        let known = emails.into_iter().filter(|email| self.customers.contains_key(email));
        let file = |email| json!({ "id": Uuid::nil(), "email": email, "created_at": ctx.now(), "version": 1 });
        known.map(file).collect()
    }

    fn learn(&mut self, ctx: &Ctx, facts: Vec<CustomerFacts>) -> Vec<CustomerId> {
        let ids = facts.iter().map(|_| ctx.new_id()).collect();
        let by_email = facts.into_iter().filter_map(|facts| Some((facts.email.clone()?, facts)));
        self.customers.extend(by_email);
        ids
    }

    fn orders(&self, ctx: &Ctx) -> Vec<Order> {
        let zero = Money { minor: 0, currency: ctx.store().currency };
        let stored = |imported: &ImportedOrder| {
            let order = json!({
                "id": Uuid::nil(), "number": imported.number, "status": imported.status,
                "payment_status": imported.payment_status, "fulfillment_status": imported.fulfillment_status,
                "locale": "en", "currency": zero.currency, "lines": [], "adjustments": [], "subtotal": zero,
                "total": zero, "timeline": [], "placed_at": imported.placed_at, "source": imported.source,
                "version": 1,
            });
            serde_json::from_value(order).unwrap()
        };
        self.orders.values().map(stored).collect()
    }

    fn import_orders(&mut self, orders: Vec<ImportedOrder>) -> Result<ImportCounts> {
        if self.order_batches_left == Some(0) {
            return Err(Error::internal("the store broke"));
        }
        self.order_batches_left = self.order_batches_left.map(|left| left - 1);
        let mut counts = ImportCounts::default();
        for order in orders {
            if self.orders.contains_key(&order.number) {
                counts.unchanged += 1;
            } else {
                counts.created += 1;
                self.orders.insert(order.number.clone(), order);
            }
        }
        Ok(counts)
    }
}

/// A home that knows the fakes and the time, and nothing else.
struct FakeHost {
    now: DateTime<Utc>,
    shop: Shop,
}

#[async_trait]
impl Host for FakeHost {
    fn now(&self) -> DateTime<Utc> {
        self.now
    }

    fn new_uuid(&self) -> Uuid {
        Uuid::nil()
    }

    fn random(&self, length: usize) -> Vec<u8> {
        vec![0; length]
    }

    fn sign(&self, _: &str, value: &str) -> String {
        value.to_owned()
    }

    fn verify(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn providers(&self, interface: &str) -> Vec<Provider> {
        let known = self.shop.interfaces.contains(&interface);
        let handle = || Handle::remote(Arc::new(self.shop.clone()));
        let provider = || Provider { component: "fake".into(), handle: handle() };
        known.then(provider).into_iter().collect()
    }

    fn state(&self, _: &str) -> Option<Arc<dyn Any + Send + Sync>> {
        None
    }

    fn database(&self) -> Arc<dyn Connection> {
        panic!("the demo has no tables")
    }

    async fn begin(&self, _: &Ctx) -> Result<Arc<dyn Unit>> {
        not_needed()
    }

    async fn emit(&self, _: &Ctx, _: NewEvent) -> Result<()> {
        not_needed()
    }

    async fn enqueue(&self, _: &Ctx, _: NewJob) -> Result<()> {
        not_needed()
    }

    fn count(&self, _: &Ctx, _: &str, _: u64) {}

    async fn sleep(&self, _: Duration) {}

    fn spawn(&self, _: BoxFuture<()>) {}
}
