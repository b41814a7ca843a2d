//! Visitors of stores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::figures::Times;
use crate::http::{Connection, Request};
use crate::process::Bound;

/// How many wake stores at once.
const WAKERS: usize = 4;
/// How many ask one store at once.
const VISITORS: usize = 8;
/// How long they ask, before it counts and then, and how many times.
const WARM_UP: Duration = Duration::from_secs(1);
pub(super) const LENGTH: Duration = Duration::from_secs(5);
const ROUNDS: usize = 5;
const PRODUCTS: &str = "/api/v1/store/products";

/// Asks a store for its products, each visitor on a connection that stays open. Of all rounds the one in the
/// middle counts: in the others the machine had more or less else to do.
pub(super) fn load(port: u16, bound: &Bound, slug: &str) -> Result<Times> {
    ask(port, bound, slug, WARM_UP)?;
    let rounds = (0..ROUNDS).map(|_| ask(port, bound, slug, LENGTH));
    let mut rounds: Vec<Times> = rounds.collect::<Result<_>>()?;
    rounds.sort_by_key(|times| times.percentile(99));
    Ok(rounds.swap_remove(ROUNDS / 2))
}

/// Asks every store once whether it is ready, for which it is opened; how long each took.
pub(super) fn wake(port: u16, bound: &Bound, slugs: &[&str]) -> Result<Times> {
    let next = AtomicUsize::new(0);
    together(WAKERS, || {
        let mut connection = Connection::open(port, bound)?;
        let mut times = Vec::new();
        while let Some(slug) = slugs.get(next.fetch_add(1, Ordering::Relaxed)) {
            times.push(get(&mut connection, slug, "/health/ready")?);
        }
        Ok(times)
    })
}

fn ask(port: u16, bound: &Bound, slug: &str, length: Duration) -> Result<Times> {
    let end = Instant::now() + length;
    together(VISITORS, || {
        let mut connection = Connection::open(port, bound)?;
        let mut times = Vec::new();
        while Instant::now() < end {
            times.push(get(&mut connection, slug, PRODUCTS)?);
        }
        Ok(times)
    })
}

/// Does the same in so many threads.
fn together(count: usize, work: impl Fn() -> Result<Vec<Duration>> + Sync) -> Result<Times> {
    let times: Result<Vec<_>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(&work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| bail!("a panic")))
            .collect()
    });
    Ok(Times::new(times?.concat()))
}

fn get(connection: &mut Connection, slug: &str, path: &str) -> Result<Duration> {
    let host = format!("{slug}.localhost");
    let begun = Instant::now();
    let answer = connection.ask(&Request::get(&host, path))?;
    if answer.status != 200 {
        bail!("{path} of {slug}: {}", answer.shown());
    }
    Ok(begun.elapsed())
}
