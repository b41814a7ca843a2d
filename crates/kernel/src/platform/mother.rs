//! What a store may know of its mother: the interface `mother`.

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_component::platform::{Authentication, Mother};
use hatchery_component::sharing::Share;
use hatchery_component::stores::WRITE;
use hatchery_component::{Actor, Ctx, Instance, Result};

use super::state;
use crate::registry::MOTHER;
use crate::solver::KERNEL;

/// Provides the interface.
pub(crate) fn provide(instance: Instance) -> Instance {
    instance.provide::<dyn Mother>(Arc::new(Parent))
}

struct Parent;

#[async_trait]
impl Mother for Parent {
    async fn new_store_address(&self, ctx: &Ctx) -> Result<Option<String>> {
        let (Actor::User { id, .. }, false) = (ctx.actor(), ctx.store().slug == MOTHER) else {
            return Ok(None);
        };
        let Some(here) = ctx.find::<dyn Authentication>() else { return Ok(None) };
        let Some(email) = here.emails(ctx, vec![*id]).await?.remove(id) else { return Ok(None) };
        let mother = state(ctx)?.kernel()?.store(MOTHER).await?;
        let there = mother.system_ctx(KERNEL.into(), Some("a store's back office".into()));
        let Some(authentication) = there.find::<dyn Authentication>() else { return Ok(None) };
        let mut actors = authentication.actors_by_email(&there, vec![email.clone()]).await?;
        let may = actors.remove(&email).is_some_and(|actor| actor.may(WRITE));
        let address = || {
            let (mother, slug) = (mother.info(), &ctx.store().slug);
            format!("{}/mother/stores/new?source=store:{slug}", mother.base_url)
        };
        Ok(may.then(address))
    }

    async fn shares(&self, ctx: &Ctx, kind: String) -> Result<Vec<Share>> {
        Ok(state(ctx)?.kernel()?.shares_of(&ctx.store().slug, &kind))
    }
}
