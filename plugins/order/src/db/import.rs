//! Orders of other systems, in batches: few statements for many rows.

use std::collections::{BTreeMap, BTreeSet};

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::order::{Order, OrderId, OrderLineId};
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{FromQueryResult, JoinType, QueryOrder, QuerySelect, Set};

use crate::db::order::{active, adjustment, line, row};
use crate::domain::credit::Candidate;

/// Rows per statement, so that parameters stay below the limits of both databases.
const ROWS: usize = 1000;

/// An order that was imported before.
pub(crate) struct Known {
    pub(crate) id: OrderId,
    /// Rows of the source that its lines and adjustments came from.
    pub(crate) rows: BTreeSet<i64>,
    /// How many lines it has.
    pub(crate) lines: i32,
}

/// Orders of a source by their number there.
pub(crate) async fn known(
    db: &Db,
    source: &str,
    numbers: &[String],
) -> Result<BTreeMap<String, Known>> {
    let orders: Vec<(Uuid, String)> = row::Entity::find()
        .filter(row::Column::Source.eq(source))
        .filter(row::Column::SourceNumber.is_in(numbers))
        .all(db)
        .await?
        .into_iter()
        .filter_map(|order| Some((order.id, order.source_number?)))
        .collect();
    if orders.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = orders.iter().map(|(id, _)| *id).collect();
    let lines =
        line::Entity::find().filter(line::Column::OrderId.is_in(ids.clone())).all(db).await?;
    let charges =
        adjustment::Entity::find().filter(adjustment::Column::OrderId.is_in(ids)).all(db).await?;
    let mut found: BTreeMap<Uuid, Known> = orders
        .iter()
        .map(|(id, _)| (*id, Known { id: (*id).into(), rows: BTreeSet::new(), lines: 0 }))
        .collect();
    for line in lines {
        if let Some(known) = found.get_mut(&line.order_id) {
            known.rows.extend(line.source_row);
            known.lines += 1;
        }
    }
    for charge in charges {
        if let Some(known) = found.get_mut(&charge.order_id) {
            known.rows.extend(charge.source_row);
        }
    }
    let by_number =
        orders.into_iter().filter_map(|(id, number)| Some((number, found.remove(&id)?)));
    Ok(by_number.collect())
}

/// Writes new orders, without lines.
pub(crate) async fn insert_orders(db: &Db, orders: &[(Order, String)]) -> Result<()> {
    let rows: Vec<row::ActiveModel> = orders
        .iter()
        .map(|(order, number)| {
            let mut row = active(order)?;
            row.source_number = Set(Some(number.clone()));
            Ok(row)
        })
        .collect::<Result<_>>()?;
    for chunk in rows.chunks(ROWS) {
        row::Entity::insert_many(chunk.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Writes lines.
pub(crate) async fn insert_lines(db: &Db, rows: Vec<line::ActiveModel>) -> Result<()> {
    for chunk in rows.chunks(ROWS) {
        line::Entity::insert_many(chunk.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Writes charges.
pub(crate) async fn insert_adjustments(db: &Db, rows: Vec<adjustment::ActiveModel>) -> Result<()> {
    for chunk in rows.chunks(ROWS) {
        adjustment::Entity::insert_many(chunk.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Adds what new lines cost to an order that was here already.
pub(crate) async fn add_totals(db: &Db, id: OrderId, lines: i64, charges: i64) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::Subtotal, Expr::col(row::Column::Subtotal).add(lines))
        .col_expr(row::Column::Total, Expr::col(row::Column::Total).add(lines + charges))
        .col_expr(row::Column::Version, Expr::col(row::Column::Version).add(1))
        .filter(row::Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct CandidateRow {
    id: Uuid,
    order_id: Uuid,
    sku: String,
    quantity: i64,
    returned: i64,
    customer_reference: String,
    placed_at: DateTimeUtc,
}

/// Lines that customers' returns may belong to: by customer and SKU, newest order first.
pub(crate) type Candidates = BTreeMap<(String, String), Vec<(DateTimeUtc, OrderId, Candidate)>>;

/// Finds lines of those customers and SKUs that have not all come back.
pub(crate) async fn candidates(
    db: &Db,
    source: &str,
    customers: &[String],
    skus: &[String],
) -> Result<Candidates> {
    let rows: Vec<CandidateRow> = line::Entity::find()
        .join(
            JoinType::InnerJoin,
            line::Entity::belongs_to(row::Entity)
                .from(line::Column::OrderId)
                .to(row::Column::Id)
                .into(),
        )
        .filter(row::Column::Source.eq(source))
        .filter(row::Column::CustomerReference.is_in(customers))
        .filter(line::Column::Sku.is_in(skus))
        .filter(
            Expr::col((line::Entity, line::Column::Returned))
                .lt(Expr::col((line::Entity, line::Column::Quantity))),
        )
        .order_by_desc(row::Column::PlacedAt)
        .order_by_desc(line::Column::Id)
        .select_only()
        .column_as(line::Column::Id, "id")
        .column_as(line::Column::OrderId, "order_id")
        .column_as(line::Column::Sku, "sku")
        .column_as(line::Column::Quantity, "quantity")
        .column_as(line::Column::Returned, "returned")
        .column_as(row::Column::CustomerReference, "customer_reference")
        .column_as(row::Column::PlacedAt, "placed_at")
        .into_model()
        .all(db)
        .await?;
    let mut candidates = Candidates::new();
    for row in rows {
        let candidate = Candidate { line: row.id.into(), left: row.quantity - row.returned };
        candidates.entry((row.customer_reference, row.sku)).or_default().push((
            row.placed_at,
            row.order_id.into(),
            candidate,
        ));
    }
    Ok(candidates)
}

/// Sets how far the goods of orders are after some came back.
pub(crate) async fn refresh_returned(db: &Db, ids: &[OrderId]) -> Result<()> {
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let lines = line::Entity::find()
        .filter(line::Column::OrderId.is_in(uuids.clone()))
        .order_by_asc(line::Column::Id)
        .all(db)
        .await?;
    let (mut partly, mut wholly) = (Vec::new(), Vec::new());
    for id in uuids {
        let mut mine = lines.iter().filter(|line| line.order_id == id).peekable();
        if mine.peek().is_some() && mine.all(|line| line.returned == line.quantity) {
            wholly.push(id);
        } else {
            partly.push(id);
        }
    }
    for (ids, status) in [(partly, "partially_returned"), (wholly, "returned")] {
        row::Entity::update_many()
            .col_expr(row::Column::FulfillmentStatus, Expr::value(status))
            .filter(row::Column::Id.is_in(ids))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Adds returned quantities, one statement per line.
pub(crate) async fn add_returned(db: &Db, taken: &BTreeMap<OrderLineId, i64>) -> Result<()> {
    for (line, quantity) in taken {
        if !crate::db::order::add_returned(db, *line, *quantity).await? {
            return Err(Error::internal("more would come back than was bought"));
        }
    }
    Ok(())
}
