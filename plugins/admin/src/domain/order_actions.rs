//! Which actions of an order, a payment or a return fit its state. An action that is not known here is always offered; the
//! order's own rules decide in the end.

use serde_json::Value;

/// Whether the action makes sense for an order with this data.
pub(crate) fn fits(action: &str, order: &Value) -> bool {
    let is =
        |key: &str, words: &[&str]| order[key].as_str().is_some_and(|word| words.contains(&word));
    let open = is("status", &["placed", "reviewed"]);
    match action {
        "review" => is("status", &["placed"]),
        "ship" => {
            is("status", &["reviewed"])
                && is("fulfillment_status", &["unfulfilled", "partially_shipped"])
        }
        "deliver" => is("fulfillment_status", &["shipped", "partially_shipped"]),
        "cancel" => open && is("fulfillment_status", &["unfulfilled"]),
        "receive-payment" => {
            !is("status", &["cancelled"]) && is("payment_status", &["unpaid", "pending", "failed"])
        }
        "capture" => is("payment_status", &["authorized"]),
        "refund" => is("payment_status", &["paid", "partially_refunded"]),
        "receive-return" => order["returns"]
            .as_array()
            .is_some_and(|returns| returns.iter().any(|rma| rma["status"] == "requested")),
        _ => true,
    }
}

/// Whether the action makes sense for a record of this resource: a payment or a return.
pub(crate) fn fits_record(resource: &str, action: &str, record: &Value) -> bool {
    let is = |words: &[&str]| record["status"].as_str().is_some_and(|word| words.contains(&word));
    match (resource, action) {
        ("returns", "receive") => is(&["requested"]),
        ("payments", "receive") => is(&["unpaid", "pending"]),
        ("payments", "capture") => is(&["authorized"]),
        ("payments", "refund") => is(&["paid", "partially_refunded"]),
        ("payments", "void") => is(&["unpaid", "pending", "authorized"]),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_the_state_allows_is_offered() {
        let check = |status: &str, payment: &str, goods: &str, expect: &[&str]| {
            let order = json!({
                "status": status,
                "payment_status": payment,
                "fulfillment_status": goods,
            });
            let all = ["review", "ship", "deliver", "cancel", "receive-payment", "refund"];
            let offered: Vec<&str> =
                all.into_iter().filter(|action| fits(action, &order)).collect();
            assert_eq!(offered, expect, "{order}");
        };
        check("placed", "pending", "unfulfilled", &["review", "cancel", "receive-payment"]);
        check("reviewed", "paid", "unfulfilled", &["ship", "cancel", "refund"]);
        check("reviewed", "paid", "shipped", &["deliver", "refund"]);
        check("cancelled", "voided", "unfulfilled", &[]);
        assert!(fits("something-new", &json!({})));
    }

    #[test]
    fn payments_and_returns_offer_what_their_state_allows() {
        let check = |resource: &str, action: &str, status: &str, expect: bool| {
            let fits = fits_record(resource, action, &json!({ "status": status }));
            assert_eq!(fits, expect, "{resource} {action} {status}");
        };
        check("returns", "receive", "requested", true);
        check("returns", "receive", "received", false);
        check("payments", "receive", "pending", true);
        check("payments", "capture", "authorized", true);
        check("payments", "capture", "paid", false);
        check("payments", "refund", "partially_refunded", true);
        check("payments", "refund", "refunded", false);
        check("payments", "void", "paid", false);
        check("anything", "void", "paid", true);
    }
}
