//! Queries as SQL: the same [`Query`] that runs in memory, on the component's own tables.
//!
//! ```
//! # mod product {
//! #     use sea_orm::entity::prelude::*;
//! #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
//! #     #[sea_orm(table_name = "catalog_product")]
//! #     pub struct Model {
//! #         #[sea_orm(primary_key, auto_increment = false)]
//! #         pub id: Uuid,
//! #         pub name: String,
//! #         pub price_minor: Option<i64>,
//! #     }
//! #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
//! #     pub enum Relation {}
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//! use hatchery_component::sql::{self, Columns};
//! use hatchery_types::Query;
//! use sea_orm::{DbBackend, EntityTrait, QueryTrait};
//!
//! let columns = Columns::<product::Entity>::new([
//!     ("id", product::Column::Id),
//!     ("name", product::Column::Name),
//!     ("price", product::Column::PriceMinor),
//! ]);
//! let query: Query = Query::parse_untyped("price < 500 AND name:tea", "-price")?;
//! let select = sql::select(&query, product::Entity::find(), &columns, DbBackend::Sqlite)?;
//! assert!(select.build(DbBackend::Sqlite).to_string().ends_with(
//!     r#"ORDER BY "catalog_product"."price_minor" DESC NULLS LAST, "catalog_product"."id" ASC LIMIT 51"#
//! ));
//! // In an operation: `sql::fetch(&query, product::Entity::find(), &columns, &ctx.db()).await?`.
//! # Ok::<(), hatchery_types::query::QueryError>(())
//! ```
//!
//! # Same answers in memory, SQLite and PostgreSQL
//! Texts are ordered by their bytes (`COLLATE "C"` on PostgreSQL; an index that is to serve an order by text
//! needs it too), `:` ignores the case of ASCII letters, records without a value come last. A condition on a
//! missing value is false, and `NOT` negates plainly; so `NOT` is moved down to the conditions, and there it
//! lets missing values through.

use std::borrow::Cow;
use std::sync::Arc;

use hatchery_types::query::{
    Direction, Expr, Kind, Literal, Op, Operator, Part, Problem, QueryError, Sort, unknown_field,
};
use hatchery_types::{Page, Query};
use sea_orm::sea_query::{self, ColumnType, ExprTrait, Func, LikeExpr, NullOrdering, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, ModelTrait, Order,
    QueryFilter, QueryOrder, QuerySelect, Select, Value,
};

use crate::error::{Error, Result};

/// Adds filter, order and cursor to a select and reads one page.
///
/// # Errors
/// What [`select`] refuses, and errors of the database.
pub async fn fetch<R, E, C>(
    query: &Query<R>,
    base: Select<E>,
    columns: &Columns<E>,
    db: &C,
) -> Result<Page<E::Model>>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let select = select(query, base, columns, db.get_database_backend())?;
    page(query, columns, select.all(db).await?)
}

/// Adds filter, order and cursor to a select, with a limit of one row more than a page has; [`page`] makes
/// the page of its rows. `base` may have conditions and no order of its own.
///
/// # Errors
/// A field that is not among the columns, an operator or a value that does not fit its column, a cursor of
/// another query.
pub fn select<R, E: EntityTrait>(
    query: &Query<R>,
    base: Select<E>,
    columns: &Columns<E>,
    backend: DbBackend,
) -> Result<Select<E>, QueryError> {
    let mut select = base;
    if let Some(filter) = &query.filter {
        select = select.filter(condition(filter, columns, backend)?);
    }
    let mut keys = Vec::new();
    for sort in query.order() {
        let column = columns.sorted(&sort.field)?;
        let expr = ordered(column, backend);
        let order = match sort.direction {
            Direction::Ascending => Order::Asc,
            Direction::Descending => Order::Desc,
        };
        select = if column.nullable {
            select.order_by_with_nulls(expr, order, NullOrdering::Last)
        } else {
            select.order_by(expr, order)
        };
        keys.push((sort, column));
    }
    if let Some(after) = query.cursor_keys()? {
        select = select.filter(rows_after(&keys, after, backend)?);
    }
    Ok(select.limit(query.page_size() as u64 + 1))
}

/// The page made of the rows that [`select`] found.
///
/// # Errors
/// A sort column holds a value that cannot stand in a cursor.
pub fn page<R, E: EntityTrait>(
    query: &Query<R>,
    columns: &Columns<E>,
    mut rows: Vec<E::Model>,
) -> Result<Page<E::Model>> {
    if rows.len() <= query.page_size() {
        return Ok(Page::last(rows));
    }
    rows.truncate(query.page_size());
    let Some(last) = rows.last() else { return Ok(Page::last(rows)) };
    let mut keys = Vec::new();
    for sort in query.order() {
        let column = columns.sorted(&sort.field)?;
        keys.push(match &column.key {
            Key::Column(column) => literal(last.get(*column)).ok_or_else(|| {
                Error::internal(format!("the values of {} cannot stand in a cursor", sort.field))
            })?,
            Key::Computed(compute) => compute(last),
            Key::None => Literal::Null,
        });
    }
    let next_cursor = Some(query.cursor_after(&keys));
    Ok(Page { items: rows, next_cursor })
}

/// A filter as a condition, for counting or changing what a query finds.
///
/// # Errors
/// A field that is not among the columns, an operator or a value that does not fit its column.
pub fn condition<E: EntityTrait>(
    filter: &Expr,
    columns: &Columns<E>,
    backend: DbBackend,
) -> Result<Condition, QueryError> {
    Translation { columns, backend }.condition(filter, Sense::Holds)
}

/// Which column, or which expression, stores which field of a record.
///
/// There must be a field `id`, unique and never null: it breaks ties.
pub struct Columns<E: EntityTrait> {
    columns: Vec<Column<E>>,
}

struct Column<E: EntityTrait> {
    name: Cow<'static, str>,
    /// Absent for a type that cannot be compared.
    kind: Option<Kind>,
    nullable: bool,
    expr: Arc<dyn Fn(DbBackend) -> SimpleExpr + Send + Sync>,
    key: Key<E>,
}

/// Where the value of a sort key is found in a row.
enum Key<E: EntityTrait> {
    Column(E::Column),
    Computed(fn(&E::Model) -> Literal),
    None,
}

impl<E: EntityTrait> Columns<E> {
    /// Fields that are columns; what they hold and whether they may be null is read off the entity.
    pub fn new<N: Into<Cow<'static, str>>>(
        columns: impl IntoIterator<Item = (N, E::Column)>,
    ) -> Self {
        let columns = columns.into_iter().map(|(name, column)| {
            let def = column.def();
            Column {
                name: name.into(),
                kind: kind_of(def.get_column_type()),
                nullable: def.is_null(),
                expr: Arc::new(move |_| column.into_expr()),
                key: Key::Column(column),
            }
        });
        Self { columns: columns.collect() }
    }

    /// A field that is an expression, possibly null, for filters only: a part of a JSON column (see
    /// [`json_text`]), a scalar subquery.
    #[must_use]
    pub fn with_expr(
        mut self,
        name: impl Into<Cow<'static, str>>,
        kind: Kind,
        expr: impl Fn(DbBackend) -> SimpleExpr + Send + Sync + 'static,
    ) -> Self {
        let (name, kind, expr) = (name.into(), Some(kind), Arc::new(expr));
        self.columns.push(Column { name, kind, nullable: true, expr, key: Key::None });
        self
    }

    /// Like [`Columns::with_expr`], and lists can be sorted by it: `key` computes the same value from a row.
    #[must_use]
    pub fn with_sorted_expr(
        mut self,
        name: impl Into<Cow<'static, str>>,
        kind: Kind,
        expr: impl Fn(DbBackend) -> SimpleExpr + Send + Sync + 'static,
        key: fn(&E::Model) -> Literal,
    ) -> Self {
        let (name, kind, expr, key) = (name.into(), Some(kind), Arc::new(expr), Key::Computed(key));
        self.columns.push(Column { name, kind, nullable: true, expr, key });
        self
    }

    fn find(&self, part: Part, name: &str) -> Result<&Column<E>, QueryError> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| {
            let known = self.columns.iter().map(|column| &*column.name);
            QueryError::of(part, unknown_field(name, known))
        })
    }

    fn sorted(&self, name: &str) -> Result<&Column<E>, QueryError> {
        let column = self.find(Part::Sort, name)?;
        let is_sortable =
            column.kind.is_some_and(Kind::is_sortable) && !matches!(column.key, Key::None);
        if is_sortable {
            Ok(column)
        } else {
            Err(QueryError::of(Part::Sort, Problem::NotSortable { field: name.to_owned() }))
        }
    }
}

/// A text inside a JSON column, such as the name in one language: `json_text(column, backend, "en")`.
pub fn json_text(column: impl ColumnTrait, backend: DbBackend, key: &str) -> SimpleExpr {
    let json = column.into_expr();
    match backend {
        DbBackend::Postgres => {
            let binary = json.cast_as("jsonb");
            SimpleExpr::from(Func::cust("jsonb_extract_path_text").arg(binary).arg(key))
        }
        _ => {
            let path = format!("$.\"{}\"", key.replace('"', ""));
            SimpleExpr::from(Func::cust("json_extract").arg(json).arg(path))
        }
    }
}

/// Whether a condition must hold or must fail.
#[derive(Clone, Copy)]
enum Sense {
    Holds,
    Fails,
}

impl Sense {
    const fn opposite(self) -> Self {
        match self {
            Self::Holds => Self::Fails,
            Self::Fails => Self::Holds,
        }
    }
}

struct Translation<'a, E: EntityTrait> {
    columns: &'a Columns<E>,
    backend: DbBackend,
}

impl<E: EntityTrait> Translation<'_, E> {
    fn condition(&self, expr: &Expr, sense: Sense) -> Result<Condition, QueryError> {
        let leaf = match expr {
            Expr::Not(inner) => return self.condition(inner, sense.opposite()),
            Expr::And(parts) => return self.several(parts, sense, sense),
            Expr::Or(parts) => return self.several(parts, sense.opposite(), sense),
            Expr::Compare { field, op, value } => {
                let column = self.column(field, Operator::Compare(*op))?;
                let value = accept(column, value)?;
                if value.is_null() {
                    return Ok(match op {
                        Op::Eq => null_test(column, sense, self.backend),
                        Op::Ne => null_test(column, sense.opposite(), self.backend),
                        Op::Lt | Op::Le | Op::Gt | Op::Ge => constant(Sense::Fails, sense),
                    });
                }
                let test = compare(column, *op, bind(column, value), self.backend);
                (column, test)
            }
            Expr::In { field, values } => return self.one_of(field, values, sense),
            Expr::Has { field, value } => {
                let column = self.column(field, Operator::Has)?;
                let value = accept(column, value)?;
                if value.is_null() {
                    return Ok(constant(Sense::Fails, sense));
                }
                (column, has(column, value, self.backend))
            }
            Expr::Present { field } => {
                let column = self.column(field, Operator::Present)?;
                if column.kind != Some(Kind::List) {
                    return Ok(null_test(column, sense.opposite(), self.backend));
                }
                (column, list_length(column, self.backend).gt(0))
            }
        };
        let (column, test) = leaf;
        Ok(sensed(column, test, sense, self.backend))
    }

    /// Parts of which all must have the sense `part_sense` where that is [`Sense::Holds`] for an AND; the
    /// negation of an AND is an OR of negations, and the other way round.
    fn several(
        &self,
        parts: &[Expr],
        joined: Sense,
        part_sense: Sense,
    ) -> Result<Condition, QueryError> {
        let (empty, all) = match joined {
            Sense::Holds => ("1 = 1", Condition::all()),
            Sense::Fails => ("1 = 0", Condition::any()),
        };
        if parts.is_empty() {
            return Ok(Condition::all().add(sea_query::Expr::cust(empty)));
        }
        parts.iter().try_fold(all, |joined, part| Ok(joined.add(self.condition(part, part_sense)?)))
    }

    fn one_of(
        &self,
        field: &str,
        values: &[Literal],
        sense: Sense,
    ) -> Result<Condition, QueryError> {
        let column = self.column(field, Operator::In)?;
        let mut bound = Vec::new();
        let mut takes_null = false;
        for value in values {
            let value = accept(column, value)?;
            takes_null |= value.is_null();
            if !value.is_null() {
                bound.push(bind(column, value));
            }
        }
        let test = match bound.is_empty() {
            true => constant(Sense::Fails, sense),
            false => {
                let test = (column.expr)(self.backend).is_in(bound);
                sensed(column, test, sense, self.backend)
            }
        };
        if !takes_null {
            return Ok(test);
        }
        let null = null_test(column, sense, self.backend);
        Ok(match sense {
            Sense::Holds => Condition::any().add(test).add(null),
            Sense::Fails => Condition::all().add(test).add(null),
        })
    }

    fn column(&self, field: &str, operator: Operator) -> Result<&Column<E>, QueryError> {
        let column = self.columns.find(Part::Filter, field)?;
        let error = |problem| Err(QueryError::of(Part::Filter, problem));
        match column.kind {
            None => error(Problem::NotFilterable { field: field.to_owned() }),
            Some(Kind::Choice) if operator == Operator::Has => Ok(column),
            Some(kind) => match kind.check_operator(field, operator) {
                Ok(()) => Ok(column),
                Err(problem) => error(problem),
            },
        }
    }
}

/// A condition that is always or never true, under a sense.
fn constant(value: Sense, sense: Sense) -> Condition {
    let is_true =
        matches!((value, sense), (Sense::Holds, Sense::Holds) | (Sense::Fails, Sense::Fails));
    Condition::all().add(sea_query::Expr::cust(if is_true { "1 = 1" } else { "1 = 0" }))
}

/// There is no value; under [`Sense::Fails`], there is one.
fn null_test<E: EntityTrait>(column: &Column<E>, sense: Sense, backend: DbBackend) -> Condition {
    let expr = (column.expr)(backend);
    Condition::all().add(match sense {
        Sense::Holds => expr.is_null(),
        Sense::Fails => expr.is_not_null(),
    })
}

/// A test that is null at most where the column is. SQL drops a row for which it is null, as it should when
/// the test must hold; when it must fail, missing values are let through.
fn sensed<E: EntityTrait>(
    column: &Column<E>,
    test: SimpleExpr,
    sense: Sense,
    backend: DbBackend,
) -> Condition {
    match sense {
        Sense::Holds => Condition::all().add(test),
        Sense::Fails if column.nullable => {
            Condition::any().add((column.expr)(backend).is_null()).add(test.not())
        }
        Sense::Fails => Condition::all().add(test.not()),
    }
}

fn compare<E: EntityTrait>(
    column: &Column<E>,
    op: Op,
    value: Value,
    backend: DbBackend,
) -> SimpleExpr {
    match op {
        Op::Eq => (column.expr)(backend).eq(value),
        Op::Ne => (column.expr)(backend).ne(value),
        Op::Lt => ordered(column, backend).lt(value),
        Op::Le => ordered(column, backend).lte(value),
        Op::Gt => ordered(column, backend).gt(value),
        Op::Ge => ordered(column, backend).gte(value),
    }
}

fn has<E: EntityTrait>(column: &Column<E>, value: Literal, backend: DbBackend) -> SimpleExpr {
    let Literal::Text(text) = value else {
        return (column.expr)(backend).eq(bind(column, value));
    };
    if column.kind == Some(Kind::List) {
        return list_has(column, text, backend);
    }
    // `ordered` is there for PostgreSQL: only in the collation "C" does LOWER leave other letters alone.
    let lower = SimpleExpr::from(Func::lower(ordered(column, backend)));
    lower.like(LikeExpr::new(contains_pattern(&text)).escape('!'))
}

/// The pattern of LIKE for "contains", all lower case, with `!` before its signs.
fn contains_pattern(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter.to_ascii_lowercase());
    }
    pattern.push('%');
    pattern
}

fn list_has<E: EntityTrait>(column: &Column<E>, text: String, backend: DbBackend) -> SimpleExpr {
    let list = (column.expr)(backend);
    match backend {
        DbBackend::Postgres => {
            let element = serde_json::Value::from(vec![text]).to_string();
            let element = SimpleExpr::from(element).cast_as("jsonb");
            SimpleExpr::from(Func::cust("jsonb_contains").arg(list.cast_as("jsonb")).arg(element))
        }
        _ => sea_query::Expr::cust_with_exprs(
            "EXISTS (SELECT 1 FROM json_each(?) WHERE value = ?)",
            [list, text.into()],
        ),
    }
}

fn list_length<E: EntityTrait>(column: &Column<E>, backend: DbBackend) -> SimpleExpr {
    let list = (column.expr)(backend);
    SimpleExpr::from(match backend {
        DbBackend::Postgres => Func::cust("jsonb_array_length").arg(list.cast_as("jsonb")),
        _ => Func::cust("json_array_length").arg(list),
    })
}

/// The rows that come after the one with these values.
fn rows_after<E: EntityTrait>(
    keys: &[(Sort, &Column<E>)],
    after: Vec<Literal>,
    backend: DbBackend,
) -> Result<Condition, QueryError> {
    let mut any = Condition::any();
    let mut same = Condition::all();
    let mut first = None;
    for ((sort, column), value) in keys.iter().zip(after) {
        let unreadable = || QueryError::of(Part::Cursor, Problem::CursorUnreadable);
        let kind = column.kind.ok_or_else(unreadable)?;
        let value = kind.accept(value).ok_or_else(unreadable)?;
        if value.is_null() {
            // Nothing comes after no value.
            same = same.add(null_test(column, Sense::Holds, backend));
            continue;
        }
        let value = bind(column, value);
        let (op, op_or_same) = match sort.direction {
            Direction::Ascending => (Op::Gt, Op::Ge),
            Direction::Descending => (Op::Lt, Op::Le),
        };
        let mut later = Condition::any().add(compare(column, op, value.clone(), backend));
        if column.nullable {
            later = later.add(null_test(column, Sense::Holds, backend));
        } else if same.is_empty() && keys.len() > 1 {
            // Says nothing new, and lets the database start in the right place of an index.
            first = Some(compare(column, op_or_same, value.clone(), backend));
        }
        any = any.add(same.clone().add(later));
        same = same.add(compare(column, Op::Eq, value, backend));
    }
    if any.is_empty() {
        return Ok(constant(Sense::Fails, Sense::Holds));
    }
    Ok(Condition::all().add_option(first).add(any))
}

/// The column as it is ordered: texts by their bytes, also where the database has a language.
fn ordered<E: EntityTrait>(column: &Column<E>, backend: DbBackend) -> SimpleExpr {
    let expr = (column.expr)(backend);
    let is_text = matches!(column.kind, Some(Kind::Text | Kind::Choice));
    if is_text && backend == DbBackend::Postgres {
        sea_query::Expr::cust_with_exprs("$1 COLLATE \"C\"", [expr])
    } else {
        expr
    }
}

fn accept<E: EntityTrait>(column: &Column<E>, value: &Literal) -> Result<Literal, QueryError> {
    let kind = column.kind.unwrap_or(Kind::Text);
    kind.accept(value.clone()).ok_or_else(|| {
        let (field, expected) = (column.name.to_string(), kind.takes().to_owned());
        let found = value.to_string();
        QueryError::of(Part::Filter, Problem::Value { field, expected, found })
    })
}

/// The value to bind; it was accepted by the column's kind before.
fn bind<E: EntityTrait>(column: &Column<E>, value: Literal) -> Value {
    match (column.kind, value) {
        (_, Literal::Null) => Value::String(None),
        (_, Literal::Bool(value)) => value.into(),
        (_, Literal::Int(number)) => number.into(),
        (_, Literal::Float(number)) => number.into(),
        (Some(Kind::Date), Literal::Time(time)) => time.date_naive().into(),
        (_, Literal::Time(time)) => time.into(),
        (Some(Kind::Id), Literal::Text(text)) => match uuid::Uuid::parse_str(&text) {
            Ok(id) => id.into(),
            Err(_) => text.into(),
        },
        (_, Literal::Text(text)) => text.into(),
    }
}

/// What a column of this type holds.
fn kind_of(column_type: &ColumnType) -> Option<Kind> {
    Some(match column_type {
        ColumnType::Char(_) | ColumnType::String(_) | ColumnType::Text => Kind::Text,
        ColumnType::TinyInteger
        | ColumnType::SmallInteger
        | ColumnType::Integer
        | ColumnType::BigInteger
        | ColumnType::TinyUnsigned
        | ColumnType::SmallUnsigned
        | ColumnType::Unsigned
        | ColumnType::BigUnsigned => Kind::Integer,
        ColumnType::Float | ColumnType::Double => Kind::Decimal,
        ColumnType::Boolean => Kind::Bool,
        ColumnType::TimestampWithTimeZone => Kind::Time,
        ColumnType::Date => Kind::Date,
        ColumnType::Json | ColumnType::JsonBinary => Kind::List,
        ColumnType::Uuid => Kind::Id,
        _ => return None,
    })
}

/// A value of a row as it stands in a cursor.
fn literal(value: Value) -> Option<Literal> {
    Some(match value {
        Value::Bool(value) => value.into(),
        Value::TinyInt(number) => number.map(i64::from).into(),
        Value::SmallInt(number) => number.map(i64::from).into(),
        Value::Int(number) => number.into(),
        Value::BigInt(number) => number.into(),
        Value::TinyUnsigned(number) => number.map(i64::from).into(),
        Value::SmallUnsigned(number) => number.map(i64::from).into(),
        Value::Unsigned(number) => number.into(),
        Value::BigUnsigned(number) => match number.map(i64::try_from) {
            None => Literal::Null,
            Some(number) => number.ok()?.into(),
        },
        Value::Float(number) => number.map(f64::from).into(),
        Value::Double(number) => number.into(),
        Value::String(text) => text.into(),
        Value::Char(letter) => letter.map(String::from).into(),
        Value::ChronoDate(date) => date.map(|date| date.to_string()).into(),
        Value::ChronoDateTimeUtc(time) => time.into(),
        Value::ChronoDateTimeWithTimeZone(time) => time.map(|time| time.to_utc()).into(),
        Value::Uuid(id) => id.into(),
        _ => return None,
    })
}

impl From<QueryError> for Error {
    fn from(error: QueryError) -> Self {
        match error.part {
            Part::Records => Self::internal(error),
            part => {
                let (code, message) = (error.code(), error.to_string());
                Self::invalid(code, message.clone()).with_field(part.name(), code, message)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;

    use super::*;

    mod product {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "product")]
        pub(super) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub(super) id: Uuid,
            pub(super) name: String,
            pub(super) price: Option<i64>,
            pub(super) tags: Json,
            pub(super) picture: Vec<u8>,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    fn columns() -> Columns<product::Entity> {
        Columns::new([
            ("id", product::Column::Id),
            ("name", product::Column::Name),
            ("price", product::Column::Price),
            ("tags", product::Column::Tags),
            ("picture", product::Column::Picture),
        ])
        .with_expr("label", Kind::Text, |backend| json_text(product::Column::Tags, backend, "en"))
    }

    fn sql(query: &Query, backend: DbBackend) -> Result<String, QueryError> {
        let select = select(query, product::Entity::find().select_only(), &columns(), backend)?;
        Ok(select.build(backend).to_string().replace("\"product\".", ""))
    }

    #[test]
    fn queries_become_sql() {
        #[track_caller]
        fn check(backend: DbBackend, filter: &str, sort: &str, expect: &str) {
            let query = Query::parse_untyped(filter, sort).unwrap().limit(2);
            let found = sql(&query, backend).unwrap();
            assert_eq!(found.strip_prefix("SELECT  FROM \"product\" ").unwrap(), expect);
        }
        use sea_orm::DatabaseBackend::{Postgres, Sqlite};
        check(Sqlite, "", "", r#"ORDER BY "id" ASC LIMIT 3"#);
        check(
            Sqlite,
            "price < 500 (name = x OR NOT price = 5)",
            "-price,name",
            r#"WHERE "price" < 500 AND ("name" = 'x' OR ("price" IS NULL OR (NOT "price" = 5))) ORDER BY "price" DESC NULLS LAST, "name" ASC, "id" ASC LIMIT 3"#,
        );
        check(
            Postgres,
            "name < x",
            "name",
            r#"WHERE ("name" COLLATE "C") < 'x' ORDER BY "name" COLLATE "C" ASC, "id" ASC LIMIT 3"#,
        );
        check(
            Sqlite,
            "name:\"50%_!É\"",
            "id",
            r#"WHERE LOWER("name") LIKE '%50!%!_!!É%' ESCAPE '!' ORDER BY "id" ASC LIMIT 3"#,
        );
        check(
            Postgres,
            "name:TEA",
            "id",
            r#"WHERE LOWER("name" COLLATE "C") LIKE '%tea%' ESCAPE '!' ORDER BY "id" ASC LIMIT 3"#,
        );
        check(
            Sqlite,
            "tags:tea -tags:*",
            "id",
            r#"WHERE (EXISTS (SELECT 1 FROM json_each("tags") WHERE value = 'tea')) AND (NOT json_array_length("tags") > 0) ORDER BY "id" ASC LIMIT 3"#,
        );
        check(
            Postgres,
            "tags:tea -tags:*",
            "id",
            r#"WHERE jsonb_contains(CAST("tags" AS jsonb), CAST('["tea"]' AS jsonb)) AND (NOT jsonb_array_length(CAST("tags" AS jsonb)) > 0) ORDER BY "id" ASC LIMIT 3"#,
        );
        check(
            Sqlite,
            "label = x",
            "id",
            r#"WHERE json_extract("tags", '$."en"') = 'x' ORDER BY "id" ASC LIMIT 3"#,
        );
        check(
            Postgres,
            "label = x",
            "id",
            r#"WHERE jsonb_extract_path_text(CAST("tags" AS jsonb), 'en') = 'x' ORDER BY "id" ASC LIMIT 3"#,
        );
        check(
            Sqlite,
            "price = (1 OR null) NOT name = ()",
            "id",
            r#"WHERE ("price" IN (1) OR "price" IS NULL) AND (1 = 1) ORDER BY "id" ASC LIMIT 3"#,
        );
    }

    #[test]
    fn a_cursor_becomes_a_condition() {
        #[track_caller]
        fn check(sort: &str, keys: &[Literal], expect: &str) {
            let query: Query = Query::parse_untyped("", sort).unwrap();
            let cursor = query.cursor_after(keys);
            let found = sql(&query.after(cursor), DbBackend::Sqlite).unwrap();
            let (_, found) = found.split_once("WHERE ").unwrap();
            assert_eq!(found.split_once(" ORDER BY").unwrap().0, expect);
        }
        let id = || Literal::from(uuid::Uuid::nil());
        let last = r#""id" > '00000000-0000-0000-0000-000000000000'"#;
        check("", &[id()], last);
        let expect = format!(r#""name" <= 'x' AND ("name" < 'x' OR ("name" = 'x' AND {last}))"#);
        check("-name", &["x".into(), id()], &expect);
        let expect = format!(r#""price" > 5 OR "price" IS NULL OR ("price" = 5 AND {last})"#);
        check("price", &[5.into(), id()], &expect);
        check("price", &[Literal::Null, id()], &format!(r#""price" IS NULL AND {last}"#));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        #[track_caller]
        fn check(filter: &str, sort: &str, expect: &str) {
            let query = Query::parse_untyped(filter, sort).unwrap();
            assert_eq!(sql(&query, DbBackend::Sqlite).unwrap_err().to_string(), expect);
        }
        check("prise = 5", "", "filter: unknown field `prise`; did you mean `price`?");
        check("price = tea", "", "filter: `price` takes a whole number, found \"tea\"");
        check("id = 5", "", "filter: `id` takes a UUID, found 5");
        check("tags = tea", "", "filter: `=` does not work on `tags`, which is a list; use `:`");
        check("picture = x", "", "filter: cannot filter by `picture`");
        check("", "picture", "sort: cannot sort by `picture`");
        check("", "label", "sort: cannot sort by `label`");
        check("", "nme", "sort: unknown field `nme`; did you mean `name`?");
        let forged: Query = Query::new();
        let forged = forged.clone().after(forged.cursor_after(&["no uuid".into()]));
        let error = sql(&forged, DbBackend::Sqlite).unwrap_err();
        assert_eq!(error.problem, Problem::CursorUnreadable);
        assert_eq!(Error::from(error).code(), "query.cursor_unreadable");
    }

    #[test]
    fn a_page_ends_where_the_next_one_starts() {
        let row = |id: u128, price| product::Model {
            id: uuid::Uuid::from_u128(id),
            name: String::new(),
            price,
            tags: serde_json::json!([]),
            picture: Vec::new(),
        };
        let query: Query = Query::parse_untyped("", "-price").unwrap().limit(2);
        let rows = vec![row(1, Some(9)), row(2, None), row(3, None)];
        let page = page(&query, &columns(), rows.clone()).unwrap();
        assert_eq!(page.items, rows[..2]);
        let keys = query.clone().after(page.next_cursor.unwrap()).cursor_keys().unwrap().unwrap();
        assert_eq!(keys, [Literal::Null, uuid::Uuid::from_u128(2).into()]);
        assert_eq!(super::page(&query, &columns(), rows[..2].to_vec()).unwrap().next_cursor, None);
    }
}
