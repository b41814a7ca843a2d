//! Days that matter to a shop.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};

use super::random::Random;

/// First days of Chinese years, 2024 to 2040, by the lunar calendar. Other years take early February.
const NEW_YEARS: [(i32, u32, u32); 17] = [
    (2024, 2, 10),
    (2025, 1, 29),
    (2026, 2, 17),
    (2027, 2, 6),
    (2028, 1, 26),
    (2029, 2, 13),
    (2030, 2, 3),
    (2031, 1, 23),
    (2032, 2, 11),
    (2033, 1, 31),
    (2034, 2, 19),
    (2035, 2, 8),
    (2036, 1, 28),
    (2037, 2, 15),
    (2038, 2, 4),
    (2039, 1, 24),
    (2040, 2, 12),
];

/// How many of a hundred orders come in each hour of the day: few at night, most after supper.
const HOURS: [(u32, u32); 24] = [
    (0, 2),
    (1, 1),
    (2, 1),
    (3, 0),
    (4, 0),
    (5, 1),
    (6, 2),
    (7, 3),
    (8, 4),
    (9, 5),
    (10, 6),
    (11, 6),
    (12, 7),
    (13, 6),
    (14, 5),
    (15, 4),
    (16, 4),
    (17, 5),
    (18, 6),
    (19, 8),
    (20, 9),
    (21, 8),
    (22, 5),
    (23, 2),
];

/// A moment of that day at which somebody may order.
pub(super) fn moment(random: &mut Random, day: NaiveDate) -> DateTime<Utc> {
    let hour = random.weighted(&HOURS);
    let (minute, second) = (random.below(60) as u32, random.below(60) as u32);
    let time = NaiveTime::from_hms_opt(hour, minute, second).unwrap_or_default();
    day.and_time(time).and_utc()
}

/// January is 0.
pub(super) fn month_index(day: NaiveDate) -> usize {
    day.month0() as usize
}

/// The days between two on which presents are bought: before Christmas, Mother's day in spring and Chinese
/// New Year. `chinese` customers buy mostly before the last. Never empty for a whole year.
pub(super) fn feasts(first: NaiveDate, last: NaiveDate, chinese: bool) -> Vec<NaiveDate> {
    let mut found = Vec::new();
    for year in first.year()..=last.year() + 1 {
        let known = NEW_YEARS.into_iter().find(|(known, ..)| *known == year);
        let (_, month, day) = known.unwrap_or((year, 2, 5));
        let weights = if chinese { [1, 1, 4] } else { [4, 1, 1] };
        for ((month, day), weight) in [(12, 20), (5, 8), (month, day)].into_iter().zip(weights) {
            let Some(feast) = NaiveDate::from_ymd_opt(year, month, day) else { continue };
            let shopping = (3..27).map(|before| feast - Days::new(before));
            for day in shopping.filter(|day| (first..=last).contains(day)) {
                found.extend(std::iter::repeat_n(day, weight));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_year_has_its_feasts() {
        let first = NaiveDate::from_ymd_opt(2025, 6, 1).unwrap();
        for shift in 0..800 {
            let first = first + Days::new(shift);
            assert!(!feasts(first, first + Days::new(364), shift % 2 == 0).is_empty());
        }
    }

    #[test]
    fn chinese_customers_shop_before_their_new_year() {
        let (first, last) = (
            NaiveDate::from_ymd_opt(2025, 11, 21).unwrap(),
            NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        );
        let winter = |chinese| {
            feasts(first, last, chinese).iter().filter(|d| matches!(d.month(), 1 | 2)).count()
        };
        assert!(winter(true) > winter(false) * 3);
    }
}
