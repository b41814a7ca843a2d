//! Orders with their lines, adjustments and timeline.

use std::collections::BTreeMap;

use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::cart::CartId;
use hatchery_sdk::interfaces::order::{
    Adjustment, Basket, Buyer, Order, OrderId, OrderLine, OrderLineId, OrderStatus, Purchases,
    TimelineEntry,
};
use hatchery_sdk::interfaces::{PostalAddress, Sku};
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, Set};

use crate::domain::status::{fulfillment_text, order_text, payment_text};

pub(crate) mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_order")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub number: String,
        pub token: String,
        pub status: String,
        pub payment_status: String,
        pub fulfillment_status: String,
        pub email: Option<String>,
        pub customer_reference: Option<String>,
        pub locale: String,
        pub currency: String,
        pub subtotal: i64,
        pub total: i64,
        #[sea_orm(column_type = "Json", nullable)]
        pub shipping_address: Option<Json>,
        #[sea_orm(column_type = "Json", nullable)]
        pub billing_address: Option<Json>,
        pub shipping_method: Option<String>,
        pub delivery_window: Option<String>,
        pub cart_id: Option<Uuid>,
        pub source: String,
        pub source_number: Option<String>,
        /// Until when goods are kept for a payment that waits for the customer.
        pub pay_until: Option<DateTimeUtc>,
        pub placed_at: DateTimeUtc,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod line {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub order_id: Uuid,
        pub position: i32,
        pub sku: String,
        pub product_id: Option<Uuid>,
        pub name: String,
        pub quantity: i64,
        pub shipped: i64,
        pub returned: i64,
        pub unit_micros: i64,
        pub total: i64,
        pub source_row: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod adjustment {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_adjustment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub order_id: Uuid,
        pub kind: String,
        pub label: String,
        pub amount: i64,
        pub included: Option<i64>,
        pub source: String,
        pub source_row: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod timeline {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_timeline")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub order_id: Uuid,
        pub at: DateTimeUtc,
        pub kind: String,
        pub message: String,
        pub public: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The orders of those ids, in the order asked.
pub(crate) async fn by_ids(db: &Db, ids: &[OrderId]) -> Result<Vec<Order>> {
    let uuids = ids.iter().map(|id| id.uuid());
    let rows = row::Entity::find().filter(row::Column::Id.is_in(uuids)).all(db).await?;
    let mut by_id: BTreeMap<Uuid, row::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    complete(db, ids.iter().filter_map(|id| by_id.remove(&id.uuid())).collect()).await
}

/// The orders of those numbers, in the order asked.
pub(crate) async fn by_numbers(db: &Db, numbers: &[String]) -> Result<Vec<Order>> {
    let rows = row::Entity::find().filter(row::Column::Number.is_in(numbers)).all(db).await?;
    let mut by_number: BTreeMap<String, row::Model> =
        rows.into_iter().map(|row| (row.number.clone(), row)).collect();
    complete(db, numbers.iter().filter_map(|number| by_number.remove(number)).collect()).await
}

/// The order a cart became.
pub(crate) async fn by_cart(db: &Db, cart: CartId) -> Result<Option<Order>> {
    let found = row::Entity::find().filter(row::Column::CartId.eq(cart.uuid())).one(db).await?;
    Ok(complete(db, found.into_iter().collect()).await?.pop())
}

/// A page of orders.
pub(crate) async fn list(db: &Db, query: &Query<Order>) -> Result<Page<Order>> {
    let page = sql::fetch(query, row::Entity::find(), &columns(), db).await?;
    Ok(Page { items: complete(db, page.items).await?, next_cursor: page.next_cursor })
}

/// Orders whose payment the customer did not bring to an end in time.
pub(crate) async fn overdue(db: &Db, now: DateTimeUtc, limit: u64) -> Result<Vec<OrderId>> {
    let rows = row::Entity::find()
        .filter(row::Column::PayUntil.lt(now))
        .filter(row::Column::Status.eq(order_text(OrderStatus::Placed)))
        .order_by_asc(row::Column::PayUntil)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id.into()).collect())
}

/// Writes a new order with everything that belongs to it.
pub(crate) async fn insert(
    ctx: &Ctx,
    order: &Order,
    cart: CartId,
    pay_until: Option<DateTimeUtc>,
) -> Result<()> {
    let db = ctx.db();
    let mut row = active(order)?;
    row.cart_id = Set(Some(cart.uuid()));
    row.pay_until = Set(pay_until);
    row::Entity::insert(row).exec_without_returning(&db).await?;
    let lines = order
        .lines
        .iter()
        .zip(0..)
        .map(|(line, position)| line_row(order.id, line, position, None));
    line::Entity::insert_many(lines).exec_without_returning(&db).await?;
    let adjustments: Vec<_> = order
        .adjustments
        .iter()
        .map(|adjustment| adjustment_row(ctx, order.id, adjustment, None))
        .collect();
    if !adjustments.is_empty() {
        adjustment::Entity::insert_many(adjustments).exec_without_returning(&db).await?;
    }
    for entry in &order.timeline {
        add_entry(ctx, order.id, entry).await?;
    }
    Ok(())
}

/// Writes the three states of an order that was read with `version`; false when it changed since.
pub(crate) async fn update_states(db: &Db, order: &Order) -> Result<bool> {
    let done = row::Entity::update_many()
        .col_expr(row::Column::Status, Expr::value(order_text(order.status)))
        .col_expr(row::Column::PaymentStatus, Expr::value(payment_text(order.payment_status)))
        .col_expr(
            row::Column::FulfillmentStatus,
            Expr::value(fulfillment_text(order.fulfillment_status)),
        )
        .col_expr(row::Column::Version, Expr::col(row::Column::Version).add(1))
        .filter(row::Column::Id.eq(order.id.uuid()))
        .filter(row::Column::Version.eq(order.version))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Sets until when goods are kept for a waiting payment; absent when it need not wait.
pub(crate) async fn set_pay_until(db: &Db, id: OrderId, until: Option<DateTimeUtc>) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::PayUntil, Expr::value(until))
        .filter(row::Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Adds quantities that came back, never above what was bought.
pub(crate) async fn add_returned(db: &Db, line: OrderLineId, quantity: i64) -> Result<bool> {
    let returned = Expr::col(line::Column::Returned).add(quantity);
    let done = line::Entity::update_many()
        .col_expr(line::Column::Returned, returned.clone())
        .filter(line::Column::Id.eq(line.uuid()))
        .filter(returned.lte(Expr::col(line::Column::Quantity)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// How many of each line have left: line id to quantity.
pub(crate) async fn shipped(db: &Db, id: OrderId) -> Result<BTreeMap<OrderLineId, i64>> {
    let rows = line::Entity::find().filter(line::Column::OrderId.eq(id.uuid())).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.shipped)).collect())
}

/// Adds quantities that left, never above what was bought.
pub(crate) async fn add_shipped(db: &Db, line: OrderLineId, quantity: i64) -> Result<bool> {
    let shipped = Expr::col(line::Column::Shipped).add(quantity);
    let done = line::Entity::update_many()
        .col_expr(line::Column::Shipped, shipped.clone())
        .filter(line::Column::Id.eq(line.uuid()))
        .filter(shipped.lte(Expr::col(line::Column::Quantity)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Adds to the timeline.
pub(crate) async fn add_entry(ctx: &Ctx, id: OrderId, entry: &TimelineEntry) -> Result<()> {
    let row = timeline::ActiveModel {
        id: Set(ctx.new_id::<TimelineEntry>().uuid()),
        order_id: Set(id.uuid()),
        at: Set(entry.at),
        kind: Set(entry.kind.clone()),
        message: Set(entry.message.clone()),
        public: Set(entry.public),
    };
    timeline::Entity::insert(row).exec_without_returning(&ctx.db()).await?;
    Ok(())
}

/// Baskets of orders that were not cancelled: the given ones, or the next `limit` after an id.
pub(crate) async fn baskets(db: &Db, which: Which<'_>) -> Result<Vec<Basket>> {
    let select = row::Entity::find()
        .filter(row::Column::Status.ne(order_text(OrderStatus::Cancelled)))
        .order_by_asc(row::Column::Id);
    let select = match which {
        Which::Ids(ids) => select.filter(row::Column::Id.is_in(ids.iter().map(|id| id.uuid()))),
        Which::After(None, limit) => select.limit(limit),
        Which::After(Some(id), limit) => select.filter(row::Column::Id.gt(id.uuid())).limit(limit),
    };
    let orders: Vec<BasketRow> = select
        .select_only()
        .columns([
            row::Column::Id,
            row::Column::Email,
            row::Column::CustomerReference,
            row::Column::PlacedAt,
        ])
        .into_model()
        .all(db)
        .await?;
    let ids = orders.iter().map(|order| order.id);
    let lines: Vec<BasketLine> = line::Entity::find()
        .filter(line::Column::OrderId.is_in(ids))
        .order_by_asc(line::Column::OrderId)
        .order_by_asc(line::Column::Position)
        .select_only()
        .columns([line::Column::OrderId, line::Column::Sku, line::Column::Quantity])
        .into_model()
        .all(db)
        .await?;
    let mut by_order: BTreeMap<Uuid, BTreeMap<Sku, i64>> = BTreeMap::new();
    for line in lines {
        let quantities = by_order.entry(line.order_id).or_default();
        *quantities.entry(Sku::new(&line.sku)?).or_default() += line.quantity;
    }
    let basket = |order: BasketRow| Basket {
        order_id: order.id.into(),
        customer: order.email.or(order.customer_reference),
        placed_at: order.placed_at,
        lines: by_order.remove(&order.id).unwrap_or_default().into_iter().collect(),
    };
    Ok(orders.into_iter().map(basket).collect())
}

/// Which baskets are wanted.
pub(crate) enum Which<'a> {
    Ids(&'a [OrderId]),
    After(Option<OrderId>, u64),
}

#[derive(FromQueryResult)]
struct BasketRow {
    id: Uuid,
    email: Option<String>,
    customer_reference: Option<String>,
    placed_at: DateTimeUtc,
}

#[derive(FromQueryResult)]
struct BasketLine {
    order_id: Uuid,
    sku: String,
    quantity: i64,
}

/// Who bought those orders, in the order asked.
pub(crate) async fn buyers(db: &Db, ids: &[OrderId]) -> Result<Vec<Buyer>> {
    #[derive(FromQueryResult)]
    struct BuyerRow {
        id: Uuid,
        source: String,
        email: Option<String>,
        customer_reference: Option<String>,
        locale: String,
        shipping_address: Option<Json>,
    }
    let rows: Vec<BuyerRow> = row::Entity::find()
        .filter(row::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .select_only()
        .columns([
            row::Column::Id,
            row::Column::Source,
            row::Column::Email,
            row::Column::CustomerReference,
            row::Column::Locale,
            row::Column::ShippingAddress,
        ])
        .into_model()
        .all(db)
        .await?;
    let buyer = |row: BuyerRow| {
        Ok::<_, Error>(Buyer {
            order_id: row.id.into(),
            source: row.source,
            email: row.email,
            customer_reference: row.customer_reference,
            locale: row.locale.parse().map_err(Error::internal)?,
            shipping_address: row.shipping_address.map(serde_json::from_value).transpose()?,
        })
    };
    let mut found: BTreeMap<Uuid, BuyerRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    ids.iter().filter_map(|id| found.remove(&id.uuid())).map(buyer).collect()
}

/// What each customer bought: by e-mail address, and by customer number for those who have none.
pub(crate) async fn purchases(
    db: &Db,
    currency: Currency,
    customers: &[String],
) -> Result<Vec<Purchases>> {
    let mut all = purchases_by(db, currency, row::Column::Email, customers).await?;
    all.extend(purchases_by(db, currency, row::Column::CustomerReference, customers).await?);
    Ok(all)
}

async fn purchases_by(
    db: &Db,
    currency: Currency,
    by: row::Column,
    customers: &[String],
) -> Result<Vec<Purchases>> {
    #[derive(FromQueryResult)]
    struct Sums {
        customer: String,
        orders: i64,
        spent: i64,
        first_at: Option<DateTimeUtc>,
        last_at: Option<DateTimeUtc>,
    }
    let mut select = row::Entity::find()
        .filter(by.is_in(customers))
        .filter(row::Column::Status.ne(order_text(OrderStatus::Cancelled)))
        .filter(row::Column::Currency.eq(currency.code()));
    if matches!(by, row::Column::CustomerReference) {
        select = select.filter(row::Column::Email.is_null());
    }
    let sums: Vec<Sums> = select
        .select_only()
        .column_as(by, "customer")
        .column_as(row::Column::Id.count(), "orders")
        .column_as(row::Column::Total.sum().cast_as("bigint"), "spent")
        .column_as(row::Column::PlacedAt.min(), "first_at")
        .column_as(row::Column::PlacedAt.max(), "last_at")
        .group_by(by)
        .order_by_asc(by)
        .into_model()
        .all(db)
        .await?;
    let purchases = |sums: Sums| Purchases {
        customer: sums.customer,
        orders: sums.orders,
        spent: Money::new(sums.spent, currency),
        first_at: sums.first_at,
        last_at: sums.last_at,
    };
    Ok(sums.into_iter().map(purchases).collect())
}

/// The row of an order.
pub(crate) fn active(order: &Order) -> Result<row::ActiveModel> {
    let json =
        |address: &Option<PostalAddress>| address.as_ref().map(serde_json::to_value).transpose();
    Ok(row::ActiveModel {
        id: Set(order.id.uuid()),
        number: Set(order.number.clone()),
        token: Set(order.token.clone()),
        status: Set(order_text(order.status).into()),
        payment_status: Set(payment_text(order.payment_status).into()),
        fulfillment_status: Set(fulfillment_text(order.fulfillment_status).into()),
        email: Set(order.email.clone()),
        customer_reference: Set(order.customer_reference.clone()),
        locale: Set(order.locale.to_string()),
        currency: Set(order.currency.code().into()),
        subtotal: Set(order.subtotal.minor),
        total: Set(order.total.minor),
        shipping_address: Set(json(&order.shipping_address)?),
        billing_address: Set(json(&order.billing_address)?),
        shipping_method: Set(order.shipping_method.clone()),
        delivery_window: Set(order.delivery_window.clone()),
        cart_id: Set(None),
        source: Set(order.source.clone()),
        source_number: Set(None),
        pay_until: Set(None),
        placed_at: Set(order.placed_at),
        version: Set(order.version),
    })
}

/// The row of a line.
pub(crate) fn line_row(
    order: OrderId,
    line: &OrderLine,
    position: i32,
    source_row: Option<i64>,
) -> line::ActiveModel {
    line::ActiveModel {
        id: Set(line.id.uuid()),
        order_id: Set(order.uuid()),
        position: Set(position),
        sku: Set(line.sku.to_string()),
        product_id: Set(line.product_id.map(|id| id.uuid())),
        name: Set(line.name.clone()),
        quantity: Set(line.quantity),
        shipped: Set(0),
        returned: Set(line.returned),
        unit_micros: Set(line.unit.micros),
        total: Set(line.total.minor),
        source_row: Set(source_row),
    }
}

/// The row of an adjustment.
pub(crate) fn adjustment_row(
    ctx: &Ctx,
    order: OrderId,
    adjustment: &Adjustment,
    source_row: Option<i64>,
) -> adjustment::ActiveModel {
    adjustment::ActiveModel {
        id: Set(ctx.new_id::<Adjustment>().uuid()),
        order_id: Set(order.uuid()),
        kind: Set(adjustment.kind.clone()),
        label: Set(adjustment.label.clone()),
        amount: Set(adjustment.amount.minor),
        included: Set(adjustment.included.map(|included| included.minor)),
        source: Set(adjustment.source.clone()),
        source_row: Set(source_row),
    }
}

/// Reads what belongs to orders, with one statement each.
async fn complete(db: &Db, rows: Vec<row::Model>) -> Result<Vec<Order>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let lines = line::Entity::find()
        .filter(line::Column::OrderId.is_in(ids.clone()))
        .order_by_asc(line::Column::Position)
        .order_by_asc(line::Column::Id)
        .all(db)
        .await?;
    let adjustments = adjustment::Entity::find()
        .filter(adjustment::Column::OrderId.is_in(ids.clone()))
        .order_by_asc(adjustment::Column::Id)
        .all(db)
        .await?;
    let entries = timeline::Entity::find()
        .filter(timeline::Column::OrderId.is_in(ids))
        .order_by_asc(timeline::Column::At)
        .order_by_asc(timeline::Column::Id)
        .all(db)
        .await?;
    let mut lines_of = grouped(lines, |line| line.order_id);
    let mut adjustments_of = grouped(adjustments, |adjustment| adjustment.order_id);
    let mut entries_of = grouped(entries, |entry| entry.order_id);
    rows.into_iter()
        .map(|row| {
            let id = row.id;
            let lines = lines_of.remove(&id).unwrap_or_default();
            let adjustments = adjustments_of.remove(&id).unwrap_or_default();
            order(row, lines, adjustments, entries_of.remove(&id).unwrap_or_default())
        })
        .collect()
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> Uuid) -> BTreeMap<Uuid, Vec<T>> {
    let mut groups: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

fn order(
    row: row::Model,
    lines: Vec<line::Model>,
    adjustments: Vec<adjustment::Model>,
    entries: Vec<timeline::Model>,
) -> Result<Order> {
    let currency: Currency = row.currency.parse()?;
    let money = |minor| Money::new(minor, currency);
    let line = |line: line::Model| {
        let unit = UnitPrice::from_micros(line.unit_micros, currency);
        Ok::<_, Error>(OrderLine {
            id: line.id.into(),
            sku: Sku::new(&line.sku)?,
            product_id: line.product_id.map(Into::into),
            name: line.name,
            quantity: line.quantity,
            returned: line.returned,
            unit_price: unit.rounded(),
            unit,
            total: money(line.total),
        })
    };
    let adjustment = |adjustment: adjustment::Model| Adjustment {
        kind: adjustment.kind,
        label: adjustment.label,
        amount: money(adjustment.amount),
        source: adjustment.source,
        included: adjustment.included.map(money),
    };
    let entry = |entry: timeline::Model| TimelineEntry {
        at: entry.at,
        kind: entry.kind,
        message: entry.message,
        public: entry.public,
    };
    let mut timeline: Vec<TimelineEntry> = entries.into_iter().map(entry).collect();
    if !timeline.iter().any(|entry| entry.kind == "placed") {
        // An imported order was placed elsewhere.
        let (at, kind, message) = (row.placed_at, "placed".to_owned(), String::new());
        timeline.insert(0, TimelineEntry { at, kind, message, public: true });
    }
    let locale = row.locale.parse().map_err(Error::internal)?;
    Ok(Order {
        id: row.id.into(),
        number: row.number,
        token: row.token,
        status: parse_status(row.status)?,
        payment_status: parse_status(row.payment_status)?,
        fulfillment_status: parse_status(row.fulfillment_status)?,
        email: row.email,
        customer_reference: row.customer_reference,
        locale,
        currency,
        lines: lines.into_iter().map(line).collect::<Result<_>>()?,
        adjustments: adjustments.into_iter().map(adjustment).collect(),
        subtotal: money(row.subtotal),
        total: money(row.total),
        shipping_address: row.shipping_address.map(serde_json::from_value).transpose()?,
        billing_address: row.billing_address.map(serde_json::from_value).transpose()?,
        shipping_method: row.shipping_method,
        delivery_window: row.delivery_window,
        timeline,
        placed_at: row.placed_at,
        source: row.source,
        version: row.version,
    })
}

/// A status as its JSON text, which is what the database holds.
fn parse_status<S: serde::de::DeserializeOwned>(text: String) -> Result<S> {
    Ok(serde_json::from_value(serde_json::Value::String(text))?)
}

fn columns() -> Columns<row::Entity> {
    use row::Column as C;
    Columns::new([
        ("id", C::Id),
        ("number", C::Number),
        ("status", C::Status),
        ("payment_status", C::PaymentStatus),
        ("fulfillment_status", C::FulfillmentStatus),
        ("email", C::Email),
        ("customer_reference", C::CustomerReference),
        ("total", C::Total),
        ("placed_at", C::PlacedAt),
        ("source", C::Source),
    ])
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::order::{FulfillmentStatus, PaymentStatus};

    use super::*;

    #[test]
    fn the_database_holds_the_json_text_of_a_status() {
        for status in [OrderStatus::Placed, OrderStatus::Cancelled, OrderStatus::Completed] {
            assert_eq!(parse_status::<OrderStatus>(order_text(status).into()).unwrap(), status);
        }
        for status in [PaymentStatus::PartiallyRefunded, PaymentStatus::Voided] {
            assert_eq!(parse_status::<PaymentStatus>(payment_text(status).into()).unwrap(), status);
        }
        for status in [FulfillmentStatus::PartiallyShipped, FulfillmentStatus::Delivered] {
            let text = fulfillment_text(status).into();
            assert_eq!(parse_status::<FulfillmentStatus>(text).unwrap(), status);
        }
    }
}
