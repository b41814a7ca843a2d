//! Demo: a shop to look around in.
//!
//! Reading order: [`domain`] (the catalog, its painter, the simulated year), [`ops`] (what fills a store).

mod domain;
mod ops;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::prelude::*;

/// Fills a store with a catalog and a year of trade.
#[component]
pub struct DemoComponent;

#[async_trait]
impl Component for DemoComponent {
    fn declare(&self) -> Declaration {
        Declaration::new().task("demo.seed", "demo.seed", ops::seed_store::seed_store)
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        Ok(Instance::new(Arc::new(())))
    }
}
