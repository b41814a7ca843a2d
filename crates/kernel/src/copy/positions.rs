//! The places of events, which mean something in one database only.
//!
//! On PostgreSQL events are delivered in the order of the transactions that wrote them, then of their ids;
//! the numbers of transactions belong to the server. In a copy all events have transaction 0, which comes
//! before all others, and the order is in the ids alone: the same ids, handed out anew where transactions
//! overlapped. Cursors and events that were put aside follow. On SQLite it is so from the start.

use sea_orm::DbBackend;

/// How a table is read that is not read as it is.
pub(super) struct Reading {
    /// What stands before `SELECT`.
    pub(super) with: &'static str,
    /// What stands behind `FROM`; the table is `t`.
    pub(super) from: &'static str,
    /// What stands for a column.
    pub(super) columns: [(&'static str, &'static str); 2],
    /// What it is sorted by, when that is not the primary key.
    pub(super) order: Option<&'static str>,
}

/// All places, each with its new id.
const PLACES: &str = "WITH position AS (SELECT transaction_id, id FROM kernel_outbox \
       UNION SELECT transaction_id, outbox_id FROM kernel_retry), \
     by_place AS (SELECT transaction_id, id, row_number() OVER (ORDER BY transaction_id, id) AS n \
       FROM position), \
     by_id AS (SELECT id AS new_id, row_number() OVER (ORDER BY id) AS n FROM position), \
     place AS MATERIALIZED (SELECT transaction_id, id, new_id FROM by_place JOIN by_id USING (n)) ";

/// How the tables with places are read.
pub(super) fn reading(table: &str, from: DbBackend) -> Option<Reading> {
    if from != DbBackend::Postgres {
        return None;
    }
    let (with, transaction) = (PLACES, ("transaction_id", "0"));
    match table {
        "kernel_outbox" => Some(Reading {
            with,
            from: "kernel_outbox AS t JOIN place AS p USING (transaction_id, id)",
            columns: [transaction, ("id", "p.new_id")],
            order: Some("p.new_id"),
        }),
        "kernel_retry" => Some(Reading {
            with,
            from: "kernel_retry AS t JOIN place AS p \
                 ON p.transaction_id = t.transaction_id AND p.id = t.outbox_id",
            columns: [transaction, ("outbox_id", "p.new_id")],
            order: None,
        }),
        "kernel_cursor" => Some(Reading {
            with,
            from: "(SELECT c.*, (SELECT max(p.new_id) FROM place AS p \
                 WHERE (p.transaction_id, p.id) <= (c.transaction_id, c.outbox_id)) AS reached \
                 FROM kernel_cursor AS c) AS t",
            // When nothing that is left comes before it, it stands at the start.
            columns: [transaction, ("outbox_id", "coalesce(t.reached, 0)")],
            order: None,
        }),
        _ => None,
    }
}
