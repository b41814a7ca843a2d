//! Every page in both languages: no message key, no bare id, no raw data, nothing wider than a telephone.

use super::{console_errors, sign_in_as_owner};
use crate::support::{Browser, Host};

/// Pages of the shop.
const SHOP: [&str; 7] = [
    "/",
    "/products",
    "/categories/tea",
    "/collections/specials",
    "/search?q=tea",
    "/products/spring-longjing",
    "/cart",
];

/// What is wrong with the words of a page, as a list of texts.
const LOOK: &str = r"
    const found = [];
    const text = document.body.innerText;
    const components = arguments[0];
    const keys = new RegExp('\\b(?:' + components.join('|') + ')-[a-z0-9-]*[a-z0-9]', 'g');
    const ids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
    // Components are named by their ids, and an event or a notice by what it is about.
    const technical = /event|notice|component/.test(location.pathname);
    for (const [key] of technical ? [] : text.matchAll(keys)) {
        if (!components.includes(key)) found.push('message key ' + key);
    }
    for (const [id] of technical ? [] : text.matchAll(ids)) found.push('id ' + id);
    for (const [raw] of text.matchAll(/\{\x22|\[\{|\bundefined\b|\bNaN\b/g)) found.push('data ' + raw);
    if (document.documentElement.lang === 'zh-CN') {
        const labels = 'nav a, th, label, legend, summary, main button, main h2, .button';
        for (const label of document.querySelectorAll(labels)) {
            const words = label.innerText.trim();
            if (/[A-Za-z]{2}/.test(words) && !/[\u4e00-\u9fff]/.test(words) && !label.closest('.component, [hreflang]')) {
                found.push('English: ' + words);
            }
        }
    }
    for (const image of document.images) {
        if (image.complete && image.naturalWidth === 0) found.push('picture ' + image.src);
    }
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (wide > 0) found.push('too wide by ' + wide);
    return found;
";

/// The ids of the components that bring words.
const COMPONENTS: [&str; 16] = [
    "admin",
    "storefront",
    "catalog",
    "listing",
    "inventory",
    "pricing",
    "cart",
    "order",
    "payment",
    "payment-card-sandbox",
    "payment-manual",
    "shipping",
    "tax",
    "recommendation",
    "identity",
    "kernel",
];

#[tokio::test]
async fn every_page_of_the_shop_speaks_both_languages_on_a_telephone() {
    Browser::run("every_page_of_the_shop", async |browser| {
        let host = Host::start(&["--demo"]).await;
        browser.resize(390, 900).await;
        for language in ["en", "zh-CN"] {
            browser.goto(&host.url(&format!("/?lang={language}"))).await;
            for page in SHOP {
                browser.goto(&host.url(page)).await;
                look(browser, language).await;
            }
        }
        let errors = console_errors(browser).await;
        assert!(errors.is_empty(), "{errors:#?}");
    })
    .await;
}

#[tokio::test]
async fn every_page_of_the_back_office_speaks_both_languages_on_a_telephone() {
    Browser::run("every_page_of_the_back_office", async |browser| {
        let host = Host::start(&["--demo"]).await;
        sign_in_as_owner(browser, &host).await;
        browser.resize(390, 900).await;
        for language in ["en", "zh-CN"] {
            browser.goto(&host.url(&format!("/admin?lang={language}"))).await;
            look(browser, language).await;
            let lists = links(browser, ".side nav a").await;
            assert!(lists.len() > 15, "{lists:?}");
            for list in lists {
                browser.goto(&list).await;
                look(browser, language).await;
                for page in links(browser, "main a[href$='/new'], tr:first-child td a").await {
                    browser.goto(&page).await;
                    look(browser, language).await;
                }
            }
            for component in ["order", "storefront", "shipping-flat-rate", "payment-manual"] {
                let settings = format!("/admin/components/{component}/settings");
                browser.goto(&host.url(&settings)).await;
                look(browser, language).await;
            }
        }
        let errors = console_errors(browser).await;
        assert!(errors.is_empty(), "{errors:#?}");
    })
    .await;
}

/// Looks at the page shown.
async fn look(browser: &Browser, language: &str) {
    let arguments = vec![serde_json::json!(COMPONENTS)];
    let found = browser.client().execute(LOOK, arguments).await.expect("a list");
    let address = browser.client().current_url().await.expect("an address");
    let found = found.as_array().expect("a list");
    assert!(found.is_empty(), "{address} in {language}: {found:#?}");
}

/// The addresses of links, each once.
async fn links(browser: &Browser, css: &str) -> Vec<String> {
    let script =
        "return [...new Set([...document.querySelectorAll(arguments[0])].map((a) => a.href))]";
    let links = browser.client().execute(script, vec![css.into()]).await.expect("a list");
    serde_json::from_value(links).expect("a list of addresses")
}
