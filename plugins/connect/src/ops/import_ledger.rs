//! Imports a sales ledger: one pass over the file finds products and accounts for every line, a second one
//! writes orders and returns, some thousand lines per unit of work, with the checkpoint inside.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::time::Duration;

use csv::StringRecord;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{Catalog, ProductDraft};
use hatchery_sdk::interfaces::crm::{CustomerFacts, Customers};
use hatchery_sdk::interfaces::order::{
    FulfillmentStatus, ImportedCharge, ImportedLine, ImportedOrder, ImportedReturn, OrderStatus,
    Orders, PaymentStatus,
};
use hatchery_sdk::interfaces::pricing::Pricing;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::ledger::{Entry, Line};
use crate::domain::report::Report;
use crate::domain::survey::Survey;
use crate::error::ImportError;
use crate::ops::import_file::Import;
use crate::ops::read_file::Source;

/// Lines per unit of work; a unit ends with an invoice.
const LINES: usize = 1000;
/// Products and prices per unit of work.
const PRODUCTS: usize = 250;
/// Customers per unit of work.
const CUSTOMERS: usize = 500;
/// Lines between two breaths of the first pass.
const BREATH: u64 = 5000;

/// How a system's ledger is read.
pub(crate) trait Ledger: Send + Sync {
    /// Name of the system.
    fn source(&self) -> &str;
    /// How many fields every line has, when a record is one line.
    fn one_line_per_record(&self) -> Option<usize>;
    /// Between fields.
    fn delimiter(&self) -> u8;
    /// What a record means.
    fn entry(&self, record: &StringRecord, currency: Currency) -> Entry;
}

/// Imports a ledger and gives the report.
pub(crate) async fn import_ledger(
    mut import: Import,
    source: &Source,
    ledger: &dyn Ledger,
) -> Result<Report> {
    let orders =
        import.ctx.find::<dyn Orders>().ok_or(ImportError::Absent { interface: "order" })?;
    let catalog = import.ctx.find::<dyn Catalog>();
    if catalog.is_none() {
        return Err(ImportError::Absent { interface: "catalog" }.into());
    }
    let currency = import.ctx.store().currency;
    let rows = Rows::new(source, ledger)?;
    let (mut report, mut survey) =
        (Report { dry_run: import.dry_run, ..Report::default() }, Survey::default());
    let mut cursor = rows.begin()?;
    while let Some((row, entry)) = cursor.next(ledger, currency) {
        account(&mut report, &entry, currency)?;
        if let Entry::Rejected(reason) = entry {
            import.rejects.add(row, reason, cursor.record())?;
        } else {
            survey.see(&entry);
        }
        if report.lines_read.is_multiple_of(BREATH) {
            import.progress.report(report.lines_read, None, "reading");
            import.breathe().await;
        }
    }
    report.found = survey.counts();
    let rejects =
        std::mem::replace(&mut import.rejects, crate::ops::write_rejects::Rejects::new(None));
    report.rejects_file = rejects.finish()?;
    if import.dry_run {
        return Ok(report);
    }
    write_products(&import, &survey, &mut report).await?;
    write_customers(&import, survey.customers(ledger.source()), &mut report).await?;
    drop(survey);
    write_orders(&import, &rows, ledger, orders.as_ref(), &mut report).await?;
    Ok(report)
}

/// Counts a line and what it is worth.
fn account(report: &mut Report, entry: &Entry, currency: Currency) -> Result<()> {
    let Some(line) = entry.line() else {
        if let Entry::Rejected(reason) = entry {
            report.rejected(reason);
        }
        return Ok(());
    };
    let kind = entry.kind();
    report.imported(kind);
    let total = line.unit.line_total(line.quantity)?;
    if line.unit.is_finer_than_minor() {
        report.prices_finer_than_minor += 1;
    }
    let exact = line.unit.micros.saturating_mul(line.quantity);
    let rounded = UnitPrice::from(Money::new(total.minor, currency)).micros;
    *report.sums_minor.entry(kind.to_owned()).or_default() += total.minor;
    *report.rounding_micros.entry(kind.to_owned()).or_default() += rounded - exact;
    Ok(())
}

/// Creates the products that are not there; what is there is the store's and stays as it is.
async fn write_products(import: &Import, survey: &Survey, report: &mut Report) -> Result<()> {
    let ctx = &import.ctx;
    let catalog = ctx.get::<dyn Catalog>()?;
    let drafts = survey.drafts();
    let total = drafts.len() as u64;
    catalog.save_categories(ctx, new_categories(ctx, survey).await?).await?;
    for (index, chunk) in drafts.chunks(PRODUCTS).enumerate() {
        let new = new_products(ctx, catalog.as_ref(), chunk).await?;
        report.wrote("products_created", new.len() as u64);
        report.wrote("products_unchanged", (chunk.len() - new.len()) as u64);
        if !new.is_empty() {
            patiently(ctx, || catalog.save_products(ctx, new.clone())).await?;
        }
        import.progress.report((index * PRODUCTS) as u64, Some(total), "products");
    }
    let Some(pricing) = ctx.find::<dyn Pricing>() else { return Ok(()) };
    for chunk in survey.prices().chunks(PRODUCTS) {
        let skus: Vec<Sku> = chunk.iter().map(|price| price.sku.clone()).collect();
        let known: Vec<Sku> =
            pricing.prices(ctx, skus).await?.into_iter().map(|price| price.sku).collect();
        let new: Vec<_> =
            chunk.iter().filter(|price| !known.contains(&price.sku)).cloned().collect();
        report.wrote("prices_created", new.len() as u64);
        patiently(ctx, || pricing.set_prices(ctx, new.clone())).await?;
    }
    Ok(())
}

/// Begins a file for every customer, where there are customer files; those who only sent things back too.
async fn write_customers(
    import: &Import,
    facts: Vec<CustomerFacts>,
    report: &mut Report,
) -> Result<()> {
    let Some(crm) = import.ctx.find::<dyn Customers>() else { return Ok(()) };
    let total = facts.len() as u64;
    for (index, chunk) in facts.chunks(CUSTOMERS).enumerate() {
        patiently(&import.ctx, || crm.learn(&import.ctx, chunk.to_vec())).await?;
        import.progress.report((index * CUSTOMERS) as u64, Some(total), "customers");
    }
    report.wrote("customers_learned", total);
    Ok(())
}

async fn new_categories(
    ctx: &Ctx,
    survey: &Survey,
) -> Result<Vec<hatchery_sdk::interfaces::catalog::CategoryDraft>> {
    let known = ctx.get::<dyn Catalog>()?.categories(ctx).await?;
    let mut drafts = survey.categories();
    drafts.retain(|draft| !known.iter().any(|category| category.slug == draft.slug));
    drafts.dedup_by(|a, b| a.slug == b.slug);
    Ok(drafts)
}

/// The drafts whose SKU no product has. A slug that another product has is made different by the SKU.
async fn new_products(
    ctx: &Ctx,
    catalog: &dyn Catalog,
    drafts: &[ProductDraft],
) -> Result<Vec<ProductDraft>> {
    let skus = drafts.iter().flat_map(|draft| &draft.variants).map(|variant| variant.sku.clone());
    let known: Vec<Sku> = catalog
        .products_by_sku(ctx, skus.collect())
        .await?
        .into_iter()
        .flat_map(|product| product.variants)
        .map(|variant| variant.sku)
        .collect();
    let mut new: Vec<ProductDraft> = drafts
        .iter()
        .filter(|draft| !draft.variants.iter().any(|variant| known.contains(&variant.sku)))
        .cloned()
        .collect();
    let slugs = new.iter().map(|draft| draft.slug.clone()).collect();
    let mut taken: Vec<String> = catalog
        .products_by_slug(ctx, slugs)
        .await?
        .into_iter()
        .map(|product| product.slug)
        .collect();
    for draft in &mut new {
        let mut number = 2;
        let slug = draft.slug.clone();
        while taken.contains(&draft.slug) {
            draft.slug = format!("{slug}-{number}");
            number += 1;
        }
        taken.push(draft.slug.clone());
    }
    Ok(new)
}

/// The second pass: orders and returns.
async fn write_orders(
    import: &Import,
    rows: &Rows<'_>,
    ledger: &dyn Ledger,
    orders: &dyn Orders,
    report: &mut Report,
) -> Result<()> {
    let ctx = &import.ctx;
    let currency = ctx.store().currency;
    let total = report.lines_read;
    let resume = db::checkpoint::next_row(&ctx.db(), &import.id).await?.unwrap_or_default();
    report.resumed_at_row = (resume > 0).then_some(resume);
    let mut batch = Batch::new(ledger.source());
    let mut cursor = rows.begin()?;
    let mut done = 0;
    while let Some((row, entry)) = cursor.next(ledger, currency) {
        done += 1;
        let Some(line) = entry.line() else { continue };
        if batch.lines >= LINES && batch.last != line.number {
            write(import, orders, &mut batch, row, report).await?;
            import.progress.report(done, Some(total), "orders");
        }
        // Lines are counted from the first row on, so that a line has the same place in its invoice
        // whether or not the import was interrupted.
        let place = batch.place(&line.number);
        if row >= resume {
            batch.add(&entry, place)?;
        }
    }
    write(import, orders, &mut batch, u64::MAX >> 1, report).await?;
    import.progress.report(total, Some(total), "orders");
    let is_news =
        resume > 0 || report.wrote_any(&["orders_created", "orders_updated", "returns_created"]);
    ctx.transaction(|ctx| {
        let id = import.id.clone();
        async move {
            db::checkpoint::clear(&ctx.db(), &id).await?;
            if is_news { orders.end_import(&ctx).await } else { Ok(()) }
        }
    })
    .await
}

async fn write(
    import: &Import,
    orders: &dyn Orders,
    batch: &mut Batch,
    next_row: u64,
    report: &mut Report,
) -> Result<()> {
    let (sold, returned) = batch.take();
    if sold.is_empty() && returned.is_empty() {
        return Ok(());
    }
    let id = &import.id;
    let (sold, returned) = patiently(&import.ctx, || {
        let (sold, returned) = (sold.clone(), returned.clone());
        import.ctx.transaction(|ctx| async move {
            let sold = orders.import_orders(&ctx, sold).await?;
            let returned = orders.import_returns(&ctx, returned).await?;
            db::checkpoint::save(&ctx.db(), id, next_row, ctx.now()).await?;
            Ok((sold, returned))
        })
    })
    .await?;
    for (what, counts) in [("orders", sold), ("returns", returned)] {
        report.wrote(&format!("{what}_created"), counts.created);
        report.wrote(&format!("{what}_updated"), counts.updated);
        report.wrote(&format!("{what}_unchanged"), counts.unchanged);
    }
    Ok(())
}

/// Does a part of the import; again, a little later, when it took too long: a machine that is busy for a moment
/// is no reason to give up.
async fn patiently<T, F, Fut>(ctx: &Ctx, part: F) -> Result<T>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<T>> + Send,
{
    for seconds in [1, 5, 20] {
        match part().await {
            Err(error) if error.kind() == Kind::Timeout => {
                ctx.sleep(Duration::from_secs(seconds)).await;
            }
            result => return result,
        }
    }
    part().await
}

/// Orders and returns of one unit of work.
struct Batch {
    source: String,
    orders: Vec<ImportedOrder>,
    returns: Vec<ImportedReturn>,
    positions: BTreeMap<String, usize>,
    places: HashMap<String, i64>,
    lines: usize,
    last: String,
}

impl Batch {
    fn new(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            orders: Vec::new(),
            returns: Vec::new(),
            positions: BTreeMap::new(),
            places: HashMap::new(),
            lines: 0,
            last: String::new(),
        }
    }

    /// Which line of its invoice this is; tells a repeated line from the same line imported again.
    fn place(&mut self, number: &str) -> i64 {
        match self.places.get_mut(number) {
            Some(place) => {
                *place += 1;
                *place
            }
            None => {
                self.places.insert(number.to_owned(), 1);
                1
            }
        }
    }

    fn add(&mut self, entry: &Entry, place: i64) -> Result<()> {
        let Some(line) = entry.line() else { return Ok(()) };
        self.lines += 1;
        self.last.clone_from(&line.number);
        match entry {
            Entry::Sale(line) => self.order(line).lines.push(imported(line, place)),
            Entry::Charge(line, kind) => {
                let charge = charge(line, kind, place)?;
                self.order(line).charges.push(charge);
            }
            Entry::Return(line) => self.returned(line).lines.push(imported(line, place)),
            Entry::ReturnedCharge(line, kind) => {
                let charge = charge(line, kind, place)?;
                self.returned(line).charges.push(charge);
            }
            Entry::Rejected(_) => {}
        }
        Ok(())
    }

    fn order(&mut self, line: &Line) -> &mut ImportedOrder {
        let position = self.positions.get(&line.number).copied().unwrap_or_else(|| {
            self.positions.insert(line.number.clone(), self.orders.len());
            self.orders.push(ImportedOrder {
                source: self.source.clone(),
                number: line.number.clone(),
                placed_at: line.at,
                customer_reference: line.customer.clone(),
                email: line.email.clone(),
                country: line.country.clone(),
                status: OrderStatus::Completed,
                payment_status: PaymentStatus::Paid,
                fulfillment_status: FulfillmentStatus::Delivered,
                lines: Vec::new(),
                charges: Vec::new(),
                shipping_address: None,
                customer_name: line.customer_name.clone(),
            });
            self.orders.len() - 1
        });
        &mut self.orders[position]
    }

    fn returned(&mut self, line: &Line) -> &mut ImportedReturn {
        // A return's number never is an order's, so that both can be found by it.
        let key = format!("return:{}", line.number);
        let position = self.positions.get(&key).copied().unwrap_or_else(|| {
            self.positions.insert(key, self.returns.len());
            self.returns.push(ImportedReturn {
                source: self.source.clone(),
                number: line.number.clone(),
                returned_at: line.at,
                customer_reference: line.customer.clone(),
                lines: Vec::new(),
                charges: Vec::new(),
            });
            self.returns.len() - 1
        });
        &mut self.returns[position]
    }

    fn take(&mut self) -> (Vec<ImportedOrder>, Vec<ImportedReturn>) {
        self.positions.clear();
        self.lines = 0;
        (std::mem::take(&mut self.orders), std::mem::take(&mut self.returns))
    }
}

fn imported(line: &Line, place: i64) -> ImportedLine {
    ImportedLine {
        row: place,
        sku: line.sku.clone(),
        name: if line.name.is_empty() { line.sku.to_string() } else { line.name.clone() },
        quantity: line.quantity,
        returned: 0,
        unit: line.unit,
    }
}

fn charge(line: &Line, kind: &str, place: i64) -> Result<ImportedCharge> {
    Ok(ImportedCharge {
        row: place,
        kind: kind.to_owned(),
        label: if line.name.is_empty() { line.sku.to_string() } else { line.name.clone() },
        amount: line.unit.line_total(line.quantity)?,
        source: line.sku.to_string(),
    })
}

/// The lines of a ledger, which can be gone through more than once.
enum Rows<'a> {
    Lines(&'a Source, usize),
    Table(Vec<(u64, StringRecord)>),
}

impl<'a> Rows<'a> {
    fn new(source: &'a Source, ledger: &dyn Ledger) -> Result<Self> {
        Ok(match ledger.one_line_per_record() {
            Some(fields) => Self::Lines(source, fields),
            None => Self::Table(source.table(ledger.delimiter())?.1),
        })
    }

    fn begin(&self) -> Result<Cursor<'_>> {
        Ok(match self {
            Self::Lines(source, fields) => Cursor::Lines {
                lines: source.lines()?.1,
                fields: *fields,
                record: StringRecord::new(),
            },
            Self::Table(records) => Cursor::Table { records, next: 0 },
        })
    }
}

/// A place in the lines of a ledger.
enum Cursor<'a> {
    Lines { lines: crate::ops::read_file::Lines<'a>, fields: usize, record: StringRecord },
    Table { records: &'a [(u64, StringRecord)], next: usize },
}

impl Cursor<'_> {
    fn next(&mut self, ledger: &dyn Ledger, currency: Currency) -> Option<(u64, Entry)> {
        match self {
            Self::Lines { lines, fields, record } => {
                let (row, found) = lines.next()?;
                let entry = match found {
                    None => Entry::Rejected("quotation marks do not match"),
                    Some(found) if found.len() != *fields => {
                        record.clone_from(found);
                        Entry::Rejected("wrong number of fields")
                    }
                    Some(found) => {
                        let entry = ledger.entry(found, currency);
                        if matches!(entry, Entry::Rejected(_)) {
                            record.clone_from(found);
                        }
                        entry
                    }
                };
                if found_nothing(&entry) {
                    record.clear();
                }
                Some((row, entry))
            }
            Self::Table { records, next } => {
                let (row, record) = records.get(*next)?;
                *next += 1;
                Some((*row, ledger.entry(record, currency)))
            }
        }
    }

    /// The fields of the line that was rejected last.
    fn record(&self) -> Option<&StringRecord> {
        match self {
            Self::Lines { record, .. } => Some(record),
            Self::Table { records, next } => {
                records.get(next.checked_sub(1)?).map(|(_, record)| record)
            }
        }
    }
}

fn found_nothing(entry: &Entry) -> bool {
    matches!(entry, Entry::Rejected("quotation marks do not match"))
}
