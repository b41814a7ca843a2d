//! Identity: how people prove who they are.

use async_trait::async_trait;
use hatchery_component::{Ctx, Result};

/// Signs staff in. Tokens and the permissions behind a session are the kernel's `Authentication`.
#[hatchery_component::interface(id = "identity", version = "1.0.0")]
#[async_trait]
pub trait Identity: Send + Sync {
    /// Checks e-mail address and password of a member of staff, opens a session and gives its `Set-Cookie`
    /// value. Failures are counted per account and address: a wrong pair is `Unauthenticated`
    /// `identity.wrong_credentials`, too many are `RateLimited`.
    async fn sign_in(&self, ctx: &Ctx, email: String, password: String) -> Result<String>;
}
