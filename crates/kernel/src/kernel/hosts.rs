//! Which store a request means: by its `Host` header, and for the mother by its path.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use hatchery_component::{Error, Result};

use super::Kernel;
use crate::registry::{MOTHER, StoreRecord, StoreState};
use crate::settings::Settings;
use crate::store::Store;

/// Paths of the mother's console and API, on her domains.
const CONSOLE: [&str; 2] = ["/mother", "/api/v1/mother"];

/// Host names and the stores that answer on them.
#[derive(Default)]
pub(super) struct Hosts {
    /// Slug by domain in lowercase.
    by_domain: HashMap<String, String>,
    /// The only store, when there is only one.
    only: Option<String>,
}

impl Kernel {
    /// The store that a `Host` header and a path mean: the mother by her paths on her domains, then by one of
    /// its domains, `<slug>.localhost`, `<slug>.<mother domain>`, else the default store.
    ///
    /// # Errors
    /// The store cannot be opened.
    pub async fn store_for(&self, host: &str, path: &str) -> Result<Option<Arc<Store>>> {
        match self.slug_for(host, path) {
            Some(slug) => self.store(&slug).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether a host name is one of the mother's domains.
    pub fn is_mother_domain(&self, host: &str) -> bool {
        let host = without_port(host);
        let domains = &self.settings.load().host.mother_domains;
        domains.iter().any(|domain| domain.eq_ignore_ascii_case(host))
    }

    /// Another store than `slug` that has one of these domains.
    ///
    /// # Errors
    /// There is one; a domain that is none.
    pub(crate) fn check_domains(&self, slug: &str, domains: &[String]) -> Result<()> {
        for domain in domains {
            if domain.len() > 253 || !domain.split('.').all(is_label) {
                let message = format!("'{domain}' is no domain; write one like shop.example.com");
                return Err(Error::invalid("store.domain", message));
            }
            let domain = domain.to_ascii_lowercase();
            if self.is_mother_domain(&domain) {
                let message = format!("'{domain}' is a domain of the mother; take another");
                return Err(Error::conflict("store.domain_taken", message));
            }
            let other = self.hosts.load().by_domain.get(&domain).cloned();
            let owner = self
                .named_by(&domain)
                .filter(|name| name == MOTHER || self.records.load().contains_key(name));
            if let Some(other) = other.or(owner).filter(|other| other != slug) {
                let message = format!("The store '{other}' answers on {domain} already.");
                return Err(Error::conflict("store.domain_taken", message));
            }
        }
        Ok(())
    }

    /// Refuses a slug whose own addresses another store answers on.
    pub(super) fn check_addresses(&self, slug: &str) -> Result<()> {
        let (hosts, settings) = (self.hosts.load(), self.settings.load());
        for parent in parents(&settings) {
            let domain = format!("{slug}.{parent}").to_ascii_lowercase();
            if let Some(other) = hosts.by_domain.get(&domain) {
                let message =
                    format!("The store '{other}' answers on {domain}; take another short name.");
                return Err(Error::conflict("store.domain_taken", message));
            }
        }
        Ok(())
    }

    /// What stands before a parent domain: `<slug>.localhost`, `<slug>.<mother domain>`.
    fn named_by(&self, host: &str) -> Option<String> {
        let settings = self.settings.load();
        let mut names =
            parents(&settings).filter_map(|parent| host.strip_suffix(parent)?.strip_suffix('.'));
        names.next().map(str::to_owned)
    }

    /// Makes the index anew, after a change of stores or settings.
    pub(super) fn index_hosts(&self) {
        let (records, settings) = (self.records.load(), self.settings.load());
        let mut hosts = Hosts::default();
        let known = || records.values().filter(|record| answers(record));
        for record in known() {
            let fixed = settings.domains(&record.slug);
            for domain in fixed.as_ref().unwrap_or(&record.domains) {
                // The first by slug has it; `check_domains` keeps others from wanting it.
                let slug = || record.slug.clone();
                hosts.by_domain.entry(domain.to_ascii_lowercase()).or_insert_with(slug);
            }
        }
        let mut slugs = known().map(|record| &record.slug);
        if let (Some(only), None) = (slugs.next(), slugs.next()) {
            hosts.only = Some(only.clone());
        }
        self.hosts.store(Arc::new(hosts));
    }

    fn slug_for(&self, host: &str, path: &str) -> Option<String> {
        let host = without_port(host).to_ascii_lowercase();
        let is_mothers = self.is_mother_domain(&host);
        let below = |root: &&str| {
            path.strip_prefix(*root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if is_mothers && CONSOLE.iter().any(below) {
            return Some(MOTHER.to_owned());
        }
        let hosts = self.hosts.load();
        if let Some(slug) = hosts.by_domain.get(&host) {
            return Some(slug.clone());
        }
        let (records, settings) = (self.records.load(), self.settings.load());
        let is_store = |slug: &str| records.get(slug).is_some_and(answers);
        let own = parents(&settings)
            .filter_map(|parent| host.strip_suffix(parent)?.strip_suffix('.'))
            .find(|slug| *slug == MOTHER || is_store(slug));
        if let Some(slug) = own {
            return Some(slug.to_owned());
        }
        let default = settings.host.default_store.as_deref().filter(|slug| is_store(slug));
        default.map(str::to_owned).or_else(|| hosts.only.clone())
    }
}

/// The domains below which every store has an address.
fn parents(settings: &Settings) -> impl Iterator<Item = &str> {
    settings.host.mother_domains.iter().map(String::as_str).chain(["localhost"])
}

/// Whether visitors reach a store: not before it is filled, nor from the trash.
fn answers(record: &StoreRecord) -> bool {
    matches!(record.state, StoreState::Active | StoreState::Suspended)
}

/// Whether a text can stand between the dots of a domain.
fn is_label(label: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let ends = label.starts_with('-') || label.ends_with('-');
    !label.is_empty() && label.len() <= 63 && !ends && label.bytes().all(fits)
}

/// A host header without its port; an IPv6 address keeps its colons and loses its brackets.
fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    if host.parse::<IpAddr>().is_ok() {
        return host;
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}
