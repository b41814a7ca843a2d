//! Identity: how people prove who they are.

use async_trait::async_trait;
use hatchery_component::{Ctx, Result};
use serde::{Deserialize, Serialize};

/// Whom a one-time link was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Name of the member of staff.
    pub name: String,
    /// E-mail address, with which the person signs in later.
    pub email: String,
}

/// Signs staff in. Tokens and the permissions behind a session are the kernel's `Authentication`.
#[hatchery_component::interface(id = "identity", version = "1.1.0")]
#[async_trait]
pub trait Identity: Send + Sync {
    /// Checks e-mail address and password of a member of staff, opens a session and gives its `Set-Cookie`
    /// value. Failures are counted per account and address: a wrong pair is `Unauthenticated`
    /// `identity.wrong_credentials`, too many are `RateLimited`.
    async fn sign_in(&self, ctx: &Ctx, email: String, password: String) -> Result<String>;

    /// Whom a one-time link is for, as long as it is good. Unknown tokens are counted per address: too many
    /// are `RateLimited`. Since 1.1.
    async fn find_invitation(&self, ctx: &Ctx, token: String) -> Result<Option<Invitation>>;

    /// Uses a one-time link: sets the password, ends all other sessions, opens one and gives its
    /// `Set-Cookie` value. A link that was used, has expired or never was is `NotFound`
    /// `identity.invitation_unknown`, counted as in `find_invitation`; a password that is too short is
    /// `Invalid` `identity.password_short` and leaves the link as it was. Since 1.1.
    async fn accept_invitation(&self, ctx: &Ctx, token: String, password: String)
    -> Result<String>;
}
