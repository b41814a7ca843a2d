//! An administrator of the mother, who makes stores and looks after them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::http::{Answer, Connection, Request};
use crate::process::Bound;

/// Who it is.
pub(super) const EMAIL: &str = "bench@example.org";
/// The mother answers here.
const DOMAIN: &str = "localhost";

/// The administrator, signed in.
pub(super) struct Mother {
    port: u16,
    cookie: String,
    bound: Bound,
}

impl Mother {
    /// Signs in at the host of this port.
    pub(super) fn sign_in(port: u16, password: &str, bound: &Bound) -> Result<Self> {
        let mut mother = Self { port, cookie: String::new(), bound: bound.clone() };
        let who = json!({ "email": EMAIL, "password": password });
        let answer =
            mother.ask(&mut mother.connect()?, "POST", "/api/v1/mother/session", Some(&who))?;
        let expected = answer.status == 204;
        let cookie = answer.cookie.clone().filter(|_| expected);
        mother.cookie = cookie.with_context(|| format!("no session: {}", answer.shown()))?;
        Ok(mother)
    }

    /// The same at the next host on the same data.
    pub(super) fn at(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// A connection for a while; the host closes one that is not used.
    pub(super) fn connect(&self) -> Result<Connection> {
        Connection::open(self.port, &self.bound)
    }

    fn ask(
        &self,
        asking: &mut Connection,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let cookie = Some(self.cookie.as_str()).filter(|cookie| !cookie.is_empty());
        asking.ask(&Request { method, host: DOMAIN, path, cookie, body })
    }

    fn get(&self, asking: &mut Connection, path: &str) -> Result<Value> {
        let answer = self.ask(asking, "GET", path, None)?;
        if answer.status != 200 {
            bail!("GET {path}: {}", answer.shown());
        }
        answer.json()
    }

    /// Makes a store; how long it took until it was there.
    pub(super) fn create(
        &self,
        asking: &mut Connection,
        slug: &str,
        blueprint: &str,
        samples: bool,
    ) -> Result<Duration> {
        let wanted = json!({
            "slug": slug,
            "blueprint": blueprint,
            "samples": samples,
            "locales": ["en"],
            "currency": "GBP",
        });
        let begun = Instant::now();
        let answer = self.ask(asking, "POST", "/api/v1/mother/stores", Some(&wanted))?;
        match answer.status {
            201 => Ok(begun.elapsed()),
            202 => {
                let run = answer.json()?;
                let id = run["id"].as_str().context("a run without id")?;
                self.wait_for_run(asking, id)?;
                Ok(begun.elapsed())
            }
            _ => bail!("the store {slug} is not made: {}", answer.shown()),
        }
    }

    fn wait_for_run(&self, asking: &mut Connection, id: &str) -> Result<()> {
        loop {
            let run = self.get(asking, &format!("/api/v1/mother/runs/{id}"))?;
            match run["state"].as_str() {
                Some("running") => self.bound.pause()?,
                Some("done") => return Ok(()),
                _ => bail!("the store is not made: {run}"),
            }
        }
    }

    /// Waits until the host has closed these stores, but not longer than `limit`; how many are open then.
    pub(super) fn wait_until_closed<'a>(
        &self,
        asking: &mut Connection,
        slugs: impl IntoIterator<Item = &'a str>,
        limit: Duration,
    ) -> Result<usize> {
        let deadline = Instant::now() + limit;
        let mut open = 0;
        for slug in slugs {
            let path = format!("/api/v1/mother/stores/{slug}");
            loop {
                let told = self.get(asking, &path)?;
                let is_open = told["look"]["is_open"].as_bool();
                if !is_open.with_context(|| format!("whether {slug} is open is not told"))? {
                    break;
                }
                if Instant::now() > deadline {
                    open += 1;
                    break;
                }
                self.bound.pause()?;
            }
        }
        Ok(open)
    }

    /// The version of a component that a store runs.
    pub(super) fn version(
        &self,
        asking: &mut Connection,
        slug: &str,
        component: &str,
    ) -> Result<String> {
        let all = self.get(asking, &format!("/api/v1/mother/stores/{slug}/components"))?;
        let mut all = all.as_array().into_iter().flatten();
        let one = all.find(|one| one["id"] == component && one["enabled"] == true);
        let version = one.and_then(|one| one["version"].as_str());
        Ok(version.with_context(|| format!("{slug} has no {component}"))?.to_owned())
    }
}
