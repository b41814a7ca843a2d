//! Connect: an enterprise's existing data comes in.
//!
//! Reading order: [`domain`] (what a row of a file means, and the report), [`ops`] (`import_file` is the
//! entry; one file per kind of record), [`db`] (how far an import came).

mod db;
mod domain;
mod error;
mod ops;

use async_trait::async_trait;
use hatchery_sdk::prelude::*;

/// Imports existing data.
#[component]
pub struct ConnectComponent;

#[async_trait]
impl Component for ConnectComponent {
    fn declare(&self) -> Declaration {
        Declaration::new().migrations(db::migrations::all()).task(
            "connect.import",
            "connect.import.run",
            ops::import_file::import_file,
        )
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        Ok(Instance::new(std::sync::Arc::new(())))
    }
}
