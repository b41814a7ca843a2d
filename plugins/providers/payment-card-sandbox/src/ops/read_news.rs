//! The client reads the bank's news.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::payment::ProviderEvent;
use hatchery_sdk::prelude::*;

use crate::domain::signature;
use crate::domain::transaction::News;
use crate::error::SandboxError;
use crate::ops::bank;
use crate::settings::SandboxSettings;

/// Checks the signature of news and reads them.
///
/// # Errors
/// The signature is wrong or too old, or the body is none of the bank's.
pub(crate) async fn read_news(
    ctx: &Ctx,
    settings: &SandboxSettings,
    headers: &BTreeMap<String, String>,
    body: &[u8],
) -> Result<Vec<ProviderEvent>> {
    if !signature::is_good(&secret(ctx, settings), headers, ctx.now().timestamp(), body) {
        return Err(SandboxError::Signature.into());
    }
    let news: News = serde_json::from_slice(body).map_err(|_| SandboxError::News)?;
    let refusal = news.refusal.as_deref();
    let result = bank::result(ctx, news.payment_id, news.state, refusal).await?;
    let (payment_id, amount) = (news.payment_id, news.captured);
    Ok(vec![ProviderEvent { id: news.id, payment_id, result, amount }])
}

/// The key that bank and client share: that of the settings, else one made of the store's own key.
pub(crate) fn secret(ctx: &Ctx, settings: &SandboxSettings) -> String {
    match settings.webhook_secret.expose() {
        "" => ctx.sign("payment-card-sandbox.webhook", "secret"),
        secret => secret.to_owned(),
    }
}
