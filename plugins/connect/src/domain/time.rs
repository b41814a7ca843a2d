//! Times as other systems write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

/// Formats that are always understood, besides RFC 3339.
const KNOWN: [&str; 4] = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"];

/// Reads a time; one without a zone is in the store's. A moment the clocks skipped is an hour later, one
/// they showed twice the first.
pub(crate) fn parse(text: &str, format: Option<&str>, zone: Tz) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc));
    }
    let local = format.into_iter().chain(KNOWN).find_map(|format| local(text, format))?;
    let found = zone.from_local_datetime(&local).earliest();
    let found = found
        .or_else(|| zone.from_local_datetime(&(local + chrono::Duration::hours(1))).earliest());
    found.map(|time| time.with_timezone(&Utc))
}

fn local(text: &str, format: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, format).ok().or_else(|| {
        let date = NaiveDate::parse_from_str(text, format).ok()?;
        date.and_hms_opt(0, 0, 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_without_a_zone_are_the_stores() {
        let check = |text: &str, format: Option<&str>, expected: Option<&str>| {
            let found = parse(text, format, Tz::Europe__London).map(|time| time.to_rfc3339());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("2010-12-01 08:26:00", None, Some("2010-12-01T08:26:00+00:00"));
        check("2011-07-01 08:26:00", None, Some("2011-07-01T07:26:00+00:00"));
        check("31/12/2022", Some("%d/%m/%Y"), Some("2022-12-31T00:00:00+00:00"));
        check("2011-07-01T08:26:00+02:00", None, Some("2011-07-01T06:26:00+00:00"));
        check("2011-03-27 01:30:00", None, Some("2011-03-27T01:30:00+00:00"));
        check("yesterday", None, None);
        check("2011-13-45 00:00:00", None, None);
    }
}
