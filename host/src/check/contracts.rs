//! What every provider of an interface must do in a store where nothing has happened yet.

use std::collections::BTreeSet;
use std::sync::Arc;

use hatchery_component::interface::{Handle, Interface};
use hatchery_component::platform::Authentication;
use hatchery_component::{Ctx, Result};
use hatchery_interfaces::notification::Messenger;
use hatchery_interfaces::payment::PaymentProvider;
use hatchery_interfaces::recommendation::{RecommendationRequest, Recommendations};
use hatchery_interfaces::shipping::{Carrier, ShippingQuery};
use hatchery_types::{Locale, Money};
use uuid::Uuid;

/// No method of any interface has this number.
const NO_METHOD: u32 = 0;

/// Calls an implementation in the ways that must always work; what did not. `None` when there is no suite
/// for the interface.
pub(super) async fn keeps(ctx: &Ctx, interface: &str, handle: &Handle) -> Option<Vec<String>> {
    let problems = match interface {
        <dyn PaymentProvider>::ID => payment_provider(ctx, provider(handle)?).await,
        <dyn Carrier>::ID => carrier(ctx, provider(handle)?).await,
        <dyn Messenger>::ID => messenger(ctx, provider(handle)?).await,
        <dyn Recommendations>::ID => recommendations(ctx, provider(handle)?).await,
        <dyn Authentication>::ID => authentication(ctx, provider(handle)?).await,
        _ => return None,
    };
    Some(problems.unwrap_or_else(|error| vec![error.chain()]))
}

/// Calls that nobody should make end in an error, and in nothing worse.
pub(super) async fn refuses(ctx: &Ctx, handle: &Handle) -> Vec<String> {
    let Some(elsewhere) = handle.dispatch() else {
        return vec!["it takes no calls".into()];
    };
    let mut problems = Vec::new();
    for arguments in [Vec::new(), vec![0xc1], vec![0xff; 64]] {
        match elsewhere.dispatch(ctx, NO_METHOD, arguments).await {
            Ok(_) => problems.push("a method that does not exist gave a result".into()),
            Err(error) if is_panic(&error) => problems.push(error.chain()),
            Err(_) => {}
        }
    }
    problems
}

/// Whether the component panicked.
pub(super) fn is_panic(error: &hatchery_component::Error) -> bool {
    error.code() == "component.panic" || error.chain().contains("panicked")
}

fn provider<I: Interface + ?Sized>(handle: &Handle) -> Option<Arc<I>> {
    handle.get::<I>()
}

async fn payment_provider(ctx: &Ctx, it: Arc<dyn PaymentProvider>) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut codes = BTreeSet::new();
    for method in it.methods(ctx).await? {
        if method.code.is_empty() || method.kind.is_empty() {
            problems.push("a payment method has no code or no kind".into());
        }
        if method.name.get(&Locale::en()).is_empty() {
            problems.push(format!("the payment method '{}' has no name", method.code));
        }
        if !codes.insert(method.code.clone()) {
            problems.push(format!("there are two payment methods '{}'", method.code));
        }
    }
    Ok(problems)
}

async fn carrier(ctx: &Ctx, it: Arc<dyn Carrier>) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let subtotal = Money::new(0, ctx.store().currency);
    let query = ShippingQuery { country: None, postal_code: None, lines: Vec::new(), subtotal };
    let mut codes = BTreeSet::new();
    for rate in it.rates(ctx, query).await? {
        if rate.code.is_empty() || rate.name.get(&Locale::en()).is_empty() {
            problems.push("a rate has no code or no name".into());
        }
        if rate.price.minor < 0 || rate.price.currency != ctx.store().currency {
            problems.push(format!("the rate '{}' costs {:?}", rate.code, rate.price));
        }
        if !codes.insert(rate.code.clone()) {
            problems.push(format!("there are two rates '{}'", rate.code));
        }
    }
    if !it.tracking_urls(ctx, Vec::new()).await?.is_empty() {
        problems.push("it tracks shipments that nobody asked for".into());
    }
    Ok(problems)
}

async fn messenger(ctx: &Ctx, it: Arc<dyn Messenger>) -> Result<Vec<String>> {
    // Either answer is fine; it must give one, without its settings too.
    if it.ready(ctx).await? {
        it.deliver(ctx, Vec::new()).await?;
    }
    Ok(Vec::new())
}

async fn recommendations(ctx: &Ctx, it: Arc<dyn Recommendations>) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for (placement, limit) in [("home", 8), ("product", 1), ("cart", 50)] {
        let placement = placement.to_owned();
        let products = vec![ctx.new_id()];
        let request = RecommendationRequest { placement, products: products.clone(), limit };
        let found = it.recommend(ctx, request.clone()).await?;
        if found.len() > limit as usize {
            problems.push(format!("{} where {limit} were asked for", found.len()));
        }
        if found.iter().any(|it| products.contains(&it.product_id)) {
            problems.push("it recommends what was asked from".into());
        }
        if found.iter().any(|it| it.reason.text.get(&Locale::en()).is_empty()) {
            problems.push("a recommendation has no reason".into());
        }
        if !found.is_sorted_by(|a, b| a.score >= b.score) {
            problems.push("the best does not come first".into());
        }
        if it.recommend(ctx, request).await? != found {
            problems.push("the same question has two answers".into());
        }
    }
    Ok(problems)
}

async fn authentication(ctx: &Ctx, it: Arc<dyn Authentication>) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for token in ["", "x", "a token that nobody has"] {
        if it.actor_of_token(ctx, token.to_owned()).await?.is_some() {
            problems.push(format!("'{token}' is a good token"));
        }
    }
    if !it.actors(ctx, vec![Uuid::nil()]).await?.is_empty() {
        problems.push("a subject that does not exist is somebody".into());
    }
    Ok(problems)
}
