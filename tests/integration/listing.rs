//! Lists of products: filled from events, in every language, with the price and stock of now on a detail.

use hatchery_component::platform::Components;
use hatchery_interfaces::catalog::{
    Catalog, CategoryDraft, CollectionDraft, ProductDraft, ProductId, ProductStatus,
};
use hatchery_interfaces::inventory::Inventory;
use hatchery_interfaces::listing::{Listing, ListingQuery};
use hatchery_interfaces::order::Orders;
use hatchery_interfaces::pricing::{PriceDraft, Pricing};
use hatchery_testkit::{TestClient, TestDatabase, TestStore, for_each_database};
use hatchery_types::{Currency, Locale, UnitPrice};
use serde_json::{Value, json};

use crate::scene::{self, count, draft, gbp, price};

const COMPONENTS: [&str; 6] = ["catalog", "pricing", "inventory", "cart", "order", "listing"];

/// Five products in a tree of categories: a teapot in two sizes, three cups, a tea.
async fn shop(database: TestDatabase, components: &[&str]) -> TestStore {
    let store = TestStore::on(database, components.iter().copied()).await;
    let ctx = store.ctx();
    let catalog = ctx.get::<dyn Catalog>().unwrap();
    let category = |slug: &str, parent: Option<&str>| CategoryDraft {
        slug: slug.into(),
        name: serde_json::from_value(json!({ "en": slug })).unwrap(),
        parent: parent.map(str::to_owned),
        position: 0,
    };
    let categories =
        vec![category("ware", None), category("pots", Some("ware")), category("tea", None)];
    catalog.save_categories(&ctx, categories).await.unwrap();
    let specials = CollectionDraft {
        slug: "specials".into(),
        name: serde_json::from_value(json!({ "en": "Specials" })).unwrap(),
        ..CollectionDraft::default()
    };
    catalog.save_collections(&ctx, vec![specials]).await.unwrap();
    let teapot = draft(json!({
        "slug": "teapot",
        "name": { "en": "Tea pot", "zh-CN": "茶壶" },
        "description": { "en": "Holds  tea,\n100%." },
        "brand": "Kiln",
        "category": "pots",
        "collections": ["specials"],
        "options": [{ "key": "size", "name": { "en": "Size", "zh-CN": "尺寸" }, "values": [
            { "key": "s", "name": { "en": "Small" } }, { "key": "l", "name": { "en": "Large" } },
        ] }],
        "variants": [
            { "sku": "POT-S", "name": { "en": "Small" }, "options": { "size": "s" } },
            { "sku": "POT-L", "name": { "en": "Large" }, "options": { "size": "l" } },
        ],
        "images": [{ "url": "/files/abc", "alt": { "en": "A pot" } }],
        "attributes": [{ "key": "clay", "name": { "en": "Clay" }, "value": { "en": "Red" } }],
        "tags": ["gift"],
    }));
    let cup = |number: u32| {
        let name = json!({ "en": format!("Cup {number}") });
        let (slug, sku) = (format!("cup-{number}"), format!("CUP-{number}"));
        draft(
            json!({ "slug": slug, "name": name, "category": "ware", "variants": [{ "sku": sku }] }),
        )
    };
    let green = draft(json!({
        "slug": "green-tea", "name": { "en": "Green tea" }, "category": "tea", "variants": [{ "sku": "TEA" }],
    }));
    let drafts = vec![teapot, cup(1), cup(2), cup(3), green];
    catalog.save_products(&ctx, drafts).await.unwrap();
    let reduced = PriceDraft {
        list_price: Some(UnitPrice::parse("30", Currency::GBP).unwrap()),
        ..price("POT-S", "25")
    };
    let prices = vec![reduced, price("POT-L", "35"), price("CUP-1", "4"), price("CUP-2", "6.005")];
    ctx.get::<dyn Pricing>().unwrap().set_prices(&ctx, prices).await.unwrap();
    let counts = vec![count("POT-S", 3), count("POT-L", 0), count("CUP-1", 0)];
    ctx.get::<dyn Inventory>().unwrap().set_stock(&ctx, counts).await.unwrap();
    store.drain().await;
    store
}

async fn slugs(client: &TestClient, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("/api/v1/store/products?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    scene::each(&answer.json(), "slug")
}

fn teapot_card(id: &Value) -> Value {
    json!({
        "id": id,
        "slug": "teapot",
        "name": "Tea pot",
        "summary": "Holds tea, 100%.",
        "price": gbp(2500),
        "list_price": gbp(3000),
        "price_varies": true,
        "available": true,
        "image": "/files/abc",
        "category": "pots",
        "variants": [
            { "sku": "POT-S", "name": "Small", "price": gbp(2500), "list_price": gbp(3000), "available": 3 },
            { "sku": "POT-L", "name": "Large", "price": gbp(3500), "available": 0 },
        ],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_cards_and_a_detail_everything() {
    for_each_database(|database| async move {
        let store = shop(database, &COMPONENTS).await;
        let guest = store.http();
        let list = guest.get("/api/v1/store/products?q=pot").await.json();
        let id = list["items"][0]["id"].clone();
        assert_eq!(list, json!({ "items": [teapot_card(&id)], "next_cursor": null }));
        let detail = guest.get("/api/v1/store/products/teapot").await;
        assert_eq!(detail.status, 200, "{}", detail.text());
        let mut expected = teapot_card(&id);
        let more = json!({
            "description": "Holds  tea,\n100%.",
            "brand": "Kiln",
            "category_path": ["ware", "pots"],
            "collections": ["specials"],
            "attributes": [{ "key": "clay", "name": "Clay", "value": "Red" }],
            "options": [{ "key": "size", "name": "Size", "values": [
                { "key": "s", "name": "Small" }, { "key": "l", "name": "Large" },
            ] }],
            "variant_options": { "POT-L": { "size": "l" }, "POT-S": { "size": "s" } },
            "images": [{ "url": "/files/abc", "alt": "A pot" }],
            "tags": ["gift"],
        });
        expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(detail.json(), expected);

        let chinese = store.http().with_header("accept-language", "zh-CN");
        assert_eq!(chinese.get("/api/v1/store/products/teapot").await.json()["name"], "茶壶");
        assert_eq!(slugs(&chinese, "q=%E8%8C%B6%E5%A3%B6").await, ["teapot"]);
        let none = guest.get("/api/v1/store/products/none").await;
        assert_eq!(scene::problem(&none), (404, "listing.product_unknown".into()));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_searched_filtered_sorted_and_paged() {
    for_each_database(|database| async move {
        let store = shop(database, &COMPONENTS).await;
        let guest = store.http();
        for (query, expected) in [
            ("sort=name", &["cup-1", "cup-2", "cup-3", "green-tea", "teapot"][..]),
            ("sort=-name&limit=2", &["teapot", "green-tea"]),
            ("q=TEA&sort=name", &["green-tea", "teapot"]),
            ("q=tea%20green", &["green-tea"]),
            ("q=cup-2", &["cup-2"]),
            ("q=gift", &["teapot"]),
            ("q=100%25", &["teapot"]),
            ("q=%25", &["teapot"]),
            ("q=_", &[]),
            ("category=ware&sort=name", &["cup-1", "cup-2", "cup-3", "teapot"]),
            ("category=pots", &["teapot"]),
            ("category=none", &[]),
            ("collection=specials", &["teapot"]),
            ("filter=price%20%3C%201000&sort=price", &["cup-1", "cup-2"]),
            ("filter=available%20%3D%20true&sort=name", &["cup-2", "cup-3", "green-tea", "teapot"]),
            ("filter=reduced%20%3D%20true", &["teapot"]),
            ("filter=brand%20%3D%20%22Kiln%22%20AND%20price%20%3E%3D%202500", &["teapot"]),
            ("filter=NOT%20available%20%3D%20true", &["cup-1"]),
            ("category=ware&q=cup&filter=price%20%3E%20400", &["cup-2"]),
        ] {
            assert_eq!(slugs(&guest, query).await, expected, "{query}");
        }
        // Page by page, each product once, those without a price among them.
        for sort in ["price", "-price", "-popularity", "-created_at", "name"] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/api/v1/store/products?sort={sort}&limit=2{cursor}");
                let page = guest.get(&path).await.json();
                let part = scene::each(&page, "slug");
                assert!(part.len() <= 2 && !part.is_empty(), "{page}");
                seen.extend(part);
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(seen.len(), 5, "{sort}: {seen:?}");
            seen.sort_by_key(Value::to_string);
            seen.dedup();
            assert_eq!(seen.len(), 5, "{sort}");
        }
        let page = guest.get("/api/v1/store/products?sort=name&limit=2").await.json();
        let cursor = page["next_cursor"].as_str().unwrap();
        for query in [
            "filter=colour%20%3D%20red".to_owned(),
            "filter=price%20%3C".to_owned(),
            "filter=price%20%3C%20cheap".to_owned(),
            "sort=colour".to_owned(),
            "cursor=nonsense".to_owned(),
            format!("sort=price&limit=2&cursor={cursor}"),
        ] {
            let refused = guest.get(&format!("/api/v1/store/products?{query}")).await;
            assert_eq!(refused.status, 422, "{query}: {}", refused.text());
        }
        assert_eq!(guest.get("/api/v1/store/products?limit=many").await.status, 400);
        assert_eq!(slugs(&guest, "limit=0").await.len(), 1, "limits are brought into their range");
        assert_eq!(slugs(&guest, "limit=100000").await.len(), 5);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_follows_products_prices_stock_and_orders() {
    for_each_database(|database| async move {
        let store = shop(database, &COMPONENTS).await;
        let guest = store.http();
        let ctx = store.ctx();
        let (catalog, pricing) =
            (ctx.get::<dyn Catalog>().unwrap(), ctx.get::<dyn Pricing>().unwrap());
        let inventory = ctx.get::<dyn Inventory>().unwrap();
        pricing.set_prices(&ctx, vec![price("CUP-3", "1")]).await.unwrap();
        inventory.set_stock(&ctx, vec![count("CUP-1", 9)]).await.unwrap();
        let tea = catalog.products_by_slug(&ctx, vec!["green-tea".into()]).await.unwrap();
        let archived = ProductDraft {
            slug: "green-tea".into(),
            status: ProductStatus::Archived,
            name: tea[0].name.clone(),
            variants: tea[0].variants.clone(),
            ..ProductDraft::default()
        };
        catalog.save_products(&ctx, vec![archived]).await.unwrap();
        store.drain().await;
        assert_eq!(slugs(&guest, "sort=name").await, ["cup-1", "cup-2", "cup-3", "teapot"]);
        assert_eq!(guest.get("/api/v1/store/products/green-tea").await.status, 404);
        assert_eq!(slugs(&guest, "filter=price%20%3D%20100").await, ["cup-3"]);
        let available = "filter=available%20%3D%20false";
        assert!(slugs(&guest, available).await.is_empty());

        for _ in 0..2 {
            scene::order(&guest, &[("CUP-2", 1)]).await;
        }
        scene::order(&guest, &[("CUP-2", 1), ("POT-S", 3)]).await;
        store.drain().await;
        let popular = slugs(&guest, "").await;
        assert_eq!(popular[..2], ["cup-2", "teapot"], "the most bought ones first");
        assert_eq!(slugs(&guest, "filter=popularity%20%3E%202").await, ["cup-2"]);
        assert_eq!(slugs(&guest, available).await, ["teapot"]);

        // An order that comes in two batches counts once, and all of an import when it is at its end.
        let orders = ctx.get::<dyn Orders>().unwrap();
        let rows = [scene::row(1, "CUP-3", 1, "1"), scene::row(2, "CUP-1", 1, "4")];
        for lines in [rows[..1].to_vec(), rows.to_vec()] {
            let batch = vec![scene::imported("1", lines)];
            orders.import_orders(&ctx, batch).await.unwrap();
            store.drain().await;
        }
        let bought = "filter=popularity%20%3D%201&sort=name";
        assert_eq!(slugs(&guest, bought).await, ["teapot"]);
        orders.end_import(&ctx).await.unwrap();
        store.drain().await;
        assert_eq!(slugs(&guest, bought).await, ["cup-1", "cup-3", "teapot"]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_come_in_the_order_asked_and_categories_are_counted_with_their_branches() {
    for_each_database(|database| async move {
        let store = shop(database, &COMPONENTS).await;
        let ctx = store.ctx();
        let listing = ctx.get::<dyn Listing>().unwrap();
        let query = ListingQuery { sort: Some("name".into()), ..ListingQuery::default() };
        let all: Vec<ProductId> =
            listing.search(&ctx, query).await.unwrap().items.iter().map(|card| card.id).collect();
        let asked = vec![all[4], ctx.new_id(), all[0], all[2]];
        let cards = listing.cards(&ctx, asked).await.unwrap();
        let names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
        assert_eq!(names, ["Tea pot", "Cup 1", "Cup 3"]);
        let chinese = ctx.with_locale(Locale::zh_cn());
        assert_eq!(listing.cards(&chinese, vec![all[4]]).await.unwrap()[0].name, "茶壶");
        assert!(listing.cards(&ctx, vec![]).await.unwrap().is_empty());
        let counts = json!(listing.category_counts(&ctx).await.unwrap());
        assert_eq!(counts, json!({ "pots": 1, "tea": 1, "ware": 4 }));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_switched_on_late_shows_the_same() {
    for_each_database(|database| async move {
        let store = shop(database, &COMPONENTS[..5]).await;
        let guest = store.http();
        scene::order(&guest, &[("CUP-2", 1)]).await;
        store.drain().await;
        let ctx = store.ctx();
        let components = ctx.get::<dyn Components>().unwrap();
        let report = components.switch(&ctx, "listing".into(), true).await.unwrap();
        assert!(report.possible, "{:?}", report.lines);
        // What it derives is built in the background.
        let mut list = guest.get("/api/v1/store/products").await.json();
        for _ in 0..2000 {
            if list["items"][0]["slug"] == "cup-2" && list["items"].as_array().unwrap().len() == 5 {
                break;
            }
            tokio::task::yield_now().await;
            store.drain().await;
            list = guest.get("/api/v1/store/products").await.json();
        }
        let order = ["cup-2", "cup-1", "cup-3", "green-tea", "teapot"];
        assert_eq!(scene::each(&list, "slug"), order);
        assert_eq!(list["items"][4], teapot_card(&list["items"][4]["id"]));
        store.close().await;
    })
    .await;
}
