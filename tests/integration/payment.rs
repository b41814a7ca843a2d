//! Payments: by hand, by the card sandbox, and by a provider of this suite that tells what it is told to.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use futures::future::join_all;
use hatchery_component::platform::{ListRequest, Resources};
use hatchery_component::{
    Component, Ctx, Declaration, Error, Instance, Kind, Manifest, StoreContext,
};
use hatchery_interfaces::Sku;
use hatchery_interfaces::catalog::{Catalog, ProductDraft, Variant};
use hatchery_interfaces::order::{OrderId, PaymentStatus};
use hatchery_interfaces::payment::{
    NewPayments, PaymentId, PaymentMethod, PaymentProvider, PaymentSummary, Payments,
    ProviderEvent, ProviderOutcome, ProviderRequest, ProviderResult, TenderRequest,
};
use hatchery_interfaces::pricing::{PriceDraft, Pricing};
use hatchery_testkit::{
    Answer, TestClient, TestDatabase, TestStore, TestStoreOptions, for_each_database,
};
use hatchery_types::{Currency, Localized, Money, UnitPrice};
use serde_json::{Value, json};

const BOOK: &str = "BOOK-1";
const SELLING: [&str; 7] =
    ["catalog", "pricing", "cart", "order", "payment", "payment-manual", "payment-card-sandbox"];

/// A provider that promises everything, and whose news are the body it is sent, unsigned.
struct Puppet;

#[async_trait]
impl Component for Puppet {
    fn declare(&self) -> Declaration {
        Declaration::new()
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance, Error> {
        let provider: Arc<dyn PaymentProvider> = Arc::new(Self);
        Ok(Instance::new(Arc::new(())).provide::<dyn PaymentProvider>(provider))
    }
}

#[async_trait]
impl PaymentProvider for Puppet {
    async fn methods(&self, _: &Ctx) -> Result<Vec<PaymentMethod>, Error> {
        Ok(vec![PaymentMethod {
            code: "puppet".into(),
            kind: "redirect".into(),
            name: Localized::en("Puppet"),
            description: Localized::default(),
            fields: Vec::new(),
            provider: String::new(),
        }])
    }

    async fn authorize(&self, _: &Ctx, _: ProviderRequest) -> Result<ProviderResult, Error> {
        Ok(result(ProviderOutcome::Authorized))
    }

    async fn capture(&self, _: &Ctx, _: PaymentId, _: Money) -> Result<ProviderResult, Error> {
        Ok(result(ProviderOutcome::Captured))
    }

    async fn void(&self, _: &Ctx, _: PaymentId) -> Result<ProviderResult, Error> {
        Ok(result(ProviderOutcome::Voided))
    }

    /// Never decides by itself.
    async fn refund(
        &self,
        _: &Ctx,
        _: PaymentId,
        _: Money,
        _: String,
    ) -> Result<ProviderResult, Error> {
        Ok(result(ProviderOutcome::Pending(None)))
    }

    async fn webhook(
        &self,
        _: &Ctx,
        _: BTreeMap<String, String>,
        body: Vec<u8>,
    ) -> Result<Vec<ProviderEvent>, Error> {
        Ok(serde_json::from_slice(&body)?)
    }
}

fn result(outcome: ProviderOutcome) -> ProviderResult {
    ProviderResult { reference: None, outcome }
}

fn gbp(minor: i64) -> Money {
    Money::new(minor, Currency::GBP)
}

/// A store with a book at 10.00.
async fn shop(database: TestDatabase) -> TestStore {
    let manifest = "id = \"payment-puppet\"\nversion = \"0.1.0\"\nsummary = \"For tests.\"\n\
                    [provides]\npayment-provider = { version = \"1.0.0\", collective = true }\n";
    let puppet: Arc<dyn Component> = Arc::new(Puppet);
    let store = TestStore::with(TestStoreOptions {
        components: Some(SELLING.map(str::to_owned).to_vec()),
        fakes: vec![(Manifest::parse(manifest).unwrap(), puppet)],
        database,
        settings: Vec::new(),
    })
    .await;
    let ctx = store.ctx();
    let sku = Sku::new(BOOK).unwrap();
    let variant = Variant {
        sku: sku.clone(),
        name: Localized::default(),
        options: BTreeMap::new(),
        weight_grams: None,
        barcode: None,
        image: None,
    };
    let book = ProductDraft {
        slug: "book".into(),
        name: Localized::en("Book"),
        variants: vec![variant],
        ..ProductDraft::default()
    };
    ctx.get::<dyn Catalog>().unwrap().save_products(&ctx, vec![book]).await.unwrap();
    let price = UnitPrice::parse("10", Currency::GBP).unwrap();
    let draft = PriceDraft { sku, price, list_price: None };
    ctx.get::<dyn Pricing>().unwrap().set_prices(&ctx, vec![draft]).await.unwrap();
    store
}

/// The address of a new cart with two books, 20.00.
async fn cart(client: &TestClient) -> String {
    let cart = client.post("/api/v1/store/carts", &json!({})).await;
    assert_eq!(cart.status, 201, "{}", cart.text());
    let path = format!("/api/v1/store/carts/{}", cart.json()["id"].as_str().unwrap());
    let line = json!({ "sku": BOOK, "quantity": 2 });
    let added = client.post(&format!("{path}/lines"), &line).await;
    assert!(added.status.is_success(), "{}", added.text());
    path
}

async fn check_out(client: &TestClient, payment: Value) -> Answer {
    let body = json!({ "email": "ada@example.org", "payment": payment });
    client.post(&format!("{}/checkout", cart(client).await), &body).await
}

/// A placed order, and where it stands.
struct Placed {
    id: OrderId,
    path: String,
    token: String,
}

impl Placed {
    async fn by(client: &TestClient, payment: Value) -> (Self, Value) {
        let answer = check_out(client, payment).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let order = answer.json();
        let text = |key: &str| order[key].as_str().unwrap().to_owned();
        let path = format!("/api/v1/store/orders/{}", text("number"));
        (Self { id: text("id").parse().unwrap(), path, token: text("token") }, order)
    }

    async fn look(&self, client: &TestClient) -> Value {
        let answer = client.get(&format!("{}?token={}", self.path, self.token)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    async fn pay(&self, client: &TestClient, payment: Value) -> Answer {
        let body = json!({ "token": self.token, "payment": payment });
        client.post(&format!("{}/payments", self.path), &body).await
    }
}

fn card(token: &str) -> Value {
    json!({ "method": "card", "token": token })
}

async fn summary(store: &TestStore, order: OrderId) -> PaymentSummary {
    let ctx = store.ctx();
    let payments = ctx.get::<dyn Payments>().unwrap();
    payments.summaries(&ctx, vec![order]).await.unwrap().pop().unwrap()
}

async fn staff(store: &TestStore, resource: &str, action: &str, id: &str, input: Value) {
    let ctx = store.ctx();
    let resources = ctx.get::<dyn Resources>().unwrap();
    let done = resources.act(&ctx, resource.into(), action.into(), vec![id.into()], input).await;
    done.unwrap_or_else(|error| panic!("{action}: {}", error.chain()));
}

fn news(id: &str, payment: PaymentId, outcome: ProviderOutcome, minor: Option<i64>) -> Value {
    let event = ProviderEvent {
        id: id.into(),
        payment_id: payment,
        result: result(outcome),
        amount: minor.map(gbp),
    };
    json!([event])
}

async fn tell(client: &TestClient, news: &Value) {
    let told = client.post("/api/v1/store/payments/webhooks/payment-puppet", news).await;
    assert_eq!(told.status, 204, "{}", told.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ways_to_pay_are_offered_in_the_language_asked_for() {
    let store = shop(TestDatabase::Sqlite).await;
    let client = store.http();
    let path = format!("{}/payment-methods", cart(&client).await);
    let methods = client.get(&path).await.json();
    let codes: Vec<&str> =
        methods["items"].as_array().unwrap().iter().filter_map(|it| it["code"].as_str()).collect();
    assert_eq!(codes, ["card", "remittance", "cash_on_delivery", "cheque", "puppet"]);
    assert_eq!(methods["items"][1]["name"], "Bank transfer");
    let chinese = store.http().with_header("accept-language", "zh-CN").get(&path).await.json();
    assert_eq!(chinese["items"][1]["name"], "银行汇款");
    let nowhere = "/api/v1/store/carts/01900000-0000-7000-8000-0000000fffff/payment-methods";
    assert_eq!(client.get(nowhere).await.status, 404);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_waits_until_staff_record_it() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let client = store.http();
        let (placed, order) = Placed::by(&client, json!({ "method": "remittance" })).await;
        assert_eq!(order["payment_status"], "pending");
        let text = order["payment"]["payments"][0]["next_action"]["text"]["en"].as_str().unwrap();
        assert!(text.contains("20.00 GBP"), "{text}");
        let payment = summary(&store, placed.id).await.payments[0].id;

        let ctx = store.ctx();
        let payments = ctx.get::<dyn Payments>().unwrap();
        let part = payments.receive(&ctx, payment, gbp(500), "first".into()).await.unwrap();
        assert_eq!((part.status, part.captured), (PaymentStatus::Pending, gbp(500)));
        let more = payments.receive(&ctx, payment, gbp(1501), String::new()).await.unwrap_err();
        assert_eq!(more.code(), "payment.too_much");
        staff(
            &store,
            "payments",
            "receive",
            &payment.to_string(),
            json!({ "reference": "second" }),
        )
        .await;
        let whole = summary(&store, placed.id).await;
        assert_eq!((whole.status, whole.captured), (PaymentStatus::Paid, gbp(2000)));
        assert_eq!(whole.payments[0].reference.as_deref(), Some("second"));
        let again = payments.receive(&ctx, payment, gbp(1), String::new()).await.unwrap_err();
        assert_eq!(again.code(), "payment.not_possible");
        store.drain().await;
        assert_eq!(placed.look(&client).await["payment_status"], "paid");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_charged_when_the_goods_leave() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let client = store.http();
        let test_card = json!({ "number": "4242 4242 4242 4242", "expiry": "12/30", "cvc": "123" });
        let made = client.post("/api/v1/store/card-sandbox/tokens", &test_card).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let token = made.json();
        assert_eq!(token["last4"], "4242");
        let (placed, order) = Placed::by(&client, card(token["token"].as_str().unwrap())).await;
        assert_eq!(order["payment_status"], "authorized");
        assert_eq!(order["payment"]["captured"]["minor"], 0);

        let id = placed.id.to_string();
        staff(&store, "orders", "review", &id, Value::Null).await;
        staff(&store, "orders", "ship", &id, json!({})).await;
        store.drain().await;
        let order = placed.look(&client).await;
        assert_eq!(order["payment_status"], "paid");
        assert_eq!(order["payment"]["captured"]["minor"], 2000);

        let ctx = store.ctx();
        let payments = ctx.get::<dyn Payments>().unwrap();
        let payment = summary(&store, placed.id).await.payments[0].id;
        let again = payments.capture(&ctx, payment, gbp(2000)).await.unwrap();
        assert_eq!(again.captured, gbp(2000), "a repetition is harmless");
        let other = payments.capture(&ctx, payment, gbp(100)).await.unwrap_err();
        assert_eq!(other.code(), "payment.not_possible");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_declined_card_another_one_pays() {
    let store = shop(TestDatabase::Sqlite).await;
    let client = store.http();
    let (placed, order) = Placed::by(&client, card("tok_insufficient_funds")).await;
    assert_eq!(order["payment_status"], "failed");
    assert_eq!(order["can_pay"], true);
    let failure = order["payment"]["payments"][0]["failure"].as_str().unwrap();
    assert!(failure.contains("not enough money"), "{failure}");

    let unknown = placed.pay(&client, card("tok_gold")).await;
    assert_eq!(unknown.json()["payment_status"], "failed", "{}", unknown.text());
    let paid = placed.pay(&client, card("tok_capture")).await;
    assert_eq!(paid.status, 200, "{}", paid.text());
    assert_eq!(paid.json()["payment_status"], "paid");
    let money = summary(&store, placed.id).await;
    assert_eq!((money.captured, money.payments.len()), (gbp(2000), 3));
    let more = placed.pay(&client, card("tok_visa")).await;
    assert_eq!(more.json()["code"], "order.nothing_to_pay");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_limited_and_successes_are_not() {
    let store = shop(TestDatabase::Sqlite).await;
    let client = store.http();
    let (placed, _) = Placed::by(&client, card("tok_declined")).await;
    for _ in 0..4 {
        let answer = placed.pay(&client, card("tok_declined")).await;
        assert_eq!(answer.json()["payment_status"], "failed", "{}", answer.text());
    }
    // The first one was that of the checkout.
    assert_eq!(placed.pay(&client, card("tok_visa")).await.status, 429);
    store.clock.advance(TimeDelta::seconds(3601));
    let answer = placed.pay(&client, card("tok_visa")).await;
    assert_ne!(answer.status, 429, "the window has passed");
    for _ in 0..8 {
        let (_, order) = Placed::by(&client, card("tok_visa")).await;
        assert_eq!(order["payment_status"], "authorized");
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_approved_or_refused() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let client = store.http();
        for (reply, expected) in [("approve", "authorized"), ("refuse", "failed")] {
            let (placed, order) = Placed::by(&client, card("tok_3ds")).await;
            assert_eq!(order["payment_status"], "pending");
            let action = &order["payment"]["payments"][0]["next_action"];
            assert_eq!(action["kind"], "redirect");
            let url = action["url"].as_str().unwrap();
            let page = client.get(url).await;
            assert!(page.text().contains("no real money moves"), "{}", page.text());
            let answer = client.form(url, &[("answer", reply)]).await;
            assert_eq!(answer.status, 303, "{}", answer.text());
            let back = answer.header("location");
            assert!(back.starts_with("/orders/") && back.contains(&placed.token), "{back}");
            let money = summary(&store, placed.id).await;
            assert_eq!(json!(money.status), expected, "at once, without any job");
            let again = client.form(url, &[("answer", "approve")]).await;
            assert_eq!(again.status, 303);
            store.clock.advance(TimeDelta::seconds(60));
            store.drain().await;
            assert_eq!(placed.look(&client).await["payment_status"], expected);
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_entered_on_the_banks_page() {
    let store = shop(TestDatabase::Sqlite).await;
    let client = store.http();
    let enter = |number: &'static str| [("number", number), ("expiry", "12/30"), ("cvc", "123")];
    let hosted = |order: &Value| {
        order["payment"]["payments"][0]["next_action"]["url"].as_str().unwrap().to_owned()
    };

    let (placed, order) = Placed::by(&client, json!({ "method": "card" })).await;
    let url = hosted(&order);
    let page = client.get(&url).await.text();
    assert!(page.contains("£20.00") && page.contains("4242 4242 4242 4242"), "{page}");
    assert!(!page.contains("style=\""), "an inline style");
    let foreign = client.form(&url, &enter("5555 5555 5555 4444")).await;
    assert_eq!(foreign.status, 422);
    assert!(foreign.text().contains("only its own test cards"), "{}", foreign.text());
    assert!(!foreign.text().contains("5555"), "the number is not sent back");
    let declined = client.form(&url, &enter("4000 0000 0000 0002")).await;
    assert_eq!(declined.status, 422);
    assert!(declined.text().contains("The card was declined"), "{}", declined.text());
    assert_eq!(summary(&store, placed.id).await.status, PaymentStatus::Pending);
    let challenged = client.form(&url, &enter("4000 0000 0000 3220")).await;
    let challenge = challenged.header("location").to_owned();
    assert!(challenge.starts_with("/sandbox/challenge/"), "{challenge}");
    assert!(client.get(&challenge).await.text().contains("3220"));
    assert_eq!(client.get(&url).await.header("location"), challenge, "the card is entered");
    client.form(&challenge, &[("answer", "approve")]).await;
    assert_eq!(summary(&store, placed.id).await.status, PaymentStatus::Authorized);
    assert!(client.get(&url).await.header("location").starts_with("/orders/"));

    let (placed, order) = Placed::by(&client, json!({ "method": "card" })).await;
    for number in ["4000000000000002", "4000000000000069", "4000000000009995"] {
        client.form(&hosted(&order), &enter(number)).await;
    }
    let money = summary(&store, placed.id).await;
    assert_eq!(money.status, PaymentStatus::Failed, "three cards are enough");
    let failure = money.payments[0].failure.clone().unwrap();
    assert!(failure.contains("not enough money"), "{failure}");

    let (placed, order) = Placed::by(&client, json!({ "method": "card" })).await;
    let left = client.form(&hosted(&order), &[("action", "cancel")]).await;
    assert_eq!(left.status, 303);
    assert_eq!(summary(&store, placed.id).await.status, PaymentStatus::Failed);
    let nobody = "/sandbox/card/01900000-0000-7000-8000-0000000fffff";
    assert_eq!(client.get(nobody).await.status, 404);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_bank_tells_later() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let client = store.http();
        let (placed, order) = Placed::by(&client, card("tok_async")).await;
        assert_eq!(order["payment_status"], "pending");
        assert!(order["payment"]["payments"][0]["next_action"].is_null());
        store.drain().await;
        assert_eq!(summary(&store, placed.id).await.status, PaymentStatus::Pending);
        store.clock.advance(TimeDelta::seconds(6));
        store.drain().await;
        assert_eq!(placed.look(&client).await["payment_status"], "authorized");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_does_not_answer_is_asked_again() {
    let store = shop(TestDatabase::Sqlite).await;
    let client = store.http();
    let (placed, order) = Placed::by(&client, card("tok_error")).await;
    assert_eq!(order["payment_status"], "unpaid", "the order is placed in any case");
    for _ in 0..10 {
        store.clock.advance(TimeDelta::minutes(3));
        store.drain().await;
    }
    assert_eq!(summary(&store, placed.id).await.status, PaymentStatus::Authorized);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_are_taken_once() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let client = store.http();
        let (placed, order) = Placed::by(&client, json!({ "method": "puppet" })).await;
        assert_eq!(order["payment_status"], "authorized");
        let payment = summary(&store, placed.id).await.payments[0].id;

        let late = ProviderOutcome::Declined { code: "late".into(), message: "Too late.".into() };
        tell(&client, &news("n0", payment, late, None)).await;
        assert_eq!(summary(&store, placed.id).await.status, PaymentStatus::Authorized);
        let taken = news("n1", payment, ProviderOutcome::Captured, None);
        join_all((0..4).map(|_| tell(&client, &taken))).await;
        assert_eq!(summary(&store, placed.id).await.captured, gbp(2000));

        let given = news("n2", payment, ProviderOutcome::Refunded, Some(500));
        join_all((0..4).map(|_| tell(&client, &given))).await;
        tell(&client, &given).await;
        let money = summary(&store, placed.id).await;
        assert_eq!((money.status, money.refunded), (PaymentStatus::PartiallyRefunded, gbp(500)));
        tell(&client, &news("n3", payment, ProviderOutcome::Refunded, Some(1501))).await;
        assert_eq!(summary(&store, placed.id).await.refunded, gbp(500), "more than was taken");

        // A refund that its provider has not decided yet ends with its news.
        let ctx = store.ctx();
        let payments = ctx.get::<dyn Payments>().unwrap();
        let asked = payments.refund(&ctx, placed.id, gbp(1500), String::new(), "k".into()).await;
        assert_eq!(asked.unwrap().refunded, gbp(500));
        let more = payments.refund(&ctx, placed.id, gbp(1), String::new(), "l".into()).await;
        assert_eq!(more.unwrap_err().code(), "payment.refund_too_large");
        tell(&client, &news("n4", payment, ProviderOutcome::Refunded, Some(1500))).await;
        assert_eq!(summary(&store, placed.id).await.status, PaymentStatus::Refunded);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_that_are_not_the_providers_own_are_refused() {
    let store = shop(TestDatabase::Sqlite).await;
    let client = store.http();
    let (placed, _) = Placed::by(&client, card("tok_visa")).await;
    let payment = summary(&store, placed.id).await.payments[0].id;
    let forged = json!({ "id": "n", "payment_id": payment, "state": "captured" });
    let path = "/api/v1/store/payments/webhooks";
    let unsigned = client.post(&format!("{path}/payment-card-sandbox"), &forged).await;
    assert_eq!(unsigned.status, 403, "{}", unsigned.text());
    assert_eq!(client.post(&format!("{path}/payment-gold"), &forged).await.status, 404);
    assert_eq!(client.post(&format!("{path}/payment-manual"), &forged).await.status, 404);
    let foreign = news("n", payment, ProviderOutcome::Captured, None);
    let told = client.post(&format!("{path}/payment-puppet"), &foreign).await;
    assert_eq!(told.status, 404, "another provider's payment: {}", told.text());
    assert_eq!(summary(&store, placed.id).await.status, PaymentStatus::Authorized);
    store.close().await;
}

/// Whether a unit of work gave way to others and changed nothing: a collision, or too long a wait for a lock.
fn may_be_repeated(error: &Error) -> bool {
    matches!(error.kind(), Kind::Retry | Kind::Timeout)
}

#[tokio::test(flavor = "multi_thread")]
async fn never_more_goes_back_than_was_taken() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let client = store.http();
        let (placed, _) = Placed::by(&client, card("tok_capture")).await;
        let refund = |minor: i64, key: String| {
            let ctx = store.ctx();
            async move {
                let payments = ctx.get::<dyn Payments>().unwrap();
                payments.refund(&ctx, placed.id, gbp(minor), "test".into(), key).await
            }
        };
        // The same refund many times at once is one refund; who collides may ask again.
        for done in join_all((0..6).map(|_| refund(200, "same".into()))).await {
            match done {
                Ok(money) => assert!(money.refunded.minor <= 200),
                Err(error) => assert!(may_be_repeated(&error), "{}", error.chain()),
            }
        }
        refund(200, "same".into()).await.unwrap();
        assert_eq!(summary(&store, placed.id).await.refunded, gbp(200));
        // Of ten different ones of 3.00 at once, six fit into the 18.00 that are left.
        let mut done = 0;
        for answer in join_all((0..10).map(|number| refund(300, format!("k{number}")))).await {
            match answer {
                Ok(_) => done += 1,
                Err(error) => assert!(
                    error.kind() == Kind::Conflict || may_be_repeated(&error),
                    "{}",
                    error.chain()
                ),
            }
        }
        let money = summary(&store, placed.id).await;
        assert_eq!(money.refunded.minor, 200 + 300 * done, "each that was confirmed, and no other");
        assert!(done <= 6);
        // What broke off in a collision is brought to its end; who was refused may ask again.
        store.clock.advance(TimeDelta::seconds(31));
        store.drain().await;
        for number in 0..10 {
            let _ = refund(300, format!("r{number}")).await;
        }
        let money = summary(&store, placed.id).await;
        assert_eq!((money.refunded, money.status), (gbp(2000), PaymentStatus::Refunded));
        assert_eq!(refund(1, "z".into()).await.unwrap_err().code(), "payment.refund_too_large");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_nobody_tried_is_tried_by_a_job() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let order = open(&store, gbp(1000), card("tok_visa")).await;
        assert_eq!(summary(&store, order).await.status, PaymentStatus::Unpaid);
        store.drain().await;
        assert_eq!(summary(&store, order).await.status, PaymentStatus::Unpaid, "not yet");
        store.clock.advance(TimeDelta::seconds(31));
        store.drain().await;
        assert_eq!(summary(&store, order).await.status, PaymentStatus::Authorized);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_try_a_payment_at_once() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let order = open(&store, gbp(1000), card("tok_visa")).await;
        let tries = (0..6).map(|_| {
            let ctx = store.ctx();
            async move { ctx.get::<dyn Payments>().unwrap().process(&ctx, order).await }
        });
        for tried in join_all(tries).await {
            let money = tried.unwrap_or_else(|error| panic!("{}", error.chain()));
            assert_eq!((money.status, money.authorized), (PaymentStatus::Authorized, gbp(1000)));
        }
        store.close().await;
    })
    .await;
}

/// Opens a payment in a unit of work, as an order does, and stops there.
async fn open(store: &TestStore, total: Money, tender: Value) -> OrderId {
    let ctx = store.ctx();
    let order_id: OrderId = ctx.new_id();
    let tender: TenderRequest = serde_json::from_value(tender).unwrap();
    let request = NewPayments {
        order_id,
        order_number: "1".into(),
        return_url: String::new(),
        total,
        email: "ada@example.org".into(),
        tenders: vec![tender],
    };
    ctx.transaction(
        |ctx| async move { ctx.get::<dyn Payments>()?.open(&ctx, request).await.map(drop) },
    )
    .await
    .unwrap();
    order_id
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_pay_is_paid_at_once() {
    let store = shop(TestDatabase::Sqlite).await;
    let order = open(&store, gbp(0), card("tok_visa")).await;
    let money = summary(&store, order).await;
    assert_eq!((money.status, money.captured), (PaymentStatus::Paid, gbp(0)));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_total_is_split_over_several_ways_to_pay() {
    let store = shop(TestDatabase::Sqlite).await;
    let client = store.http();
    let split = |parts: Value| {
        let client = &client;
        async move {
            let body = json!({ "email": "ada@example.org", "tenders": parts });
            client.post(&format!("{}/checkout", cart(client).await), &body).await
        }
    };
    let five = json!({ "minor": 500, "currency": "GBP" });
    let placed = split(json!([
        { "method": "remittance", "amount": five },
        { "method": "card", "token": "tok_visa" },
    ]))
    .await;
    assert_eq!(placed.status, 201, "{}", placed.text());
    let order = placed.json();
    assert_eq!(order["payment_status"], "pending");
    assert_eq!(order["payment"]["authorized"]["minor"], 1500);
    let wrong = split(json!([{ "method": "remittance", "amount": five }])).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.json()["code"].clone()),
        (422, json!("payment.amounts_wrong"))
    );
    let number = json!([{ "method": "card", "card": "4242 4242 4242 4242" }]);
    let refused = split(number).await;
    assert_eq!(refused.json()["code"], "payment.card_number", "{}", refused.text());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_order_lets_its_money_go() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let client = store.http();
        for (token, expected) in [("tok_visa", "voided"), ("tok_capture", "refunded")] {
            let (placed, _) = Placed::by(&client, card(token)).await;
            let body = json!({ "token": placed.token });
            let canceled = client.post(&format!("{}/cancel", placed.path), &body).await;
            assert_eq!(canceled.status, 200, "{}", canceled.text());
            store.drain().await;
            assert_eq!(placed.look(&client).await["payment_status"], expected);
        }
        // Given up before anybody asked the provider: it is not asked any more.
        let order = open(&store, gbp(1000), card("tok_capture")).await;
        let ctx = store.ctx();
        let payments = ctx.get::<dyn Payments>().unwrap();
        assert_eq!(payments.void(&ctx, order).await.unwrap().status, PaymentStatus::Voided);
        assert_eq!(payments.process(&ctx, order).await.unwrap().status, PaymentStatus::Voided);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_and_handle_payments() {
    let store = shop(TestDatabase::Sqlite).await;
    let client = store.http();
    let (placed, _) = Placed::by(&client, card("tok_visa")).await;
    Placed::by(&client, json!({ "method": "cheque" })).await;
    let ctx = store.ctx();
    let resources = ctx.get::<dyn Resources>().unwrap();
    let request =
        ListRequest { filter: Some(format!("order_id = \"{}\"", placed.id)), ..Default::default() };
    let page = resources.list(&ctx, "payments".into(), request).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let payment = &page.items[0];
    assert_eq!(payment.data["provider"], "payment-card-sandbox");

    let some = json!({ "amount": gbp(1500) });
    staff(&store, "payments", "capture", &payment.id, some).await;
    staff(&store, "payments", "refund", &payment.id, json!({ "amount": gbp(400) })).await;
    let record = resources.get(&ctx, "payments".into(), vec![payment.id.clone()]).await.unwrap();
    let data = &record[0].data;
    assert_eq!(data["authorized"]["minor"], 1500, "what was not taken is let go");
    assert_eq!(data["refunded"]["minor"], 400);
    assert_eq!(data["status"], "partially_refunded");
    assert_eq!(data["refunds"][0]["status"], "done");

    store.drain().await;
    // One part after the other by way of the order: each goes back, and the timeline tells of each.
    let id = placed.id.to_string();
    for part in [300, 200] {
        staff(&store, "orders", "refund", &id, json!({ "amount": gbp(part) })).await;
    }
    let record = resources.get(&ctx, "payments".into(), vec![payment.id.clone()]).await.unwrap();
    assert_eq!(record[0].data["refunded"]["minor"], 900);
    let order = resources.get(&ctx, "orders".into(), vec![id]).await.unwrap();
    let entries = order[0].data["timeline"].as_array().unwrap();
    let refunds = entries.iter().filter(|entry| entry["kind"] == "refunded");
    let amounts: Vec<&str> = refunds.filter_map(|entry| entry["message"].as_str()).collect();
    assert_eq!(amounts, ["4.00 GBP", "3.00 GBP", "2.00 GBP"]);
    store.close().await;
}
