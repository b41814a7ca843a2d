//! A Hatchery store in a test: the real kernel in this process, in a temporary folder, with a clock that
//! stands still and ids that count.
//!
//! ```no_run
//! # async fn test() {
//! use hatchery_testkit::{TestStore, for_each_database};
//!
//! for_each_database(|database| async move {
//!     let store = TestStore::on(database, ["catalog", "listing"]).await;
//!     let client = store.http();
//!     let answer = client.get("/api/v1/store/products").await;
//!     assert_eq!(answer.status, 200, "{}", answer.text());
//!     store.drain().await;
//!     store.close().await;
//! })
//! .await;
//! # }
//! ```
//!
//! Components are those linked into the test (`use hatchery_catalog as _;`), chosen by id; what is not
//! chosen is known but off. Fakes are added with [`TestStoreOptions::fakes`].

mod client;
mod clock;
mod database;
mod fleet;
mod store;

pub use client::{Answer, TestClient};
pub use clock::TestClock;
pub use database::{TestDatabase, for_each_database};
pub use fleet::{TestFleet, client_of, kernel_on};
pub use store::{TestStore, TestStoreOptions};
