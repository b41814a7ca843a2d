//! Every DTO crosses the boundary of a loaded component and comes back as it was: encoded with named fields,
//! decoded, and compared as JSON.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use hatchery_component::wire::{decode, encode};
use hatchery_component::{Actor, Error, Record, StoreInfo, View, platform};
use hatchery_interfaces::{cart, catalog, crm, inventory, listing, notification, order, payment};
use hatchery_interfaces::{pricing, recommendation, shipping, tax};
use hatchery_types::{Localized, Page, Query};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const ID: &str = "018f3c5e-7a2b-7c3d-8e4f-5a6b7c8d9e0f";
const TIME: &str = "2026-11-21T12:00:00.123456Z";

/// The JSON is what the type says of itself, and the type survives the crossing.
#[track_caller]
fn crosses<T: Serialize + DeserializeOwned>(json: Value) {
    let value: T = serde_json::from_value(json.clone()).expect("the JSON fits the type");
    assert_eq!(serde_json::to_value(&value).unwrap(), json, "the JSON is complete");
    let bytes = encode(&value).unwrap();
    let back: T = decode(&bytes).expect("the bytes fit the type");
    assert_eq!(serde_json::to_value(&back).unwrap(), json);
    // As an argument or a result it stands in a tuple or a list with others.
    let (back, rest): (Vec<T>, bool) = decode(&encode(&(vec![back], true)).unwrap()).unwrap();
    assert_eq!((serde_json::to_value(back).unwrap(), rest), (json!([json]), true));
}

fn money(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "GBP" })
}

fn unit() -> Value {
    json!({ "micros": 125_000, "currency": "GBP" })
}

fn text() -> Value {
    json!({ "en": "Teapot", "zh-CN": "茶壶" })
}

fn address() -> Value {
    json!({ "name": "Ada", "line1": "1 High St", "line2": "Flat 2", "city": "Leeds", "region": "Yorks",
        "postal_code": "LS1", "country": "GB", "phone": "1" })
}

#[test]
fn vocabulary() {
    crosses::<Localized>(text());
    crosses::<Localized>(json!({}));
    let plain: Localized = decode(&encode("Teapot").unwrap()).unwrap();
    assert_eq!(plain, Localized::en("Teapot"));
    crosses::<Page<catalog::SavedProduct>>(json!({ "items": [
        { "id": ID, "slug": "teapot", "created": true, "changed": false },
    ], "next_cursor": "abc" }));
    let query =
        Query::<Value>::parse_untyped("a < 2024-05-01 AND (b = (1.5 OR null) OR NOT c:*)", "-a");
    crosses::<Query<Value>>(serde_json::to_value(query.unwrap().limit(7)).unwrap());
    crosses::<Value>(
        json!({ "a": [1, -1, 0.5, null, true, "x", { "b": {} }], "big": u64::MAX, "least": i64::MIN }),
    );
}

#[test]
fn platform_types() {
    crosses::<Actor>(json!({ "kind": "guest" }));
    crosses::<Actor>(json!({ "kind": "customer", "who": { "id": ID, "name": "Ada" } }));
    let user =
        json!({ "kind": "user", "who": { "id": ID, "name": "Bo", "permissions": ["*", "a.*"] } });
    crosses::<Actor>(user.clone());
    crosses::<Actor>(json!({ "kind": "system", "who": { "caused_by": null } }));
    crosses::<std::collections::BTreeMap<uuid::Uuid, Actor>>(json!({ ID: user }));
    crosses::<StoreInfo>(
        json!({ "id": ID, "slug": "acme", "name": "Acme", "locales": ["en", "zh-CN"],
        "currency": "GBP", "time_zone": "Europe/London", "base_url": "https://acme.example" }),
    );
    crosses::<Record>(
        json!({ "id": "1", "version": 3, "data": { "tags": ["a"], "price": money(1) } }),
    );
    crosses::<View>(json!({ "template": "a/b.html", "data": { "x": [1, null] },
        "slots": [{ "slot": "product.after", "subjects": [ID] }], "status": 404 }));
    crosses::<Error>(json!({ "kind": "not_found", "code": "a.b", "message": "No.",
        "fields": [{ "field": "/a", "code": "b", "message": "c" }], "details": { "left": 2 } }));
    let file = json!({ "hash": "ab", "content_type": "image/svg+xml", "size": 12 });
    crosses::<platform::FileInfo>(file.clone());
    crosses::<std::collections::BTreeMap<String, (platform::FileInfo, Vec<u8>)>>(
        json!({ "ab": [file, [0, 200, 255]] }),
    );
    crosses::<platform::CustomField>(
        json!({ "resource": "products", "key": "glaze", "kind": "choice",
        "label": text(), "choices": ["matt"] }),
    );
    crosses::<platform::ListRequest>(
        json!({ "filter": "a=1", "sort": null, "limit": 5, "cursor": null }),
    );
    crosses::<platform::ResourceDescription>(
        json!({ "name": "orders", "component": "order", "group": "sell",
        "schema": { "type": "object" }, "columns": ["number"], "sortable": [], "filterable": ["status"],
        "actions": [{ "name": "ship", "permission": "order.ship", "input": null, "confirm": true }],
        "can_write": true, "can_create": false, "page": null }),
    );
    crosses::<platform::Change>(
        json!({ "at": TIME, "actor": "user:1", "actor_name": "Bo", "action": "update",
        "changes": { "name": ["a", "b"] } }),
    );
    crosses::<platform::TaskRun>(
        json!({ "id": ID, "task": "connect.import", "state": "running", "done": 1,
        "total": null, "message": "", "result": null }),
    );
    crosses::<platform::SettingsView>(
        json!({ "schema": {}, "values": {}, "locked": { "a": "b:1" } }),
    );
}

#[test]
fn catalog_types() {
    let variant = json!({ "sku": "85123A", "name": text(), "options": { "color": "red" }, "weight_grams": 250,
        "barcode": null, "image": 0 });
    let option =
        json!({ "key": "color", "name": text(), "values": [{ "key": "red", "name": text() }] });
    let attribute = json!({ "key": "material", "name": text(), "value": text() });
    let image = json!({ "url": "/files/ab", "alt": {} });
    crosses::<catalog::Product>(
        json!({ "id": ID, "slug": "teapot", "status": "archived", "name": text(),
        "description": {}, "brand": null, "category_path": ["tea"], "collections": [], "attributes": [attribute],
        "options": [option], "variants": [variant], "images": [image], "tax_category": "standard",
        "tags": ["gift"], "created_at": TIME, "updated_at": TIME, "version": 1 }),
    );
    crosses::<catalog::ProductDraft>(json!({ "slug": "teapot", "status": "draft", "name": text(),
        "description": {}, "brand": "Acme", "category": "tea", "collections": ["featured"],
        "attributes": [attribute], "options": [option], "variants": [variant], "images": [image],
        "tax_category": "", "tags": [] }));
    crosses::<catalog::Category>(
        json!({ "id": ID, "slug": "tea", "name": text(), "parent": null, "position": -1 }),
    );
    crosses::<catalog::CategoryDraft>(
        json!({ "slug": "tea", "name": text(), "parent": "x", "position": 1 }),
    );
    crosses::<catalog::Collection>(
        json!({ "id": ID, "slug": "featured", "name": text(), "description": {}, "position": 1 }),
    );
    crosses::<catalog::CollectionDraft>(
        json!({ "slug": "featured", "name": text(), "description": {}, "position": 1 }),
    );
}

#[test]
fn selling_types() {
    crosses::<pricing::Price>(
        json!({ "sku": "A", "unit": unit(), "price": money(13), "list_price": money(20) }),
    );
    crosses::<pricing::PriceDraft>(json!({ "sku": "A", "price": unit(), "list_price": null }));
    crosses::<inventory::Availability>(
        json!({ "sku": "A", "on_hand": 3, "reserved": 1, "available": null }),
    );
    crosses::<inventory::StockCount>(
        json!({ "sku": "A", "location": null, "on_hand": 3, "reason": "count" }),
    );
    crosses::<tax::TaxQuery>(json!({ "country": "GB", "region": null,
        "amounts": [{ "category": "standard", "amount": money(100) }] }));
    crosses::<tax::TaxLine>(json!({ "code": "vat", "name": "VAT", "rate_basis_points": 2000,
        "amount": money(20), "included": true }));
    let line = json!({ "id": ID, "sku": "A", "product_id": ID, "slug": "teapot", "name": "Teapot",
        "quantity": 2, "unit_price": money(13), "unit": unit(), "total": money(25), "available": 3,
        "tax_category": "standard", "weight_grams": null });
    crosses::<cart::CartLine>(line.clone());
    crosses::<cart::Cart>(json!({ "id": ID, "order_number": "1001", "lines": [line],
        "totals": { "quantity": 2, "subtotal": money(25), "total": money(25) }, "created_at": TIME, "version": 1 }));
    crosses::<listing::ProductCard>(
        json!({ "id": ID, "slug": "teapot", "name": "Teapot", "summary": "",
        "price": money(1), "price_varies": true, "available": true, "category": "tea",
        "variants": [{ "sku": "A", "name": "", "price": money(1), "available": null }] }),
    );
    crosses::<listing::ListingQuery>(json!({ "q": "tea", "category": null, "collection": null,
        "filter": "price < 100", "sort": "-price", "limit": 24, "cursor": null }));
    crosses::<recommendation::RecommendationRequest>(
        json!({ "placement": "product", "products": [ID], "limit": 4 }),
    );
    crosses::<recommendation::Recommendation>(json!({ "product_id": ID, "score": 0.1, "reason":
        { "kind": "together", "text": text(), "because_of": ID, "together": 3, "of": 9 } }));
    crosses::<notification::Notice>(
        json!({ "key": "order:1", "template": "order/mail.html", "to": "a@b.example",
        "locale": "zh-CN", "data": { "order": { "number": 7 } } }),
    );
}

#[test]
fn order_types() {
    let line = json!({ "id": ID, "sku": "A", "product_id": null, "name": "Teapot", "quantity": 2, "returned": 0,
        "unit_price": money(13), "unit": unit(), "total": money(25) });
    crosses::<order::Order>(json!({ "id": ID, "number": "1001", "token": "t", "status": "placed",
        "payment_status": "partially_refunded", "fulfillment_status": "unfulfilled", "email": "a@b.example",
        "customer_reference": null, "locale": "en", "currency": "GBP", "lines": [line],
        "adjustments": [{ "kind": "tax", "label": "VAT", "amount": money(5), "source": "tax", "included": money(1) }],
        "subtotal": money(25), "total": money(30), "shipping_address": address(), "billing_address": null,
        "shipping_method": "flat", "delivery_window": null,
        "timeline": [{ "at": TIME, "kind": "placed", "message": "", "public": true }],
        "placed_at": TIME, "source": "web", "version": 1 }));
    let line = json!({ "row": 7, "sku": "A", "name": "Teapot", "quantity": -2, "returned": 0, "unit": unit() });
    let charge = json!({ "row": 8, "kind": "postage", "label": "Postage", "amount": money(500), "source": "18" });
    crosses::<order::ImportedOrder>(
        json!({ "source": "file", "number": "536365", "placed_at": TIME,
        "customer_reference": "17850", "email": null, "country": "GB", "status": "completed",
        "payment_status": "paid", "fulfillment_status": "delivered", "lines": [line], "charges": [charge],
        "shipping_address": null, "customer_name": null }),
    );
    crosses::<order::ImportedReturn>(
        json!({ "source": "file", "number": "C536379", "returned_at": TIME,
        "customer_reference": null, "lines": [line], "charges": [charge] }),
    );
    crosses::<order::Basket>(
        json!({ "order_id": ID, "customer": null, "placed_at": TIME, "lines": [["A", 2]] }),
    );
    crosses::<order::Purchases>(json!({ "customer": "a@b.example", "orders": 2, "spent": money(7),
        "first_at": TIME, "last_at": null }));
}

#[test]
fn payment_types() {
    crosses::<payment::TenderRequest>(
        json!({ "method": "card", "amount": money(5), "token": "tok_1",
        "nested": { "a": [1, null] }, "save": true }),
    );
    crosses::<payment::TenderRequest>(json!({ "method": "cheque", "amount": null }));
    crosses::<payment::NextAction>(json!({ "kind": "redirect", "url": "https://bank.example" }));
    crosses::<payment::NextAction>(json!({ "kind": "instructions", "text": text() }));
    for outcome in [
        json!({ "outcome": "authorized" }),
        json!({ "outcome": "pending", "with": null }),
        json!({ "outcome": "pending", "with": { "kind": "instructions", "text": text() } }),
        json!({ "outcome": "declined", "with": { "code": "declined", "message": "No." } }),
    ] {
        crosses::<payment::ProviderResult>(json!({ "reference": null, "outcome": outcome }));
        crosses::<payment::ProviderEvent>(json!({ "id": "e1", "payment_id": ID,
            "result": { "reference": "r", "outcome": outcome }, "amount": money(5) }));
    }
    crosses::<payment::PaymentMethod>(
        json!({ "code": "card", "kind": "card", "name": text(), "description": {},
        "fields": [{ "name": "token", "label": text(), "required": true }], "provider": "payment-card" }),
    );
}

#[test]
fn people_and_parcels() {
    crosses::<crm::Customer>(
        json!({ "id": ID, "email": "a@b.example", "name": null, "gender": "other",
        "birth_date": "1990-02-28", "age": 36, "occupation": null, "interests": ["tea"],
        "channels": [{ "kind": "phone", "value": "1", "preferred": true }], "address": address(),
        "locale": "zh-CN", "references": { "file": "17850" }, "orders": 2, "spent": money(7),
        "first_order_at": TIME, "last_order_at": null, "created_at": TIME, "version": 4 }),
    );
    crosses::<crm::CustomerFacts>(
        json!({ "reference": ["file", "17850"], "email": null, "name": null,
        "gender": null, "birth_date": null, "occupation": null, "interests": [], "channels": [],
        "address": null, "locale": null }),
    );
    crosses::<shipping::ShippingQuery>(json!({ "country": "GB", "postal_code": null,
        "lines": [{ "sku": "A", "quantity": 1, "weight_grams": 3 }], "subtotal": money(9) }));
    let window = json!({ "code": "am", "label": "Morning", "from": TIME, "to": TIME });
    crosses::<shipping::ShippingOption>(json!({ "code": "flat", "name": "Flat", "price": money(5),
        "delivery_windows": [window], "carrier": "shipping-flat-rate" }));
    crosses::<shipping::ShippingRate>(json!({ "code": "flat", "name": text(), "price": money(5),
        "delivery_windows": [] }));
    crosses::<shipping::Shipment>(
        json!({ "id": ID, "order_id": ID, "lines": [{ "sku": "A", "quantity": 1 }],
        "carrier": "", "tracking_number": "T", "tracking_url": null, "dispatched_at": TIME,
        "delivered_at": null, "signed_by": null }),
    );
}
