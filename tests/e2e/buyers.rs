//! Many buyers at once.

use futures::future::join_all;
use reqwest::StatusCode;

use crate::client::Client;
use crate::support::Host;

#[tokio::test]
async fn two_hundred_buyers_get_fifty() {
    let host = Host::start(&["--demo"]).await;
    let staff = Client::owner(&host).await;
    staff.make_product("FIFTY", 50).await;
    let buyers = (0..200).map(|number| {
        let client = Client::new(&host);
        async move {
            let cart = client.cart("FIFTY", 1).await;
            let email = format!("buyer{number}@example.org");
            let request = client.checkout_request(&cart, &email).await;
            (client, cart, request)
        }
    });
    // Carts first, so that the checkouts really come at once.
    let ready = join_all(buyers).await;
    let checkouts = ready.iter().enumerate().map(|(number, (client, cart, request))| async move {
        let key = format!("buyer-{number}");
        client.checkout(cart, request, &key).await.expect("an answer").status
    });
    let answers = join_all(checkouts).await;
    let count = |status| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!(count(StatusCode::CREATED), 50, "{answers:?}");
    assert_eq!(count(StatusCode::CONFLICT), 150, "{answers:?}");
}

#[tokio::test]
async fn one_cart_never_holds_more_than_there_is() {
    let host = Host::start(&["--demo"]).await;
    let staff = Client::owner(&host).await;
    staff.make_product("THREE", 3).await;
    let guest = Client::new(&host);
    let cart = guest.cart("THREE", 2).await;
    let more = serde_json::json!({ "sku": "THREE", "quantity": 2 });
    let refused = guest.post(&format!("{cart}/lines"), more).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
    assert_eq!(refused.body["details"]["available"], 3, "{refused:?}");
}
