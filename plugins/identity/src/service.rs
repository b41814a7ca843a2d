//! The interfaces `authentication` and `identity`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hatchery_sdk::component::Actor;
use hatchery_sdk::component::platform::Authentication;
use hatchery_sdk::interfaces::identity::{Identity, Invitation};
use hatchery_sdk::prelude::*;
use uuid::Uuid;

use crate::ops::{accept_invitation, authenticate, sign_in};
use crate::settings::IdentitySettings;

/// The staff of a store.
pub(crate) struct IdentityService {
    /// Passwords and failed logins.
    pub(crate) settings: IdentitySettings,
}

#[async_trait]
impl Authentication for IdentityService {
    async fn actor_of_token(&self, ctx: &Ctx, token: String) -> Result<Option<Actor>> {
        authenticate::actor_of_token(ctx, &token).await
    }

    async fn actors(&self, ctx: &Ctx, subjects: Vec<Uuid>) -> Result<BTreeMap<Uuid, Actor>> {
        authenticate::actors(ctx, &subjects).await
    }

    async fn emails(&self, ctx: &Ctx, subjects: Vec<Uuid>) -> Result<BTreeMap<Uuid, String>> {
        authenticate::emails(ctx, &subjects).await
    }

    async fn actors_by_email(
        &self,
        ctx: &Ctx,
        emails: Vec<String>,
    ) -> Result<BTreeMap<String, Actor>> {
        authenticate::actors_by_email(ctx, emails).await
    }
}

#[async_trait]
impl Identity for IdentityService {
    async fn sign_in(&self, ctx: &Ctx, email: String, password: String) -> Result<String> {
        sign_in::sign_in(ctx, &self.settings, &email, &password).await
    }

    async fn find_invitation(&self, ctx: &Ctx, token: String) -> Result<Option<Invitation>> {
        let invited = accept_invitation::find_invited(ctx, &self.settings, &token).await?;
        Ok(invited.map(|user| Invitation { name: user.name, email: user.email }))
    }

    async fn accept_invitation(
        &self,
        ctx: &Ctx,
        token: String,
        password: String,
    ) -> Result<String> {
        accept_invitation::accept_invitation(ctx, &self.settings, &token, &password).await
    }
}
