//! Imports into the real kernel: Shopify's export and a mapping file, again and again.

use hatchery_testkit::{TestStore, for_each_database};
use serde_json::{Value, json};

const COMPONENTS: [&str; 6] = ["catalog", "pricing", "inventory", "listing", "crm", "connect"];

const SHOPIFY: &str = "\
Handle,Title,Body (HTML),Vendor,Type,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Tracker,Variant Inventory Qty
top,Varsity Top,<p>Warm</p>,Acme,Tops,men,Size,Small,TOP-S,60,shopify,3
top,,,,,,,Large,TOP-L,65,shopify,0
,Nobody,,,,,,,,1,,
";

const CUSTOMERS: &str = "\
Number;Mail;Birth
1;ada@example.org;10/12/1815
2;nonsense;10/12/1815
";

const MAPPING: &str = "\
name = \"old\"
records = \"customers\"
delimiter = \";\"
time_format = \"%d/%m/%Y\"
[columns]
reference = \"Number\"
email = \"Mail\"
birth_date = \"Birth\"
";

async fn import(store: &TestStore, data: &str, text: &str, mapping: &str) -> Value {
    let path = store.path(data);
    std::fs::write(&path, text).unwrap();
    store.run_task("connect.import", json!({ "data": path, "mapping": mapping })).await
}

#[tokio::test]
async fn products_and_customers_come_in_once() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, COMPONENTS).await;
        let report = import(&store, "shopify.csv", SHOPIFY, "shopify-csv").await;
        assert_eq!(report["lines_read"], 3, "{report}");
        assert_eq!(report["lines_imported"], 2, "{report}");
        assert_eq!(report["by_reason"]["handle missing"], 1, "{report}");
        assert_eq!(report["written"]["products_created"], 1, "{report}");
        store.drain().await;
        let product = store.http().get("/api/v1/store/products/top").await.json();
        assert_eq!(product["variants"][0]["available"], 3, "{product}");
        assert_eq!(product["variants"][1]["price"]["minor"], 6500, "{product}");
        let again = import(&store, "shopify.csv", SHOPIFY, "shopify-csv").await;
        assert_eq!(again["written"]["products_unchanged"], 1, "{again}");

        let mapping = store.path("old.toml");
        std::fs::write(&mapping, MAPPING).unwrap();
        let report = import(&store, "old.csv", CUSTOMERS, mapping.to_str().unwrap()).await;
        assert_eq!(report["lines_imported"], 1, "{report}");
        assert_eq!(report["by_reason"]["no e-mail address"], 1, "{report}");
        store.close().await;
    })
    .await;
}
