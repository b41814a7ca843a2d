//! Asks all carriers what it would take.

use hatchery_sdk::interfaces::shipping::{Carrier, ShippingOption, ShippingQuery};
use hatchery_sdk::prelude::*;

/// The options of all carriers, cheapest first. A carrier that fails is left out.
pub(crate) async fn list_options(ctx: &Ctx, query: ShippingQuery) -> Result<Vec<ShippingOption>> {
    let mut options = Vec::new();
    for (component, carrier) in ctx.all::<dyn Carrier>()? {
        let rates = match carrier.rates(ctx, query.clone()).await {
            Ok(rates) => rates,
            Err(error) => {
                tracing::warn!(carrier = %component, error = %error.chain(), "carrier left out");
                continue;
            }
        };
        options.extend(rates.into_iter().map(|rate| ShippingOption {
            code: rate.code,
            name: rate.name.get(ctx.locale()).to_owned(),
            price: rate.price,
            delivery_windows: rate.delivery_windows,
            carrier: component.to_string(),
        }));
    }
    options.sort_by(|a, b| (a.price.minor, &a.code).cmp(&(b.price.minor, &b.code)));
    options.dedup_by(|a, b| a.code == b.code);
    Ok(options)
}
