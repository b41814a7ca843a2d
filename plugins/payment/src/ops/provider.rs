//! Which provider takes a payment.

use std::sync::Arc;

use hatchery_sdk::interfaces::payment::{PaymentMethod, PaymentProvider};
use hatchery_sdk::prelude::*;

use crate::domain::payment::StoredPayment;
use crate::error::PaymentError;

/// A provider with one of its methods.
pub(crate) struct Chosen {
    /// Id of the provider's component.
    pub(crate) id: String,
    pub(crate) provider: Arc<dyn PaymentProvider>,
    pub(crate) method: PaymentMethod,
}

/// All methods of all providers, by provider; of two with one code the first stays. The error is that of
/// a provider that could not be asked.
pub(crate) async fn all(ctx: &Ctx) -> Result<(Vec<Chosen>, Option<Error>)> {
    let mut found: Vec<Chosen> = Vec::new();
    let mut problem = None;
    for (id, provider) in ctx.all::<dyn PaymentProvider>()? {
        let methods = match provider.methods(ctx).await {
            Ok(methods) => methods,
            Err(error) => {
                let chain = error.chain();
                tracing::warn!(provider = %id, error = %chain, "{id} does not tell its methods");
                problem = Some(error);
                continue;
            }
        };
        for method in methods {
            let known = found.iter().find(|other| other.method.code == method.code);
            if let Some(other) = known {
                let (code, first) = (&method.code, &other.id);
                tracing::warn!(provider = %id, "{first} and {id} both have '{code}'; {first}'s is used");
                continue;
            }
            let method = PaymentMethod { provider: id.to_string(), ..method };
            found.push(Chosen { id: id.to_string(), provider: provider.clone(), method });
        }
    }
    Ok((found, problem))
}

/// The provider of a method; none when there is no such method any more.
///
/// # Errors
/// A provider that might have it could not be asked.
pub(crate) async fn of_method(ctx: &Ctx, code: &str) -> Result<Option<Chosen>> {
    let (found, problem) = all(ctx).await?;
    match (found.into_iter().find(|chosen| chosen.method.code == code), problem) {
        (Some(chosen), _) => Ok(Some(chosen)),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(None),
    }
}

/// The provider that a payment was begun at.
pub(crate) fn of_payment(ctx: &Ctx, payment: &StoredPayment) -> Result<Arc<dyn PaymentProvider>> {
    let wanted = payment.provider.clone().unwrap_or_default();
    let found = ctx.all::<dyn PaymentProvider>()?.into_iter().find(|(id, _)| **id == *wanted);
    let off = PaymentError::ProviderOff { provider: wanted };
    Ok(found.map(|(_, provider)| provider).ok_or(off)?)
}

/// Whether asking the provider again with the same input is of no use.
pub(crate) fn is_final(error: &Error) -> bool {
    matches!(error.kind(), Kind::Invalid | Kind::Conflict | Kind::NotFound | Kind::Denied)
}
