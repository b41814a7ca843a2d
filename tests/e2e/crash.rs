//! `kill -9` in the middle: nothing acknowledged is lost, nothing is half made.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use reqwest::StatusCode;

use crate::client::Client;
use crate::support::Host;

#[tokio::test]
async fn no_acknowledged_order_is_lost_and_the_same_key_gives_the_same_order() {
    let mut host = Host::start(&["--demo"]).await;
    let staff = Client::owner(&host).await;
    staff.make_product("CRASH", 1000).await;
    let carts = (0..60).map(|number| {
        let client = Client::new(&host);
        async move {
            let cart = client.cart("CRASH", 1).await;
            let request = client.checkout_request(&cart, &format!("b{number}@example.org")).await;
            (client, cart, request)
        }
    });
    let carts = join_all(carts).await;
    let checkouts = carts.iter().enumerate().map(|(number, (client, cart, request))| async move {
        let answer = client.checkout(cart, request, &format!("crash-{number}")).await.ok()?;
        (answer.status == StatusCode::CREATED).then_some((number, answer.body))
    });
    let killed = async {
        tokio::time::sleep(Duration::from_millis(120)).await;
        host.kill9();
    };
    let (answers, ()) = tokio::join!(join_all(checkouts), killed);
    let acknowledged: BTreeMap<usize, serde_json::Value> = answers.into_iter().flatten().collect();
    host.restart().await;

    for order in acknowledged.values() {
        let (number, token) = (order["number"].as_str(), order["token"].as_str());
        let path = format!(
            "/api/v1/store/orders/{}?token={}",
            number.expect("a number"),
            token.expect("a token")
        );
        let found = Client::new(&host).get(&path).await;
        assert_eq!(found.status, StatusCode::OK, "{found:?}");
        assert_eq!(found.body["total"], order["total"]);
    }
    let mut numbers = BTreeMap::new();
    for (number, (client, cart, request)) in carts.iter().enumerate() {
        let key = format!("crash-{number}");
        let answer = client.checkout(cart, request, &key).await.expect("an answer");
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        if let Some(order) = acknowledged.get(&number) {
            assert_eq!(answer.body["number"], order["number"]);
        }
        let order = answer.body["number"].as_str().expect("a number").to_owned();
        assert!(numbers.insert(order, number).is_none(), "two carts have one order");
    }
    // Every cart is exactly one order, and stock is kept for exactly these.
    let level = Client::owner(&host).await;
    let level = level.get("/api/v1/admin/stock-levels/CRASH@main").await;
    assert_eq!(level.body["data"]["reserved"], 60, "{level:?}");
}
