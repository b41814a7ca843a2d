//! The catalog: products, categories and collections, written by slug and read in batches.

use futures::future::join_all;
use hatchery_component::Kind;
use hatchery_interfaces::catalog::{
    Catalog, CategoryDraft, CollectionDraft, Product, ProductDraft, ProductId,
};
use hatchery_testkit::{TestDatabase, TestStore, for_each_database};
use hatchery_types::{Query, Sort};
use serde_json::{Value, json};

use crate::scene::{self, draft, product, skus};

const SAVED: &str = "product.saved.v1";

fn category(slug: &str, parent: Option<&str>, position: i32) -> CategoryDraft {
    let name = json!({ "en": slug });
    serde_json::from_value(
        json!({ "slug": slug, "name": name, "parent": parent, "position": position }),
    )
    .unwrap()
}

fn teapot() -> Value {
    json!({
        "slug": "teapot",
        "status": "active",
        "name": { "en": "Teapot", "zh-CN": "茶壶" },
        "description": { "en": "Holds tea." },
        "brand": "Kiln",
        "category": "pots",
        "collections": ["specials", "featured"],
        "attributes": [{ "key": "material", "name": { "en": "Material" }, "value": { "en": "Clay" } }],
        "options": [{
            "key": "size",
            "name": { "en": "Size" },
            "values": [{ "key": "s", "name": { "en": "Small" } }, { "key": "l", "name": { "en": "Large" } }],
        }],
        "variants": [
            { "sku": "POT-S", "name": { "en": "Small" }, "options": { "size": "s" }, "weight_grams": 400 },
            { "sku": "POT-L", "name": { "en": "Large" }, "options": { "size": "l" }, "barcode": "4006381333931", "image": 0 },
        ],
        "images": [{ "url": "/files/abc", "alt": { "en": "A pot" } }],
        "tags": ["tea", "gift"],
    })
}

/// A store with categories and collections to put products into.
async fn shelves(database: TestDatabase) -> TestStore {
    let store = TestStore::on(database, ["catalog", "identity"]).await;
    let ctx = store.ctx();
    let catalog = ctx.get::<dyn Catalog>().unwrap();
    let ware = vec![category("ware", None, 1), category("pots", Some("ware"), 0)];
    catalog.save_categories(&ctx, ware).await.unwrap();
    let collection = |slug: &str, position| CollectionDraft {
        slug: slug.into(),
        name: serde_json::from_value(json!({ "en": slug })).unwrap(),
        position,
        ..CollectionDraft::default()
    };
    let collections = vec![collection("specials", 2), collection("featured", 1)];
    catalog.save_collections(&ctx, collections).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_read_as_it_was_written_and_written_only_when_it_changes() {
    for_each_database(|database| async move {
        let store = shelves(database).await;
        let ctx = store.ctx();
        let catalog = ctx.get::<dyn Catalog>().unwrap();
        let drafts = || vec![draft(teapot()), product("CUP-1")];
        let first = catalog.save_products(&ctx, drafts()).await.unwrap();
        let became: Vec<_> =
            first.iter().map(|it| (it.slug.as_str(), it.created, it.changed)).collect();
        assert_eq!(became, [("teapot", true, true), ("cup-1", true, true)]);

        let pot = catalog.products(&ctx, vec![first[0].id]).await.unwrap().pop().unwrap();
        let mut expected = teapot();
        let extra = json!({
            "id": first[0].id,
            "category_path": ["ware", "pots"],
            "collections": ["featured", "specials"],
            "tax_category": "standard",
            "created_at": "2026-01-05T10:00:00Z",
            "updated_at": "2026-01-05T10:00:00Z",
            "version": 1,
        });
        expected.as_object_mut().unwrap().remove("category");
        expected.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let expected: Product = serde_json::from_value(expected).unwrap();
        assert_eq!(pot, expected);

        store.clock.advance(chrono::TimeDelta::minutes(5));
        let mut cheaper = draft(teapot());
        cheaper.brand = None;
        let again = catalog.save_products(&ctx, vec![product("CUP-1"), cheaper]).await.unwrap();
        let became: Vec<_> = again.iter().map(|it| (it.id, it.created, it.changed)).collect();
        assert_eq!(became, [(first[1].id, false, false), (first[0].id, false, true)]);
        let pot = catalog.products(&ctx, vec![first[0].id]).await.unwrap().pop().unwrap();
        assert_eq!((pot.version, pot.brand), (2, None));
        assert_eq!(pot.updated_at.to_rfc3339(), "2026-01-05T10:05:00+00:00");
        assert_eq!(pot.created_at.to_rfc3339(), "2026-01-05T10:00:00+00:00");
        let told = scene::told(&store, SAVED).await;
        let ids = |ids: &[ProductId]| json!({ "ids": ids });
        assert_eq!(told, [ids(&[first[0].id, first[1].id]), ids(&[first[0].id])]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_come_in_the_order_asked_without_what_is_not_there() {
    for_each_database(|database| async move {
        let store = shelves(database).await;
        let ctx = store.ctx();
        let catalog = ctx.get::<dyn Catalog>().unwrap();
        let drafts = vec![draft(teapot()), product("CUP-1"), product("CUP-2")];
        let saved = catalog.save_products(&ctx, drafts).await.unwrap();
        let [pot, one, two] = [saved[0].id, saved[1].id, saved[2].id];
        let ids = |products: Vec<Product>| products.iter().map(|it| it.id).collect::<Vec<_>>();

        let nobody: ProductId = ctx.new_id();
        let found = catalog.products(&ctx, vec![two, nobody, pot, one]).await.unwrap();
        assert_eq!(ids(found), [two, pot, one]);
        let slugs = ["cup-2", "none", "teapot"].map(str::to_owned).to_vec();
        assert_eq!(ids(catalog.products_by_slug(&ctx, slugs).await.unwrap()), [two, pot]);
        let asked = skus(&["CUP-2", "POT-L", "NONE", "POT-S", "CUP-1"]);
        let mut found = ids(catalog.products_by_sku(&ctx, asked).await.unwrap());
        found.sort();
        assert_eq!(found, [pot, one, two], "each once, whatever its SKUs");
        for empty in [
            catalog.products(&ctx, vec![]).await,
            catalog.products_by_slug(&ctx, vec![]).await,
            catalog.products_by_sku(&ctx, vec![]).await,
        ] {
            assert!(empty.unwrap().is_empty());
        }

        let list = |query| catalog.list_products(&ctx, query);
        let by_slug = || Query::<Product>::new().order_by(Sort::descending("slug")).limit(2);
        let first = list(by_slug()).await.unwrap();
        assert_eq!(ids(first.items), [pot, two]);
        let second = list(by_slug().after(first.next_cursor.unwrap())).await.unwrap();
        assert_eq!((ids(second.items), second.next_cursor), (vec![one], None));
        let brand = list(Query::new().filter(Product::BRAND.eq("Kiln"))).await.unwrap();
        assert_eq!(ids(brand.items), [pot]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_as_a_whole() {
    for_each_database(|database| async move {
        let store = shelves(database).await;
        let ctx = store.ctx();
        let catalog = ctx.get::<dyn Catalog>().unwrap();
        catalog.save_products(&ctx, vec![draft(teapot())]).await.unwrap();
        let change = |key: &str, value: Value| {
            let mut cup =
                json!({ "slug": "cup", "name": { "en": "Cup" }, "variants": [{ "sku": "CUP" }] });
            cup[key] = value;
            draft(cup)
        };
        let variants =
            |skus: &[&str]| json!(skus.iter().map(|sku| json!({ "sku": sku })).collect::<Vec<_>>());
        let odd = json!([{ "sku": "CUP", "options": { "size": "xl" } }]);
        let refusals: Vec<(ProductDraft, &str, Kind)> = vec![
            (change("slug", json!("Big Cup")), "catalog.slug_invalid", Kind::Invalid),
            (change("slug", json!("")), "catalog.slug_invalid", Kind::Invalid),
            (change("slug", json!("a/b")), "catalog.slug_invalid", Kind::Invalid),
            (change("slug", json!("a".repeat(121))), "catalog.slug_invalid", Kind::Invalid),
            (change("name", json!({})), "catalog.name_missing", Kind::Invalid),
            (change("variants", json!([])), "catalog.variant_missing", Kind::Invalid),
            (change("variants", variants(&["A", "A"])), "catalog.sku_twice", Kind::Invalid),
            (change("variants", variants(&["POT-S"])), "catalog.sku_taken", Kind::Conflict),
            (change("variants", odd), "catalog.option_unknown", Kind::Invalid),
            (change("category", json!("shoes")), "catalog.category_unknown", Kind::Invalid),
            (change("collections", json!(["new"])), "catalog.collection_unknown", Kind::Invalid),
            (change("slug", json!("fine")), "catalog.slug_twice", Kind::Invalid),
        ];
        for (draft, code, kind) in refusals {
            let fine = change("slug", json!("fine"));
            let fine = ProductDraft { variants: product("FINE").variants, ..fine };
            let error = catalog.save_products(&ctx, vec![fine, draft]).await.unwrap_err();
            assert_eq!((error.code(), error.kind()), (code, kind), "{}", error.message());
            let there = catalog.products_by_slug(&ctx, vec!["fine".into()]).await.unwrap();
            assert!(there.is_empty(), "{code}: all or none");
        }
        assert_eq!(
            scene::told(&store, SAVED).await.len(),
            1,
            "nothing was told of what was refused"
        );
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_and_collections_are_shown_in_their_order() {
    for_each_database(|database| async move {
        let store = shelves(database).await;
        let ctx = store.ctx();
        let catalog = ctx.get::<dyn Catalog>().unwrap();
        let more = vec![category("tea", None, 0), category("cups", Some("ware"), -1)];
        catalog.save_categories(&ctx, more).await.unwrap();
        let circle = vec![category("ware", Some("pots"), 1)];
        let error = catalog.save_categories(&ctx, circle).await.unwrap_err();
        assert_eq!(error.code(), "catalog.category_circle");
        let orphan = vec![category("orphan", Some("nowhere"), 1)];
        let error = catalog.save_categories(&ctx, orphan).await.unwrap_err();
        assert_eq!(error.code(), "catalog.category_unknown");

        let guest = store.http();
        let listed = guest.get("/api/v1/store/categories").await;
        assert_eq!(listed.status, 200, "{}", listed.text());
        let mut listed = listed.json();
        for item in listed["items"].as_array_mut().unwrap() {
            assert!(item.as_object_mut().unwrap().remove("id").unwrap().is_string());
        }
        let expected = json!({ "items": [
            { "slug": "tea", "name": { "en": "tea" }, "parent": null, "position": 0 },
            { "slug": "ware", "name": { "en": "ware" }, "parent": null, "position": 1 },
            { "slug": "cups", "name": { "en": "cups" }, "parent": "ware", "position": -1 },
            { "slug": "pots", "name": { "en": "pots" }, "parent": "ware", "position": 0 },
        ], "next_cursor": null });
        assert_eq!(listed, expected);
        let collections = guest.get("/api/v1/store/collections").await.json();
        assert_eq!(scene::each(&collections, "slug"), [json!("featured"), json!("specials")]);
        let told = scene::told(&store, "category.saved.v1").await;
        assert_eq!(told.last().unwrap(), &json!({ "slugs": ["tea", "cups"] }));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_keep_products_by_the_api() {
    for_each_database(|database| async move {
        let store = shelves(database).await;
        let staff = store.login_staff().await;
        let made = staff.post("/api/v1/admin/products", &teapot()).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let record = made.json();
        assert_eq!((&record["version"], &record["data"]["brand"]), (&json!(1), &json!("Kiln")));
        let path = format!("/api/v1/admin/products/{}", record["id"].as_str().unwrap());
        assert_eq!(made.header("etag"), "\"1\"");

        let change = |version: &'static str, body: Value| {
            let (staff, path) = (&staff, &path);
            async move {
                staff
                    .json_with("PATCH".parse().unwrap(), path, &body, &[("if-match", version)])
                    .await
            }
        };
        let changed = change("\"1\"", json!({ "brand": "Forge" })).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        assert_eq!(changed.json()["data"]["variants"][1]["barcode"], "4006381333931");
        let stale = change("\"1\"", json!({ "brand": "Mill" })).await;
        assert_eq!(scene::problem(&stale), (412, "resource.stale".into()));
        let renamed = change("\"2\"", json!({ "slug": "pot" })).await;
        assert_eq!(scene::problem(&renamed), (422, "catalog.slug_fixed".into()));
        assert_eq!(renamed.json()["fields"][0]["field"], "/slug");

        let mut other = teapot();
        other["slug"] = json!("kettle");
        let taken = staff.post("/api/v1/admin/products", &other).await;
        assert_eq!(scene::problem(&taken), (409, "catalog.sku_taken".into()));
        let unknown = staff.post("/api/v1/admin/products", &json!({ "colour": "red" })).await;
        assert_eq!(unknown.status, 422, "{}", unknown.text());
        let archive = json!({ "ids": [record["id"]] });
        let archived = staff.post("/api/v1/admin/products/actions/archive", &archive).await;
        assert_eq!(archived.json()["result"], json!({ "changed": 1 }), "{}", archived.text());
        let list = staff.get("/api/v1/admin/products?filter=status%20%3D%20archived").await.json();
        assert_eq!(scene::each(&list, "id"), [record["id"].clone()]);
        let absent = "/api/v1/admin/products/01900000-0000-7000-8000-0000000fffff";
        assert_eq!(staff.get(absent).await.status, 404);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_who_write_the_same_product_at_once_write_one() {
    for_each_database(|database| async move {
        let store = shelves(database).await;
        let tries = (0..10).map(|_| {
            let ctx = store.ctx();
            async move {
                let drafts = vec![draft(teapot()), product("CUP-1")];
                ctx.get::<dyn Catalog>().unwrap().save_products(&ctx, drafts).await
            }
        });
        let mut created = 0;
        for tried in join_all(tries).await {
            match tried {
                Ok(saved) => created += saved.iter().filter(|it| it.created).count(),
                Err(error) => assert!(
                    matches!(error.kind(), Kind::Conflict | Kind::Retry),
                    "{}",
                    error.chain()
                ),
            }
        }
        assert_eq!(created, 2);
        let ctx = store.ctx();
        let catalog = ctx.get::<dyn Catalog>().unwrap();
        let all = catalog.list_products(&ctx, Query::new()).await.unwrap();
        assert_eq!(all.items.len(), 2);
        assert_eq!(scene::told(&store, SAVED).await.len(), 1);
        store.close().await;
    })
    .await;
}
