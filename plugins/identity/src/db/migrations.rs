//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 2] {
    [
        Migration::expand("0001_create_identity", create_identity),
        Migration::expand("0002_create_invitation", create_invitation),
    ]
}

fn create_identity(backend: DbBackend) -> Vec<String> {
    let user = Table::create()
        .table("identity_user")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("email").text().not_null().unique_key())
        .col(ColumnDef::new("name").text().not_null())
        .col(ColumnDef::new("role").text().not_null())
        .col(ColumnDef::new("password_hash").text().not_null())
        .col(ColumnDef::new("locked").boolean().not_null())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .to_owned();
    let role = Table::create()
        .table("identity_role")
        .col(ColumnDef::new("name").text().not_null().primary_key())
        .col(ColumnDef::new("permissions").json().not_null())
        .to_owned();
    let token = Table::create()
        .table("identity_token")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("user_id").uuid().not_null())
        .col(ColumnDef::new("name").text().not_null())
        .col(ColumnDef::new("fingerprint").text().not_null().unique_key())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("expires_at").timestamp_with_time_zone())
        .col(ColumnDef::new("revoked").boolean().not_null())
        .to_owned();
    schema(backend).table(&user).table(&role).table(&token).into_statements()
}

fn create_invitation(backend: DbBackend) -> Vec<String> {
    let invitation = Table::create()
        .table("identity_invitation")
        .col(ColumnDef::new("fingerprint").text().not_null().primary_key())
        .col(ColumnDef::new("user_id").uuid().not_null())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("expires_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("used_at").timestamp_with_time_zone())
        .to_owned();
    let of_user = Index::create()
        .name("identity_invitation_of_user")
        .table("identity_invitation")
        .col("user_id")
        .to_owned();
    schema(backend).table(&invitation).index(&of_user).into_statements()
}
