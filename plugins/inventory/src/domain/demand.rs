//! What is asked for, per SKU.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::{Sku, SkuQuantity};
use serde::Serialize;

use crate::error::InventoryError;

/// More was asked for than there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Shortage {
    pub(crate) sku: Sku,
    pub(crate) requested: i64,
    pub(crate) available: i64,
}

/// Sums quantities per SKU, in the order of the SKUs, so that two requests never wait for each other in a
/// circle.
pub(crate) fn summed(lines: &[SkuQuantity]) -> Result<BTreeMap<Sku, i64>, InventoryError> {
    let mut demand = BTreeMap::new();
    for line in lines {
        if line.quantity < 1 {
            return Err(InventoryError::Quantity { sku: line.sku.clone() });
        }
        let sum: &mut i64 = demand.entry(line.sku.clone()).or_default();
        *sum = sum.saturating_add(line.quantity);
    }
    Ok(demand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_of_one_sku_are_one_demand() {
        let line = |sku: &str, quantity| SkuQuantity { sku: Sku::new(sku).unwrap(), quantity };
        let demand = summed(&[line("B", 2), line("A", 1), line("B", 3)]).unwrap();
        let pairs: Vec<(&str, i64)> =
            demand.iter().map(|(sku, quantity)| (sku.as_str(), *quantity)).collect();
        assert_eq!(pairs, [("A", 1), ("B", 5)]);
        assert!(summed(&[line("A", 0)]).is_err());
    }
}
