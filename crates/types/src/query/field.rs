//! Typed fields and the macro that declares them.

use std::fmt;
use std::marker::PhantomData;

use super::expr::{Expr, Op};
use super::literal::Literal;
use super::schema::Fields;
use super::sort::Sort;

/// A record that can be queried. Implemented by [`fields!`](crate::fields).
pub trait Queryable {
    /// The fields that can be filtered and sorted by.
    fn fields() -> &'static Fields;
}

/// A field of the record `R` that is compared with values of type `V`.
pub struct Field<R, V> {
    name: &'static str,
    types: PhantomData<fn() -> (R, V)>,
}

impl<R, V> Field<R, V> {
    /// The field of that name in JSON; a dot leads into a nested object.
    pub const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }

    /// The name in JSON.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// There is a value, and it is not an empty list.
    pub fn is_present(&self) -> Expr {
        Expr::Present { field: self.name.to_owned() }
    }
}

impl<R, V: Into<Literal>> Field<R, V> {
    /// The value equals the given one.
    pub fn eq(&self, value: impl Into<V>) -> Expr {
        self.compare(Op::Eq, value)
    }

    /// There is a value and it differs from the given one.
    pub fn ne(&self, value: impl Into<V>) -> Expr {
        self.compare(Op::Ne, value)
    }

    /// The value is less than the given one.
    pub fn lt(&self, value: impl Into<V>) -> Expr {
        self.compare(Op::Lt, value)
    }

    /// The value is at most the given one.
    pub fn le(&self, value: impl Into<V>) -> Expr {
        self.compare(Op::Le, value)
    }

    /// The value is greater than the given one.
    pub fn gt(&self, value: impl Into<V>) -> Expr {
        self.compare(Op::Gt, value)
    }

    /// The value is at least the given one.
    pub fn ge(&self, value: impl Into<V>) -> Expr {
        self.compare(Op::Ge, value)
    }

    /// The value is one of the given ones.
    pub fn is_in<I: Into<V>>(&self, values: impl IntoIterator<Item = I>) -> Expr {
        let values = values.into_iter().map(|value| value.into().into()).collect();
        Expr::In { field: self.name.to_owned(), values }
    }

    /// There is no value.
    pub fn is_null(&self) -> Expr {
        Expr::Compare { field: self.name.to_owned(), op: Op::Eq, value: Literal::Null }
    }

    /// Smallest first.
    pub fn asc(&self) -> Sort {
        Sort::ascending(self.name)
    }

    /// Largest first.
    pub fn desc(&self) -> Sort {
        Sort::descending(self.name)
    }

    fn compare(&self, op: Op, value: impl Into<V>) -> Expr {
        Expr::Compare { field: self.name.to_owned(), op, value: value.into().into() }
    }
}

impl<R> Field<R, String> {
    /// The text contains the given one, ASCII letters in either case.
    pub fn contains(&self, text: impl Into<String>) -> Expr {
        Expr::Has { field: self.name.to_owned(), value: Literal::Text(text.into()) }
    }
}

impl<R> Field<R, Vec<String>> {
    /// The list has the given element.
    pub fn has(&self, element: impl Into<String>) -> Expr {
        Expr::Has { field: self.name.to_owned(), value: Literal::Text(element.into()) }
    }
}

impl<R, V> Clone for Field<R, V> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R, V> Copy for Field<R, V> {}
impl<R, V> fmt::Debug for Field<R, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.name).finish()
    }
}

/// Declares the typed fields of a record and implements [`Queryable`] for it.
///
/// Each line is `NAME: Kind = "name in JSON"`, where the kind is one of [`Kind`](crate::query::Kind). After
/// it may stand `as Type`, the type the field is compared with (it must be `Into<Literal>`); a choice may
/// list its words; `(filter)` or `(sort)` at the end allows only that.
///
/// ```
/// struct Product;
///
/// hatchery_types::fields! {
///     pub Product {
///         /// The merchant's code.
///         SKU: Text = "sku",
///         PRICE: Money = "price",
///         STATUS: Choice["draft", "active"] = "status",
///         TAGS: List = "tags",
///         POPULARITY: Integer = "popularity" (sort),
///     }
/// }
///
/// let filter = Product::PRICE.lt(100).and(Product::TAGS.has("tea"));
/// assert_eq!(filter.to_string(), r#"price < 100 AND tags:"tea""#);
/// ```
#[macro_export]
macro_rules! fields {
    ($vis:vis $record:ident { $(
        $(#[$meta:meta])*
        $name:ident : $kind:ident $([$($word:literal),+ $(,)?])? $(as $type:ty)? = $json:literal $(($only:ident))?
    ),+ $(,)? }) => {
        impl $record {
            $(
                #[doc = ::core::concat!("The field `", $json, "`.\n")]
                $(#[$meta])*
                $vis const $name: $crate::query::Field<$record, $crate::fields!(@type $kind $(as $type)?)> =
                    $crate::query::Field::new($json);
            )+
        }

        impl $crate::query::Queryable for $record {
            fn fields() -> &'static $crate::query::Fields {
                static FIELDS: ::std::sync::LazyLock<$crate::query::Fields> =
                    ::std::sync::LazyLock::new(|| $crate::query::Fields::new([$(
                        $crate::fields!(
                            @def ($crate::query::FieldDef::new($json, $crate::query::Kind::$kind)
                                $(.choices([$($word),+]))?) $($only)?
                        )
                    ),+]));
                &FIELDS
            }
        }
    };
    (@def ($def:expr)) => { $def };
    (@def ($def:expr) filter) => { $def.filter_only() };
    (@def ($def:expr) sort) => { $def.sort_only() };
    (@type $kind:ident as $type:ty) => { $type };
    (@type Text) => { ::std::string::String };
    (@type Integer) => { i64 };
    (@type Decimal) => { f64 };
    (@type Money) => { i64 };
    (@type Bool) => { bool };
    (@type Time) => { $crate::query::__private::DateTime<$crate::query::__private::Utc> };
    (@type Date) => { $crate::query::__private::NaiveDate };
    (@type Choice) => { ::std::string::String };
    (@type List) => { ::std::vec::Vec<::std::string::String> };
    (@type Id) => { $crate::query::__private::Uuid };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{FieldDef, Kind};

    struct Product;

    #[derive(Clone, Copy)]
    enum Status {
        Open,
    }

    impl From<Status> for Literal {
        fn from(status: Status) -> Self {
            match status {
                Status::Open => "open".into(),
            }
        }
    }

    crate::fields! {
        Product {
            /// What it is called.
            NAME: Text = "name",
            PRICE: Money = "price",
            RATING: Decimal = "rating",
            ACTIVE: Bool = "active",
            STATUS: Choice["open", "paid"] as Status = "status",
            TAGS: List = "tags",
            SINCE: Date = "since",
            CREATED_AT: Time = "created_at" (sort),
            ID: Id = "id" (filter),
        }
    }

    #[test]
    fn typed_fields_make_expressions() {
        #[track_caller]
        fn check(expr: Expr, expect: &str) {
            assert_eq!(expr.to_string(), expect);
            assert_eq!(Product::fields().parse_filter(expect).unwrap(), Some(expr));
        }
        check(Product::PRICE.lt(100).and(Product::TAGS.has("tea")), "price < 100 AND tags:\"tea\"");
        check(
            Product::NAME.eq("tea").or(Product::NAME.contains("pot")),
            "name = \"tea\" OR name:\"pot\"",
        );
        check(Product::NAME.is_in(["a", "b"]), "name = (\"a\" OR \"b\")");
        check(!Product::NAME.is_null(), "NOT name = null");
        check(Product::STATUS.ne(Status::Open).not(), "NOT status != \"open\"");
        check(Product::RATING.ge(4.5), "rating >= 4.5");
        check(Product::ACTIVE.eq(true).and(Product::TAGS.is_present()), "active = true AND tags:*");
        check(
            Product::PRICE
                .gt(1)
                .and(Product::PRICE.le(9))
                .and(Product::NAME.eq("x").or(Product::NAME.eq("y"))),
            "price > 1 AND price <= 9 AND (name = \"x\" OR name = \"y\")",
        );
        let day = chrono::NaiveDate::from_ymd_opt(2024, 5, 1).unwrap();
        check(Product::SINCE.ge(day), "since >= 2024-05-01T00:00:00Z");
        check(Product::ID.eq(uuid::Uuid::nil()), "id = \"00000000-0000-0000-0000-000000000000\"");
    }

    #[test]
    fn the_macro_declares_the_schema() {
        let def = |name| Product::fields().find(name).unwrap().clone();
        assert_eq!(def("name"), FieldDef::new("name", Kind::Text));
        assert_eq!(def("status").choices, ["open", "paid"]);
        assert!(!def("tags").sortable && def("tags").filterable);
        assert!(def("created_at").sortable && !def("created_at").filterable);
        assert!(!def("id").sortable && def("id").filterable);
        assert_eq!(Product::CREATED_AT.desc().to_string(), "-created_at");
    }
}
