//! Which fields a record has for queries, and what each of them takes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::error::{Part, Problem, QueryError};
use super::expr::{Expr, Op};
use super::literal::{Literal, time};
use super::sort::{Sort, parse_with_columns};
use super::{Query, parse};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Text. `=` heeds upper and lower case, `:` (contains) does not.
    Text,
    /// A whole number.
    Integer,
    /// A number with decimals.
    Decimal,
    /// An amount, compared by its minor units.
    Money,
    /// Yes or no.
    Bool,
    /// A point in time.
    Time,
    /// A day without a time.
    Date,
    /// One of a few words.
    Choice,
    /// A list of words.
    List,
    /// A UUID.
    Id,
}

/// The operators, as the rules of a [`Kind`] see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// A comparison.
    Compare(Op),
    /// One of several.
    In,
    /// The operator `:`.
    Has,
    /// `field:*`.
    Present,
}

impl Operator {
    const fn symbol(self) -> &'static str {
        match self {
            Self::Compare(op) => op.symbol(),
            Self::In => "= (.. OR ..)",
            Self::Has => ":",
            Self::Present => ":*",
        }
    }
}

impl Kind {
    /// What it is, with its article.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Decimal => "a number",
            Self::Money => "an amount",
            Self::Bool => "a yes or no",
            Self::Time => "a time",
            Self::Date => "a date",
            Self::Choice => "a choice",
            Self::List => "a list",
            Self::Id => "an id",
        }
    }

    /// What a condition on it takes on its right side.
    pub const fn takes(self) -> &'static str {
        match self {
            Self::Text | Self::List => "a text",
            Self::Integer => "a whole number",
            Self::Decimal => "a number",
            Self::Money => "a whole number of minor units (255 for 2.55)",
            Self::Bool => "true or false",
            Self::Time => "a time such as 2024-05-01T12:00:00Z or 2024-05-01",
            Self::Date => "a date such as 2024-05-01",
            Self::Choice => "a word",
            Self::Id => "a UUID",
        }
    }

    /// Whether an operator works on it.
    pub const fn allows(self, operator: Operator) -> bool {
        match operator {
            Operator::Present => true,
            Operator::Compare(Op::Eq | Op::Ne) | Operator::In => !matches!(self, Self::List),
            Operator::Compare(_) => self.is_ordered(),
            Operator::Has => matches!(self, Self::Text | Self::List),
        }
    }

    /// Checks that an operator works on a field of this kind.
    ///
    /// # Errors
    /// It does not; the error names those that do.
    pub fn check_operator(self, field: &str, operator: Operator) -> Result<(), Problem> {
        if self.allows(operator) {
            return Ok(());
        }
        let (operator, field) = (operator.symbol(), field.to_owned());
        Err(Problem::Operator { operator, field, kind: self.name(), allowed: self.operators() })
    }

    /// Whether a list can be sorted by it.
    pub const fn is_sortable(self) -> bool {
        !matches!(self, Self::List)
    }

    const fn is_ordered(self) -> bool {
        matches!(
            self,
            Self::Text | Self::Integer | Self::Decimal | Self::Money | Self::Time | Self::Date
        )
    }

    const fn operators(self) -> &'static str {
        match self {
            Self::List => "`:`",
            Self::Text => "`=`, `!=`, `<`, `<=`, `>`, `>=` or `:`",
            _ if self.is_ordered() => "`=`, `!=`, `<`, `<=`, `>` or `>=`",
            _ => "`=` or `!=`",
        }
    }

    /// The literal in the form this kind compares with; `None` when it is of another kind.
    pub fn accept(self, literal: Literal) -> Option<Literal> {
        if literal.is_null() {
            return Some(Literal::Null);
        }
        match (self, literal) {
            // PostgreSQL cannot hold the letter NUL.
            (_, Literal::Text(text)) if text.contains('\0') => None,
            (Self::Text | Self::Choice | Self::List, text @ Literal::Text(_)) => Some(text),
            (Self::Integer | Self::Money, number @ Literal::Int(_)) => Some(number),
            (Self::Decimal, Literal::Int(number)) => Some(Literal::Float(number as f64)),
            (Self::Decimal, number @ Literal::Float(_)) => Some(number),
            (Self::Bool, value @ Literal::Bool(_)) => Some(value),
            (Self::Time, value @ Literal::Time(_)) => Some(value),
            (Self::Date, Literal::Time(value)) => {
                (value.time() == chrono::NaiveTime::MIN).then_some(Literal::Time(value))
            }
            (Self::Time | Self::Date, Literal::Text(text)) => {
                self.accept(Literal::Time(time(&text)?))
            }
            (Self::Id, Literal::Text(text)) => uuid::Uuid::parse_str(&text).ok().map(Literal::from),
            _ => None,
        }
    }
}

/// A field of a record, as queries know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDef {
    /// Its name in JSON; a dot leads into a nested object.
    pub name: Cow<'static, str>,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may stand in a filter.
    pub filterable: bool,
    /// Whether it may stand in a sort.
    pub sortable: bool,
    /// The words of a choice; empty when any word will do.
    pub choices: Vec<Cow<'static, str>>,
}

impl FieldDef {
    /// A field that can be filtered by, and sorted by if its kind has an order.
    pub fn new(name: impl Into<Cow<'static, str>>, kind: Kind) -> Self {
        let (sortable, choices) = (kind.is_sortable(), Vec::new());
        Self { name: name.into(), kind, filterable: true, sortable, choices }
    }

    /// The same field with the words it may hold.
    #[must_use]
    pub fn choices<W: Into<Cow<'static, str>>>(
        mut self,
        words: impl IntoIterator<Item = W>,
    ) -> Self {
        self.choices = words.into_iter().map(Into::into).collect();
        self
    }

    /// The same field, for filters only.
    #[must_use]
    pub fn filter_only(mut self) -> Self {
        self.sortable = false;
        self
    }

    /// The same field, for sorts only.
    #[must_use]
    pub fn sort_only(mut self) -> Self {
        self.filterable = false;
        self
    }

    /// Checks an operator.
    pub(crate) fn check_operator(&self, operator: Operator) -> Result<(), Problem> {
        if !self.filterable {
            return Err(Problem::NotFilterable { field: self.name.to_string() });
        }
        self.kind.check_operator(&self.name, operator)
    }

    /// Checks a right side and brings it into the form the kind compares with.
    pub(crate) fn accept(&self, operator: Operator, literal: Literal) -> Result<Literal, Problem> {
        let found = literal.to_string();
        let takes_null = match operator {
            Operator::Compare(op) => matches!(op, Op::Eq | Op::Ne),
            Operator::In => true,
            Operator::Has | Operator::Present => false,
        };
        match self.kind.accept(literal) {
            Some(Literal::Null) if !takes_null => {}
            Some(Literal::Text(word)) if !self.allows_word(&word) => {}
            Some(literal) => return Ok(literal),
            None => {}
        }
        Err(Problem::Value { field: self.name.to_string(), expected: self.takes(), found })
    }

    /// What a condition on this field takes on its right side.
    pub(crate) fn takes(&self) -> String {
        match self.choices.as_slice() {
            [] => self.kind.takes().to_owned(),
            words => format!("one of {}", words.join(", ")),
        }
    }

    fn allows_word(&self, word: &str) -> bool {
        self.choices.is_empty() || self.choices.iter().any(|choice| choice == word)
    }
}

/// The fields a record has for queries.
///
/// Declared with [`fields!`](crate::fields); fields that staff add are appended with [`Fields::with`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields {
    defs: Vec<FieldDef>,
}

impl Fields {
    /// The given fields.
    pub fn new(defs: impl IntoIterator<Item = FieldDef>) -> Self {
        Self { defs: defs.into_iter().collect() }
    }

    /// The same fields and one more; one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, def: FieldDef) -> Self {
        self.defs.retain(|known| known.name != def.name);
        self.defs.push(def);
        self
    }

    /// All fields, in the order they were declared.
    pub fn iter(&self) -> impl Iterator<Item = &FieldDef> {
        self.defs.iter()
    }

    /// The field of that name.
    pub fn find(&self, name: &str) -> Option<&FieldDef> {
        self.defs.iter().find(|def| def.name == name)
    }

    /// The field of that name, or the error that suggests another.
    pub(crate) fn get(&self, name: &str) -> Result<&FieldDef, Problem> {
        self.find(name).ok_or_else(|| unknown_field(name, self.defs.iter().map(|def| &*def.name)))
    }

    /// Reads and checks the REST parameter `filter=`; an empty text is no filter. The grammar is described
    /// in the documentation of the module.
    ///
    /// # Errors
    /// A mistake in the text, with its column.
    pub fn parse_filter(&self, text: &str) -> Result<Option<Expr>, QueryError> {
        parse::filter(text, Some(self))
    }

    /// Reads and checks the REST parameter `sort=`.
    ///
    /// # Errors
    /// A mistake in the text, with its column.
    pub fn parse_sort(&self, text: &str) -> Result<Vec<Sort>, QueryError> {
        let keys = parse_with_columns(text)?;
        keys.into_iter()
            .map(|(sort, column)| match self.check_sort(&sort) {
                Ok(()) => Ok(sort),
                Err(problem) => Err(QueryError::at(Part::Sort, column, problem)),
            })
            .collect()
    }

    /// Checks a query that was not read from text by [`Fields::parse_filter`] and [`Fields::parse_sort`].
    ///
    /// # Errors
    /// An unknown field, an operator that does not work on it, a value of another kind.
    pub fn check<R>(&self, query: &Query<R>) -> Result<(), QueryError> {
        if let Some(filter) = &query.filter {
            self.check_expr(filter).map_err(|problem| QueryError::of(Part::Filter, problem))?;
        }
        for sort in &query.sort {
            self.check_sort(sort).map_err(|problem| QueryError::of(Part::Sort, problem))?;
        }
        Ok(())
    }

    fn check_sort(&self, sort: &Sort) -> Result<(), Problem> {
        if self.get(&sort.field)?.sortable {
            Ok(())
        } else {
            Err(Problem::NotSortable { field: sort.field.clone() })
        }
    }

    fn check_expr(&self, expr: &Expr) -> Result<(), Problem> {
        let leaf = |field: &str, operator: Operator, values: &[Literal]| {
            let def = self.get(field)?;
            def.check_operator(operator)?;
            values.iter().try_for_each(|value| def.accept(operator, value.clone()).map(drop))
        };
        match expr {
            Expr::And(parts) | Expr::Or(parts) => {
                parts.iter().try_for_each(|part| self.check_expr(part))
            }
            Expr::Not(inner) => self.check_expr(inner),
            Expr::Compare { field, op, value } => {
                leaf(field, Operator::Compare(*op), std::slice::from_ref(value))
            }
            Expr::In { field, values } => leaf(field, Operator::In, values),
            Expr::Has { field, value } => leaf(field, Operator::Has, std::slice::from_ref(value)),
            Expr::Present { field } => leaf(field, Operator::Present, &[]),
        }
    }
}

/// The error for a name that is not among the known ones.
pub fn unknown_field<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Problem {
    let known: Vec<String> = known.map(ToOwned::to_owned).collect();
    let allowed_distance = (name.chars().count() / 3).max(2);
    let nearest = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed_distance)
        .min()
        .map(|(_, candidate)| candidate.clone());
    Problem::UnknownField { field: name.to_owned(), nearest, known }
}
