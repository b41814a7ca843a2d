//! The shop's pages, from the first to the order's status, in the real kernel.

use hatchery_interfaces::Sku;
use hatchery_interfaces::catalog::{Catalog, CategoryDraft, ProductDraft, Variant};
use hatchery_interfaces::inventory::{Inventory, StockCount};
use hatchery_interfaces::order::Orders;
use hatchery_interfaces::pricing::{PriceDraft, Pricing};
use hatchery_testkit::{Answer, TestClient, TestStore};
use hatchery_types::{Currency, Locale, Localized, UnitPrice};

const MUG: &str = "MUG-1";
/// Components of a store that sells, without payment and shipping.
const SELLING: [&str; 6] = ["catalog", "pricing", "inventory", "cart", "order", "storefront"];

/// A store with a mug, ten of them at 11.50.
async fn shop(components: &[&str]) -> TestStore {
    let store = TestStore::new(components.iter().copied()).await;
    let ctx = store.ctx();
    let sku = Sku::new(MUG).unwrap();
    let catalog = ctx.get::<dyn Catalog>().unwrap();
    let kitchen = CategoryDraft {
        slug: "kitchen".into(),
        name: Localized::en("Kitchen").with(Locale::zh_cn(), "厨房"),
        ..CategoryDraft::default()
    };
    catalog.save_categories(&ctx, vec![kitchen]).await.unwrap();
    let variant = Variant {
        sku: sku.clone(),
        name: Localized::default(),
        options: Default::default(),
        weight_grams: Some(350),
        barcode: None,
        image: None,
    };
    let mug = ProductDraft {
        slug: "mug".into(),
        name: Localized::en("Mug <large>").with(Locale::zh_cn(), "杯子"),
        category: Some("kitchen".into()),
        variants: vec![variant],
        ..ProductDraft::default()
    };
    catalog.save_products(&ctx, vec![mug]).await.unwrap();
    if let Some(pricing) = ctx.find::<dyn Pricing>() {
        let price = UnitPrice::parse("11.50", Currency::GBP).unwrap();
        let draft = PriceDraft { sku: sku.clone(), price, list_price: None };
        pricing.set_prices(&ctx, vec![draft]).await.unwrap();
    }
    if let Some(inventory) = ctx.find::<dyn Inventory>() {
        let count = StockCount { sku, location: None, on_hand: 10, reason: "counted".into() };
        inventory.set_stock(&ctx, vec![count]).await.unwrap();
    }
    store.drain().await;
    store
}

async fn page(client: &TestClient, path: &str) -> String {
    let answer = client.get(path).await;
    assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text());
    answer.text()
}

#[track_caller]
fn redirect(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").to_owned()
}

/// A checkout that lacks nothing in a store without payment and shipping.
const COMPLETE: [(&str, &str); 8] = [
    ("action", "place"),
    ("email", "ada@example.org"),
    ("shipping_address.name", "Ada Lovelace"),
    ("shipping_address.line1", "12 St James's Square"),
    ("shipping_address.city", "London"),
    ("shipping_address.postal_code", "SW1Y 4JH"),
    ("shipping_address.country", "GB"),
    ("billing_same", "1"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_alone_makes_a_shop_to_look_at() {
    let store = shop(&["catalog", "storefront"]).await;
    let client = store.http();
    for path in ["/", "/products", "/search?q=mug", "/categories/kitchen"] {
        let html = page(&client, path).await;
        assert!(html.contains("Kitchen"), "{path}");
        assert!(!html.contains("href=\"/cart\""), "{path} links to a cart");
        assert!(!html.contains("style=\""), "{path} has an inline style");
    }
    let html = page(&client, "/products/mug").await;
    assert!(html.contains("Mug &lt;large&gt;"), "{html}");
    assert!(!html.contains("<form class=\"buy-form\""), "nothing can be bought");
    for path in ["/products/none", "/categories/none", "/orders/1?token=x", "/nowhere"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("This page is not here"), "{path}: {}", answer.text());
    }
    assert_eq!(client.form("/cart/lines", &[("sku", MUG)]).await.status, 503);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_speak_the_language_that_is_chosen() {
    let store = shop(&SELLING).await;
    let client = store.http();
    assert_eq!(redirect(&client.get("/products?lang=zh-CN").await), "/products");
    let html = page(&client, "/products").await;
    assert!(html.contains("<html lang=\"zh-CN\">") && html.contains("杯子"), "{html}");
    assert!(html.contains("厨房") && html.contains("购物车"), "{html}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_buys_and_follows_the_order() {
    let store = shop(&SELLING).await;
    let client = store.http();
    let html = page(&client, "/products/mug").await;
    assert!(html.contains("£11.50") && html.contains("In stock"), "{html}");

    let added = client.form("/cart/lines", &[("sku", MUG), ("quantity", "2")]).await;
    assert_eq!(redirect(&added), "/cart?notice=storefront-notice-added");
    let cart = page(&client, "/cart").await;
    assert!(cart.contains("£23.00") && cart.contains("data-count=\"2\""), "{cart}");

    let form = page(&client, "/checkout").await;
    assert!(form.contains("Shipping address") && !form.contains("step-payment"), "{form}");
    let missing = [("action", "place"), ("email", "ada@example.org"), ("billing_same", "1")];
    let again = client.form("/checkout", &missing).await;
    assert_eq!(again.status, 422);
    let again = again.text();
    assert!(again.contains("value=\"ada@example.org\""), "what was typed is kept: {again}");
    assert!(again.contains("Please fill this in."), "{again}");

    let order = redirect(&client.form("/checkout", &COMPLETE).await);
    assert!(order.starts_with("/orders/") && order.ends_with("&placed=1"), "{order}");
    let html = page(&client, &order).await;
    assert!(html.contains("Thank you for your order") && html.contains("£23.00"), "{html}");
    assert_eq!(redirect(&client.form("/checkout", &COMPLETE).await), order, "sent twice");
    assert!(page(&client, "/cart").await.contains("Your cart is empty"));

    let stranger = store.http();
    let (path, token) = order.split_once("?token=").unwrap();
    let token = token.strip_suffix("&placed=1").unwrap();
    assert_eq!(stranger.get(&format!("{path}?token={token}x")).await.status, 404);
    assert_eq!(stranger.get(path).await.status, 404);
    let refused = stranger.form(&format!("{path}/cancel"), &[("token", "wrong")]).await;
    assert_eq!(refused.status, 404);

    let canceled = client.form(&format!("{path}/cancel"), &[("token", token)]).await;
    let after = redirect(&canceled);
    assert!(after.ends_with("notice=storefront-notice-order-canceled"), "{after}");
    let html = page(&client, &after).await;
    assert!(html.contains("The order is canceled.") && !html.contains("/cancel\""), "{html}");

    let ctx = store.ctx();
    let number = path.trim_start_matches("/orders/").to_owned();
    let orders = ctx.get::<dyn Orders>().unwrap();
    let found = orders.orders_by_number(&ctx, vec![number]).await.unwrap();
    assert_eq!(found[0].total.minor, 2300);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_never_holds_more_than_there_is() {
    let store = shop(&SELLING).await;
    let client = store.http();
    let refused = client.form("/cart/lines", &[("sku", MUG), ("quantity", "11")]).await;
    let back = redirect(&refused);
    assert_eq!(back, "/products/mug?sku=MUG-1&notice=storefront-error-not-enough-stock");
    let html = page(&client, &back).await;
    assert!(html.contains("that many in stock."), "{html}");
    assert_eq!(redirect(&client.get("/checkout").await), "/cart");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_the_store_did_not_sign_is_no_cart() {
    let store = shop(&SELLING).await;
    let client = store.http();
    client.form("/cart/lines", &[("sku", MUG), ("quantity", "1")]).await;
    let signed = client.cookie("cart").unwrap();
    let forged = format!("cart=x{signed}");
    let stranger = store.http().with_header("cookie", &forged);
    assert!(page(&stranger, "/cart").await.contains("Your cart is empty"));
    store.close().await;
}

/// The address of the store's own style sheet on a page.
fn look(html: &str) -> Option<String> {
    let (_, rest) = html.split_once("<link rel=\"stylesheet\" href=\"/look/")?;
    rest.split('"').next().map(|file| format!("/look/{file}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_has_its_own_color() {
    let store = shop(&SELLING).await;
    let client = store.http();
    assert_eq!(look(&page(&client, "/").await), None, "nothing is set");
    let empty = client.get("/look/site.css").await;
    assert_eq!((empty.status.as_u16(), empty.text()), (200, String::new()));
    drop(client);

    store.configure("stores/demo.toml", "[storefront]\naccent = \"#2f6f3e\"\ncorner = 12\n");
    let store = store.restart().await;
    let client = store.http();
    let address = look(&page(&client, "/products/mug").await).unwrap();
    assert_eq!(look(&page(&client, "/cart").await).as_ref(), Some(&address));
    let sheet = client.get(&address).await;
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(sheet.header("cache-control"), "public, max-age=31536000, immutable");
    let css = sheet.text();
    assert!(css.contains("--accent:#2f6f3e;") && css.contains("--on-accent:#ffffff;"), "{css}");
    assert!(css.contains("--radius:12px;") && css.contains("prefers-color-scheme:dark"), "{css}");
    // Pages that do not know its address ask for the present one.
    let missing = client.get("/products/nothing").await;
    assert_eq!(look(&missing.text()).as_deref(), Some("/look/site.css"));
    for file in ["/look/site.css", "/look/0123456789abcdef.css", "/look/x"] {
        let present = client.get(file).await;
        assert_eq!((present.header("cache-control"), present.text()), ("no-cache", css.clone()));
    }

    let hash = "0123456789abcdef".repeat(4);
    let settings = format!("[storefront]\naccent = \"#f2c230\"\nlogo = \"{hash}\"\n");
    store.configure("stores/demo.toml", &settings);
    drop(client);
    let store = store.restart().await;
    let client = store.http();
    let html = page(&client, "/").await;
    let other = look(&html).unwrap();
    assert_ne!(other, address);
    assert!(html.contains(&format!("src=\"/files/{hash}\" alt=\"Test\"")), "{html}");
    let css = client.get(&other).await.text();
    assert!(css.contains("--accent:#f2c230;") && css.contains("--on-accent:#000000;"), "{css}");
    store.close().await;
}
