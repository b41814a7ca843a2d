//! The back office's pages, in the real kernel.

use hatchery_interfaces::Sku;
use hatchery_interfaces::catalog::{Catalog, ProductDraft, Variant};
use hatchery_testkit::{Answer, TestClient, TestStore};
use hatchery_types::{Locale, Localized};

async fn shop() -> TestStore {
    let store = TestStore::new(["catalog", "identity", "admin"]).await;
    let ctx = store.ctx();
    let variant = Variant {
        sku: Sku::new("MUG-1").unwrap(),
        name: Localized::default(),
        options: Default::default(),
        weight_grams: None,
        barcode: None,
        image: None,
    };
    let mug = ProductDraft {
        slug: "mug".into(),
        name: Localized::en("Mug").with(Locale::zh_cn(), "杯子"),
        variants: vec![variant],
        ..ProductDraft::default()
    };
    ctx.get::<dyn Catalog>().unwrap().save_products(&ctx, vec![mug]).await.unwrap();
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

/// The address of the mug's page, from the list.
async fn mug(client: &TestClient) -> String {
    let list = page(client, "/admin/products").await;
    let (_, rest) = list.split_once("href=\"/admin/products/").unwrap();
    let rest = if rest.starts_with("new") {
        rest.split_once("href=\"/admin/products/").unwrap().1
    } else {
        rest
    };
    format!("/admin/products/{}", rest.split('"').next().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_a_page_without_signing_in() {
    let store = shop().await;
    let guest = store.http();
    for path in ["/admin", "/admin/products", "/admin/products/new", "/admin/components"] {
        let location = redirect(&guest.get(path).await);
        assert!(location.starts_with("/admin/login?next="), "{path}: {location}");
    }
    let refused = guest.form("/admin/products/new", &[("slug", "x")]).await;
    assert_eq!(refused.status, 401);
    let page = page(&guest, "/admin/login?next=/admin/products").await;
    assert!(page.contains("value=\"/admin/products\""), "{page}");
    let wrong = [("email", "nobody@test.example"), ("password", "wrong"), ("next", "/admin")];
    let answer = guest.form("/admin/login", &wrong).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("do not match"), "{}", answer.text());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_change_a_product_with_the_form_drawn_from_its_schema() {
    let store = shop().await;
    let staff = store.login_staff().await;
    assert!(page(&staff, "/admin").await.contains("Overview"));
    let address = mug(&staff).await;
    let form = page(&staff, &address).await;
    assert!(form.contains("value=\"MUG-1\"") && form.contains("杯子"), "{form}");

    let more = staff.form(&address, &[("variants.0.sku", "MUG-1"), ("_add", "variants")]).await;
    assert_eq!(more.status, 422, "a row more saves nothing");
    assert!(more.text().contains("name=\"variants.1.sku\""), "{}", more.text());

    let change = [
        ("name.en", "Big mug"),
        ("name.zh-CN", "大杯子"),
        ("slug", "mug"),
        ("status", "active"),
        ("brand", "Kiln"),
        ("variants.0.sku", "MUG-1"),
        ("variants.0.weight_grams", "350"),
    ];
    let saved = redirect(&staff.form(&address, &change).await);
    assert_eq!(saved, format!("{address}?notice=admin-notice-saved"));
    let form = page(&staff, &saved).await;
    assert!(form.contains("Saved.") && form.contains("value=\"Kiln\""), "{form}");
    assert!(page(&staff, &format!("{address}/history")).await.contains("Kiln"));

    let bad = staff.form(&address, &[("variants.0.weight_grams", "heavy")]).await;
    assert_eq!(bad.status, 422);
    assert!(bad.text().contains("This is no number."), "{}", bad.text());

    let id = address.rsplit('/').next().unwrap();
    let archived =
        staff.form("/admin/products/actions", &[("id", id), ("action", "archive")]).await;
    assert_eq!(redirect(&archived), "/admin/products?notice=admin-notice-done");
    let list = page(&staff, "/admin/products?filter=status+%3D+archived").await;
    assert!(list.contains("Big mug"), "{list}");
    let wrong = page(&staff, "/admin/products?filter=nothing+%3D+1").await;
    assert!(wrong.contains("id=\"filter-error\""), "{wrong}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_what_switching_a_component_off_would_do() {
    let store = shop().await;
    let staff = store.login_staff().await;
    let list = page(&staff, "/admin/components").await;
    assert!(list.contains("catalog") && list.contains("/admin/components/catalog"), "{list}");
    let one = page(&staff, "/admin/components/catalog").await;
    assert!(one.contains("/admin/components/catalog?change=disable"), "{one}");
    let plan = page(&staff, "/admin/components/catalog?change=disable").await;
    assert!(plan.contains("Switch off: catalog") && plan.contains("type=\"submit\""), "{plan}");
    let switched = staff.form("/admin/components/catalog", &[("change", "disable")]).await;
    assert_eq!(redirect(&switched), "/admin/components?notice=admin-notice-switched");
    let one = page(&staff, "/admin/components/catalog").await;
    assert!(one.contains("/admin/components/catalog?change=enable"), "{one}");
    let refused = staff.form("/admin/components/catalog", &[("change", "swap"), ("to", "9")]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("no build of"), "{}", refused.text());
    let file = [("change", "swap"), ("to", "/tmp/x.so")];
    let denied = staff.form("/admin/components/catalog", &file).await;
    assert_eq!(denied.status, 403, "{}", denied.text());
    store.close().await;
}
