//! What can be wrong with a query.

use std::fmt;

/// A query that cannot be answered, with the place of the mistake.
///
/// `Display` is meant for the author of the query: place, what is wrong, what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// The parameter with the mistake.
    pub part: Part,
    /// The column of the mistake, counted in characters from 1; absent for a query that was not text.
    pub column: Option<usize>,
    /// The mistake.
    pub problem: Problem,
}

/// A part of a query, named as the REST parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `filter=`
    Filter,
    /// `sort=`
    Sort,
    /// `cursor=`
    Cursor,
    /// The records a query runs over.
    Records,
}

/// A mistake in a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The text does not follow the grammar.
    #[error("expected {expected}, found {found}")]
    Syntax {
        /// What could stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// No such field.
    #[error("unknown field `{field}`; {}", suggestion(.nearest, .known))]
    UnknownField {
        /// The name that was given.
        field: String,
        /// The known name that looks most like it.
        nearest: Option<String>,
        /// All known names.
        known: Vec<String>,
    },
    /// The field exists and cannot be filtered by.
    #[error("cannot filter by `{field}`")]
    NotFilterable {
        /// The field's name.
        field: String,
    },
    /// The field exists and has no order.
    #[error("cannot sort by `{field}`")]
    NotSortable {
        /// The field's name.
        field: String,
    },
    /// The operator makes no sense for this kind of field.
    #[error("`{operator}` does not work on `{field}`, which is {kind}; use {allowed}")]
    Operator {
        /// The operator that was given.
        operator: &'static str,
        /// The field's name.
        field: String,
        /// What the field holds.
        kind: &'static str,
        /// The operators that work.
        allowed: &'static str,
    },
    /// The value is of the wrong kind.
    #[error("`{field}` takes {expected}, found {found}")]
    Value {
        /// The field's name.
        field: String,
        /// What the field takes.
        expected: String,
        /// The value that was given.
        found: String,
    },
    /// The same field twice in an order.
    #[error("`{field}` is named twice")]
    Repeated {
        /// The field's name.
        field: String,
    },
    /// More than is answered at reasonable cost.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: usize,
    },
    /// The cursor was not made by us, or was cut.
    #[error("this is not a cursor of ours; start from the first page")]
    CursorUnreadable,
    /// The cursor belongs to another filter or order.
    #[error("this cursor was made for another filter or sort; start from the first page")]
    CursorOfOtherQuery,
    /// Records need an `id` for pages to follow each other.
    #[error("the records have no `id`, so there is no next page to point at")]
    NoId,
    /// A record that is not JSON.
    #[error("a record cannot be written as JSON: {0}")]
    Unwritable(String),
}

impl QueryError {
    pub(crate) fn at(part: Part, column: usize, problem: Problem) -> Self {
        Self { part, column: Some(column), problem }
    }

    /// A mistake without a place in a text.
    pub fn of(part: Part, problem: Problem) -> Self {
        Self { part, column: None, problem }
    }

    /// The stable code, such as `query.unknown_field`.
    pub fn code(&self) -> &'static str {
        match self.problem {
            Problem::Syntax { .. } => "query.syntax",
            Problem::UnknownField { .. } => "query.unknown_field",
            Problem::NotFilterable { .. } => "query.not_filterable",
            Problem::NotSortable { .. } => "query.not_sortable",
            Problem::Operator { .. } => "query.operator",
            Problem::Value { .. } => "query.value",
            Problem::Repeated { .. } => "query.repeated_field",
            Problem::TooMany { .. } => "query.too_large",
            Problem::CursorUnreadable => "query.cursor_unreadable",
            Problem::CursorOfOtherQuery => "query.cursor_of_other_query",
            Problem::NoId => "query.no_id",
            Problem::Unwritable(_) => "query.unwritable",
        }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.part.name())?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for QueryError {}

impl Part {
    /// The name of the REST parameter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Sort => "sort",
            Self::Cursor => "cursor",
            Self::Records => "records",
        }
    }
}

fn suggestion(nearest: &Option<String>, known: &[String]) -> String {
    match nearest {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "there are no fields to choose from".to_owned(),
        None => format!("known are {}", known.join(", ")),
    }
}
