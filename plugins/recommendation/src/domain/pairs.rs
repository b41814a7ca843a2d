//! Counting pairs.

use std::collections::{BTreeMap, HashMap};

use hatchery_sdk::interfaces::catalog::ProductId;

use crate::settings::RecommendationSettings;

/// Counts in how many baskets products and pairs of products stand.
#[derive(Default)]
pub(crate) struct Counter {
    numbers: BTreeMap<ProductId, u32>,
    products: Vec<(ProductId, u32)>,
    pairs: HashMap<(u32, u32), u32>,
}

/// A product that is bought together with another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Neighbor {
    /// The product it follows from.
    pub(crate) product: ProductId,
    /// The other one.
    pub(crate) other: ProductId,
    /// In how many baskets both stand.
    pub(crate) together: u32,
    /// In how many the first one stands.
    pub(crate) of: u32,
    /// Cosine of the two sets of baskets, between 0 and 1.
    pub(crate) score: f64,
}

impl Counter {
    /// Counts a basket. A product counts once. Large baskets count for their products, not for pairs.
    pub(crate) fn add(&mut self, mut basket: Vec<ProductId>, max_basket: u32) {
        basket.sort();
        basket.dedup();
        let numbers: Vec<u32> = basket.into_iter().map(|product| self.count(product)).collect();
        if numbers.len() > max_basket as usize {
            return;
        }
        for (index, a) in numbers.iter().enumerate() {
            for b in &numbers[index + 1..] {
                *self.pairs.entry((*a.min(b), *a.max(b))).or_default() += 1;
            }
        }
    }

    /// In how many baskets each product stands, by id.
    pub(crate) fn products(&self) -> BTreeMap<ProductId, u32> {
        self.products.iter().copied().collect()
    }

    /// The best neighbors of every product, best first; equal ones by id.
    pub(crate) fn neighbors(&self, settings: &RecommendationSettings) -> Vec<Neighbor> {
        let mut by_product: BTreeMap<ProductId, Vec<Neighbor>> = BTreeMap::new();
        for ((a, b), together) in &self.pairs {
            if *together < settings.min_together {
                continue;
            }
            for (from, to) in [(a, b), (b, a)] {
                let (product, of) = self.products[*from as usize];
                let (other, of_other) = self.products[*to as usize];
                let score = f64::from(*together) / (f64::from(of) * f64::from(of_other)).sqrt();
                let neighbor = Neighbor { product, other, together: *together, of, score };
                by_product.entry(product).or_default().push(neighbor);
            }
        }
        by_product
            .into_values()
            .flat_map(|mut neighbors| {
                neighbors.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.other.cmp(&b.other)));
                neighbors.truncate(settings.neighbors as usize);
                neighbors
            })
            .collect()
    }

    fn count(&mut self, product: ProductId) -> u32 {
        let next = self.products.len() as u32;
        let number = *self.numbers.entry(product).or_insert(next);
        if number == next {
            self.products.push((product, 0));
        }
        self.products[number as usize].1 += 1;
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(number: u128) -> ProductId {
        ProductId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn learned(baskets: &[&[u128]], settings: &RecommendationSettings) -> Vec<Neighbor> {
        let mut counter = Counter::default();
        for basket in baskets {
            let basket = basket.iter().map(|number| product(*number)).collect();
            counter.add(basket, settings.max_basket);
        }
        counter.neighbors(settings)
    }

    #[test]
    fn what_belongs_together_comes_before_what_is_everywhere() {
        // 9 is in every basket; 1 and 2 are bought together only.
        let baskets: &[&[u128]] = &[&[1, 2, 9], &[1, 2, 9], &[9, 3], &[9, 4], &[9, 5], &[9, 6]];
        let neighbors = learned(baskets, &RecommendationSettings::default());
        let of_one: Vec<_> =
            neighbors.iter().filter(|neighbor| neighbor.product == product(1)).collect();
        assert_eq!(of_one[0].other, product(2));
        assert_eq!((of_one[0].together, of_one[0].of), (2, 2));
        assert!((of_one[0].score - 1.0).abs() < 1e-12);
        assert_eq!(of_one[1].other, product(9));
    }

    #[test]
    fn rare_pairs_and_large_baskets_do_not_count() {
        let settings = RecommendationSettings { max_basket: 3, ..Default::default() };
        assert!(learned(&[&[1, 2]], &settings).is_empty());
        assert!(learned(&[&[1, 2, 3, 4], &[1, 2, 3, 4]], &settings).is_empty());
        assert_eq!(learned(&[&[1, 1, 2], &[2, 1]], &settings).len(), 2);
    }

    #[test]
    fn the_order_of_baskets_does_not_matter() {
        let baskets: Vec<&[u128]> = vec![&[1, 2, 3], &[2, 3], &[1, 3], &[1, 2, 3]];
        let turned: Vec<&[u128]> = baskets.iter().rev().copied().collect();
        let settings = RecommendationSettings::default();
        assert_eq!(learned(&baskets, &settings), learned(&turned, &settings));
    }
}
