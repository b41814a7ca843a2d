//! Starter: what a new store begins with.
//!
//! Reading order: [`domain`] (what a blueprint says, and the drafts it comes to), [`ops`] (what writes them).

mod domain;
mod error;
mod ops;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::prelude::*;

/// Fills a store with what its blueprint says.
#[component]
pub struct StarterComponent;

#[async_trait]
impl Component for StarterComponent {
    fn declare(&self) -> Declaration {
        Declaration::new().task("starter.fill", "starter.fill", ops::fill_store::fill_store)
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        Ok(Instance::new(Arc::new(())))
    }
}
