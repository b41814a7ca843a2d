//! Words and pages outside of a request: for mails and exports.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use hatchery_component::platform::Texts;
use hatchery_component::{Ctx, Declaration, Instance, Result, View};
use serde_json::Value;

use super::state;
use crate::request::{RequestFacts, facts};
use crate::store::Store;

/// Nothing of its own.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    declaration
}

/// The interface `texts`.
pub(crate) fn provide(instance: Instance, _: &Weak<Store>) -> Instance {
    instance.provide::<dyn Texts>(Arc::new(AssemblyTexts))
}

/// Texts of the context's assembly.
struct AssemblyTexts;

#[async_trait]
impl Texts for AssemblyTexts {
    async fn translate(
        &self,
        ctx: &Ctx,
        key: String,
        arguments: BTreeMap<String, Value>,
    ) -> Result<String> {
        let languages = [ctx.locale(), &ctx.store().locale()];
        Ok(state(ctx)?.assembly.views.translate_in(&languages, &key, &arguments))
    }

    async fn render(&self, ctx: &Ctx, view: View) -> Result<String> {
        let state = state(ctx)?;
        let outside = || Arc::new(RequestFacts::outside(ctx.store()));
        let request = facts(ctx.request_id()).unwrap_or_else(outside);
        state.assembly.views.render(ctx, view, &request).await
    }
}
