//! A purchase from the product's page to the parcel, on both sides of the counter.

use super::{console_errors, save, sign_in_as_owner};
use crate::support::{Browser, Host};

/// Has no variants and always enough stock in the demo.
const PRODUCT: &str = "/products/wildflower-honey";
const EMAIL: &str = "ada.lovelace@example.com";

#[tokio::test]
async fn a_guest_pays_by_card_with_a_challenge_and_staff_ship_the_order() {
    Browser::run("a_guest_pays_by_card_with_a_challenge", async |browser| {
        let host = Host::start(&["--demo"]).await;
        fill_the_cart(browser, &host).await;
        check_out(browser, &host).await;
        pay_by_card(browser).await;

        browser.find(".page-head .badge").await;
        let page = browser.text("main").await;
        assert!(page.contains("Thank you for your order"), "{page}");
        assert!(page.contains("Authorized"), "the payment is known at once: {page}");
        let link = browser.client().current_url().await.expect("an address");
        let number = link.path_segments().and_then(|mut parts| parts.nth(1)).expect("a number");

        sign_in_as_owner(browser, &host).await;
        find_order(browser, &host, number).await;
        browser.click("button[value=review]").await;
        browser.find(".notice-ok").await;
        browser.click("a[href*='/actions/ship']").await;
        browser.fill("[name=carrier]", "Royal Mail").await;
        browser.fill("[name=tracking_number]", "RM123").await;
        save(browser).await;
        let page = browser.text("main").await;
        assert!(page.contains("Shipped") && page.contains("RM123"), "{page}");

        browser.click("main a[href^='/admin/customers/']").await;
        let orders = browser.text(".lists").await;
        assert!(orders.contains(number) && orders.contains("£15.45"), "{orders}");
        let figures = browser.text(".facts").await;
        assert!(figures.contains('1') && figures.contains("£15.45"), "{figures}");

        browser.goto(link.as_str()).await;
        let page = browser.text("main").await;
        assert!(page.contains("Shipped") && page.contains("RM123"), "{page}");
        let errors = console_errors(browser).await;
        assert!(errors.is_empty(), "{errors:#?}");
    })
    .await;
}

async fn fill_the_cart(browser: &Browser, host: &Host) {
    browser.goto(&host.url(PRODUCT)).await;
    browser.click("form[data-add-to-cart] button[type=submit]").await;
    browser.find(".toast a").await;
    browser.click(".toast a").await;
    let cart = browser.text("main").await;
    assert!(cart.contains("Wildflower Honey") && cart.contains("£11.50"), "{cart}");
}

/// Checks out, first with a mistake, which keeps what was typed.
async fn check_out(browser: &Browser, host: &Host) {
    browser.goto(&host.url("/checkout")).await;
    let place = "form[data-checkout] .button[value=place]";
    browser.fill("[name='shipping_address.name']", "Ada Lovelace").await;
    browser.fill("[name=email]", "not an address").await;
    browser.click(place).await;
    browser.find("[name=email][aria-invalid=true]").await;
    let name = browser.find("[name='shipping_address.name']").await;
    let name = name.prop("value").await.expect("an answer").unwrap_or_default();
    assert_eq!(name, "Ada Lovelace", "what was typed stays");

    browser.fill("[name=email]", EMAIL).await;
    browser.fill("[name='shipping_address.line1']", "1 High Street").await;
    browser.fill("[name='shipping_address.postal_code']", "YO1 7EP").await;
    browser.fill("[name='shipping_address.city']", "York").await;
    browser.choose("[name='shipping_address.country']", "GB").await;
    browser.find("[name='payment.method'][value=card]:checked").await;
    browser.click(place).await;
}

/// Pays at the bank: a card that is declined, then one that asks for a confirmation.
async fn pay_by_card(browser: &Browser) {
    for (number, next) in [
        ("4000 0000 0000 0002", ".problem"),
        ("4000 0000 0000 3220", "form[action^='/sandbox/challenge/']"),
    ] {
        browser.fill("[name=number]", number).await;
        browser.fill("[name=expiry]", "12/30").await;
        browser.fill("[name=cvc]", "123").await;
        browser.click("button[value=pay]").await;
        browser.find(next).await;
    }
    browser.click("button[value=approve]").await;
}

/// Opens an order from the list, filtered by its number.
async fn find_order(browser: &Browser, host: &Host, number: &str) {
    browser.goto(&host.url("/admin/orders")).await;
    browser.fill("#filter", &format!("number = \"{number}\"")).await;
    browser.click(".list-tools button").await;
    browser.find("#filter[value*='number']").await;
    browser.click_text(number).await;
    browser.find("button[value=review]").await;
}
