//! Requests to a running host.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Host;

/// Somebody who speaks to a host.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Client {
    /// A visitor.
    pub(crate) fn new(host: &Host) -> Self {
        let http = reqwest::Client::builder().build().expect("a client");
        Self { http, base: host.url(""), token: None }
    }

    /// The owner of the demo, signed in with the one-time password that the host printed.
    pub(crate) async fn owner(host: &Host) -> Self {
        let output = host.output();
        let line = output.lines().find(|line| line.starts_with("Sign in as ")).expect("a password");
        let words: Vec<&str> = line.split_whitespace().collect();
        let (email, password) = (words[3], words[words.len() - 1]);
        let mut client = Self::new(host);
        let answer = client
            .http
            .post(format!("{}/api/v1/admin/session", client.base))
            .json(&json!({ "email": email, "password": password }))
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        let cookie = answer.headers()["set-cookie"].to_str().expect("a cookie").to_owned();
        client.token = Some(cookie.split(';').next().unwrap_or_default().to_owned());
        client
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await.expect("an answer")
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), None).await.expect("an answer")
    }

    /// One request; an error when the connection breaks.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.json(&body);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(cookie) = &self.token {
            request = request.header("Cookie", cookie);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { status, body })
    }

    /// A cart with so many of a SKU; its path.
    pub(crate) async fn cart(&self, sku: &str, quantity: i64) -> String {
        let cart = self.post("/api/v1/store/carts", json!({})).await;
        assert_eq!(cart.status, StatusCode::CREATED, "{cart:?}");
        let path = format!("/api/v1/store/carts/{}", cart.body["id"].as_str().expect("an id"));
        let lines = json!({ "sku": sku, "quantity": quantity });
        let filled = self.post(&format!("{path}/lines"), lines).await;
        assert!(filled.status.is_success(), "{filled:?}");
        path
    }

    /// What a buyer says at the checkout of a cart.
    pub(crate) async fn checkout_request(&self, cart: &str, email: &str) -> Value {
        let options = self.get(&format!("{cart}/shipping-options?country=GB")).await;
        json!({
            "email": email,
            "shipping_address": {
                "name": "Ada Lovelace",
                "line1": "1 High Street",
                "city": "York",
                "postal_code": "YO1 7EP",
                "country": "GB",
            },
            "shipping_method": options.body["items"][0]["code"],
            "payment": { "method": "remittance" },
        })
    }

    /// Checks a cart out.
    pub(crate) async fn checkout(
        &self,
        cart: &str,
        request: &Value,
        key: &str,
    ) -> reqwest::Result<Answer> {
        let path = format!("{cart}/checkout");
        self.send(Method::POST, &path, Some(request.clone()), Some(key)).await
    }

    /// A product of the shop with its only SKU made by staff, at 2.55 and with a stock.
    pub(crate) async fn make_product(&self, sku: &str, stock: i64) {
        let product = json!({
            "slug": sku.to_lowercase(),
            "status": "active",
            "name": { "en": "A thing to test", "zh-CN": "测试品" },
            "variants": [{ "sku": sku }],
        });
        let answer = self.post("/api/v1/admin/products", product).await;
        assert!(answer.status.is_success(), "{answer:?}");
        let price = json!({ "sku": sku, "price": "2.55" });
        let answer = self.post("/api/v1/admin/prices", price).await;
        assert!(answer.status.is_success(), "{answer:?}");
        let level = json!({ "sku": sku, "on_hand": stock });
        let answer = self.post("/api/v1/admin/stock-levels", level).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
}
