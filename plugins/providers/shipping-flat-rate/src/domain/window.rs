//! Delivery windows: parts of the next working days in the store's time zone.

use chrono::{DateTime, Datelike, Days, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use hatchery_sdk::interfaces::shipping::DeliveryWindow;
use hatchery_sdk::prelude::*;

/// Code, words, first and last hour of the parts of a day.
const PARTS: [(&str, &str, &str, u32, u32); 3] = [
    ("morning", "morning", "上午", 8, 12),
    ("afternoon", "afternoon", "下午", 12, 17),
    ("evening", "evening", "晚上", 17, 21),
];

/// The windows of the next `days` working days after today, in the reader's language.
pub(crate) fn windows(
    now: DateTime<Utc>,
    zone: Tz,
    locale: &Locale,
    days: u8,
) -> Vec<DeliveryWindow> {
    let mut windows = Vec::new();
    let mut date = now.with_timezone(&zone).date_naive();
    let mut left = days;
    while left > 0 {
        let Some(next) = date.checked_add_days(Days::new(1)) else { break };
        date = next;
        if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            continue;
        }
        left -= 1;
        for (code, english, chinese, from, to) in PARTS {
            let at = |hour| {
                let time = NaiveTime::from_hms_opt(hour, 0, 0)?;
                let local = zone.from_local_datetime(&date.and_time(time)).earliest()?;
                Some(local.with_timezone(&Utc))
            };
            let (Some(begin), Some(end)) = (at(from), at(to)) else { continue };
            let label = if locale.language() == "zh" {
                format!("{}月{}日{chinese} {from}–{to}点", date.month(), date.day())
            } else {
                format!("{} {english}, {from}–{to}", date.format("%a %-d %b"))
            };
            let code = format!("{date}-{code}");
            windows.push(DeliveryWindow { code, label, from: begin, to: end });
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_on_working_days_in_the_stores_time_zone() {
        // A Friday in London, in summer time.
        let now = "2026-07-10T22:30:00Z".parse().unwrap();
        let found = windows(now, Tz::Europe__London, &Locale::en(), 2);
        assert_eq!(found.len(), 6);
        assert_eq!(found[0].code, "2026-07-13-morning");
        assert_eq!(found[0].label, "Mon 13 Jul morning, 8–12");
        assert_eq!(found[0].from.to_rfc3339(), "2026-07-13T07:00:00+00:00");
        let chinese = windows(now, Tz::Asia__Shanghai, &Locale::zh_cn(), 1);
        assert_eq!(chinese[0].label, "7月13日上午 8–12点");
        assert!(windows(now, Tz::UTC, &Locale::en(), 0).is_empty());
    }
}
