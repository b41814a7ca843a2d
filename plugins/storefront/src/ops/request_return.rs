//! A customer asks to send goods back.

use hatchery_sdk::interfaces::order::{Order, OrderLineId, Orders, ReturnRequestLine};
use hatchery_sdk::prelude::*;

use crate::domain::order_rules;

/// Asks to send back so many of each line; what cannot be sent back is left out.
pub(crate) async fn request_return(
    ctx: &Ctx,
    order: &Order,
    quantities: &[(OrderLineId, i64)],
    reason: String,
) -> Result<()> {
    let returnable = order_rules::returnable(order);
    let fits = |(id, count): &&(OrderLineId, i64)| {
        returnable.iter().any(|(line, most)| line.id == *id && (1..=*most).contains(count))
    };
    let lines: Vec<_> = quantities
        .iter()
        .filter(fits)
        .map(|(line_id, quantity)| ReturnRequestLine { line_id: *line_id, quantity: *quantity })
        .collect();
    if lines.is_empty() {
        let message = "Nothing was chosen that can be sent back.";
        return Err(Error::conflict("order.not_allowed", message));
    }
    ctx.get::<dyn Orders>()?.request_return(ctx, order.id, lines, reason).await?;
    Ok(())
}
