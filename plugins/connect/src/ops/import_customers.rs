//! Imports customers.

use chrono::NaiveDate;
use csv::StringRecord;
use hatchery_sdk::interfaces::crm::{ContactChannel, CustomerFacts, Customers, Gender};
use hatchery_sdk::prelude::*;

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
    records: Vec<(u64, StringRecord)>,
) -> Result<Report> {
    let crm = import.ctx.find::<dyn Customers>().ok_or(ImportError::Absent { interface: "crm" })?;
    let mut report = Report { dry_run: import.dry_run, ..Report::default() };
    let mut facts = Vec::new();
    for (row, record) in &records {
        match customer(mapping, positions, record) {
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
        crm.learn(&import.ctx, chunk.to_vec()).await?;
        done += chunk.len() as u64;
        import.progress.report(done, Some(total), "customers");
    }
    report.wrote("customers_learned", total);
    Ok(report)
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
