//! The kernel's own tables, as the migrations of the pseudo component `kernel`.

use hatchery_component::Migration;
use hatchery_component::db::schema;
use sea_orm::DbBackend;
use sea_orm::sea_query::{
    ColumnDef, Expr, Index, IndexCreateStatement, Table, TableCreateStatement,
};

/// Steps of the kernel's schema; run before those of any component.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration::expand("0001_create_outbox", outbox),
        Migration::expand("0002_create_job", job),
        Migration::expand("0003_create_platform", platform),
        Migration::expand("0004_create_resource", resource),
        Migration::expand("0005_create_assembly", assembly),
        Migration::expand("0006_add_build", build),
    ]
}

/// The ledger, which must be there before the first step.
pub(crate) fn ledger() -> TableCreateStatement {
    let mut table = table("kernel_migration");
    table
        .if_not_exists()
        .col(text("component"))
        .col(text("step"))
        .col(text("kind"))
        .col(text("sha256"))
        .col(time("applied_at"))
        .primary_key(Index::create().col("component").col("step"));
    table
}

fn outbox(backend: DbBackend) -> Vec<String> {
    let mut transaction = integer("transaction_id");
    match backend {
        DbBackend::Postgres => {
            transaction.default(Expr::cust("(pg_current_xact_id()::text::bigint)"))
        }
        _ => transaction.default(0),
    };
    schema(backend)
        .table(
            table("kernel_outbox")
                .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
                .col(transaction)
                .col(uuid("event_id"))
                .col(text("event_type"))
                .col(text("subject"))
                .col(json("data"))
                .col(text("source"))
                .col(text("actor"))
                .col(uuid("correlation_id"))
                .col(time("occurred_at")),
        )
        .index(&index("kernel_outbox_position", "kernel_outbox", &["transaction_id", "id"]))
        .index(&index("kernel_outbox_occurred", "kernel_outbox", &["occurred_at"]))
        .table(
            table("kernel_cursor")
                .col(text("subscriber").primary_key())
                .col(integer("transaction_id"))
                .col(integer("outbox_id"))
                .col(time("updated_at")),
        )
        .table(
            table("kernel_retry")
                .col(uuid("id").primary_key())
                .col(text("subscriber"))
                .col(integer("transaction_id"))
                .col(integer("outbox_id"))
                .col(uuid("event_id"))
                .col(text("event_type"))
                .col(text("subject"))
                .col(json("data"))
                .col(text("source"))
                .col(text("actor"))
                .col(uuid("correlation_id"))
                .col(time("occurred_at"))
                .col(text("state"))
                .col(ColumnDef::new("attempts").integer().not_null())
                .col(time("next_at"))
                .col(text("error"))
                .col(time("created_at"))
                .col(time("updated_at")),
        )
        .index(&unique("kernel_retry_event", "kernel_retry", &["subscriber", "outbox_id"]))
        .index(&index("kernel_retry_due", "kernel_retry", &["state", "next_at"]))
        .into_statements()
}

fn job(backend: DbBackend) -> Vec<String> {
    schema(backend)
        .table(
            table("kernel_job")
                .col(uuid("id").primary_key())
                .col(text("job"))
                .col(text("key"))
                .col(ColumnDef::new("queued_key").text().null())
                .col(json("payload"))
                .col(text("state"))
                .col(time("run_at"))
                .col(ColumnDef::new("attempts").integer().not_null())
                .col(ColumnDef::new("lease_until").timestamp_with_time_zone().null())
                .col(ColumnDef::new("lease_owner").uuid().null())
                .col(ColumnDef::new("error").text().null())
                .col(time("created_at"))
                .col(time("updated_at")),
        )
        .index(&unique("kernel_job_queued", "kernel_job", &["job", "queued_key"]))
        .index(&index("kernel_job_due", "kernel_job", &["state", "run_at"]))
        .table(
            table("kernel_schedule")
                .col(text("job").primary_key())
                .col(time("next_run_at"))
                .col(ColumnDef::new("last_run_at").timestamp_with_time_zone().null()),
        )
        .into_statements()
}

fn platform(backend: DbBackend) -> Vec<String> {
    schema(backend)
        .table(
            table("kernel_session")
                .col(text("id").primary_key())
                .col(uuid("subject"))
                .col(time("created_at"))
                .col(time("seen_at"))
                .col(time("expires_at")),
        )
        .index(&index("kernel_session_subject", "kernel_session", &["subject"]))
        .table(
            table("kernel_file")
                .col(text("hash").primary_key())
                .col(text("content_type"))
                .col(integer("size"))
                .col(text("component"))
                .col(time("created_at")),
        )
        .table(
            table("kernel_idempotency")
                .col(text("scope"))
                .col(text("key"))
                .col(text("request_hash"))
                .col(ColumnDef::new("owner").uuid().null())
                .col(ColumnDef::new("status").integer().null())
                .col(ColumnDef::new("content_type").text().null())
                .col(ColumnDef::new("location").text().null())
                .col(ColumnDef::new("body").blob().null())
                .col(time("created_at"))
                .primary_key(Index::create().col("scope").col("key")),
        )
        .index(&index("kernel_idempotency_created", "kernel_idempotency", &["created_at"]))
        .into_statements()
}

fn resource(backend: DbBackend) -> Vec<String> {
    schema(backend)
        .table(
            table("kernel_audit")
                .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
                .col(time("at"))
                .col(text("actor"))
                .col(text("actor_name"))
                .col(text("resource"))
                .col(text("record_id"))
                .col(text("action"))
                .col(json("changes")),
        )
        .index(&index("kernel_audit_record", "kernel_audit", &["resource", "record_id"]))
        .table(
            table("kernel_field")
                .col(text("resource"))
                .col(text("key"))
                .col(text("kind"))
                .col(json("label"))
                .col(json("choices"))
                .col(ColumnDef::new("position").integer().not_null())
                .col(integer("version"))
                .col(time("created_at"))
                .primary_key(Index::create().col("resource").col("key")),
        )
        .table(
            table("kernel_field_value")
                .col(text("resource"))
                .col(text("record_id"))
                .col(text("key"))
                .col(ColumnDef::new("text_value").text().null())
                .col(ColumnDef::new("number_value").double().null())
                .col(ColumnDef::new("date_value").date().null())
                .col(ColumnDef::new("bool_value").boolean().null())
                .primary_key(Index::create().col("resource").col("record_id").col("key")),
        )
        .index(&index(
            "kernel_field_value_text",
            "kernel_field_value",
            &["resource", "key", "text_value"],
        ))
        .into_statements()
}

fn assembly(backend: DbBackend) -> Vec<String> {
    schema(backend)
        .table(
            table("kernel_setting")
                .col(text("component"))
                .col(text("key"))
                .col(json("value"))
                .col(integer("version"))
                .col(time("updated_at"))
                .col(text("updated_by"))
                .primary_key(Index::create().col("component").col("key")),
        )
        .table(
            table("kernel_component")
                .col(text("component").primary_key())
                .col(ColumnDef::new("enabled").boolean().not_null())
                .col(text("version"))
                .col(ColumnDef::new("problem").text().null())
                .col(time("changed_at"))
                .col(text("changed_by")),
        )
        .table(
            table("kernel_task")
                .col(uuid("id").primary_key())
                .col(text("task"))
                .col(text("state"))
                .col(integer("done"))
                .col(ColumnDef::new("total").big_integer().null())
                .col(text("message"))
                .col(json("input"))
                .col(ColumnDef::new("result").json_binary().null())
                .col(text("actor"))
                .col(time("created_at"))
                .col(time("updated_at")),
        )
        .into_statements()
}

fn build(backend: DbBackend) -> Vec<String> {
    let with = |name: &'static str| {
        let column = ColumnDef::new(name).text().null().take();
        Table::alter().table("kernel_component").add_column(column).take()
    };
    schema(backend).alter(&with("build")).alter(&with("quarantine")).into_statements()
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).take()
}

fn index(name: &str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        index.col(*column);
    }
    index
}

fn unique(name: &str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(name, table, columns).unique().take()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

fn integer(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().not_null().take()
}

fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().not_null().take()
}
