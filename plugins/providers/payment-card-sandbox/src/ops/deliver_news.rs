//! The bank tells the shop what became of a payment.

use hatchery_sdk::interfaces::payment::Payments;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::signature;
use crate::ops::read_news::secret;
use crate::settings::SandboxSettings;

/// Id of this component, under which the shop knows the provider.
const PROVIDER: &str = "payment-card-sandbox";

/// Delivers news, signed, unless they are delivered already.
///
/// # Errors
/// The shop does not take them now.
pub(crate) async fn deliver_news(ctx: &Ctx, settings: &SandboxSettings, id: &str) -> Result<()> {
    let Some(body) = db::news::undelivered(&ctx.db(), id).await? else { return Ok(()) };
    let body = body.into_bytes();
    let headers = signature::headers(&secret(ctx, settings), id, ctx.now().timestamp(), &body);
    let headers = headers.ok_or_else(|| Error::internal("the news cannot be signed"))?;
    ctx.get::<dyn Payments>()?.webhook(ctx, PROVIDER.into(), headers, body).await?;
    ctx.transaction(|ctx| async move { db::news::set_delivered(&ctx.db(), id, ctx.now()).await })
        .await
}

/// Delivers news in the request that made them, so that the customer comes back to a shop that knows. If
/// that does not work, the job does it.
pub(crate) async fn deliver_now(ctx: &Ctx, settings: &SandboxSettings, news: Option<&str>) {
    let Some(id) = news else { return };
    if let Err(error) = deliver_news(ctx, settings, id).await {
        let chain = error.chain();
        tracing::warn!(news = id, error = %chain, "news {id} not delivered yet; their job will");
    }
}
