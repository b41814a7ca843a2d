//! Tells the customer what to do.

use hatchery_sdk::interfaces::payment::{
    NextAction, ProviderOutcome, ProviderRequest, ProviderResult,
};
use hatchery_sdk::prelude::*;

use crate::domain::method::{self, Method};
use crate::error::ManualError;
use crate::settings::ManualSettings;

/// The payment waits, with instructions. The same request gives the same answer.
pub(crate) fn begin_payment(
    settings: &ManualSettings,
    request: ProviderRequest,
) -> Result<ProviderResult> {
    let offered = settings.offered().find(|method| method.code() == request.method);
    let method: Method = offered.ok_or(ManualError::NotOffered { code: request.method })?;
    let text = method::filled(settings.instructions(method), request.amount, &request.order_number);
    Ok(ProviderResult {
        reference: None,
        outcome: ProviderOutcome::Pending(Some(NextAction::Instructions { text })),
    })
}
