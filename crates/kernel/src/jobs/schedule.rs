//! When jobs with a schedule run.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use hatchery_component::declaration::{Job, Schedule};
use hatchery_component::host::NewJob;
use hatchery_component::{Db, Result};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::Value;
use uuid::Uuid;

use super::queue;
use crate::db::StoreDb;
use crate::db::entity::schedule;

/// The key under which a schedule queues.
const KEY: &str = "schedule";

/// Queues what is due, and gives the next time. `zone` is the store's.
pub(crate) async fn run_due(
    db: &StoreDb,
    jobs: &[&Job],
    zone: &str,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    let scheduled: Vec<&Job> =
        jobs.iter().filter(|job| job.schedule != Schedule::OnDemand).copied().collect();
    if scheduled.is_empty() {
        return Ok(None);
    }
    let rows = schedule::Entity::find().all(&db.read()).await?;
    let rows: BTreeMap<&str, &schedule::Model> =
        rows.iter().map(|row| (row.job.as_str(), row)).collect();
    let mut changes = Vec::new();
    let mut next = None;
    for job in scheduled {
        let row = rows.get(job.name);
        let Some(after_now) = following(job.schedule, zone, now) else { continue };
        // A time to come is reckoned anew: the schedule or the time zone may have changed.
        let planned = match (row, job.schedule) {
            (Some(row), _) if row.next_run_at <= now => row.next_run_at,
            (Some(row), Schedule::Every(_)) => row.next_run_at.min(after_now),
            _ => after_now,
        };
        let is_due = row.is_some() && planned <= now;
        let next_run_at = if is_due { after_now } else { planned };
        if is_due || row.is_none_or(|row| row.next_run_at != next_run_at) {
            let last_run_at = if is_due { Some(now) } else { row.and_then(|row| row.last_run_at) };
            changes.push((job.name, row.is_none(), is_due, next_run_at, last_run_at));
        }
        next = next.into_iter().chain([next_run_at]).min();
    }
    if !changes.is_empty() {
        let unit = db.begin(Uuid::now_v7()).await?;
        let connection = Db::unit(unit.clone());
        for (job, is_new, is_due, next_run_at, last_run_at) in changes {
            let row = schedule::ActiveModel {
                job: Set(job.to_owned()),
                next_run_at: Set(next_run_at),
                last_run_at: Set(last_run_at),
            };
            if is_new {
                schedule::Entity::insert(row).exec_without_returning(&connection).await?;
            } else {
                schedule::Entity::update(row).exec_without_returning(&connection).await?;
            }
            if is_due {
                let run = NewJob {
                    job: job.to_owned(),
                    key: KEY.to_owned(),
                    payload: Value::Null,
                    run_at: None,
                };
                queue::put(&connection, Uuid::now_v7(), run, now, now).await?;
            }
        }
        unit.commit().await?;
    }
    Ok(next)
}

/// The first time after `now`.
fn following(schedule: Schedule, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match schedule {
        Schedule::OnDemand => None,
        Schedule::Every(pause) => {
            Some(now + chrono::Duration::from_std(pause).unwrap_or(chrono::Duration::days(1)))
        }
        Schedule::Daily { hour, minute } => {
            let time =
                NaiveTime::from_hms_opt(hour.into(), minute.into(), 0).unwrap_or(NaiveTime::MIN);
            let today = now.with_timezone(&zone).date_naive();
            // Three days, because a day may lack the time and the next one be the first that has it.
            (0..3)
                .filter_map(|days| at(zone, today.checked_add_days(Days::new(days))?, time))
                .find(|at| *at > now)
        }
    }
}

/// A wall-clock time as a point in time. One that comes twice when clocks go back is the first; one that
/// is left out when they go forward is an hour later.
fn at(zone: Tz, day: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
    let local = day.and_time(time);
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
        LocalResult::None => zone
            .from_local_datetime(&(local + chrono::Duration::hours(1)))
            .earliest()
            .map(|at| at.to_utc()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daily_follows_the_wall_clock_of_the_store() {
        let check = |zone: &str, now: &str, expected: &str| {
            let daily = Schedule::Daily { hour: 1, minute: 30 };
            let now: DateTime<Utc> = now.parse().unwrap();
            let next = following(daily, zone.parse().unwrap(), now).unwrap();
            assert_eq!(next, expected.parse::<DateTime<Utc>>().unwrap(), "{zone} {now}");
        };
        check("Etc/UTC", "2024-05-01T01:00:00Z", "2024-05-01T01:30:00Z");
        check("Etc/UTC", "2024-05-01T01:30:00Z", "2024-05-02T01:30:00Z");
        check("Asia/Shanghai", "2024-05-01T12:00:00Z", "2024-05-01T17:30:00Z");
        check("Asia/Shanghai", "2024-05-01T18:00:00Z", "2024-05-02T17:30:00Z");
        // London, summer time: one hour earlier in UTC.
        check("Europe/London", "2024-07-01T12:00:00Z", "2024-07-02T00:30:00Z");
        // 01:30 is left out on 31 March and comes twice on 27 October.
        check("Europe/London", "2024-03-31T00:00:00Z", "2024-03-31T01:30:00Z");
        check("Europe/London", "2024-10-27T00:00:00Z", "2024-10-27T00:30:00Z");
        check("Europe/London", "2024-10-27T00:30:00Z", "2024-10-28T01:30:00Z");
    }
}
