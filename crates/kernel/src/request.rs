//! What is known of the HTTP request that code runs for, and how requests are received.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use hatchery_component::StoreInfo;
use http::Method;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How requests are received; a setting of the host, the same for all stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Networks of the proxies in front: only what they say in `X-Forwarded-For` and `X-Forwarded-Proto`
    /// is believed. `["127.0.0.0/8"]`
    #[schema(value_type = Vec<String>)]
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that may read `/metrics`, besides the machine itself.
    #[schema(value_type = Vec<String>)]
    pub metrics_networks: Vec<IpNet>,
    /// Largest body of a request in bytes, for routes that set no limit of their own.
    pub body_limit: usize,
    /// Seconds after which a request is answered with an error.
    pub request_timeout_seconds: u64,
    /// Seconds that requests are given to finish when the host stops.
    pub shutdown_seconds: u64,
    /// Seconds that browsers keep to https once they saw it; 0 switches it off.
    pub hsts_seconds: u64,
    /// Where pages may take pictures from besides the store itself, as sources of a Content-Security-Policy:
    /// a scheme (`https:`) or a host (`cdn.example.com`). Products that are imported from another shop keep
    /// the addresses of their pictures there.
    #[schema(value_type = Vec<String>)]
    pub image_sources: Vec<ImageSource>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            metrics_networks: Vec::new(),
            body_limit: 1024 * 1024,
            request_timeout_seconds: 30,
            shutdown_seconds: 15,
            hsts_seconds: 365 * 24 * 60 * 60,
            image_sources: vec![ImageSource("https:".into())],
        }
    }
}

/// A source in the list of a Content-Security-Policy; it cannot end the list or begin another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageSource(String);

impl ImageSource {
    /// As it stands in the policy.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ImageSource {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/*[]".contains(&byte);
        if text.is_empty() || !text.bytes().all(is_part) {
            return Err(format!(
                "`{text}` is no source of pictures; write a scheme such as `https:` or a host such as \
                 `cdn.example.com`"
            ));
        }
        Ok(Self(text))
    }
}

impl From<ImageSource> for String {
    fn from(source: ImageSource) -> Self {
        source.0
    }
}

impl HttpSettings {
    /// Whether an address is that of a proxy in front.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Whether an address may read the metrics.
    pub fn may_read_metrics(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback()
            || self.metrics_networks.iter().any(|network| network.contains(&address))
    }
}

/// Facts of one HTTP request.
#[derive(Clone, Debug)]
pub struct RequestFacts {
    /// The id it runs under.
    pub id: Uuid,
    /// Its method.
    pub method: Method,
    /// Its path, as sent.
    pub path: String,
    /// What follows the question mark, as sent; may be empty.
    pub query: String,
    /// The `Host` header.
    pub host: String,
    /// Whether it came by https.
    pub secure: bool,
    /// The client: the peer, or what trusted proxies say.
    pub client_address: IpAddr,
    /// The `Cookie` header; may be empty.
    pub cookies: String,
    /// The `If-None-Match` header; may be empty.
    pub if_none_match: String,
    /// The number used once that inline scripts of its page need.
    pub nonce: String,
}

impl RequestFacts {
    /// For pages that are made outside of any request, such as mails.
    pub fn outside(store: &StoreInfo) -> Self {
        let (scheme, host) = store.base_url.split_once("://").unwrap_or(("http", &store.base_url));
        Self {
            id: Uuid::nil(),
            method: Method::GET,
            path: "/".into(),
            query: String::new(),
            host: host.to_owned(),
            secure: scheme == "https",
            client_address: IpAddr::from([127, 0, 0, 1]),
            cookies: String::new(),
            if_none_match: String::new(),
            nonce: String::new(),
        }
    }

    /// The whole address.
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{scheme}://{}{}{mark}{}", self.host, self.path, self.query)
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        cookie(&self.cookies, name)
    }

    /// Whether it asks for an answer of the API, whose errors are JSON.
    pub fn is_api(&self) -> bool {
        self.path == "/api" || self.path.starts_with("/api/")
    }
}

/// The value of a cookie in a `Cookie` header.
pub fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then_some(value.trim())
    })
}

/// The facts of the HTTP request that runs under an id; none for jobs, events and commands.
pub fn facts(request_id: Uuid) -> Option<Arc<RequestFacts>> {
    running().get(&request_id).map(|(facts, _)| facts.clone())
}

/// Makes the facts known for as long as a guard of that request lives.
pub(crate) fn announce(facts: Arc<RequestFacts>) -> Announced {
    let id = facts.id;
    running().entry(id).or_insert((facts, 0)).1 += 1;
    Announced(id)
}

/// A request that [`facts`] can find.
pub(crate) struct Announced(Uuid);

impl Drop for Announced {
    fn drop(&mut self) {
        let mut running = running();
        if let Some((_, guards)) = running.get_mut(&self.0) {
            *guards -= 1;
            if *guards == 0 {
                running.remove(&self.0);
            }
        }
    }
}

/// Facts by request, each with how many guards hold them: a request that outlives its client has two.
type Running = BTreeMap<Uuid, (Arc<RequestFacts>, u32)>;

static RUNNING: LazyLock<Mutex<Running>> = LazyLock::new(Mutex::default);

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_name() {
        let header = "a=1; session=x.y ;b=2";
        assert_eq!(cookie(header, "session"), Some("x.y"));
        assert_eq!(cookie(header, "b"), Some("2"));
        assert_eq!(cookie(header, "c"), None);
        assert_eq!(cookie("", "a"), None);
    }

    #[test]
    fn only_announced_requests_are_known() {
        let facts = RequestFacts {
            id: Uuid::from_u128(7),
            path: "/a".into(),
            query: "b=1".into(),
            ..RequestFacts::outside(&crate::tests::store_info())
        };
        assert!(super::facts(facts.id).is_none());
        let announced = announce(Arc::new(facts.clone()));
        assert_eq!(
            super::facts(facts.id).map(|it| it.url()).as_deref(),
            Some("http://demo.localhost/a?b=1")
        );
        let again = announce(Arc::new(facts.clone()));
        drop(announced);
        assert!(super::facts(facts.id).is_some());
        drop(again);
        assert!(super::facts(facts.id).is_none());
    }

    #[test]
    fn settings_name_networks() {
        let settings: HttpSettings =
            serde_json::from_str(r#"{"trusted_proxies": ["10.0.0.0/8"]}"#).unwrap();
        assert!(settings.trusts("10.2.3.4".parse().unwrap()));
        assert!(settings.trusts("::ffff:10.2.3.4".parse().unwrap()));
        assert!(!settings.trusts("127.0.0.1".parse().unwrap()));
        assert!(settings.may_read_metrics("127.0.0.1".parse().unwrap()));
        assert!(!settings.may_read_metrics("10.2.3.4".parse().unwrap()));
        assert!(serde_json::from_str::<HttpSettings>(r#"{"limit": 1}"#).is_err());
    }

    #[test]
    fn a_source_of_pictures_stays_in_its_list() {
        #[track_caller]
        fn check(source: &str, expect: bool) {
            assert_eq!(ImageSource::try_from(source.to_owned()).is_ok(), expect, "{source}");
        }
        check("https:", true);
        check("*.example.com:8443", true);
        check("", false);
        check("https: 'unsafe-inline'", false);
        check("a.example;script-src *", false);
    }
}
