//! The expression tree of a filter.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::literal::{Literal, quote};

/// A filter: what must be true of a record.
///
/// # Missing values
/// A condition on a field that has no value is false, whatever the operator: `price != 5` means "there is
/// a price and it is not 5". `NOT` is plain negation, so `NOT price = 5` is true where there is no price.
/// `= null` and `!= null` ask for the absence and the presence of a value. Memory and SQL agree on this.
///
/// `Display` prints the text of the REST parameter `filter=`, which parses back to the same tree. (Only an
/// `And` or `Or` of one condition is printed as that condition.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// All are true. Of none: always true.
    And(Vec<Expr>),
    /// At least one is true. Of none: never true.
    Or(Vec<Expr>),
    /// It is false.
    Not(Box<Expr>),
    /// A value compared with a literal.
    Compare {
        /// The field's name; a dot leads into a nested object (`price.currency`).
        field: String,
        /// The operator.
        op: Op,
        /// The right side.
        value: Literal,
    },
    /// The value equals one of several.
    In {
        /// The field's name.
        field: String,
        /// The right side.
        values: Vec<Literal>,
    },
    /// The operator `:`. A text contains the literal (ASCII letters in either case), a list has it as an
    /// element; any other value equals it.
    Has {
        /// The field's name. In a list of objects the dot leads into each of them.
        field: String,
        /// What is looked for.
        value: Literal,
    },
    /// `field:*`: there is a value, and it is not an empty list.
    Present {
        /// The field's name.
        field: String,
    },
}

/// How two values are compared. Texts compare by their bytes, in every database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl Op {
    /// How it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }
}

impl Expr {
    /// Always true.
    pub const fn always() -> Self {
        Self::And(Vec::new())
    }

    /// Never true.
    pub const fn never() -> Self {
        Self::Or(Vec::new())
    }

    /// Both are true.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut parts = match self {
            Self::And(parts) => parts,
            single => vec![single],
        };
        match other {
            Self::And(more) => parts.extend(more),
            single => parts.push(single),
        }
        Self::all(parts)
    }

    /// At least one is true.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let mut parts = match self {
            Self::Or(parts) => parts,
            single => vec![single],
        };
        match other {
            Self::Or(more) => parts.extend(more),
            single => parts.push(single),
        }
        Self::any(parts)
    }

    /// It is false.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "the trait is implemented too; this needs no import"
    )]
    pub fn not(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// All of several are true.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        one_or(parts.into_iter().collect(), Self::And)
    }

    /// At least one of several is true.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        one_or(parts.into_iter().collect(), Self::Or)
    }

    /// Calls `visit` for every field that is named, in the order of the text.
    pub fn for_each_field(&self, visit: &mut impl FnMut(&str)) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.for_each_field(visit));
            }
            Self::Not(inner) => inner.for_each_field(visit),
            Self::Compare { field, .. }
            | Self::In { field, .. }
            | Self::Has { field, .. }
            | Self::Present { field } => visit(field),
        }
    }
}

impl std::ops::Not for Expr {
    type Output = Self;

    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

fn one_or(mut parts: Vec<Expr>, several: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            several(parts)
        }
        None => several(parts),
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) if parts.is_empty() => f.write_str("true"),
            Self::Or(parts) if parts.is_empty() => f.write_str("false"),
            Self::And(parts) | Self::Or(parts) if parts.len() == 1 => write!(f, "{}", parts[0]),
            Self::And(parts) => join(parts, " AND ", f),
            Self::Or(parts) => join(parts, " OR ", f),
            Self::Not(inner) => write!(f, "NOT {}", Operand(inner)),
            Self::Compare { field, op, value } => {
                write!(f, "{} {} {value}", FieldName(field), op.symbol())
            }
            Self::In { field, values } => {
                write!(f, "{} = (", FieldName(field))?;
                for (at, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if at == 0 { "" } else { " OR " })?;
                }
                f.write_str(")")
            }
            Self::Has { field, value } => write!(f, "{}:{value}", FieldName(field)),
            Self::Present { field } => write!(f, "{}:*", FieldName(field)),
        }
    }
}

fn join(parts: &[Expr], separator: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(separator)?;
        }
        write!(f, "{}", Operand(part))?;
    }
    Ok(())
}

/// A part of a larger expression, in parentheses where it needs them.
struct Operand<'a>(&'a Expr);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::And(parts) | Expr::Or(parts) if parts.len() == 1 => {
                write!(f, "{}", Self(&parts[0]))
            }
            Expr::And(parts) | Expr::Or(parts) if !parts.is_empty() => write!(f, "({})", self.0),
            Expr::Not(_) => write!(f, "({})", self.0),
            simple => write!(f, "{simple}"),
        }
    }
}

/// A field's name, with quotes around the segments that need them.
struct FieldName<'a>(&'a str);

impl fmt::Display for FieldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_reserved(self.0) {
            return quote(self.0, f);
        }
        for (at, segment) in self.0.split('.').enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            if is_plain_segment(segment) {
                f.write_str(segment)?;
            } else {
                quote(segment, f)?;
            }
        }
        Ok(())
    }
}

/// Whether the text means something else than a field or a value when it is not quoted.
pub(crate) fn is_reserved(word: &str) -> bool {
    matches!(word, "AND" | "OR" | "NOT" | "true" | "false" | "null")
}

/// Whether a segment of a field's name needs no quotes.
pub(crate) fn is_plain_segment(segment: &str) -> bool {
    !segment.is_empty() && !segment.starts_with('-') && segment.chars().all(is_name_letter)
}

/// The letters a field's name consists of.
pub(crate) fn is_name_letter(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-')
}
