//! A simulated year of trade: who buys what, when, and what becomes of it.
//!
//! Everything is drawn from one small generator, so the same seed, last day and offers give the same
//! year. Customers belong to a *habit* (the tea drinker who orders every other week, the giver before
//! Christmas or Chinese New Year, ..); baskets come from *affinities* (`data/affinities.toml`): what
//! people buy together. So lists have favorites, recommendations have reasons and customer files have a
//! history.

mod calendar;
mod people;
mod random;

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Deserialize;

use self::people::Person;
use self::random::Random;

/// Days of the simulated year.
pub(crate) const DAYS: u64 = 365;

/// Something that can be bought: a variant, as far as trade needs to know it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Offer {
    /// Slug of its product.
    pub(crate) product: String,
    pub(crate) sku: String,
    /// Full names in English and Chinese.
    pub(crate) name: (String, String),
    /// In minor units.
    pub(crate) price: i64,
}

/// What the year brought.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Year {
    pub(crate) customers: Vec<Customer>,
    /// By time; numbers count up.
    pub(crate) orders: Vec<Order>,
}

/// Somebody who bought.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Customer {
    /// `D0001`, absent for guests.
    pub(crate) reference: Option<String>,
    pub(crate) person: Person,
}

/// A purchase.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    /// `10001`.
    pub(crate) number: String,
    /// Position in [`Year::customers`].
    pub(crate) customer: usize,
    pub(crate) placed_at: DateTime<Utc>,
    pub(crate) outcome: Outcome,
    pub(crate) lines: Vec<Line>,
}

/// What became of an order, as far as the year goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Came in today or yesterday.
    Placed,
    /// Accepted, to be packed.
    Reviewed,
    /// On its way.
    Shipped,
    /// Arrived.
    Completed,
    /// Arrived, and something came back.
    Returned,
    /// Given up before it left.
    Cancelled,
}

/// Some of an offer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Position in the offers.
    pub(crate) offer: usize,
    pub(crate) quantity: i64,
    pub(crate) returned: i64,
}

/// How a kind of customer buys.
struct Habit {
    customers: usize,
    /// Share that never opens an account.
    guests: f64,
    rhythm: Rhythm,
    /// Affinity groups with their weights.
    groups: &'static [(&'static str, u32)],
}

/// When a customer buys.
enum Rhythm {
    /// Again and again, on average this many days apart, with each month's weight (January first, 0 to 4).
    Every { days: u64, months: [u32; 12] },
    /// Before the feasts, up to this often.
    Feasts { most: u64 },
    /// Once, some day.
    Once,
}

const ALL_YEAR: [u32; 12] = [4; 12];
const GROWING_SEASON: [u32; 12] = [0, 1, 4, 4, 4, 4, 2, 1, 3, 2, 0, 1];
const DARK_SEASON: [u32; 12] = [4, 4, 2, 2, 1, 1, 1, 1, 3, 4, 4, 4];

const HABITS: [Habit; 8] = [
    Habit {
        customers: 13,
        guests: 0.0,
        rhythm: Rhythm::Every { days: 14, months: ALL_YEAR },
        groups: &[("tea-refill", 9), ("gongfu", 1), ("on-the-way", 1), ("matcha", 1)],
    },
    Habit {
        customers: 30,
        guests: 0.05,
        rhythm: Rhythm::Every { days: 47, months: ALL_YEAR },
        groups: &[("gongfu", 5), ("tea-refill", 3), ("matcha", 2), ("hearth", 1), ("evening", 1)],
    },
    Habit {
        customers: 40,
        guests: 0.1,
        rhythm: Rhythm::Every { days: 58, months: ALL_YEAR },
        groups: &[("breakfast", 4), ("dinner", 4), ("cooking", 4), ("cozy", 2), ("bath", 2)],
    },
    Habit {
        customers: 30,
        guests: 0.1,
        rhythm: Rhythm::Every { days: 66, months: ALL_YEAR },
        groups: &[("writing", 6), ("drawing", 3), ("on-the-way", 1), ("tea-refill", 1)],
    },
    Habit {
        customers: 32,
        guests: 0.15,
        rhythm: Rhythm::Every { days: 34, months: GROWING_SEASON },
        groups: &[("balcony", 8), ("breakfast", 1), ("bath", 1)],
    },
    Habit {
        customers: 34,
        guests: 0.15,
        rhythm: Rhythm::Every { days: 42, months: DARK_SEASON },
        groups: &[("evening", 5), ("cozy", 4), ("bath", 3), ("tea-refill", 1)],
    },
    Habit {
        customers: 105,
        guests: 0.4,
        rhythm: Rhythm::Feasts { most: 3 },
        groups: &[("present", 6), ("gongfu", 1), ("cozy", 1), ("writing", 1), ("evening", 1)],
    },
    Habit {
        customers: 120,
        guests: 0.75,
        rhythm: Rhythm::Once,
        groups: &[
            ("gongfu", 3),
            ("breakfast", 2),
            ("dinner", 2),
            ("cooking", 2),
            ("writing", 2),
            ("evening", 2),
            ("balcony", 2),
            ("present", 2),
            ("cozy", 1),
            ("bath", 1),
            ("drawing", 1),
            ("matcha", 1),
            ("on-the-way", 1),
        ],
    },
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Affinities {
    #[serde(rename = "group")]
    groups: Vec<Group>,
}

/// What people buy together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    code: String,
    lead: Vec<String>,
    with: BTreeMap<String, f64>,
}

/// Simulates the year that ends with `last_day`. One order is placed on its first day, whatever is drawn, so
/// that the year can be told from its first order.
pub(crate) fn simulate(
    seed: u64,
    last_day: NaiveDate,
    offers: &[Offer],
) -> Result<Year, toml::de::Error> {
    let affinities: Affinities = toml::from_str(include_str!("../../data/affinities.toml"))?;
    let shop = Shop::new(offers, &affinities.groups);
    let mut random = Random::new(seed);
    let first_day = last_day - Days::new(DAYS - 1);
    let mut customers = Vec::new();
    let mut drafts: Vec<(DateTime<Utc>, usize, Vec<Line>)> = Vec::new();
    for habit in &HABITS {
        for _ in 0..habit.customers {
            let customer = customers.len();
            let person = people::draw(&mut random, customer);
            let guest = random.chance(habit.guests);
            let reference = (!guest).then(|| format!("D{:04}", customer + 1));
            let mut days = habit.days(&mut random, first_day, last_day, &person);
            if customer == 0 {
                days.insert(0, first_day);
            }
            for day in days {
                let placed_at = calendar::moment(&mut random, day);
                drafts.push((placed_at, customer, shop.basket(&mut random, habit, &person)));
            }
            customers.push(Customer { reference, person });
        }
    }
    drafts.sort_by_key(|(placed_at, customer, _)| (*placed_at, *customer));
    let orders = drafts
        .into_iter()
        .enumerate()
        .map(|(position, (placed_at, customer, mut lines))| {
            let age = (last_day - placed_at.date_naive()).num_days();
            let outcome = outcome(&mut random, age);
            if outcome == Outcome::Returned {
                let line = random.below(lines.len());
                lines[line].returned = 1 + random.below(lines[line].quantity as usize) as i64;
            }
            Order { number: (10_001 + position).to_string(), customer, placed_at, outcome, lines }
        })
        .collect();
    Ok(Year { customers, orders })
}

/// The last day of the year whose first order was placed then.
pub(crate) fn last_day_of(first_order: DateTime<Utc>) -> NaiveDate {
    first_order.date_naive() + Days::new(DAYS - 1)
}

impl Habit {
    /// The days on which one customer of this habit buys.
    fn days(
        &self,
        random: &mut Random,
        first: NaiveDate,
        last: NaiveDate,
        person: &Person,
    ) -> Vec<NaiveDate> {
        match self.rhythm {
            Rhythm::Every { days, months } => {
                // Two of three were customers before the year began, the others come during it.
                let begin = if random.chance(0.66) {
                    random.below(days as usize) as u64
                } else {
                    random.below(270) as u64
                };
                let mut found = Vec::new();
                let mut day = first + Days::new(begin);
                while day <= last {
                    if (random.below(4) as u32) < months[calendar::month_index(day)] {
                        found.push(day);
                    }
                    day = day + Days::new((days / 2 + random.below(days as usize) as u64).max(1));
                }
                found
            }
            Rhythm::Feasts { most } => {
                let feasts = calendar::feasts(first, last, person.chinese());
                let times = 1 + random.below(most as usize);
                (0..times).map(|_| feasts[random.below(feasts.len())]).collect()
            }
            Rhythm::Once => vec![first + Days::new(random.below(DAYS as usize) as u64)],
        }
    }
}

/// The offers by product, and the groups by code.
struct Shop<'a> {
    by_product: BTreeMap<&'a str, Vec<usize>>,
    groups: BTreeMap<&'a str, &'a Group>,
    products: Vec<&'a str>,
}

impl<'a> Shop<'a> {
    fn new(offers: &'a [Offer], groups: &'a [Group]) -> Self {
        let mut by_product: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (position, offer) in offers.iter().enumerate() {
            by_product.entry(&offer.product).or_default().push(position);
        }
        let products = by_product.keys().copied().collect();
        Self { by_product, groups: groups.iter().map(|g| (g.code.as_str(), g)).collect(), products }
    }

    /// What somebody with this habit puts together.
    fn basket(&self, random: &mut Random, habit: &Habit, person: &Person) -> Vec<Line> {
        let mut code = random.weighted(habit.groups);
        if code == "present" && person.chinese() {
            code = "new-year-present";
        }
        let mut chosen: Vec<&str> = Vec::new();
        if let Some(group) = self.groups.get(code) {
            chosen.push(&group.lead[random.below(group.lead.len())]);
            let taken = group.with.iter().filter(|(_, chance)| random.chance(**chance));
            chosen.extend(taken.map(|(product, _)| product.as_str()));
        }
        if random.chance(0.13) {
            chosen.push(self.products[random.below(self.products.len())]);
        }
        let mut lines: Vec<Line> = Vec::new();
        for product in chosen {
            let Some(variants) = self.by_product.get(product) else { continue };
            // The first variant sells best, the next ones less and less.
            let offer = variants[random.below(variants.len()).min(random.below(variants.len()))];
            if lines.iter().all(|line| line.offer != offer) {
                lines.push(Line { offer, quantity: quantity(random), returned: 0 });
            }
        }
        lines
    }
}

/// Mostly one, sometimes more.
fn quantity(random: &mut Random) -> i64 {
    match random.below(20) {
        0..=14 => 1,
        15..=17 => 2,
        18 => 3,
        _ => 4,
    }
}

/// What became of an order of that age in days. Few are given up or sent back; the latest are still under way.
fn outcome(random: &mut Random, age: i64) -> Outcome {
    let fate = random.below(1000);
    match age {
        _ if fate < 34 => Outcome::Cancelled,
        0..=1 => Outcome::Placed,
        2..=3 => Outcome::Reviewed,
        4..=6 => Outcome::Shipped,
        15.. if fate < 68 => Outcome::Returned,
        _ => Outcome::Completed,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::catalog::Catalog;
    use super::*;

    fn offers() -> Vec<Offer> {
        let catalog = Catalog::load().unwrap();
        let offer = |product: &super::super::catalog::Product| {
            let name = (product.name.en.clone(), product.name.zh.clone());
            let slug = product.slug.clone();
            let variants = product.variants().into_iter();
            variants
                .map(|v| Offer {
                    product: slug.clone(),
                    sku: v.sku,
                    name: name.clone(),
                    price: v.price,
                })
                .collect::<Vec<_>>()
        };
        catalog.products().flat_map(|(_, product)| offer(product)).collect()
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 20).unwrap()
    }

    fn year() -> Year {
        simulate(7, day(), &offers()).unwrap()
    }

    /// How much more often two products are in one basket than chance would put them there.
    fn lift(one: &str, other: &str) -> f64 {
        let (offers, year) = (offers(), year());
        let baskets: Vec<BTreeSet<&str>> = year
            .orders
            .iter()
            .map(|order| order.lines.iter().map(|l| offers[l.offer].product.as_str()).collect())
            .collect();
        let count = |has: &dyn Fn(&BTreeSet<&str>) -> bool| {
            baskets.iter().filter(|b| has(b)).count() as f64
        };
        let (a, b) = (count(&|s| s.contains(one)), count(&|s| s.contains(other)));
        count(&|s| s.contains(one) && s.contains(other)) * baskets.len() as f64 / (a * b)
    }

    #[test]
    fn the_year_has_about_1500_orders_by_about_400_customers() {
        let year = year();
        assert!((1350..=1650).contains(&year.orders.len()), "{} orders", year.orders.len());
        assert!((380..=420).contains(&year.customers.len()), "{} customers", year.customers.len());
        let guests = year.customers.iter().filter(|c| c.reference.is_none()).count();
        assert!((80..=200).contains(&guests), "{guests} guests");
        let emails: BTreeSet<&str> =
            year.customers.iter().map(|c| c.person.email.as_str()).collect();
        assert_eq!(emails.len(), year.customers.len(), "every address once");
        let buyers: BTreeSet<usize> = year.orders.iter().map(|o| o.customer).collect();
        assert!(buyers.len() * 100 > year.customers.len() * 97, "{} buyers", buyers.len());
    }

    #[test]
    fn the_same_seed_gives_the_same_year_and_another_another() {
        assert_eq!(year(), year());
        assert_ne!(year(), simulate(8, day(), &offers()).unwrap());
    }

    #[test]
    fn orders_lie_in_the_year_begin_on_its_first_day_and_count_up() {
        for last_day in [
            day(),
            NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(),
            NaiveDate::from_ymd_opt(2041, 7, 1).unwrap(),
        ] {
            let year = simulate(7, last_day, &offers()).unwrap();
            let first = year.orders.first().unwrap();
            assert_eq!(first.placed_at.date_naive(), last_day - Days::new(DAYS - 1));
            assert_eq!(last_day_of(first.placed_at), last_day);
            assert!(year.orders.iter().all(|o| o.placed_at.date_naive() <= last_day));
            assert!(year.orders.is_sorted_by_key(|o| o.placed_at));
            assert_eq!(first.number, "10001");
            let months: BTreeSet<usize> = year
                .orders
                .iter()
                .map(|o| calendar::month_index(o.placed_at.date_naive()))
                .collect();
            assert_eq!(months.len(), 12, "every month has orders");
        }
    }

    #[test]
    fn every_outcome_occurs_and_most_orders_are_completed() {
        let year = year();
        let count = |wanted: Outcome| year.orders.iter().filter(|o| o.outcome == wanted).count();
        use Outcome::{Cancelled, Completed, Placed, Returned, Reviewed, Shipped};
        for outcome in [Placed, Reviewed, Shipped, Completed, Returned, Cancelled] {
            assert!(count(outcome) > 0, "{outcome:?}");
        }
        assert!(count(Completed) * 100 > year.orders.len() * 85);
        assert!((20..=100).contains(&count(Cancelled)) && (20..=100).contains(&count(Returned)));
        for order in &year.orders {
            assert!(!order.lines.is_empty());
            let returned: i64 = order.lines.iter().map(|l| l.returned).sum();
            assert_eq!(returned > 0, order.outcome == Returned, "{}", order.number);
            for line in &order.lines {
                assert!(line.quantity > 0 && line.returned <= line.quantity);
            }
        }
    }

    #[test]
    fn things_that_belong_together_are_bought_together() {
        let check = |one: &str, other: &str, at_least: f64| {
            let lift = lift(one, other);
            assert!(lift > at_least, "{one} + {other}: lift {lift:.2}");
        };
        check("celadon-teapot", "porcelain-cup-set", 1.5);
        check("celadon-teapot", "tieguanyin-oolong", 1.5);
        check("stone-ground-matcha", "matcha-bowl-and-whisk", 1.5);
        check("brass-fountain-pen", "bottled-ink", 1.5);
        check("terracotta-pot", "wildflower-seeds", 1.5);
        assert!(lift("celadon-teapot", "hand-trowel-set") < 1.0);
    }

    #[test]
    fn every_affinity_names_products_that_exist_and_every_product_sells() {
        let affinities: Affinities =
            toml::from_str(include_str!("../../data/affinities.toml")).unwrap();
        let (offers, year) = (offers(), year());
        let products: BTreeSet<&str> = offers.iter().map(|o| o.product.as_str()).collect();
        for group in &affinities.groups {
            for product in group.lead.iter().chain(group.with.keys()) {
                assert!(products.contains(product.as_str()), "{}: {product}", group.code);
            }
        }
        for (code, _) in HABITS.iter().flat_map(|habit| habit.groups) {
            assert!(affinities.groups.iter().any(|group| group.code == *code), "{code}");
        }
        let sold: BTreeSet<&str> = year
            .orders
            .iter()
            .flat_map(|o| &o.lines)
            .map(|l| offers[l.offer].product.as_str())
            .collect();
        assert_eq!(products.difference(&sold).collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}
