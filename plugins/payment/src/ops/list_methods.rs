//! The ways to pay.

use hatchery_sdk::interfaces::payment::PaymentMethod;
use hatchery_sdk::prelude::*;

use crate::ops::provider;
use crate::settings::PaymentSettings;

/// The methods a customer can choose, in the order of the settings, then by code. A provider that does
/// not answer is left out.
pub(crate) async fn list_methods(
    ctx: &Ctx,
    settings: &PaymentSettings,
) -> Result<Vec<PaymentMethod>> {
    let (found, _) = provider::all(ctx).await?;
    let mut methods: Vec<PaymentMethod> = found.into_iter().map(|chosen| chosen.method).collect();
    let place = |method: &PaymentMethod| {
        let place = settings.method_order.iter().position(|code| *code == method.code);
        (place.unwrap_or(usize::MAX), method.code.clone())
    };
    methods.sort_by_key(place);
    Ok(methods)
}
