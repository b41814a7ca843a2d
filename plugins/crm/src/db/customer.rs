//! Customer files.

use std::collections::{BTreeMap, BTreeSet};

use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::crm::{Customer, CustomerId, Gender, ShareConsent};
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, QuerySelect, Set};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "crm_customer")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub email: Option<String>,
        pub name: Option<String>,
        pub gender: Option<String>,
        pub birth_date: Option<Date>,
        pub occupation: Option<String>,
        #[sea_orm(column_type = "Json")]
        pub interests: Json,
        #[sea_orm(column_type = "Json")]
        pub channels: Json,
        #[sea_orm(column_type = "Json", nullable)]
        pub address: Option<Json>,
        pub locale: Option<String>,
        #[sea_orm(column_type = "Json")]
        pub refs: Json,
        pub orders: i64,
        pub spent: i64,
        pub first_order_at: Option<DateTimeUtc>,
        pub last_order_at: Option<DateTimeUtc>,
        pub created_at: DateTimeUtc,
        pub version: i64,
        pub consent_given: Option<bool>,
        pub consent_at: Option<DateTimeUtc>,
        pub consent_store: Option<String>,
        #[sea_orm(column_type = "Json", nullable)]
        pub shared: Option<Json>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod reference {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "crm_reference")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub system: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: String,
        pub customer_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const KEYS: usize = 5000;
const ROWS: usize = 1000;

/// The files of those ids, in the order asked.
pub(crate) async fn by_ids(
    db: &Db,
    currency: Currency,
    ids: &[CustomerId],
) -> Result<Vec<Customer>> {
    let mut found: BTreeMap<Uuid, row::Model> = BTreeMap::new();
    for chunk in ids.chunks(KEYS) {
        let uuids = chunk.iter().map(|id| id.uuid());
        let rows = row::Entity::find().filter(row::Column::Id.is_in(uuids)).all(db).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    ids.iter()
        .filter_map(|id| found.remove(&id.uuid()))
        .map(|row| customer(row, currency))
        .collect()
}

/// The files of those ids, by id, as they are once nobody else changes them; so it stays until the unit of
/// work ends. (SQLite has one writer and knows no such lock.)
pub(crate) async fn hold(
    db: &Db,
    currency: Currency,
    ids: &BTreeSet<CustomerId>,
) -> Result<Vec<Customer>> {
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let mut found = Vec::new();
    for chunk in uuids.chunks(KEYS) {
        let select = row::Entity::find().filter(row::Column::Id.is_in(chunk.iter().copied()));
        found.extend(select.order_by_asc(row::Column::Id).lock_exclusive().all(db).await?);
    }
    found.into_iter().map(|row| customer(row, currency)).collect()
}

/// The files with those e-mail addresses.
pub(crate) async fn by_emails(
    db: &Db,
    currency: Currency,
    emails: &[String],
) -> Result<Vec<Customer>> {
    let mut found = Vec::new();
    for chunk in emails.chunks(KEYS) {
        let rows = row::Entity::find().filter(row::Column::Email.is_in(chunk)).all(db).await?;
        found.extend(rows);
    }
    found.into_iter().map(|row| customer(row, currency)).collect()
}

/// Whose number in other systems those are: system and number to file.
pub(crate) async fn by_references(
    db: &Db,
    references: &[(String, String)],
) -> Result<BTreeMap<(String, String), CustomerId>> {
    let mut systems: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (system, number) in references {
        systems.entry(system).or_default().push(number);
    }
    let mut found = BTreeMap::new();
    for (system, numbers) in systems {
        for chunk in numbers.chunks(KEYS) {
            let rows = reference::Entity::find()
                .filter(reference::Column::System.eq(system))
                .filter(reference::Column::Number.is_in(chunk.iter().copied()))
                .all(db)
                .await?;
            found.extend(
                rows.into_iter().map(|row| ((row.system, row.number), row.customer_id.into())),
            );
        }
    }
    Ok(found)
}

/// Files of customers who said whether other stores may know them, by id, after one; at most `limit`.
pub(crate) async fn with_consent(
    db: &Db,
    currency: Currency,
    after: Option<CustomerId>,
    limit: u64,
) -> Result<Vec<Customer>> {
    let mut select = row::Entity::find().filter(row::Column::ConsentAt.is_not_null());
    if let Some(after) = after {
        select = select.filter(row::Column::Id.gt(after.uuid()));
    }
    let rows = select.order_by_asc(row::Column::Id).limit(limit).all(db).await?;
    rows.into_iter().map(|row| customer(row, currency)).collect()
}

/// Removes files and their numbers in other systems.
pub(crate) async fn remove(db: &Db, ids: &[CustomerId]) -> Result<()> {
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let references = reference::Entity::delete_many();
    references.filter(reference::Column::CustomerId.is_in(uuids.clone())).exec(db).await?;
    row::Entity::delete_many().filter(row::Column::Id.is_in(uuids)).exec(db).await?;
    Ok(())
}

/// The files that a policy gave something to.
pub(crate) async fn shared(db: &Db, currency: Currency) -> Result<Vec<Customer>> {
    let rows = row::Entity::find().filter(row::Column::Shared.is_not_null());
    let rows = rows.order_by_asc(row::Column::Id).lock_exclusive().all(db).await?;
    rows.into_iter().map(|row| customer(row, currency)).collect()
}

/// A page of files.
pub(crate) async fn list(
    db: &Db,
    currency: Currency,
    query: &Query<Customer>,
) -> Result<Page<Customer>> {
    use row::Column as C;
    let columns = Columns::new([
        ("id", C::Id),
        ("email", C::Email),
        ("name", C::Name),
        ("gender", C::Gender),
        ("birth_date", C::BirthDate),
        ("occupation", C::Occupation),
        ("orders", C::Orders),
        ("spent", C::Spent),
        ("first_order_at", C::FirstOrderAt),
        ("last_order_at", C::LastOrderAt),
        ("created_at", C::CreatedAt),
    ]);
    let page = sql::fetch(query, row::Entity::find(), &columns, db).await?;
    page.try_map(|row| customer(row, currency))
}

/// Writes files and their numbers in other systems.
pub(crate) async fn save(db: &Db, files: &[Customer]) -> Result<()> {
    use row::Column as C;
    let replace = OnConflict::column(C::Id)
        .update_columns([
            C::Email,
            C::Name,
            C::Gender,
            C::BirthDate,
            C::Occupation,
            C::Interests,
            C::Channels,
            C::Address,
            C::Locale,
            C::Refs,
            C::Orders,
            C::Spent,
            C::FirstOrderAt,
            C::LastOrderAt,
            C::Version,
            C::ConsentGiven,
            C::ConsentAt,
            C::ConsentStore,
            C::Shared,
        ])
        .to_owned();
    let rows: Vec<row::ActiveModel> = files.iter().map(active).collect::<Result<_>>()?;
    for chunk in rows.chunks(ROWS) {
        row::Entity::insert_many(chunk.to_vec())
            .on_conflict(replace.clone())
            .exec_without_returning(db)
            .await?;
    }
    let references: Vec<reference::ActiveModel> = files
        .iter()
        .flat_map(|file| {
            file.references.iter().map(|(system, number)| reference::ActiveModel {
                system: Set(system.clone()),
                number: Set(number.clone()),
                customer_id: Set(file.id.uuid()),
            })
        })
        .collect();
    let keep = OnConflict::columns([reference::Column::System, reference::Column::Number])
        .do_nothing()
        .to_owned();
    for chunk in references.chunks(ROWS) {
        reference::Entity::insert_many(chunk.to_vec())
            .on_conflict(keep.clone())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

fn active(file: &Customer) -> Result<row::ActiveModel> {
    Ok(row::ActiveModel {
        id: Set(file.id.uuid()),
        email: Set(file.email.clone()),
        name: Set(file.name.clone()),
        gender: Set(file.gender.map(|gender| gender_text(gender).to_owned())),
        birth_date: Set(file.birth_date),
        occupation: Set(file.occupation.clone()),
        interests: Set(serde_json::to_value(&file.interests)?),
        channels: Set(serde_json::to_value(&file.channels)?),
        address: Set(file.address.as_ref().map(serde_json::to_value).transpose()?),
        locale: Set(file.locale.as_ref().map(ToString::to_string)),
        refs: Set(serde_json::to_value(&file.references)?),
        orders: Set(file.orders),
        spent: Set(file.spent.map_or(0, |spent| spent.minor)),
        first_order_at: Set(file.first_order_at),
        last_order_at: Set(file.last_order_at),
        created_at: Set(file.created_at),
        version: Set(file.version),
        consent_given: Set(file.consent.as_ref().map(|consent| consent.given)),
        consent_at: Set(file.consent.as_ref().map(|consent| consent.at)),
        consent_store: Set(file.consent.as_ref().map(|consent| consent.store.clone())),
        shared: Set(file.shared.as_ref().map(serde_json::to_value).transpose()?),
    })
}

fn customer(row: row::Model, currency: Currency) -> Result<Customer> {
    let consent = match (row.consent_given, row.consent_at, row.consent_store) {
        (Some(given), Some(at), Some(store)) => Some(ShareConsent { given, at, store }),
        _ => None,
    };
    Ok(Customer {
        consent,
        shared: row.shared.map(serde_json::from_value).transpose()?,
        id: row.id.into(),
        email: row.email,
        name: row.name,
        gender: row.gender.as_deref().map(gender).transpose()?,
        birth_date: row.birth_date,
        age: None,
        occupation: row.occupation,
        interests: serde_json::from_value(row.interests)?,
        channels: serde_json::from_value(row.channels)?,
        address: row.address.map(serde_json::from_value).transpose()?,
        locale: row.locale.and_then(|locale| locale.parse().ok()),
        references: serde_json::from_value(row.refs)?,
        orders: row.orders,
        spent: Some(Money::new(row.spent, currency)),
        first_order_at: row.first_order_at,
        last_order_at: row.last_order_at,
        created_at: row.created_at,
        version: row.version,
    })
}

fn gender_text(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "female",
        Gender::Male => "male",
        Gender::Other => "other",
    }
}

fn gender(text: &str) -> Result<Gender> {
    match text {
        "female" => Ok(Gender::Female),
        "male" => Ok(Gender::Male),
        "other" => Ok(Gender::Other),
        other => Err(Error::internal(format!("a customer with the gender '{other}'"))),
    }
}
