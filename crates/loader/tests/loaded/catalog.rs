//! The catalog, which knows nothing of any of this, as a library.

use hatchery_component::Ctx;
use hatchery_interfaces::Sku;
use hatchery_interfaces::catalog::{Catalog, CategoryDraft, ProductDraft, Variant};
use hatchery_types::{Locale, Localized, Query};

use crate::host::Store;
use crate::library;

#[tokio::test]
async fn the_catalog_works_from_a_library() {
    let store = Store::open("catalog", library::load("hatchery-catalog")).await;
    let ctx = store.ctx();
    let catalog = ctx.get::<dyn Catalog>().unwrap();
    let variant = |sku: &str| Variant {
        sku: Sku::new(sku).unwrap(),
        name: Localized::default(),
        options: Default::default(),
        weight_grams: Some(300),
        barcode: None,
        image: None,
    };
    let draft = |slug: &str, sku: &str| ProductDraft {
        slug: slug.into(),
        name: Localized::en("Teapot").with(Locale::zh_cn(), "茶壶"),
        category: Some("tea".into()),
        variants: vec![variant(sku)],
        tags: vec!["gift".into()],
        ..ProductDraft::default()
    };
    let tea = CategoryDraft {
        slug: "tea".into(),
        name: Localized::en("Tea"),
        ..CategoryDraft::default()
    };
    let work = async |ctx: Ctx| {
        catalog.save_categories(&ctx, vec![tea]).await?;
        catalog.save_products(&ctx, vec![draft("teapot", "T-1"), draft("kettle", "K-1")]).await
    };
    let saved = ctx.transaction(work).await.unwrap();
    assert!(saved.iter().all(|product| product.created && product.changed));

    let found = catalog.products_by_sku(&ctx, vec![Sku::new("K-1").unwrap()]).await.unwrap();
    assert_eq!((found.len(), found[0].slug.as_str(), found[0].id), (1, "kettle", saved[1].id));
    assert_eq!(found[0].name.get(&Locale::zh_cn()), "茶壶");
    assert_eq!(
        (found[0].category_path.as_slice(), found[0].tags.as_slice()),
        (&["tea".to_owned()][..], &["gift".to_owned()][..])
    );
    assert_eq!(found[0].variants, [variant("K-1")]);

    let page = catalog.list_products(&ctx, Query::new().limit(1)).await.unwrap();
    let cursor = page.next_cursor.unwrap();
    let next = catalog.list_products(&ctx, Query::new().limit(1).after(cursor)).await.unwrap();
    assert_ne!(page.items[0].id, next.items[0].id);
    assert!(store.events().await.iter().any(|(event, _)| event == "product.saved.v1"));

    let error = catalog.save_products(&ctx, vec![draft("", "X-1")]).await.err().unwrap();
    assert_eq!(error.kind(), hatchery_component::Kind::Invalid);
    store.stop().await;
}
