//! A headless browser, driven through WebDriver.

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};

use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use futures::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PATIENCE, POLL};

/// Address of chromedriver, set by `cargo xtask test`.
const WEBDRIVER_VARIABLE: &str = "HATCHERY_TEST_WEBDRIVER";
/// Path of the browser, set by `cargo xtask test`.
const CHROMIUM_VARIABLE: &str = "HATCHERY_TEST_CHROMIUM";

/// A browser window with a profile of its own.
pub(crate) struct Browser {
    client: Client,
    webdriver: String,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Runs a test in a browser and closes the browser whatever happens. When the test fails, its
    /// last page is kept as a screenshot called `name`.
    pub(crate) async fn run(name: &str, test: impl AsyncFnOnce(&Self)) {
        let Some(browser) = Self::open().await else {
            eprintln!("SKIPPED: {name}: {WEBDRIVER_VARIABLE} is not set; use `cargo xtask test`");
            return;
        };
        let result = AssertUnwindSafe(test(&browser)).catch_unwind().await;
        if result.is_err() {
            let address = browser.client.current_url().await;
            let picture = browser.screenshot(&format!("failed-{name}")).await;
            eprintln!("{name} failed at {address:?}; see {}", picture.display());
        }
        browser.close().await;
        if let Err(panic) = result {
            resume_unwind(panic);
        }
    }

    /// Opens a browser; `None` when there is no WebDriver server.
    pub(crate) async fn open() -> Option<Self> {
        let webdriver = env::var(WEBDRIVER_VARIABLE).ok().filter(|address| !address.is_empty())?;
        let profile = TempDir::new().expect("a temporary folder");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(profile.path()))
            .connect(&webdriver)
            .await
            .expect("the browser opens");
        let session = client.session_id().await.expect("an answer").expect("a session");
        Some(Self { client, webdriver, session, _profile: profile })
    }

    /// Ends the browser.
    pub(crate) async fn close(self) {
        self.client.close().await.expect("the browser ends");
    }

    /// All that is not here is there.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) async fn goto(&self, address: &str) {
        self.client.goto(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// The first element of a CSS selector, as soon as it is there.
    pub(crate) async fn find(&self, css: &str) -> Element {
        match self.client.wait().at_most(PATIENCE).every(POLL).for_element(Locator::Css(css)).await
        {
            Ok(element) => element,
            Err(error) => panic!("no `{css}` on the page: {error}"),
        }
    }

    /// Whether an element is there now.
    pub(crate) async fn has(&self, css: &str) -> bool {
        !self.client.find_all(Locator::Css(css)).await.expect("an answer").is_empty()
    }

    /// The visible text of an element.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Clicks an element.
    pub(crate) async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Clicks an element as a script does, whether or not it can be seen: WebDriver takes what a closed
    /// `<details>` shows on wide screens for hidden.
    pub(crate) async fn press(&self, css: &str) {
        self.find(css).await;
        let script = "document.querySelector(arguments[0]).click()";
        let pressed = self.client.execute(script, vec![css.into()]).await;
        pressed.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// The text of an element, seen or not.
    pub(crate) async fn content(&self, css: &str) -> String {
        let text = self.find(css).await.prop("textContent").await;
        text.unwrap_or_else(|error| panic!("{css}: {error}")).unwrap_or_default().trim().to_owned()
    }

    /// Clicks the first link or button with this visible text.
    pub(crate) async fn click_text(&self, text: &str) {
        let quoted = text.replace('\'', "&apos;");
        let path =
            format!("//*[self::a or self::button][contains(normalize-space(.), '{quoted}')]");
        let wait = self.client.wait().at_most(PATIENCE).every(POLL);
        let found = wait.for_element(Locator::XPath(&path)).await;
        let element = found.unwrap_or_else(|error| panic!("no `{text}` to click: {error}"));
        element.click().await.unwrap_or_else(|error| panic!("{text}: {error}"));
    }

    /// Replaces the text of a field.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap_or_else(|error| panic!("{css}: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Chooses an option of a `<select>` by its value.
    pub(crate) async fn choose(&self, css: &str, value: &str) {
        let select = self.find(css).await;
        select.select_by_value(value).await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Sets the size of what is shown, for example to that of a telephone; a window could not become
    /// so narrow.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let address = format!("{}/session/{}/goog/cdp/execute", self.webdriver, self.session);
        let size = json!({
            "width": width,
            "height": height,
            "deviceScaleFactor": 1,
            "mobile": false,
        });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": size });
        let answer = reqwest::Client::new().post(address).json(&command).send().await;
        let status = answer.expect("chromedriver answers").status();
        assert!(status.is_success(), "{status}");
    }

    /// What the page wrote to the console since the last call, errors of the network and violations
    /// of the Content-Security-Policy among it.
    pub(crate) async fn console(&self) -> Vec<String> {
        let address = format!("{}/session/{}/se/log", self.webdriver, self.session);
        let answer = reqwest::Client::new().post(address).json(&json!({ "type": "browser" }));
        let answer = answer.send().await.expect("chromedriver answers");
        let log: Value = answer.json().await.expect("a log");
        let entries = log["value"].as_array().expect("a list of entries");
        let line = |entry: &Value| {
            let part = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            format!("{} {}", part("level"), part("message"))
        };
        entries.iter().map(line).collect()
    }

    /// Writes a picture of the page to `target/screenshots/NAME.png`.
    pub(crate) async fn screenshot(&self, name: &str) -> PathBuf {
        let folder = target().join("screenshots");
        fs::create_dir_all(&folder).expect("the folder of screenshots");
        let path = folder.join(format!("{name}.png"));
        let picture = self.client.screenshot().await.expect("a picture");
        fs::write(&path, picture).expect("the screenshot can be written");
        path
    }
}

fn capabilities(profile: &Path) -> Capabilities {
    let mut options = json!({
        "args": [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // A page that scrolls smoothly is not yet where a click aims at.
            "--force-prefers-reduced-motion",
            "--no-first-run",
            "--no-default-browser-check",
            "--lang=en",
            "--window-size=1280,1000",
            format!("--user-data-dir={}", profile.display()),
        ],
        "prefs": { "intl.accept_languages": "en" },
    });
    if let Ok(chromium) = env::var(CHROMIUM_VARIABLE) {
        options["binary"] = Value::from(chromium);
    }
    let mut capabilities = Capabilities::new();
    capabilities.insert("browserName".to_owned(), Value::from("chrome"));
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
    capabilities
}

/// The folder that cargo builds into: two above the test program's own, `target/debug/deps`.
fn target() -> PathBuf {
    let program = env::current_exe().expect("a test program has a path");
    program.ancestors().nth(3).expect("the target folder").to_owned()
}
