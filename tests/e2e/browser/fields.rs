//! Fields that staff define: made in the browser, filled in, filtered by, exported.

use super::{console_errors, save, sign_in_as_owner};
use crate::support::{Browser, Host};

/// Key, kind and English name of the fields, one of each kind.
const FIELDS: [(&str, &str, &str); 5] = [
    ("motto", "text", "Motto"),
    ("height", "number", "Height"),
    ("since", "date", "Customer since"),
    ("level", "choice", "Level"),
    ("likes_tea", "yes_no", "Likes tea"),
];

#[tokio::test]
async fn a_field_of_each_kind_is_made_filled_in_filtered_by_and_exported() {
    Browser::run("a_field_of_each_kind", async |browser| {
        let host = Host::start(&["--demo"]).await;
        sign_in_as_owner(browser, &host).await;
        for (key, kind, name) in FIELDS {
            browser.goto(&host.url("/admin/fields/new")).await;
            browser.fill("[name='label.en']", name).await;
            browser.fill("[name=key]", key).await;
            browser.choose("[name=kind]", kind).await;
            browser.choose("[name=resource]", "customers").await;
            if kind == "choice" {
                browser.fill("[name=choices]", "silver\ngold").await;
            }
            save(browser).await;
        }

        browser.goto(&host.url("/admin/customers")).await;
        browser.click("tbody td a").await;
        let form = browser.text("main").await;
        for (_, _, name) in FIELDS {
            assert!(form.contains(name), "`{name}` is missing in {form}");
        }
        let customer = browser.text("h1").await;
        browser.fill("[name='custom.motto']", "Slowly").await;
        browser.fill("[name='custom.height']", "1.75").await;
        set_date(browser, "custom.since", "2026-02-28").await;
        browser.choose("[name='custom.level']", "gold").await;
        browser.click("[name='custom.likes_tea'][type=checkbox]").await;
        save(browser).await;
        browser.find("[name='custom.level'] option[value=gold]:checked").await;
        browser.find("[name='custom.likes_tea'][type=checkbox]:checked").await;

        let filter = "custom.level = gold AND custom.height > 1.7 AND custom.likes_tea = true \
                      AND custom.since >= 2026-02-28 AND custom.motto:\"low\"";
        browser.goto(&host.url("/admin/customers")).await;
        browser.fill("#filter", filter).await;
        browser.click(".list-tools button").await;
        browser.find("#filter[value*='custom.level']").await;
        let rows = browser.client().find_all(fantoccini::Locator::Css("form tbody tr")).await;
        assert_eq!(rows.expect("an answer").len(), 1);
        assert_eq!(browser.text("form tbody td a").await, customer);

        let script = "const done = arguments[arguments.length - 1];\
            fetch(document.querySelector('a[href*=\".csv\"]').href)\
            .then((answer) => answer.text()).then(done);";
        let csv = browser.client().execute_async(script, Vec::new()).await.expect("an answer");
        let csv = csv.as_str().expect("a text");
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 2, "{csv}");
        for (key, ..) in FIELDS {
            assert!(lines[0].contains(&format!("custom.{key}")), "{csv}");
        }
        assert!(lines[1].contains("Slowly") && lines[1].contains("gold"), "{csv}");
        let errors = console_errors(browser).await;
        assert!(errors.is_empty(), "{errors:#?}");
    })
    .await;
}

/// Sets a date field; what keys would type depends on the browser's language.
async fn set_date(browser: &Browser, name: &str, date: &str) {
    browser.find(&format!("[name='{name}']")).await;
    let script = "document.getElementsByName(arguments[0])[0].value = arguments[1]";
    let arguments = vec![name.into(), date.into()];
    browser.client().execute(script, arguments).await.expect("the date is set");
}
