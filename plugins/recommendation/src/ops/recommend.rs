//! Recommends products, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use hatchery_sdk::interfaces::catalog::{Catalog, Product, ProductId, ProductStatus};
use hatchery_sdk::interfaces::recommendation::{Reason, Recommendation, RecommendationRequest};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::pairs::Neighbor;

const DEFAULT_LIMIT: u32 = 8;
const MAX_LIMIT: u32 = 50;

/// Products that may please, best first: what was bought together with those asked from, then, for the
/// cart and the first page only, what is popular.
pub(crate) async fn recommend(
    ctx: &Ctx,
    request: RecommendationRequest,
) -> Result<Vec<Recommendation>> {
    let limit = if request.limit == 0 { DEFAULT_LIMIT } else { request.limit.min(MAX_LIMIT) };
    let limit = limit as usize;
    let from: BTreeSet<ProductId> = request.products.iter().copied().collect();
    let neighbors = db::neighbor::of_products(&ctx.db(), &request.products).await?;
    let ranked = rank(neighbors, &from);
    let mut wanted: Vec<ProductId> = ranked.iter().map(|neighbor| neighbor.other).collect();
    let fill = request.placement != "product" && ranked.len() < limit;
    let popular = if fill { popular(ctx, &from, &wanted, limit).await? } else { Vec::new() };
    wanted.extend(popular.iter().map(|(product, _)| *product));
    wanted.extend(&from);
    let products: BTreeMap<ProductId, Product> = ctx
        .get::<dyn Catalog>()?
        .products(ctx, wanted)
        .await?
        .into_iter()
        .filter(|product| product.status == ProductStatus::Active)
        .map(|product| (product.id, product))
        .collect();
    let together = ranked.iter().map(|neighbor| Recommendation {
        product_id: neighbor.other,
        score: neighbor.score,
        reason: bought_together(neighbor, products.get(&neighbor.product)),
    });
    let popular = popular.iter().map(|(product, orders)| Recommendation {
        product_id: *product,
        score: 0.0,
        reason: bought_often(*orders),
    });
    let there = |found: &Recommendation| products.contains_key(&found.product_id);
    Ok(together.chain(popular).filter(there).take(limit).collect())
}

/// Each product once, by the strongest of its ties, none of those asked from.
fn rank(neighbors: Vec<Neighbor>, from: &BTreeSet<ProductId>) -> Vec<Neighbor> {
    let mut best: BTreeMap<ProductId, Neighbor> = BTreeMap::new();
    let mut sums: BTreeMap<ProductId, f64> = BTreeMap::new();
    for neighbor in neighbors.into_iter().filter(|neighbor| !from.contains(&neighbor.other)) {
        *sums.entry(neighbor.other).or_default() += neighbor.score;
        match best.get(&neighbor.other) {
            Some(known) if known.score >= neighbor.score => {}
            _ => drop(best.insert(neighbor.other, neighbor)),
        }
    }
    let mut ranked: Vec<Neighbor> = best
        .into_values()
        .map(|neighbor| Neighbor { score: sums[&neighbor.other], ..neighbor })
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.other.cmp(&b.other)));
    ranked
}

async fn popular(
    ctx: &Ctx,
    from: &BTreeSet<ProductId>,
    ranked: &[ProductId],
    limit: usize,
) -> Result<Vec<(ProductId, i64)>> {
    let many = (limit + from.len() + ranked.len()) as u64;
    let mut popular = db::neighbor::most_popular(&ctx.db(), many).await?;
    popular.retain(|(product, _)| !from.contains(product) && !ranked.contains(product));
    Ok(popular)
}

fn bought_together(neighbor: &Neighbor, from: Option<&Product>) -> Reason {
    let Neighbor { product, together, of, .. } = neighbor;
    let name = |locale: &Locale| from.map_or("", |product| product.name.get(locale)).to_owned();
    let (english, chinese) = (name(&Locale::en()), name(&Locale::zh_cn()));
    Reason {
        kind: "bought_together".into(),
        text: Localized::en(format!("In {together} of {of} orders with {english}")).with(
            Locale::zh_cn(),
            format!("{of} 笔含“{chinese}”的订单中，有 {together} 笔同时购买"),
        ),
        because_of: Some(*product),
        together: (*together).into(),
        of: (*of).into(),
    }
}

fn bought_often(orders: i64) -> Reason {
    Reason {
        kind: "popular".into(),
        text: Localized::en(format!("Popular: in {orders} orders"))
            .with(Locale::zh_cn(), format!("热销：已有 {orders} 笔订单")),
        because_of: None,
        together: 0,
        of: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_with_several_products_add_up_and_the_strongest_gives_the_reason() {
        let product = |number: u128| ProductId::from_uuid(uuid::Uuid::from_u128(number));
        let neighbor = |from, to, score| Neighbor {
            product: product(from),
            other: product(to),
            together: 2,
            of: 3,
            score,
        };
        let from = BTreeSet::from([product(1), product(2)]);
        let ranked = rank(
            vec![
                neighbor(1, 9, 0.5),
                neighbor(1, 8, 0.3),
                neighbor(2, 8, 0.4),
                neighbor(1, 2, 0.9),
            ],
            &from,
        );
        let others: Vec<ProductId> = ranked.iter().map(|neighbor| neighbor.other).collect();
        assert_eq!(others, [product(8), product(9)]);
        assert_eq!(ranked[0].product, product(2));
    }
}
