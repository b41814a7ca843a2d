//! What only staff see: signing in, mistakes, what is shown once.

use super::{console_errors, password, sign_in, sign_in_as_owner};
use crate::support::{Browser, Host};

#[tokio::test]
async fn a_new_member_of_staff_signs_in_with_the_password_shown_once() {
    Browser::run("a_new_member_of_staff_signs_in", async |browser| {
        let host = Host::start(&["--demo"]).await;
        browser.goto(&host.url("/admin/orders")).await;
        browser.fill("[name=email]", "owner@demo.example").await;
        browser.fill("[name=password]", "not the password").await;
        browser.click("main button").await;
        browser.find(".notice-error").await;
        browser.fill("[name=password]", &password(&host)).await;
        browser.click("main button").await;
        browser.find(".side-foot .who").await;

        browser.goto(&host.url("/admin/users/new")).await;
        browser.fill("[name=email]", "ada@demo.example").await;
        browser.fill("[name=name]", "Ada").await;
        browser.choose("[name=role]", "owner").await;
        browser.click(".form-foot button").await;
        let secret = browser.text(".secret").await;
        browser.click(".form-foot a").await;
        browser.find("button[value=reset-password]").await;
        assert!(!browser.text("main").await.contains(&secret), "it is shown only once");
        browser.press("button[value=reset-password]").await;
        browser.client().accept_alert().await.expect("it is asked about");
        let first = secret;
        let secret = browser.text(".secret").await;
        assert_ne!(first, secret);

        browser.press(".side-foot form button").await;
        browser.find("[name=password]").await;
        sign_in(browser, &host, "ada@demo.example", &secret).await;
        assert_eq!(browser.content(".side-foot .who").await, "Ada");
        let errors = console_errors(browser).await;
        assert!(errors.is_empty(), "{errors:#?}");
    })
    .await;
}

#[tokio::test]
async fn an_edit_over_a_newer_version_is_refused_and_keeps_what_was_typed() {
    Browser::run("an_edit_over_a_newer_version", async |browser| {
        let host = Host::start(&["--demo"]).await;
        sign_in_as_owner(browser, &host).await;
        browser.goto(&host.url("/admin/products")).await;
        browser.click("tbody td a").await;
        browser.find("[name='name.en']").await;
        let address = browser.client().current_url().await.expect("an address");
        // Somebody else saves the same product meanwhile: the form of this page, sent at once.
        let script = "const form = document.querySelector('form[data-guard]');\
            const body = new URLSearchParams(new FormData(form));\
            body.set('name.en', 'Second editor');\
            const done = arguments[arguments.length - 1];\
            fetch(form.action, { method: 'POST', body }).then((answer) => done(answer.url));";
        let saved = browser.client().execute_async(script, Vec::new()).await.expect("an answer");
        assert!(saved.as_str().is_some_and(|url| url.contains("admin-notice-saved")), "{saved}");

        browser.fill("[name='name.en']", "First editor").await;
        browser.click(".form-foot button").await;
        browser.find(".notice-error").await;
        let name = browser.find("[name='name.en']").await.prop("value").await.expect("an answer");
        assert_eq!(name.as_deref(), Some("First editor"), "what was typed stays");
        browser.goto(address.as_str()).await;
        assert_eq!(browser.text("h1").await, "Second editor");
    })
    .await;
}

#[tokio::test]
async fn an_action_that_does_not_fit_says_so_on_the_list() {
    Browser::run("an_action_that_does_not_fit", async |browser| {
        let host = Host::start(&["--demo"]).await;
        sign_in_as_owner(browser, &host).await;
        browser.goto(&host.url("/admin/orders?filter=status+%3D+cancelled")).await;
        browser.click("tbody [name=id]").await;
        browser.click("button[value=review]").await;
        let told = browser.text(".notice-error").await;
        assert!(told.contains("cannot be reviewed"), "{told}");
        browser.find("tbody [name=id]").await;
    })
    .await;
}
