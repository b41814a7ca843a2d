//! Which order lines returned goods belong to.

use hatchery_sdk::interfaces::order::OrderLineId;

/// An order line that may have been sent back, of one customer and SKU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) line: OrderLineId,
    /// How many of it have not come back.
    pub(crate) left: i64,
}

/// Spreads a returned quantity over candidates in the order given (newest order first); gives the taken
/// quantities and what no candidate could take.
pub(crate) fn spread(
    candidates: &mut [Candidate],
    quantity: i64,
) -> (Vec<(OrderLineId, i64)>, i64) {
    let mut open = quantity;
    let mut taken = Vec::new();
    for candidate in candidates.iter_mut().filter(|candidate| candidate.left > 0) {
        if open == 0 {
            break;
        }
        let part = open.min(candidate.left);
        candidate.left -= part;
        open -= part;
        taken.push((candidate.line, part));
    }
    (taken, open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_go_to_the_newest_lines_that_still_have_some() {
        let line = |n: u128| OrderLineId::from_uuid(uuid::Uuid::from_u128(n));
        let mut lines = vec![
            Candidate { line: line(3), left: 2 },
            Candidate { line: line(2), left: 0 },
            Candidate { line: line(1), left: 5 },
        ];
        assert_eq!(spread(&mut lines, 4), (vec![(line(3), 2), (line(1), 2)], 0));
        assert_eq!(spread(&mut lines, 9), (vec![(line(1), 3)], 6));
        assert_eq!(spread(&mut lines, 1), (vec![], 1));
    }
}
