//! The real ledger, imported by the real binary. Needs `HATCHERY_DATA`; see ../shared/data/README.md.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A data folder with an empty store, and the ledger.
struct Setting {
    folder: TempDir,
    ledger: PathBuf,
}

impl Setting {
    fn new() -> Option<Self> {
        let Some(data) = std::env::var_os("HATCHERY_DATA") else {
            eprintln!("SKIPPED: the real ledger: HATCHERY_DATA is not set");
            return None;
        };
        let ledger = PathBuf::from(data).join("orders/online_retail_2010-12-01_2011-09-08.csv.gz");
        let setting = Self { folder: TempDir::new().expect("a folder"), ledger };
        let created = setting.run(&[
            "store",
            "create",
            "shop",
            "--currency",
            "GBP",
            "--time-zone",
            "Europe/London",
            "--locales",
            "en",
        ]);
        assert!(created.status.success(), "{created:?}");
        Some(setting)
    }

    fn command(&self) -> Command {
        let binary =
            std::env::var_os("HATCHERY_TEST_BINARY").expect("run this with cargo xtask test");
        let mut command = Command::new(binary);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HATCHERY_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.folder.path()).arg("--data").arg(self.folder.path().join("data"));
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("the binary runs")
    }

    fn import(&self, more: &[&str]) -> Value {
        let ledger = self.ledger.to_str().expect("a path");
        let mut arguments = vec![
            "import",
            "--store",
            "shop",
            "--mapping",
            "online-retail",
            ledger,
            "--report",
            "report.json",
        ];
        arguments.extend(more);
        let output = self.run(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report = std::fs::read(self.folder.path().join("report.json")).expect("a report");
        serde_json::from_slice(&report).expect("JSON")
    }
}

/// What the file says, counted here without any code of the import.
struct Counted {
    lines: u64,
    orders: u64,
    credit_lines: u64,
}

fn count(ledger: &PathBuf) -> Counted {
    let unpacked = Command::new("gzip").arg("-dc").arg(ledger).output().expect("gzip");
    let text = String::from_utf8(unpacked.stdout).expect("UTF-8");
    let (mut lines, mut credit_lines, mut orders) = (0, 0, BTreeSet::new());
    for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        lines += 1;
        let number = line.split(',').next().unwrap_or_default();
        // Quotation marks stand around descriptions only; the last five fields have no commas.
        let fields: Vec<&str> = line.rsplitn(6, ',').collect();
        let (price, customer, quantity) = (fields[2], fields[1], fields[4]);
        let (price, quantity): (f64, i64) =
            (price.parse().expect("a price"), quantity.parse().expect("a quantity"));
        let worth = price > 0.0 || (price == 0.0 && !customer.is_empty());
        if number.starts_with('C') && quantity < 0 && worth {
            credit_lines += 1;
        } else if !number.starts_with(['C', 'A']) && quantity > 0 && worth {
            orders.insert(number.to_owned());
        }
    }
    Counted { lines, orders: orders.len() as u64, credit_lines }
}

#[test]
fn realdata_every_line_of_the_ledger_is_accounted_for() {
    let Some(setting) = Setting::new() else { return };
    let counted = count(&setting.ledger);
    let report = setting.import(&[]);
    let number = |key: &str| report[key].as_u64().unwrap_or_default();
    assert_eq!(number("lines_read"), counted.lines);
    assert_eq!(number("lines_imported") + number("lines_rejected"), counted.lines);
    assert_eq!(report["found"]["orders"], counted.orders, "{report}");
    assert_eq!(report["written"]["orders_created"], counted.orders, "{report}");
    let kind = |kind: &str| report["by_kind"][kind].as_u64().unwrap_or_default();
    assert_eq!(kind("return_line") + kind("return_charge"), counted.credit_lines, "{report}");
    println!("{}", report["lines_per_second"]);

    let again = setting.import(&[]);
    assert_eq!(again["written"]["orders_unchanged"], counted.orders, "{again}");
    for changed in ["orders_created", "orders_updated", "returns_created", "products_created"] {
        assert_eq!(again["written"][changed].as_u64().unwrap_or_default(), 0, "{again}");
    }
}

#[test]
fn realdata_an_import_that_is_killed_goes_on() {
    let Some(setting) = Setting::new() else { return };
    let ledger = setting.ledger.to_str().expect("a path");
    let mut killed = setting
        .command()
        .args(["import", "--store", "shop", "--mapping", "online-retail", ledger])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    // Progress that speaks of orders: some are written by then, and most are not.
    let progress = BufReader::new(killed.stderr.take().expect("its progress"));
    let begun = progress.lines().map_while(Result::ok).find(|line| line.contains("orders"));
    assert!(begun.is_some(), "the import tells how far it is");
    killed.kill().expect("it can be killed");
    killed.wait().expect("it has ended");
    let report = setting.import(&[]);
    assert!(report["resumed_at_row"].is_u64(), "{report}");
    let written = |key: &str| report["written"][key].as_u64().unwrap_or_default();
    let orders =
        written("orders_created") + written("orders_updated") + written("orders_unchanged");
    assert!(orders <= report["found"]["orders"].as_u64().unwrap_or_default(), "{report}");
    // A third run finds everything there: nothing was lost and nothing came twice.
    let again = setting.import(&[]);
    assert_eq!(again["written"]["orders_unchanged"], again["found"]["orders"], "{again}");
    assert_eq!(again["written"]["orders_updated"].as_u64().unwrap_or_default(), 0, "{again}");
}
