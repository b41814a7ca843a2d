//! The kernel's own settings: of the process, of a store, of its database, of its behavior.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use hatchery_component::{Secret, SettingsSchema};
use hatchery_types::{Currency, Locale};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::request::HttpSettings;

/// Settings of the process, `[host]` in `default.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HostSettings {
    /// Address and port the server listens on.
    pub listen: String,
    /// Store that answers when the Host header names none: its slug. Without it, the only store there is.
    pub default_store: Option<String>,
    /// Domains that the mother's console and API answer on.
    pub mother_domains: Vec<String>,
    /// Components that the mother runs.
    pub mother_components: Vec<String>,
    /// Seconds after which a store that nobody uses is closed. It is opened again by the next request, and for
    /// its own work.
    pub idle_seconds: u64,
    /// Stores that are open at once, when not all of them are in use: each takes some memory and about ten open
    /// files.
    pub open_stores: u32,
    /// Days that a deleted store stays in the trash.
    pub trash_days: u32,
    /// Components that safe mode keeps, beside those that others require.
    pub safe_components: Vec<String>,
    /// Component files that may stay open after no store uses them any more. The system never takes back
    /// their memory; when there are more, a new file is refused until the host is restarted.
    pub retired_libraries: u32,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            default_store: None,
            mother_domains: vec!["localhost".into(), "127.0.0.1".into()],
            mother_components: vec!["admin".into(), "fleet".into(), "identity".into()],
            idle_seconds: 600,
            open_stores: 64,
            trash_days: 30,
            safe_components: vec!["admin".into(), "fleet".into(), "identity".into()],
            retired_libraries: 100,
        }
    }
}

/// The kernel's behavior in one store, `[kernel]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KernelSettings {
    /// Which component serves an exclusive interface when several could: interface = component.
    #[serde(rename = "use")]
    pub uses: BTreeMap<String, String>,
    /// Folder of the theme that overlays the templates of the components.
    #[schema(value_type = Option<String>)]
    pub theme: Option<PathBuf>,
    /// Milliseconds after which a unit of work is rolled back.
    pub unit_milliseconds: u64,
    /// Milliseconds a page waits for the parts that other components put into it.
    pub slot_milliseconds: u64,
    /// What is done about components that keep failing.
    #[schema(inline)]
    pub watch: WatchSettings,
    /// How much of the host one store may take.
    #[schema(inline)]
    pub limits: StoreLimits,
}

/// How much of the host one store may take, `[kernel.limits]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreLimits {
    /// Requests per second; twice as many are answered in a burst, further ones with 429. 0 for no limit.
    pub requests_per_second: u32,
    /// Megabytes (10^6 bytes) of files. 0 for no limit.
    pub file_megabytes: u64,
}

impl Default for KernelSettings {
    fn default() -> Self {
        Self {
            uses: BTreeMap::new(),
            theme: None,
            unit_milliseconds: 2000,
            slot_milliseconds: 50,
            watch: WatchSettings::default(),
            limits: StoreLimits::default(),
        }
    }
}

/// What is done about components that keep failing, `[kernel.watch]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WatchSettings {
    /// Milliseconds after which a call of an interface is given up.
    pub call_milliseconds: u64,
    /// The same for interfaces that speak to the outside, and for resources of the admin.
    pub long_call_milliseconds: u64,
    /// Seconds after which a job is given up.
    pub job_seconds: u64,
    /// Defects within a minute after which a component is taken out or rests, when at least every fifth call
    /// failed; 0 for never.
    pub most_defects: u32,
    /// Seconds that a component rests which others need.
    pub rest_seconds: u64,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            call_milliseconds: 10_000,
            long_call_milliseconds: 30_000,
            job_seconds: 600,
            most_defects: 5,
            rest_seconds: 10,
        }
    }
}

/// Facts about a store that a file fixes, `[store]` in `stores/<slug>.toml`. What is absent stays as it
/// was when the store was created.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreFacts {
    /// Name for people.
    pub name: Option<String>,
    /// Languages, the default first.
    #[schema(value_type = Option<Vec<String>>)]
    pub locales: Option<Vec<Locale>>,
    /// Currency of the prices.
    #[schema(value_type = Option<String>)]
    pub currency: Option<Currency>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Host names the store answers on.
    pub domains: Option<Vec<String>>,
    /// Address of the store for links in mails, without a slash at the end.
    pub base_url: Option<String>,
}

/// Where a store's data lives, `[database]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// `postgres://...`: the store is a schema of that database. Without it the store is an SQLite file.
    #[schema(value_type = String, format = Password)]
    pub url: Secret,
    /// Name of the schema; `store_<slug>` without it.
    pub schema: Option<String>,
}

/// The tables of the settings files that are the kernel's, with their schemas; for the reference.
pub fn schemas() -> Vec<(&'static str, SettingsSchema)> {
    vec![
        ("host", host_schema()),
        ("http", http_schema()),
        ("store", facts_schema()),
        ("database", database_schema()),
        ("kernel", kernel_schema()),
    ]
}

pub(crate) fn host_schema() -> SettingsSchema {
    SettingsSchema::of::<HostSettings>(|host| match host.listen.parse::<SocketAddr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("'{}' is no address with a port, like 127.0.0.1:8080", host.listen)),
    })
}

pub(crate) fn http_schema() -> SettingsSchema {
    SettingsSchema::of::<HttpSettings>(|_| Ok(()))
}

pub(crate) fn kernel_schema() -> SettingsSchema {
    SettingsSchema::of::<KernelSettings>(|kernel| {
        let positive = [
            ("unit_milliseconds", kernel.unit_milliseconds),
            ("slot_milliseconds", kernel.slot_milliseconds),
            ("watch.call_milliseconds", kernel.watch.call_milliseconds),
            ("watch.long_call_milliseconds", kernel.watch.long_call_milliseconds),
            ("watch.job_seconds", kernel.watch.job_seconds),
        ];
        match positive.into_iter().find(|(_, number)| *number == 0) {
            Some((key, _)) => Err(format!("'{key}' must be at least 1")),
            None => Ok(()),
        }
    })
}

pub(crate) fn facts_schema() -> SettingsSchema {
    SettingsSchema::of::<StoreFacts>(|store| {
        if let Some(zone) = store.time_zone.as_deref().filter(|zone| !is_time_zone(zone)) {
            return Err(format!("'{zone}' is no IANA time zone, like Europe/London"));
        }
        if store.locales.as_ref().is_some_and(Vec::is_empty) {
            return Err("'locales' needs at least one language".into());
        }
        let base_url = store.base_url.as_deref();
        if let Some(url) = base_url.filter(|url| !url.starts_with("http") || url.ends_with('/')) {
            return Err(format!("'{url}' must start with http and have no slash at the end"));
        }
        Ok(())
    })
}

pub(crate) fn database_schema() -> SettingsSchema {
    SettingsSchema::of::<DatabaseSettings>(|database| {
        let url = database.url.expose();
        if !url.is_empty() && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err("'url' must start with postgres://; without it the store is a file".into());
        }
        let fits = |text: &String| {
            let known =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            !text.is_empty() && text.len() < 64 && text.bytes().all(known)
        };
        match database.schema.as_ref().filter(|schema| !fits(schema)) {
            Some(schema) => Err(format!("'{schema}' is no schema name; use a-z, 0-9 and '_'")),
            None => Ok(()),
        }
    })
}

/// Whether the IANA database knows a time zone.
pub(crate) fn is_time_zone(name: &str) -> bool {
    name.parse::<chrono_tz::Tz>().is_ok()
}
