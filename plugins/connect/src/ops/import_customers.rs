//! Imports customers.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use csv::StringRecord;
use hatchery_sdk::component::platform::CustomFields;
use hatchery_sdk::interfaces::crm::{ContactChannel, CustomerFacts, Customers, Gender};
use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::domain::custom::CustomColumns;
use crate::domain::report::Report;
use crate::domain::table::{Positions, TableMapping};
use crate::error::ImportError;
use crate::ops::import_file::Import;

/// Customers per unit of work.
const CUSTOMERS: usize = 500;

/// Adds what the file tells to the customers' files.
pub(crate) async fn import_customers(
    mut import: Import,
    mapping: &TableMapping,
    positions: &Positions,
    custom: &CustomColumns,
    records: Vec<(u64, StringRecord)>,
) -> Result<Report> {
    if import.ctx.find::<dyn Customers>().is_none() {
        return Err(ImportError::Absent { interface: "crm" }.into());
    }
    let mut report = Report { dry_run: import.dry_run, ..Report::default() };
    let mut facts = Vec::new();
    for (row, record) in &records {
        let known = customer(mapping, positions, record)
            .and_then(|facts| Ok((facts, custom.values(positions, record)?)));
        match known {
            Ok(fact) => {
                report.imported("customer");
                facts.push(fact);
            }
            Err(reason) => {
                report.rejected(reason);
                import.rejects.add(*row, reason, Some(record))?;
            }
        }
    }
    report.found.insert("customers".into(), facts.len() as u64);
    report.rejects_file = import.rejects.finish()?;
    if import.dry_run {
        return Ok(report);
    }
    let total = facts.len() as u64;
    let mut done = 0;
    for chunk in facts.chunks(CUSTOMERS) {
        learn(&import.ctx, chunk.to_vec()).await?;
        done += chunk.len() as u64;
        import.progress.report(done, Some(total), "customers");
    }
    report.wrote("customers_learned", total);
    Ok(report)
}

/// Facts of a customer, and values of fields that staff added.
type Learned = (CustomerFacts, BTreeMap<String, Value>);

/// Writes some customers in one unit of work.
async fn learn(ctx: &Ctx, learned: Vec<Learned>) -> Result<()> {
    ctx.transaction(|ctx| async move {
        let (facts, custom): (Vec<_>, Vec<_>) = learned.into_iter().unzip();
        let ids = ctx.get::<dyn Customers>()?.learn(&ctx, facts).await?;
        let fields = ctx.get::<dyn CustomFields>()?;
        for (id, values) in ids.into_iter().zip(custom) {
            if !values.is_empty() {
                fields.set(&ctx, "customers".to_owned(), id.to_string(), values).await?;
            }
        }
        Ok(())
    })
    .await
}

fn customer(
    mapping: &TableMapping,
    positions: &Positions,
    record: &StringRecord,
) -> Result<CustomerFacts, &'static str> {
    let get = |key: &str| positions.get(record, key);
    let owned = |key: &str| get(key).map(str::to_owned);
    let reference = owned("reference").map(|number| (mapping.name.clone(), number));
    let email = owned("email");
    if reference.is_none() && email.is_none() {
        return Err("neither a customer number nor an e-mail address");
    }
    if email.as_deref().is_some_and(|email| !email.contains('@')) {
        return Err("no e-mail address");
    }
    let format = mapping.time_format.as_deref().unwrap_or("%Y-%m-%d");
    let date = |text: &str| {
        NaiveDate::parse_from_str(text, format)
            .or_else(|_| NaiveDate::parse_from_str(text, "%Y-%m-%d"))
    };
    let birth_date =
        get("birth_date").map(date).transpose().map_err(|_| "birth date not understood")?;
    let gender = match get("gender").map(str::to_lowercase).as_deref() {
        None => None,
        Some("f" | "female" | "woman" | "女") => Some(Gender::Female),
        Some("m" | "male" | "man" | "男") => Some(Gender::Male),
        Some(_) => Some(Gender::Other),
    };
    let interests =
        get("interests").unwrap_or_default().split([',', ';', '，', '、']).map(str::trim);
    let phone = owned("phone").map(|value| {
        let (kind, preferred) = ("phone".to_owned(), false);
        ContactChannel { kind, value, preferred }
    });
    Ok(CustomerFacts {
        reference,
        email,
        name: owned("name"),
        gender,
        birth_date,
        occupation: owned("occupation"),
        interests: interests.filter(|text| !text.is_empty()).map(str::to_owned).collect(),
        channels: phone.into_iter().collect(),
        ..Default::default()
    })
}
