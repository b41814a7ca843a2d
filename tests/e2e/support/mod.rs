//! A real host and a real browser for the tests of the whole product.
//!
//! `cargo xtask test` provides both. Without it the host is built on its first use, and a test that
//! needs the browser prints `SKIPPED` and ends.

#![allow(dead_code, reason = "a harness offers more than the tests of one day use")]

mod browser;
mod host;

pub(crate) use browser::Browser;
pub(crate) use host::{Host, components};

use std::time::Duration;

/// How long a test waits for something that the machine has to do.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it looks.
const POLL: Duration = Duration::from_millis(20);
