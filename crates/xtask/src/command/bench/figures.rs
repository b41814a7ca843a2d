//! Figures for people.

use std::fmt;
use std::time::Duration;

/// How long something took each time, the shortest first.
pub(super) struct Times(Vec<Duration>);

/// Rows of a name, what is said of a goal, and figures.
#[derive(Default)]
pub(super) struct Table(Vec<[String; 3]>);

impl Times {
    /// Of any order.
    pub(super) fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest time that so many hundredths of all do not exceed; zero when there is none.
    pub(super) fn percentile(&self, hundredths: usize) -> Duration {
        let rank = (self.0.len() * hundredths).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

impl Table {
    pub(super) fn row(&mut self, name: &str, figures: String) {
        self.0.push([name.to_owned(), String::new(), figures]);
    }

    /// A row with a goal; `None` when it cannot be told whether it is met.
    pub(super) fn goal(&mut self, name: &str, figures: String, goal: &str, met: Option<bool>) {
        let verdict = match met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "too few stores",
        };
        self.0.push([name.to_owned(), format!("{goal}: {verdict}"), figures]);
    }
}

impl fmt::Display for Times {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "median {}, p99 {}", time(self.percentile(50)), time(self.percentile(99)))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width =
            |column: usize| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (names, goals) = (width(0), width(1));
        for row in &self.0 {
            let line = format!("  {:names$}  {:goals$}  {}", row[0], row[1], row[2]);
            writeln!(formatter, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Milliseconds, or seconds when there are many of them.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 { format!("{:.2} ms", seconds * 1000.0) } else { format!("{seconds:.2} s") }
}

/// Bytes of a process, in megabytes.
pub(super) fn size(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// Bytes of a store, in kilobytes.
pub(super) fn each(bytes: i64) -> String {
    format!("{} kB", bytes / 1000)
}

/// How many times the second the first is.
pub(super) fn ratio(this: Duration, that: Duration) -> f64 {
    this.as_secs_f64() / that.as_secs_f64().max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let check = |count: u64, hundredths: usize, expect: u64| {
            let times = Times::new((1..=count).rev().map(Duration::from_millis).collect());
            assert_eq!(times.percentile(hundredths), Duration::from_millis(expect));
        };
        check(0, 50, 0);
        check(1, 99, 1);
        check(2, 50, 1);
        check(3, 50, 2);
        check(100, 99, 99);
        check(1000, 99, 990);
        check(10, 100, 10);
    }

    #[test]
    fn a_table_is_aligned_and_tells_whether_goals_are_met() {
        let mut table = Table::default();
        table.row("a", "1".to_owned());
        table.goal("long", "22".to_owned(), "< 3", Some(true));
        table.goal("b", "4".to_owned(), "< 3", Some(false));
        table.goal("c", "-".to_owned(), "< 3", None);
        let expected = [
            "  a                          1",
            "  long  < 3: met             22",
            "  b     < 3: not met         4",
            "  c     < 3: too few stores  -",
        ];
        assert_eq!(table.to_string().lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn figures_have_units_that_fit() {
        assert_eq!(time(Duration::from_micros(1234)), "1.23 ms");
        assert_eq!(time(Duration::from_millis(61_234)), "61.23 s");
        assert_eq!(size(104_999_999), "104.9 MB");
        assert_eq!(each(-12_345_678), "-12345 kB");
        assert!((ratio(Duration::from_secs(3), Duration::from_secs(2)) - 1.5).abs() < 1e-9);
    }
}
