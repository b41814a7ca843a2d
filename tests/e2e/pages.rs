//! The shop and the back office in a real browser.

use crate::support::{Browser, Host};

#[tokio::test]
async fn browser_shows_every_main_page_in_both_languages() {
    Browser::run("browser_shows_every_main_page_in_both_languages", async |browser| {
        let host = Host::start(&["--demo"]).await;
        for (lang, width, name) in [
            ("en", 1280, "wide-en"),
            ("zh-CN", 1280, "wide-zh"),
            ("en", 390, "phone-en"),
            ("zh-CN", 390, "phone-zh"),
        ] {
            browser.resize(width, 900).await;
            browser.goto(&host.url(&format!("/?lang={lang}"))).await;
            browser.find(".product-card").await;
            browser.screenshot(&format!("home-{name}")).await;
            browser.goto(&host.url("/products")).await;
            browser.find(".product-card a").await;
            browser.screenshot(&format!("products-{name}")).await;
            browser.click(".product-card a").await;
            browser.find("h1").await;
            browser.screenshot(&format!("product-{name}")).await;
        }
        let errors = browser.console().await;
        assert!(errors.is_empty(), "{errors:?}");
    })
    .await;
}
