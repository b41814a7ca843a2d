//! The admin API: resources with permissions, versions, history, staff-defined fields and exports.

use axum::body::Body;
use futures::future::join_all;
use serde_json::{Value, json};

use super::fixture::Shop;

const THINGS: &str = "/api/v1/admin/things";

both_databases!(
    records_are_made_read_and_changed,
    data_are_checked_against_the_schema,
    every_way_asks_for_its_permission,
    lists_are_filtered_sorted_and_paged,
    history_tells_who_changed_what,
    a_change_that_fails_leaves_nothing,
    staff_add_fields,
    a_field_is_defined_with_care,
);

async fn with_things(shop: &Shop, names: &[(&str, i64)]) {
    for (name, size) in names {
        let answer = shop.staff("POST", THINGS, json!({ "name": name, "size": size })).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
}

async fn define(shop: &Shop, key: &str, kind: &str, choices: &[&str]) {
    let field = json!({ "resource": "things", "key": key, "kind": kind, "label": { "en": key }, "choices": choices });
    let answer = shop.staff("POST", "/api/v1/admin/fields", field).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
}

async fn names(shop: &Shop, query: &str) -> Vec<String> {
    let answer = shop.staff("GET", &format!("{THINGS}?{query}"), Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let items = answer.json()["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["data"]["name"].as_str().unwrap().to_owned()).collect()
}

async fn records_are_made_read_and_changed(shop: &Shop) {
    with_things(shop, &[]).await;
    let made = shop.staff("POST", THINGS, json!({ "name": "pot", "size": 3 })).await;
    assert_eq!((made.status.as_u16(), made.header("etag")), (201, "\"1\""));
    assert_eq!(made.header("location"), format!("{THINGS}/t1"));
    let read = shop.staff("GET", &format!("{THINGS}/t1"), Value::Null).await;
    assert_eq!(
        read.json(),
        json!({ "id": "t1", "version": 1, "data": { "id": "t1", "name": "pot", "size": 3 } })
    );
    assert_eq!(read.header("cache-control"), "no-store");

    let changed = shop.staff("PATCH", &format!("{THINGS}/t1"), json!({ "size": 4 })).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, "\"2\""));
    assert_eq!(changed.json()["data"], json!({ "id": "t1", "name": "pot", "size": 4 }));
    let replaced =
        shop.staff("PUT", &format!("{THINGS}/t1"), json!({ "name": "jar", "size": 5 })).await;
    assert_eq!(replaced.json()["data"]["name"], "jar");

    let headers = [("authorization", "Bearer good"), ("if-match", "\"2\"")];
    let body = json!({ "name": "cup", "size": 1 }).to_string();
    let stale = shop.send("PUT", &format!("{THINGS}/t1"), &headers, body).await;
    assert_eq!(stale.outcome(), "412 resource.stale");
    let together =
        (0..8).map(|size| {
            let body = json!({ "name": "mug", "size": size }).to_string();
            let headers = [("authorization", "Bearer good"), ("if-match", "\"3\"")];
            async move {
                shop.send("PUT", &format!("{THINGS}/t1"), &headers, body).await.status.as_u16()
            }
        });
    let mut outcomes = join_all(together).await;
    outcomes.sort_unstable();
    assert_eq!(outcomes, [200, 412, 412, 412, 412, 412, 412, 412]);
    let missing = shop.staff("PATCH", &format!("{THINGS}/t9"), json!({})).await;
    assert_eq!(missing.outcome(), "404 resource.no_record");
    assert_eq!(
        shop.staff("GET", "/api/v1/admin/nothings", Value::Null).await.outcome(),
        "404 resource.unknown"
    );
}

async fn data_are_checked_against_the_schema(shop: &Shop) {
    with_things(shop, &[]).await;
    let answer = shop.staff("POST", THINGS, json!({ "name": "", "size": "big" })).await;
    assert_eq!(answer.outcome(), "422 resource.invalid");
    let fields = answer.json()["fields"].clone();
    let found: Vec<&str> =
        fields.as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
    assert_eq!(found, ["/name", "/size"]);
    let answer = shop
        .staff(
            "POST",
            &format!("{THINGS}/actions/grow"),
            json!({ "ids": [], "input": { "by": 0 } }),
        )
        .await;
    assert_eq!(answer.json()["fields"][0]["field"], "/by");
}

async fn every_way_asks_for_its_permission(shop: &Shop) {
    with_things(shop, &[("pot", 1)]).await;
    let check = |method: &'static str, path: &'static str, expect: [&'static str; 3]| async move {
        let tokens = [None, Some("Bearer nothing"), Some("Bearer reader")];
        for (token, expect) in tokens.into_iter().zip(expect) {
            let headers: Vec<(&str, &str)> =
                token.map(|it| ("authorization", it)).into_iter().collect();
            let body = if path.contains("actions") {
                r#"{"ids":["t1"],"input":{"by":1}}"#
            } else {
                r#"{"name":"a","size":1}"#
            };
            let answer = shop.send(method, path, &headers, body).await;
            assert_eq!(answer.outcome(), expect, "{method} {path} {token:?}");
        }
    };
    let (guest, nobody) = ("401 auth.required", "403 auth.denied");
    check("GET", "/api/v1/admin", [guest, "200", "200"]).await;
    check("GET", "/api/v1/admin/things", [guest, nobody, "200"]).await;
    check("GET", "/api/v1/admin/things.csv", [guest, nobody, "200"]).await;
    check("GET", "/api/v1/admin/things/t1", [guest, nobody, "200"]).await;
    check("GET", "/api/v1/admin/things/t1/history", [guest, nobody, "200"]).await;
    check("POST", "/api/v1/admin/things", [guest, nobody, nobody]).await;
    check("PUT", "/api/v1/admin/things/t1", [guest, nobody, nobody]).await;
    check("PATCH", "/api/v1/admin/things/t1", [guest, nobody, nobody]).await;
    check("POST", "/api/v1/admin/things/actions/grow", [guest, nobody, nobody]).await;
    check("POST", "/api/v1/admin/fields", [guest, nobody, nobody]).await;
    let described = shop
        .send("GET", "/api/v1/admin", &[("authorization", "Bearer reader")], Body::empty())
        .await;
    let described = described.json()["resources"].clone();
    assert_eq!(described.as_array().unwrap().len(), 1, "{described}");
    assert_eq!(described[0]["can_write"], false);
}

async fn lists_are_filtered_sorted_and_paged(shop: &Shop) {
    with_things(shop, &[("pot", 3), ("cup", 1), ("jar", 2)]).await;
    assert_eq!(names(shop, "sort=-size").await, ["pot", "jar", "cup"]);
    assert_eq!(names(shop, "filter=size%20%3E%201&sort=name").await, ["jar", "pot"]);
    let answer = shop.staff("GET", &format!("{THINGS}?filter=siz%3D1"), Value::Null).await;
    assert_eq!(answer.outcome(), "422 query.unknown_field");

    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = shop
            .staff("GET", &format!("{THINGS}?sort=size&limit=2&cursor={cursor}"), Value::Null)
            .await
            .json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["data"]["name"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ["cup", "jar", "pot"]);
}

async fn history_tells_who_changed_what(shop: &Shop) {
    with_things(shop, &[("pot", 3)]).await;
    shop.staff("PATCH", &format!("{THINGS}/t1"), json!({ "size": 4 })).await;
    let body = json!({ "ids": ["t1"], "input": { "by": 6 } });
    let acted = shop.staff("POST", &format!("{THINGS}/actions/grow"), body).await;
    assert_eq!(acted.json(), json!({ "result": { "grown": 1 } }));
    let history = shop.staff("GET", &format!("{THINGS}/t1/history"), Value::Null).await.json();
    let found: Vec<(&str, &Value)> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["action"].as_str().unwrap(), &it["changes"]))
        .collect();
    assert_eq!(found.len(), 3, "{history}");
    assert_eq!(found[0], ("grow", &json!({ "size": { "before": 4, "after": 10 } })));
    assert_eq!(found[1], ("update", &json!({ "size": { "before": 3, "after": 4 } })));
    assert_eq!(found[2].1["name"], json!({ "before": null, "after": "pot" }));
    assert_eq!(history["items"][0]["actor_name"], "Ada");
    let page = shop.staff("GET", &format!("{THINGS}/t1/history?limit=2"), Value::Null).await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = shop
        .staff("GET", &format!("{THINGS}/t1/history?limit=2&cursor={cursor}"), Value::Null)
        .await
        .json();
    assert_eq!(rest["items"][0]["action"], "create");
    assert_eq!(rest["next_cursor"], Value::Null);
}

async fn a_change_that_fails_leaves_nothing(shop: &Shop) {
    with_things(shop, &[("pot", 3)]).await;
    define(shop, "weight", "number", &[]).await;
    let answer = shop
        .staff(
            "PATCH",
            &format!("{THINGS}/t1"),
            json!({ "size": 9, "custom": { "weight": "heavy" } }),
        )
        .await;
    assert_eq!(
        (answer.outcome().as_str(), answer.json()["fields"][0]["field"].as_str()),
        ("422 resource.invalid", Some("/custom/weight"))
    );
    let read = shop.staff("GET", &format!("{THINGS}/t1"), Value::Null).await.json();
    assert_eq!((&read["version"], &read["data"]["size"]), (&json!(1), &json!(3)));
    let history = shop.staff("GET", &format!("{THINGS}/t1/history"), Value::Null).await.json();
    assert_eq!(history["items"].as_array().unwrap().len(), 1);
}

async fn staff_add_fields(shop: &Shop) {
    with_things(shop, &[("pot", 3), ("cup", 1), ("jar", 2)]).await;
    define(shop, "color", "choice", &["red", "blue"]).await;
    define(shop, "weight", "number", &[]).await;
    define(shop, "since", "date", &[]).await;
    define(shop, "fragile", "yes_no", &[]).await;
    define(shop, "note", "text", &[]).await;

    let custom = json!({ "color": "red", "weight": 2.5, "since": "2026-01-31", "fragile": true, "note": "Handle with care" });
    let saved = shop.staff("PATCH", &format!("{THINGS}/t1"), json!({ "custom": custom })).await;
    assert_eq!(saved.json()["data"]["custom"], custom, "{}", saved.text);
    // Only the fields of staff changed, so the record keeps its version.
    assert_eq!(saved.json()["version"], 1);
    shop.staff(
        "PATCH",
        &format!("{THINGS}/t2"),
        json!({ "custom": { "color": "blue", "weight": 10 } }),
    )
    .await;

    let wrong = shop
        .staff(
            "PATCH",
            &format!("{THINGS}/t1"),
            json!({ "custom": { "color": "green", "size": 1 } }),
        )
        .await;
    assert_eq!(wrong.outcome(), "422 resource.invalid");

    let filters = [
        ("custom.color = \"red\"", vec!["pot"]),
        ("custom.color != \"red\"", vec!["cup"]),
        ("custom.color = (\"red\" OR \"blue\")", vec!["cup", "pot"]),
        ("NOT custom.color = \"red\"", vec!["cup", "jar"]),
        ("custom.color = null", vec!["jar"]),
        ("custom.color:*", vec!["cup", "pot"]),
        ("custom.weight < 3", vec!["pot"]),
        ("custom.weight >= 2.5 AND size < 2", vec!["cup"]),
        ("custom.since >= 2026-01-01", vec!["pot"]),
        ("custom.since < 2026-01-31", vec![]),
        ("custom.fragile = true", vec!["pot"]),
        ("custom.note:CARE", vec!["pot"]),
        ("custom.color = \"blue\" OR size = 2", vec!["cup", "jar"]),
    ];
    for (filter, expect) in filters {
        let query: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        assert_eq!(names(shop, &format!("sort=name&filter={query}")).await, expect, "{filter}");
    }
    let answer =
        shop.staff("GET", &format!("{THINGS}?filter=custom.colour%3D1"), Value::Null).await;
    assert_eq!(answer.outcome(), "422 query.unknown_field");

    let described = shop.staff("GET", "/api/v1/admin", Value::Null).await.json();
    let things = described["resources"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "things")
        .unwrap()
        .clone();
    let schema = &things["schema"]["properties"]["custom"]["properties"];
    assert_eq!(schema["color"]["enum"], json!(["red", "blue", null]));
    assert_eq!(schema["since"]["format"], "date");
    let document = shop.get("/api/openapi.json").await.json();
    assert!(
        document["components"]["schemas"]["resource.things"]["properties"]["custom"].is_object()
    );

    let csv = shop.staff("GET", &format!("{THINGS}.csv?sort=name"), Value::Null).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(
        lines[0],
        "id,name,size,custom.color,custom.fragile,custom.note,custom.since,custom.weight"
    );
    assert_eq!(lines[3], "t1,pot,3,red,true,Handle with care,2026-01-31,2.5");

    let gone =
        shop.staff("PATCH", &format!("{THINGS}/t1"), json!({ "custom": { "color": null } })).await;
    assert_eq!(gone.json()["data"]["custom"].get("color"), None, "{}", gone.text);
    let deleted = shop
        .staff("POST", "/api/v1/admin/fields/actions/delete", json!({ "ids": ["things.weight"] }))
        .await;
    assert_eq!(deleted.json()["result"], json!({ "deleted": ["things.weight"], "values": 2 }));
    let read = shop.staff("GET", &format!("{THINGS}/t2"), Value::Null).await.json();
    assert_eq!(read["data"]["custom"], json!({ "color": "blue" }));
}

async fn a_field_is_defined_with_care(shop: &Shop) {
    with_things(shop, &[]).await;
    let check = |change: Value, expect: &'static str| async move {
        let mut field = json!({ "resource": "things", "key": "color", "kind": "text", "label": { "en": "Color" } });
        field.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = shop.staff("POST", "/api/v1/admin/fields", field).await;
        let place = answer.json()["fields"][0]["field"].as_str().unwrap_or_default().to_owned();
        assert_eq!(format!("{} {place}", answer.outcome()), expect, "{}", answer.text);
    };
    check(json!({ "key": "Color" }), "422 field.invalid /key").await;
    check(json!({ "resource": "nothings" }), "422 field.invalid /resource").await;
    check(json!({ "label": {} }), "422 field.invalid /label").await;
    check(json!({ "kind": "choice" }), "422 field.invalid /choices").await;
    check(json!({ "choices": ["a"] }), "422 field.invalid /choices").await;
    check(json!({ "kind": "color" }), "422 resource.invalid /kind").await;
    check(json!({}), "201 ").await;
    check(json!({}), "409 field.exists /key").await;
    let changed = shop
        .staff("PATCH", "/api/v1/admin/fields/things.color", json!({ "label": { "en": "Colour" } }))
        .await;
    assert_eq!(
        (changed.status.as_u16(), changed.json()["version"].as_i64()),
        (200, Some(2)),
        "{}",
        changed.text
    );
    let fixed =
        shop.staff("PATCH", "/api/v1/admin/fields/things.color", json!({ "kind": "number" })).await;
    assert_eq!(fixed.outcome(), "409 field.fixed");
    let listed = shop
        .staff("GET", "/api/v1/admin/fields?filter=resource%3Dthings&sort=-id", Value::Null)
        .await
        .json();
    assert_eq!(listed["items"][0]["id"], "things.color");
}
