//! Taxes: rates that staff keep, and what they make of a sale.

use hatchery_component::platform::Resources;
use hatchery_interfaces::tax::{TaxQuery, TaxableAmount, Taxes};
use hatchery_testkit::{TestStore, for_each_database};
use hatchery_types::{Currency, Locale, Money};
use serde_json::{Value, json};

fn vat() -> Value {
    json!({
        "code": "gb-standard",
        "name": { "en": "VAT 20%", "zh-CN": "增值税 20%" },
        "country": "GB",
        "region": "",
        "categories": ["standard", "shipping"],
        "basis_points": 2000,
        "included": true,
        "active": true,
    })
}

fn sale(country: Option<&str>) -> TaxQuery {
    let amount = |category: &str, minor| TaxableAmount {
        category: category.into(),
        amount: Money::new(minor, Currency::GBP),
    };
    let amounts = vec![amount("standard", 1150), amount("shipping", 350), amount("zero", 999)];
    TaxQuery { country: country.map(str::to_owned), region: None, amounts }
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_that_staff_keep_tax_a_sale() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["tax"]).await;
        let ctx = store.ctx();
        let taxes = ctx.get::<dyn Taxes>().unwrap();
        assert!(taxes.quote(&ctx, sale(None)).await.unwrap().is_empty(), "a new store has none");

        let resources = ctx.get::<dyn Resources>().unwrap();
        let name = || "tax-rates".to_owned();
        let made = resources.save(&ctx, name(), None, vat(), None).await.unwrap();
        assert_eq!((made.id.as_str(), made.version), ("gb-standard", 1));
        let lines = taxes.quote(&ctx, sale(None)).await.unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].amount.minor, lines[0].included), (250, true));
        let chinese = ctx.with_locale(Locale::zh_cn());
        assert_eq!(taxes.quote(&chinese, sale(Some("GB"))).await.unwrap()[0].name, "增值税 20%");
        assert!(taxes.quote(&ctx, sale(Some("FR"))).await.unwrap().is_empty());

        let twice = resources.save(&ctx, name(), None, vat(), None).await.unwrap_err();
        assert_eq!(twice.code(), "tax.code_taken");
        let mut off = vat();
        off["active"] = false.into();
        let id = Some(made.id.clone());
        resources.save(&ctx, name(), id.clone(), off.clone(), Some(1)).await.unwrap();
        assert!(taxes.quote(&ctx, sale(None)).await.unwrap().is_empty());
        let stale = resources.save(&ctx, name(), id.clone(), off.clone(), Some(1)).await;
        assert_eq!(stale.unwrap_err().code(), "resource.stale");
        off["code"] = "other".into();
        let renamed = resources.save(&ctx, name(), id, off, Some(2)).await.unwrap_err();
        assert_eq!(renamed.code(), "tax.code_fixed");
        store.close().await;
    })
    .await;
}
