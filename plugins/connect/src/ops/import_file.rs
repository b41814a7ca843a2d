//! The task `connect.import`.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use csv::StringRecord;
use hatchery_sdk::component::Actor;
use hatchery_sdk::component::platform::CustomFields;
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use crate::domain::custom::CustomColumns;
use crate::domain::ledger::Entry;
use crate::domain::table::{Positions, Records, TableMapping};
use crate::domain::{online_retail, shopify, table};
use crate::error::ImportError;
use crate::ops::import_ledger::{Ledger, import_ledger};
use crate::ops::read_file::Source;
use crate::ops::write_rejects::Rejects;
use crate::ops::{import_customers, import_products};

/// What is asked of the task.
#[derive(Debug, Deserialize)]
struct Input {
    data: PathBuf,
    mapping: String,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    rejects: Option<PathBuf>,
}

/// A running import.
pub(crate) struct Import {
    pub(crate) ctx: Ctx,
    pub(crate) progress: Progress,
    pub(crate) dry_run: bool,
    pub(crate) rejects: Rejects,
    /// Tells this file and mapping from any other.
    pub(crate) id: String,
}

impl Import {
    /// Lets others work; an import is long.
    pub(crate) async fn breathe(&self) {
        self.ctx.sleep(Duration::ZERO).await;
    }
}

/// Imports a file of the server and gives the report.
///
/// # Errors
/// The file or the mapping cannot be read; a component it needs is off. Single lines never stop it.
pub(crate) async fn import_file(ctx: Ctx, input: Value, progress: Progress) -> Result<Value> {
    let input: Input = hatchery_sdk::component::resource::parse(input)?;
    if !matches!(ctx.actor(), Actor::System { .. }) {
        return Err(ImportError::NotFromHere.into());
    }
    let begun = std::time::Instant::now();
    let source = Source::open(&input.data)?;
    let zone = ctx.store().time_zone.parse().unwrap_or(Tz::UTC);
    let import = Import {
        id: format!("{}:{}", source.hash(), input.mapping),
        dry_run: input.dry_run,
        rejects: Rejects::new(input.rejects.as_deref().filter(|_| !input.dry_run)),
        progress,
        ctx,
    };
    let mut report = match input.mapping.as_str() {
        "online-retail" => {
            let (header, _) = source.lines()?;
            let ledger = OnlineRetail { positions: positions(&header)?, zone };
            import_ledger(import, &source, &ledger).await?
        }
        "shopify-csv" => {
            let (header, records) = source.table(b',')?;
            let columns = shopify::Columns::find(&header)?;
            let products = shopify::products(&records, &columns, import.ctx.store().currency);
            import_products::import_products(import, records, products).await?
        }
        path if path.ends_with(".toml") => by_mapping(import, &source, path, zone).await?,
        other => return Err(ImportError::UnknownMapping { mapping: other.to_owned() }.into()),
    };
    report.seconds = begun.elapsed().as_secs_f64();
    report.lines_per_second = (report.lines_read as f64 / report.seconds.max(1e-9)).round();
    Ok(serde_json::to_value(report)?)
}

async fn by_mapping(
    import: Import,
    source: &Source,
    path: &str,
    zone: Tz,
) -> Result<crate::domain::report::Report> {
    let unreadable = |source| ImportError::Unreadable { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let mapping = TableMapping::parse(path, &text)?;
    let (header, records) = source.table(mapping.delimiter as u8)?;
    let positions = Positions::find(&mapping, &header)?;
    let custom = match mapping.records.resource() {
        Some(resource) => {
            let fields = import.ctx.get::<dyn CustomFields>()?;
            let definitions = fields.definitions(&import.ctx, resource.to_owned()).await?;
            CustomColumns::find(path, &mapping, definitions)?
        }
        None => CustomColumns::default(),
    };
    match mapping.records {
        Records::Orders => {
            let ledger = MappedLedger { mapping, positions, zone };
            import_ledger(import, source, &ledger).await
        }
        Records::Products => {
            let currency = import.ctx.store().currency;
            let products = import_products::from_table(&records, &positions, &custom, currency);
            import_products::import_products(import, records, products).await
        }
        Records::Customers => {
            import_customers::import_customers(import, &mapping, &positions, &custom, records).await
        }
    }
}

struct OnlineRetail {
    positions: [usize; 8],
    zone: Tz,
}

impl Ledger for OnlineRetail {
    fn source(&self) -> &str {
        "online-retail"
    }

    fn one_line_per_record(&self) -> Option<usize> {
        Some(online_retail::COLUMNS.len())
    }

    fn delimiter(&self) -> u8 {
        b','
    }

    fn entry(&self, record: &StringRecord, currency: Currency) -> Entry {
        online_retail::entry(record, &self.positions, currency, self.zone)
    }
}

struct MappedLedger {
    mapping: TableMapping,
    positions: Positions,
    zone: Tz,
}

impl Ledger for MappedLedger {
    fn source(&self) -> &str {
        &self.mapping.name
    }

    fn one_line_per_record(&self) -> Option<usize> {
        None
    }

    fn delimiter(&self) -> u8 {
        self.mapping.delimiter as u8
    }

    fn entry(&self, record: &StringRecord, currency: Currency) -> Entry {
        table::entry(&self.mapping, &self.positions, record, currency, self.zone)
    }
}

/// Where the ledger's columns are; their order does not matter, nor does the case of their names.
fn positions(header: &StringRecord) -> Result<[usize; 8], ImportError> {
    let mut positions = [0; 8];
    for (position, column) in positions.iter_mut().zip(online_retail::COLUMNS) {
        let same = |name: &str| name.trim().replace(' ', "").eq_ignore_ascii_case(column);
        *position = header.iter().position(same).ok_or_else(|| ImportError::MissingColumn {
            column: column.to_owned(),
            known: header.iter().collect::<Vec<_>>().join(", "),
        })?;
    }
    Ok(positions)
}
