//! Invariant 1: the kernel contains no commerce noun.

use crate::findings::{Finding, assert_none};
use crate::source::{identifiers, words};
use crate::workspace::Workspace;

/// Nouns of the trade, in the singular.
const NOUNS: [&str; 36] = [
    "basket",
    "cart",
    "catalog",
    "catalogue",
    "category",
    "checkout",
    "coupon",
    "customer",
    "delivery",
    "discount",
    "fulfillment",
    "inventory",
    "invoice",
    "merchandise",
    "parcel",
    "payment",
    "price",
    "pricing",
    "product",
    "promotion",
    "purchase",
    "refund",
    "rma",
    "shipment",
    "shipping",
    "shopper",
    "shopping",
    "sku",
    "stock",
    "storefront",
    "subtotal",
    "tax",
    "tender",
    "warehouse",
    "wishlist",
    "order",
];

/// Words beside which `order` means a purchase and not a sequence.
const ORDER_NEIGHBORS: [&str; 10] =
    ["id", "item", "line", "number", "place", "placed", "sales", "status", "token", "total"];

/// What the kernel may say, and why.
const ALLOWED: [(&str, &str); 5] = [
    // Registration of components at link time: https://docs.rs/inventory
    ("inventory", "inventory::"),
    // The kinds of an actor are part of the component face; a customer is a signed-in visitor.
    ("customer", "Actor::Customer"),
    ("customer", "\"customer\""),
    ("customer", "\"customer:"),
    // How an event or a webhook reaches its receiver.
    ("delivery", "delivery"),
];

#[test]
fn the_kernel_contains_no_commerce_noun() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for source in &workspace.get("crates/kernel").sources {
        for (number, line) in source.lines() {
            let mut found: Vec<String> = identifiers(line).flat_map(nouns).collect();
            found.extend(source.literals_of(number).flat_map(nouns));
            found.retain(|noun| !is_allowed(noun, source.raw_line(number)));
            for noun in found {
                let message =
                    format!("`{noun}` is a noun of the trade; it belongs into a component");
                findings.push(Finding::new(&source.path, number, message));
            }
        }
    }
    assert_none("Invariant 1: the kernel contains no commerce noun.", findings);
}

fn is_allowed(noun: &str, line: &str) -> bool {
    ALLOWED.iter().any(|(allowed, context)| *allowed == noun && line.contains(context))
}

/// The commerce nouns in an identifier or a text, in the singular.
fn nouns(text: &str) -> Vec<String> {
    let words: Vec<String> = words(text);
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let singular = singular(word);
        if !NOUNS.contains(&singular.as_str()) {
            continue;
        }
        if singular == "order" {
            let before = index.checked_sub(1).map(|index| words[index].as_str());
            let after = words.get(index + 1).map(String::as_str);
            let trade =
                [before, after].into_iter().flatten().any(|it| ORDER_NEIGHBORS.contains(&it));
            if word == "order" && !trade {
                continue;
            }
        }
        found.push(singular);
    }
    found
}

fn singular(word: &str) -> String {
    match (word.strip_suffix("ies"), word.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) if stem != "tax" => stem.to_owned(),
        _ => word.strip_suffix("es").unwrap_or(word).to_owned(),
    }
}

#[test]
fn nouns_are_found_in_every_form() {
    let check = |text: &str, expect: &[&str]| assert_eq!(nouns(text), expect, "{text}");
    check("list_products", &["product"]);
    check("CartLine", &["cart"]);
    check("/api/v1/store/categories", &["category"]);
    check("place_order", &["order"]);
    check("order.placed.v1", &["order"]);
    check("OrderId", &["order"]);
    check("orders", &["order"]);
    check("order_by", &[]);
    check("Ordering", &[]);
    check("in order of their names", &[]);
    check("a production system", &[]);
}
