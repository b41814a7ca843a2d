//! The main job: a whole purchase over the API, and what staff do with it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::Client;
use crate::support::Host;

#[tokio::test]
async fn a_guest_buys_and_staff_take_the_order_to_its_end() {
    let host = Host::start(&["--demo"]).await;
    let guest = Client::new(&host);
    let products = guest.get("/api/v1/store/products?limit=5").await;
    let found = products.body["items"].as_array().expect("products");
    let variant = found
        .iter()
        .flat_map(|product| product["variants"].as_array().expect("variants"))
        .find(|variant| variant["available"].as_i64().is_none_or(|left| left >= 2))
        .expect("something in stock");
    let (sku, price) = (variant["sku"].as_str().expect("a SKU"), &variant["price"]["minor"]);
    let price = price.as_i64().expect("a price");

    let cart = guest.cart(sku, 2).await;
    let request = guest.checkout_request(&cart, "Ada@Example.org").await;
    let order = guest.checkout(&cart, &request, "one").await.expect("an answer");
    assert_eq!(order.status, StatusCode::CREATED, "{order:?}");
    let line = &order.body["lines"][0];
    assert_eq!(line["total"], json!({ "minor": 2 * price, "currency": "GBP" }));
    let adjustments = order.body["adjustments"].as_array().expect("adjustments");
    let extra: i64 = adjustments.iter().map(|it| it["amount"]["minor"].as_i64().unwrap_or(0)).sum();
    assert_eq!(order.body["total"]["minor"].as_i64(), Some(2 * price + extra));
    assert_eq!(order.body["payment_status"], "pending");

    let again = guest.checkout(&cart, &request, "one").await.expect("an answer");
    assert_eq!((again.status, &again.body["number"]), (order.status, &order.body["number"]));
    let mut other = request.clone();
    other["email"] = json!("eve@example.org");
    let refused = guest.checkout(&cart, &other, "one").await.expect("an answer");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");

    let number = order.body["number"].as_str().expect("a number");
    let token = order.body["token"].as_str().expect("a token");
    let path = format!("/api/v1/store/orders/{number}");
    assert_eq!(guest.get(&format!("{path}?token=wrong")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(guest.get(&path).await.status, StatusCode::NOT_FOUND);
    let followed = guest.get(&format!("{path}?token={token}")).await;
    assert_eq!(followed.body["status"], "placed");

    let id = order.body["id"].as_str().expect("an id");
    assert_eq!(guest.get("/api/v1/admin/orders").await.status, StatusCode::UNAUTHORIZED);
    let staff = Client::owner(&host).await;
    let act = async |action: &str, input: Value| {
        let path = format!("/api/v1/admin/orders/actions/{action}");
        staff.post(&path, json!({ "ids": [id], "input": input })).await
    };
    let early = act("ship", json!({})).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{early:?}");
    for (action, input) in [
        ("review", json!({})),
        ("answer", json!({ "message": "Thank you, Ada." })),
        ("ship", json!({ "carrier": "Post", "tracking_number": "AB1" })),
        ("receive-payment", json!({ "reference": "bank 7" })),
        ("deliver", json!({ "signed_by": "Ada" })),
    ] {
        let done = act(action, input).await;
        assert_eq!(done.status, StatusCode::OK, "{action}: {done:?}");
    }
    let done = guest.get(&format!("{path}?token={token}")).await;
    assert_eq!(done.body["status"], "completed", "{done:?}");
    assert_eq!(done.body["payment_status"], "paid");
    assert_eq!(done.body["fulfillment_status"], "delivered");

    let returns = json!({ "token": token, "lines": [{ "sku": sku, "quantity": 1 }] });
    let asked = guest.post(&format!("{path}/returns"), returns.clone()).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{asked:?}");
    let twice = json!({ "token": token, "lines": [{ "sku": sku, "quantity": 2 }] });
    let refused = guest.post(&format!("{path}/returns"), twice).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
    let received = act("receive-return", json!({})).await;
    assert_eq!(received.status, StatusCode::OK, "{received:?}");

    let filter = "/api/v1/admin/customers?filter=email%20%3D%20%22ada%40example.org%22";
    let file = eventually(&staff, filter, |body| body["items"][0]["data"]["orders"] == 1).await;
    assert_eq!(file["items"][0]["data"]["name"], "Ada Lovelace");
}

/// Asks until the answer is as it should be; events are delivered soon after a commit.
pub(crate) async fn eventually(
    client: &Client,
    path: &str,
    fits: impl Fn(&Value) -> bool,
) -> Value {
    let begun = std::time::Instant::now();
    loop {
        let answer = client.get(path).await;
        if fits(&answer.body) {
            return answer.body;
        }
        assert!(begun.elapsed().as_secs() < 30, "{path}: {answer:?}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
