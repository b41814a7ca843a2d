//! The whole product in a real browser, as shoppers and staff use it.

mod fields;
mod purchase;
mod staff;
mod words;

use crate::support::{Browser, Host};

/// The one-time password that the first start of a demo prints.
fn password(host: &Host) -> String {
    let output = host.output();
    let (_, rest) = output.split_once("one-time password ").expect("a password is printed");
    rest.split_whitespace().next().expect("a password").to_owned()
}

/// Signs in at the back office; returns when its first page is there.
async fn sign_in(browser: &Browser, host: &Host, email: &str, password: &str) {
    browser.goto(&host.url("/admin/login")).await;
    browser.fill("[name=email]", email).await;
    browser.fill("[name=password]", password).await;
    browser.click("main button").await;
    browser.find(".side-foot .who").await;
}

/// Signs in as the owner of the demo.
async fn sign_in_as_owner(browser: &Browser, host: &Host) {
    sign_in(browser, host, "owner@demo.example", &password(host)).await;
}

/// Saves the form shown; returns when the page says that it was done.
async fn save(browser: &Browser) {
    browser.click(".form-foot button").await;
    browser.find(".notice-ok").await;
}

/// What the console says and nobody expected: pages that answer a mistake with 422 are expected.
async fn console_errors(browser: &Browser) -> Vec<String> {
    let lines = browser.console().await;
    lines.into_iter().filter(|line| !line.contains("status of 422")).collect()
}
