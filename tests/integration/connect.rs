//! Imports into the real kernel: Shopify's export and a mapping file, again and again.

use hatchery_component::Actor;
use hatchery_testkit::{TestDatabase, TestStore, for_each_database};
use serde_json::{Value, json};

use crate::scene::{each, gbp};

const COMPONENTS: [&str; 6] = ["catalog", "pricing", "inventory", "listing", "crm", "connect"];

const SHOPIFY: &str = "\
Handle,Title,Body (HTML),Vendor,Type,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Tracker,Variant Inventory Qty
top,Varsity Top,<p>Warm</p>,Acme,Tops,men,Size,Small,TOP-S,60,shopify,3
top,,,,,,,Large,TOP-L,65,shopify,0
,Nobody,,,,,,,,1,,
";

/// The same shop after a bad day: a price, a SKU and a first line are damaged, one field is Latin-1.
const DAMAGED: &[u8] = b"\xef\xbb\xbf\
Handle,Title,Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src\r\n\
cup,Caf\xe9 cup,Kiln,,,CUP,4.005,https://pictures.example/cup.png\r\n\
cup,,,,,,,https://pictures.example/side.png\r\n\
cup,,,,,,,\r\n\
top,Top,Kiln,Size,S,CUP,5,\r\n\
top,,,,M,TOP-M,cheap,\r\n\
top,,,,L,TOP-L,-1,\r\n\
hat,,Kiln,,,HAT,3,\r\n\
bag,\"Bag\nof paper\",Kiln,Size,\"S, M\",BAG,1\r\n";

/// Orders of a shop that writes dates the American way.
const ORDERS: &str = "\
Order;Day;Code;What;Count;Sum;Mail;Who
1;12/31/2011;A;Ape;2;5.01;ada@example.org;Ada
1;12/31/2011;B;Bee;1;0.333;ada@example.org;Ada
2;01/15/2012;A;Ape;3;7.5;;
3;2012-01-16;A;Ape;-1;-2.505;ada@example.org;Ada
4;yesterday;A;Ape;1;1;;
5;01/15/2012;A;Ape;0;1;;
6;01/15/2012;A;Ape;1;many;;
7;01/15/2012;;Ape;1;1;;
;01/15/2012;A;Ape;1;1;;
";

const ORDER_MAPPING: &str = "\
name = \"old\"
records = \"orders\"
delimiter = \";\"
time_format = \"%m/%d/%Y\"
[columns]
number = \"Order\"
placed_at = \"Day\"
sku = \"Code\"
name = \"What\"
quantity = \"Count\"
total = \"Sum\"
email = \"Mail\"
customer_name = \"Who\"
";

const PRODUCTS: &str = "\
code,title,price,before,left,kind,words
K-1,Kettle,20,25,3,Kitchen ware,\"tea, steel\"
K-2,Jug,9.995,,,Kitchen ware,
K-3,,1,,,,
K-1,Kettle again,1,,,,
K-4,Pan,free,,,,
";

const PRODUCT_MAPPING: &str = "\
name = \"old\"
records = \"products\"
[columns]
sku = \"code\"
name = \"title\"
price = \"price\"
list_price = \"before\"
stock = \"left\"
category = \"kind\"
tags = \"words\"
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

/// An import of a file by a mapping file, both written first.
async fn mapped(store: &TestStore, data: &str, mapping: &str, more: Value) -> Value {
    let (file, toml) = (store.path("data.csv"), store.path("mapping.toml"));
    std::fs::write(&file, data).unwrap();
    std::fs::write(&toml, mapping).unwrap();
    let mut input = json!({ "data": file, "mapping": toml });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    store.run_task("connect.import", input).await
}

/// Why an import does not run.
async fn refusal(store: &TestStore, input: Value, actor: Actor) -> String {
    let run = store.store.start_task("connect.import", input, actor).await;
    let mut run = match run {
        Ok(run) => run,
        Err(error) => return error.message().to_owned(),
    };
    let run = run.wait_for(|run| run.state != "running").await.unwrap().clone();
    assert_eq!(run.state, "failed", "{run:?}");
    run.message
}

/// Nothing was lost on the way.
#[track_caller]
fn adds_up(report: &Value) {
    let count = |key: &str| report[key].as_u64().unwrap();
    let sum = |key: &str| {
        report[key].as_object().unwrap().values().map(|it| it.as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(count("lines_read"), count("lines_imported") + count("lines_rejected"), "{report}");
    assert_eq!(sum("by_kind"), count("lines_imported"), "{report}");
    assert_eq!(sum("by_reason"), count("lines_rejected"), "{report}");
}

/// How many products, orders and customers a store has.
async fn contents(store: &TestStore) -> [usize; 3] {
    let staff = store.login_staff().await;
    let mut counts = [0; 3];
    for (count, resource) in counts.iter_mut().zip(["products", "orders", "customers"]) {
        let list = staff.get(&format!("/api/v1/admin/{resource}?limit=500")).await.json();
        *count = list["items"].as_array().unwrap_or_else(|| panic!("{list}")).len();
    }
    counts
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

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_export_loses_its_damaged_lines_only() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, COMPONENTS).await;
        let (path, rejects) = (store.path("damaged.csv"), store.path("rejects.csv"));
        std::fs::write(&path, DAMAGED).unwrap();
        let input = json!({ "data": path, "mapping": "shopify-csv", "rejects": rejects });
        let report = store.run_task("connect.import", input).await;
        adds_up(&report);
        assert_eq!(
            report["by_kind"],
            json!({ "image": 1, "product": 2, "product, SKU made unique": 1 }),
            "{report}"
        );
        let reasons = json!({
            "first line of a product without a title": 1,
            "neither a variant nor a picture": 1,
            "price is no amount": 2,
        });
        assert_eq!(report["by_reason"], reasons);
        let written = std::fs::read_to_string(&rejects).unwrap();
        let rows: Vec<&str> = written.lines().map(|line| line.split(',').next().unwrap()).collect();
        assert_eq!(rows, ["row", "4", "6", "7", "8"], "{written}");
        store.drain().await;
        let guest = store.http();
        let cup = guest.get("/api/v1/store/products/cup").await.json();
        assert_eq!((&cup["name"], &cup["price"]), (&json!("Café cup"), &json!(gbp(401))));
        let images: Vec<&Value> =
            cup["images"].as_array().unwrap().iter().map(|it| &it["url"]).collect();
        assert_eq!(
            images,
            ["https://pictures.example/cup.png", "https://pictures.example/side.png"]
        );
        let bag = guest.get("/api/v1/store/products/bag").await.json();
        assert_eq!(
            (&bag["name"], &bag["variants"][0]["name"]),
            (&json!("Bag\nof paper"), &json!("S, M"))
        );
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    for_each_database(|database| async move {
        let mut components = COMPONENTS.to_vec();
        components.extend(["cart", "order", "identity"]);
        let store = TestStore::on(database, components).await;
        let dry = json!({ "dry_run": true, "rejects": store.path("rejects.csv") });
        for (data, mapping) in
            [(ORDERS, ORDER_MAPPING), (PRODUCTS, PRODUCT_MAPPING), (CUSTOMERS, MAPPING)]
        {
            let told = mapped(&store, data, mapping, dry.clone()).await;
            adds_up(&told);
            assert_eq!((&told["dry_run"], &told["written"]), (&json!(true), &json!({})), "{told}");
            let events: Vec<String> =
                store.events().await.into_iter().map(|(kind, _)| kind).collect();
            assert!(events.is_empty(), "{events:?}");
            assert_eq!(contents(&store).await, [0, 0, 0]);
            assert!(!store.path("rejects.csv").exists());
        }
        for (data, mapping) in
            [(ORDERS, ORDER_MAPPING), (PRODUCTS, PRODUCT_MAPPING), (CUSTOMERS, MAPPING)]
        {
            let told = mapped(&store, data, mapping, dry.clone()).await;
            let done = mapped(&store, data, mapping, json!({})).await;
            for key in
                ["lines_read", "by_kind", "by_reason", "found", "sums_minor", "rounding_micros"]
            {
                assert_eq!(told[key], done[key], "{key}");
            }
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_any_shop_come_in_by_a_mapping_file_and_only_once() {
    for_each_database(|database| async move {
        let mut components = COMPONENTS.to_vec();
        components.extend(["cart", "order", "identity"]);
        let store = TestStore::on(database, components).await;
        let report = mapped(&store, ORDERS, ORDER_MAPPING, json!({})).await;
        adds_up(&report);
        assert_eq!(
            (&report["lines_read"], &report["lines_imported"]),
            (&json!(9), &json!(4)),
            "{report}"
        );
        let reasons = json!({
            "SKU missing or too long": 1,
            "date not understood": 1,
            "order number missing or too long": 1,
            "price is no amount": 1,
            "quantity is zero or beyond all measure": 1,
        });
        assert_eq!(report["by_reason"], reasons);
        store.drain().await;
        let staff = store.login_staff().await;
        let orders = || async { staff.get("/api/v1/admin/orders?sort=number").await.json() };
        let first = orders().await;
        let data = each(&first, "data");
        let seen: Vec<(&Value, &Value, &Value)> =
            data.iter().map(|it| (&it["number"], &it["total"], &it["placed_at"])).collect();
        let expected = [
            (json!("old-1"), json!(gbp(501 + 33)), json!("2011-12-31T00:00:00Z")),
            (json!("old-2"), json!(gbp(750)), json!("2012-01-15T00:00:00Z")),
        ];
        assert_eq!(seen, expected.each_ref().map(|(a, b, c)| (a, b, c)).to_vec());
        let customers = staff.get("/api/v1/admin/customers").await.json();
        assert_eq!(each(&customers, "data")[0]["name"], "Ada");
        assert_eq!(each(&customers, "data")[0]["orders"], 1, "{customers}");

        let before = contents(&store).await;
        let events = store.events().await.len();
        let again = mapped(&store, ORDERS, ORDER_MAPPING, json!({})).await;
        assert_eq!(again["lines_imported"], 4, "{again}");
        let is_new = |(key, count): &(&String, &Value)| {
            !key.ends_with("unchanged") && *key != "customers_learned" && **count != 0
        };
        let written: Vec<_> = again["written"].as_object().unwrap().iter().filter(is_new).collect();
        assert!(written.is_empty(), "{written:?}");
        store.drain().await;
        assert_eq!(contents(&store).await, before);
        assert_eq!(store.events().await.len(), events, "nothing happened");
        let now = orders().await;
        assert_eq!(now, first);
        // The same lines in a file that grew by one.
        let grown = format!("{ORDERS}2;01/15/2012;B;Bee;1;2;;\n");
        let more = mapped(&store, &grown, ORDER_MAPPING, json!({})).await;
        adds_up(&more);
        let totals: Vec<Value> =
            each(&orders().await, "data").iter().map(|it| it["total"].clone()).collect();
        assert_eq!(totals, [json!(gbp(534)), json!(gbp(950))]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn products_of_any_shop_come_in_by_a_mapping_file() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, COMPONENTS).await;
        let report = mapped(&store, PRODUCTS, PRODUCT_MAPPING, json!({})).await;
        adds_up(&report);
        assert_eq!(
            (&report["lines_imported"], &report["lines_rejected"]),
            (&json!(2), &json!(3)),
            "{report}"
        );
        store.drain().await;
        let guest = store.http();
        let list = guest.get("/api/v1/store/products?sort=name").await.json();
        assert_eq!(each(&list, "name"), [json!("Jug"), json!("Kettle")]);
        assert_eq!(each(&list, "price"), [json!(gbp(1000)), json!(gbp(2000))]);
        assert_eq!(list["items"][1]["list_price"], json!(gbp(2500)));
        let slug = list["items"][1]["slug"].as_str().unwrap();
        let kettle = guest.get(&format!("/api/v1/store/products/{slug}")).await.json();
        assert_eq!(kettle["variants"][0]["available"], 3);
        assert_eq!(kettle["tags"], json!(["tea", "steel"]));
        let again = mapped(&store, PRODUCTS, PRODUCT_MAPPING, json!({})).await;
        assert_eq!(again["written"]["products_unchanged"], 2, "{again}");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_imported_says_why() {
    let store = TestStore::on(TestDatabase::Sqlite, ["connect", "catalog", "pricing"]).await;
    let file = |name: &str, bytes: &[u8]| {
        let path = store.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let good = file("good.csv", SHOPIFY.as_bytes());
    let empty = file("empty.csv", b"");
    let words = file("words.csv", b"just words\n");
    let broken = file("broken.csv.gz", &[0x1f, 0x8b, 8, 0, 1, 2, 3]);
    let no_toml = file("no.toml", b"name = ");
    let no_column = file("column.toml", b"name = \"x\"\nrecords = \"products\"\n[columns]\nsku = \"Nr\"\nname = \"Title\"\nprice = \"Variant Price\"\n");
    let orders = file("orders.toml", ORDER_MAPPING.as_bytes());
    let ledger = file("orders.csv", ORDERS.as_bytes());
    for (data, mapping, expected) in [
        (store.path("none.csv"), json!("shopify-csv"), "none.csv cannot be read"),
        (
            good.clone(),
            json!("magento"),
            "there is no mapping 'magento'; use online-retail, shopify-csv",
        ),
        (good.clone(), json!(store.path("none.toml")), "none.toml cannot be read"),
        (good.clone(), json!(no_toml), "is not understood"),
        (
            good.clone(),
            json!(no_column),
            "the file has no column 'Nr'; its columns are Handle, Title",
        ),
        (good.clone(), json!("online-retail"), "the file has no column 'InvoiceNo'"),
        (empty.clone(), json!("shopify-csv"), "is no CSV file with a header: it is empty"),
        (empty, json!("online-retail"), "is no CSV file with a header"),
        (words, json!("shopify-csv"), "the file has no column 'Handle'"),
        (broken, json!("shopify-csv"), "broken.csv.gz cannot be read"),
        (ledger, json!(orders), "this mapping needs 'order', which is off in this store"),
    ] {
        let input = json!({ "data": data, "mapping": mapping });
        let system = Actor::System { caused_by: None };
        let why = refusal(&store, input.clone(), system).await;
        assert!(why.contains(expected), "{mapping}: {why}");
    }
    let input = json!({ "data": good, "mapping": "shopify-csv" });
    let clerk = Actor::User {
        id: Default::default(),
        name: "Clerk".into(),
        permissions: ["connect.import.run".to_owned()].into(),
    };
    let why = refusal(&store, input.clone(), clerk).await;
    assert!(why.contains("from its command line only"), "{why}");
    let stranger = refusal(&store, input, Actor::Guest).await;
    assert!(!stranger.is_empty());
    assert!(store.events().await.is_empty());
    store.close().await;
}

mod realdata {
    use super::*;

    /// Exports as shops really have them: each line is accounted for, and a second import changes nothing.
    #[tokio::test(flavor = "multi_thread")]
    async fn shopify_exports_come_in_once() {
        let Ok(folder) = std::env::var("HATCHERY_DATA") else {
            eprintln!("SKIPPED: shopify_exports_come_in_once: HATCHERY_DATA is not set");
            return;
        };
        let mut files: Vec<_> = std::fs::read_dir(format!("{folder}/imports/shopify"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(files.len() >= 6, "{files:?}");
        for file in files {
            let store = TestStore::new(COMPONENTS).await;
            let input = json!({ "data": file, "mapping": "shopify-csv" });
            let report = store.run_task("connect.import", input.clone()).await;
            adds_up(&report);
            let (read, imported) =
                (report["lines_read"].as_u64(), report["lines_imported"].as_u64());
            assert!(
                imported > Some(0) && imported.map(|it| it * 10) >= read.map(|it| it * 9),
                "{report}"
            );
            let created = report["written"]["products_created"].clone();
            assert!(created.as_u64() > Some(0), "{}: {report}", file.display());
            let again = store.run_task("connect.import", input).await;
            assert_eq!(
                again["written"],
                json!({ "products_unchanged": created }),
                "{}",
                file.display()
            );
            store.close().await;
        }
    }
}
