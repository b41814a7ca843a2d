//! Reads the text of a filter. The grammar is in the documentation of the module `query`.

use super::error::{Part, Problem, QueryError};
use super::expr::{Expr, Op, is_name_letter};
use super::literal::{Literal, time};
use super::schema::{FieldDef, Fields, Kind, Operator};

/// The longest filter, in characters.
const MAX_LENGTH: usize = 8192;
/// The deepest nesting of parentheses.
const MAX_DEPTH: usize = 32;
/// The most conditions and values. SQLite takes at most 1,000 nested operators.
const MAX_TERMS: usize = 200;

/// Reads a filter; with `fields` every condition is checked and its value read as the field's kind.
pub(crate) fn filter(text: &str, fields: Option<&Fields>) -> Result<Option<Expr>> {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() > MAX_LENGTH {
        let problem = Problem::TooMany { what: "characters", limit: MAX_LENGTH };
        return Err(QueryError::at(Part::Filter, MAX_LENGTH + 1, problem));
    }
    let mut parser = Parser { letters, at: 0, terms: 0, fields };
    parser.skip_space();
    if parser.peek().is_none() {
        return Ok(None);
    }
    let expr = parser.expression(0)?;
    match parser.peek() {
        None => Ok(Some(expr)),
        Some(_) => Err(parser.expected("AND, OR or the end")),
    }
}

struct Parser<'a> {
    letters: Vec<char>,
    at: usize,
    terms: usize,
    fields: Option<&'a Fields>,
}

/// A right side as it is written.
enum Token {
    Quoted(String),
    Bare(String),
}

impl Token {
    fn written(&self) -> String {
        match self {
            Self::Quoted(text) => format!("\"{text}\""),
            Self::Bare(text) => text.clone(),
        }
    }
}

type Result<T> = std::result::Result<T, QueryError>;

impl Parser<'_> {
    /// `factor {[AND] factor}`
    fn expression(&mut self, depth: usize) -> Result<Expr> {
        let mut parts = vec![self.factor(depth)?];
        loop {
            self.skip_space();
            if self.keyword("AND") {
                parts.push(self.factor(depth)?);
            } else if matches!(self.peek(), None | Some(')')) {
                return Ok(one_or(parts, Expr::And));
            } else {
                parts.push(self.factor(depth)?);
            }
        }
    }

    /// `term {OR term}`
    fn factor(&mut self, depth: usize) -> Result<Expr> {
        let mut parts = vec![self.term(depth)?];
        loop {
            self.skip_space();
            if !self.keyword("OR") {
                return Ok(one_or(parts, Expr::Or));
            }
            parts.push(self.term(depth)?);
        }
    }

    /// `[NOT | -] ( composite | condition )`
    fn term(&mut self, depth: usize) -> Result<Expr> {
        self.skip_space();
        if self.keyword("NOT") || self.take('-') {
            self.skip_space();
            return Ok(Expr::Not(Box::new(self.simple(depth)?)));
        }
        self.simple(depth)
    }

    fn simple(&mut self, depth: usize) -> Result<Expr> {
        if self.peek() != Some('(') {
            return self.condition();
        }
        if depth == MAX_DEPTH {
            return Err(
                self.error(Problem::TooMany { what: "nested parentheses", limit: MAX_DEPTH })
            );
        }
        self.at += 1;
        let inner = self.expression(depth + 1)?;
        if !self.take(')') {
            return Err(self.expected("AND, OR or `)`"));
        }
        self.expect_boundary()?;
        Ok(inner)
    }

    /// `field operator value`, or a lone `true` or `false`.
    fn condition(&mut self) -> Result<Expr> {
        let start = self.at;
        if ["AND", "OR", "NOT"].iter().any(|word| self.is_keyword(word)) {
            return Err(self.expected("a condition"));
        }
        let (field, is_quoted) = self.field()?;
        self.skip_space();
        let operator_at = self.at;
        let Some(operator) = self.operator() else {
            return match field.as_str() {
                "true" if !is_quoted => Ok(Expr::always()),
                "false" if !is_quoted => Ok(Expr::never()),
                _ => Err(self.expected("an operator (=, !=, <, <=, >, >= or :)")),
            };
        };
        let def = match self.fields {
            Some(fields) => Some(fields.get(&field).map_err(|problem| error_at(start, problem))?),
            None => None,
        };
        let condition = Condition { field, def, operator, operator_at };
        self.skip_space();
        let expr = self.right_side(&condition)?;
        self.expect_boundary()?;
        Ok(expr)
    }

    fn right_side(&mut self, condition: &Condition<'_>) -> Result<Expr> {
        let field = &condition.field;
        if self.peek() == Some('*') {
            if condition.operator != Operator::Has {
                return Err(self.expected("a value (use `:*` to ask whether there is one)"));
            }
            condition.check(Operator::Present)?;
            self.at += 1;
            self.count_term()?;
            return Ok(Expr::Present { field: field.clone() });
        }
        if self.peek() == Some('(') {
            return match condition.operator {
                Operator::Compare(Op::Eq) => {
                    condition.check(Operator::In)?;
                    let values = self.values(condition, Operator::In)?;
                    Ok(Expr::In { field: field.clone(), values })
                }
                Operator::Has => {
                    let operator = condition.check_has()?;
                    let values = self.values(condition, operator)?;
                    let parts = values.into_iter().map(|value| condition.expr(operator, value));
                    Ok(one_or(parts.collect(), Expr::Or))
                }
                _ => Err(self.expected("one value (only = and : take several)")),
            };
        }
        let operator = match condition.operator {
            Operator::Has => condition.check_has()?,
            operator => {
                condition.check(operator)?;
                operator
            }
        };
        let value = self.value(condition, operator)?;
        Ok(condition.expr(operator, value))
    }

    /// `( value {OR value} )`
    fn values(&mut self, condition: &Condition<'_>, operator: Operator) -> Result<Vec<Literal>> {
        self.at += 1;
        self.skip_space();
        let mut values = Vec::new();
        if self.take(')') {
            return Ok(values);
        }
        loop {
            values.push(self.value(condition, operator)?);
            self.skip_space();
            if self.take(')') {
                return Ok(values);
            }
            if !self.keyword("OR") {
                return Err(self.expected("OR or `)`"));
            }
            self.skip_space();
        }
    }

    fn value(&mut self, condition: &Condition<'_>, operator: Operator) -> Result<Literal> {
        self.count_term()?;
        let start = self.at;
        let token = self.token()?;
        let Some(def) = condition.def else {
            return untyped(&token).map_err(|problem| error_at(start, problem));
        };
        let literal = match (&token, def.kind) {
            (Token::Bare(word), _) if word == "null" => Ok(Literal::Null),
            // `sku = 007` means the text, not the number.
            (
                Token::Bare(text) | Token::Quoted(text),
                Kind::Text | Kind::Choice | Kind::List | Kind::Id,
            ) => Ok(Literal::Text(text.clone())),
            _ => untyped(&token),
        };
        literal
            .and_then(|literal| def.accept(operator, literal))
            .map_err(|problem| match problem {
                Problem::Value { field, expected, .. } => {
                    Problem::Value { field, expected, found: token.written() }
                }
                other => other,
            })
            .map_err(|problem| error_at(start, problem))
    }

    fn token(&mut self) -> Result<Token> {
        if matches!(self.peek(), Some('"' | '\'')) {
            return Ok(Token::Quoted(self.quoted()?));
        }
        let start = self.at;
        while let Some(letter) = self.peek() {
            if letter.is_whitespace() || matches!(letter, '(' | ')') {
                break;
            }
            if matches!(letter, '"' | '\'' | '=' | '<' | '>' | '!' | '*' | '\\') {
                return Err(self.expected(if self.at == start {
                    "a value"
                } else {
                    "the end of the value (quote a value that has signs in it)"
                }));
            }
            self.at += 1;
        }
        let word: String = self.letters[start..self.at].iter().collect();
        if word.is_empty() || matches!(word.as_str(), "AND" | "OR" | "NOT") {
            self.at = start;
            return Err(self.expected("a value"));
        }
        Ok(Token::Bare(word))
    }

    /// A name whose segments may be quoted, and whether any of them is.
    fn field(&mut self) -> Result<(String, bool)> {
        let mut name = String::new();
        let mut is_quoted = false;
        loop {
            if matches!(self.peek(), Some('"' | '\'')) {
                is_quoted = true;
                name.push_str(&self.quoted()?);
            } else {
                let start = self.at;
                while self.peek().is_some_and(is_name_letter) {
                    self.at += 1;
                }
                if start == self.at || self.letters[start] == '-' {
                    self.at = start;
                    return Err(self.expected("the name of a field"));
                }
                name.extend(&self.letters[start..self.at]);
            }
            if !self.take('.') {
                return Ok((name, is_quoted));
            }
            name.push('.');
        }
    }

    fn operator(&mut self) -> Option<Operator> {
        let next = self.letters.get(self.at + 1).copied();
        let (operator, width) = match (self.peek()?, next) {
            ('=', _) => (Operator::Compare(Op::Eq), 1),
            ('!', Some('=')) => (Operator::Compare(Op::Ne), 2),
            ('<', Some('=')) => (Operator::Compare(Op::Le), 2),
            ('>', Some('=')) => (Operator::Compare(Op::Ge), 2),
            ('<', _) => (Operator::Compare(Op::Lt), 1),
            ('>', _) => (Operator::Compare(Op::Gt), 1),
            (':', _) => (Operator::Has, 1),
            _ => return None,
        };
        self.at += width;
        Some(operator)
    }

    fn quoted(&mut self) -> Result<String> {
        let start = self.at;
        let quote = self.letters[start];
        self.at += 1;
        let mut text = String::new();
        while let Some(letter) = self.peek() {
            self.at += 1;
            match letter {
                _ if letter == quote => return Ok(text),
                '\\' => {
                    let escaped = match self.peek() {
                        Some(sign @ ('"' | '\'' | '\\')) => sign,
                        Some('n') => '\n',
                        Some('r') => '\r',
                        Some('t') => '\t',
                        _ => return Err(self.expected("one of \\\" \\' \\\\ \\n \\r \\t")),
                    };
                    text.push(escaped);
                    self.at += 1;
                }
                '\0' => {
                    self.at -= 1;
                    return Err(self.expected("text that a database can hold"));
                }
                other => text.push(other),
            }
        }
        Err(error_at(
            start,
            Problem::Syntax { expected: "a closing quote", found: "the end".into() },
        ))
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn take(&mut self, letter: char) -> bool {
        let is_there = self.peek() == Some(letter);
        self.at += usize::from(is_there);
        is_there
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn is_keyword(&self, word: &str) -> bool {
        let end = self.at + word.len();
        self.letters.len() >= end
            && self.letters[self.at..end].iter().copied().eq(word.chars())
            && self.letters.get(end).is_none_or(|next| next.is_whitespace() || *next == '(')
    }

    fn keyword(&mut self, word: &str) -> bool {
        let is_there = self.is_keyword(word);
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    /// Conditions are set apart by spaces or parentheses.
    fn expect_boundary(&self) -> Result<()> {
        match self.peek() {
            None | Some(')') => Ok(()),
            Some(letter) if letter.is_whitespace() => Ok(()),
            Some(_) => Err(self.expected("a space, `)` or the end")),
        }
    }

    fn count_term(&mut self) -> Result<()> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.error(Problem::TooMany { what: "conditions", limit: MAX_TERMS }));
        }
        Ok(())
    }

    fn expected(&self, expected: &'static str) -> QueryError {
        let rest = &self.letters[self.at.min(self.letters.len())..];
        let width = rest.iter().take_while(|letter| is_name_letter(**letter)).count().clamp(1, 20);
        let found = match rest {
            [] => "the end".to_owned(),
            rest => format!("`{}`", rest.iter().take(width).collect::<String>()),
        };
        self.error(Problem::Syntax { expected, found })
    }

    fn error(&self, problem: Problem) -> QueryError {
        error_at(self.at, problem)
    }
}

/// The left part of a condition.
struct Condition<'a> {
    field: String,
    def: Option<&'a FieldDef>,
    operator: Operator,
    operator_at: usize,
}

impl Condition<'_> {
    fn check(&self, operator: Operator) -> Result<()> {
        let Some(def) = self.def else { return Ok(()) };
        def.check_operator(operator).map_err(|problem| error_at(self.operator_at, problem))
    }

    /// `:` on a single value that is no text means that it equals.
    fn check_has(&self) -> Result<Operator> {
        let operator = match self.def {
            Some(def) if !def.kind.allows(Operator::Has) => Operator::Compare(Op::Eq),
            _ => Operator::Has,
        };
        self.check(operator)?;
        Ok(operator)
    }

    fn expr(&self, operator: Operator, value: Literal) -> Expr {
        let field = self.field.clone();
        match operator {
            Operator::Compare(op) => Expr::Compare { field, op, value },
            Operator::Has => Expr::Has { field, value },
            Operator::In => Expr::In { field, values: vec![value] },
            Operator::Present => Expr::Present { field },
        }
    }
}

/// Reads a right side by its looks.
fn untyped(token: &Token) -> std::result::Result<Literal, Problem> {
    let word = match token {
        Token::Quoted(text) => return Ok(Literal::Text(text.clone())),
        Token::Bare(word) => word.as_str(),
    };
    Ok(match word {
        "null" => Literal::Null,
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        _ if looks_like_whole_number(word) => match word.parse() {
            Ok(number) => Literal::Int(number),
            Err(_) => return Err(too_large(word)),
        },
        _ if looks_like_number(word) => match word.parse::<f64>() {
            Ok(number) if number.is_finite() => Literal::Float(number),
            _ => return Err(too_large(word)),
        },
        _ => time(word).map_or_else(|| Literal::Text(word.to_owned()), Literal::Time),
    })
}

fn too_large(word: &str) -> Problem {
    Problem::Syntax { expected: "a number of at most 64 bits", found: format!("`{word}`") }
}

fn looks_like_whole_number(word: &str) -> bool {
    is_digits(word.strip_prefix('-').unwrap_or(word))
}

fn looks_like_number(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (word, None),
    };
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    is_digits(whole)
        && is_digits(decimals)
        && exponent
            .is_none_or(|digits| is_digits(digits.strip_prefix(['+', '-']).unwrap_or(digits)))
}

fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_digit())
}

fn one_or(mut parts: Vec<Expr>, several: fn(Vec<Expr>) -> Expr) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { several(parts) }
}

fn error_at(at: usize, problem: Problem) -> QueryError {
    QueryError::at(Part::Filter, at + 1, problem)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields() -> Fields {
        Fields::new([
            FieldDef::new("name", Kind::Text),
            FieldDef::new("sku", Kind::Text),
            FieldDef::new("stock", Kind::Integer),
            FieldDef::new("rating", Kind::Decimal),
            FieldDef::new("price", Kind::Money),
            FieldDef::new("active", Kind::Bool),
            FieldDef::new("created_at", Kind::Time),
            FieldDef::new("born", Kind::Date),
            FieldDef::new("status", Kind::Choice).choices(["open", "paid"]),
            FieldDef::new("tags", Kind::List),
            FieldDef::new("id", Kind::Id),
            FieldDef::new("custom.color", Kind::Text),
            FieldDef::new("rank", Kind::Integer).sort_only(),
        ])
    }

    /// The fully parenthesized tree, to tell precedences apart.
    fn tree(expr: &Expr) -> String {
        let join = |parts: &[Expr], sign: &str| {
            let parts: Vec<String> = parts.iter().map(tree).collect();
            format!("({})", parts.join(sign))
        };
        match expr {
            Expr::And(parts) => join(parts, " & "),
            Expr::Or(parts) => join(parts, " | "),
            Expr::Not(inner) => format!("!{}", tree(inner)),
            leaf => leaf.to_string().replace(' ', ""),
        }
    }

    #[test]
    fn or_binds_tighter_than_and() {
        #[track_caller]
        fn check(text: &str, expect: &str) {
            assert_eq!(tree(&filter(text, None).unwrap().unwrap()), expect);
        }
        check("a=1", "a=1");
        check("a = 1 AND b=2 OR c=3", "(a=1 & (b=2 | c=3))");
        check("a=1 OR b=2 AND c=3", "((a=1 | b=2) & c=3)");
        check("a=1 b=2 OR c=3 d=4", "(a=1 & (b=2 | c=3) & d=4)");
        check("(a=1 AND b=2) OR c=3", "((a=1 & b=2) | c=3)");
        check("NOT a=1 OR b=2", "(!a=1 | b=2)");
        check("-a=1 -(b=2 OR c=3)", "(!a=1 & !(b=2 | c=3))");
        check("NOT (NOT a=1)", "!!a=1");
        check("- a=1", "!a=1");
        check("  ( ( a=1 ) ) ", "a=1");
        check("a:(x OR y) AND b=(1 OR 2)", "((a:\"x\" | a:\"y\") & b=(1OR2))");
        check("a=()", "a=()");
        check("true", "()");
        check("true=1 OR \"AND\"=2", "(\"true\"=1 | \"AND\"=2)");
        check("a:* -b:*", "(a:* & !b:*)");
        check("custom.\"shoe size\" >= -4.5e1", "custom.\"shoesize\">=-45.0");
    }

    #[test]
    fn values_are_read_by_their_looks_without_fields() {
        #[track_caller]
        fn check(text: &str, expect: impl Into<Literal>) {
            let found = filter(&format!("a = {text}"), None).unwrap().unwrap();
            let expect = Expr::Compare { field: "a".into(), op: Op::Eq, value: expect.into() };
            assert_eq!(found, expect);
        }
        check("1", 1_i64);
        check("-1", -1_i64);
        check("007", 7_i64);
        check("1.50", 1.5);
        check("2e3", 2000.0);
        check("true", true);
        check("null", Literal::Null);
        check("tea", "tea");
        check("85123A", "85123A");
        check("a@b.example", "a@b.example");
        check("http://x/?y", "http://x/?y");
        check("茶", "茶");
        check(r#""null""#, "null");
        check(r#""a \"b\" \\ c\n""#, "a \"b\" \\ c\n");
        check(r#"'it\'s "so"'"#, "it's \"so\"");
        check("\"\"", "");
        check("2024-05-01T14:00:00.5+02:00", time("2024-05-01T12:00:00.5Z").unwrap());
        check("2024-05-01", time("2024-05-01T00:00:00Z").unwrap());
        check("\"2024-05-01\"", "2024-05-01");
    }

    #[test]
    fn values_are_read_as_the_field_takes_them() {
        #[track_caller]
        fn check(text: &str, expect: &str) {
            let found = fields().parse_filter(text).unwrap().unwrap();
            assert_eq!(found.to_string(), expect);
        }
        check("sku = 007", "sku = \"007\"");
        check("sku = (007 OR 85123A)", "sku = (\"007\" OR \"85123A\")");
        check("sku = null", "sku = null");
        check("sku = \"null\"", "sku = \"null\"");
        check("rating >= 4", "rating >= 4.0");
        check("price < 500", "price < 500");
        check("status:paid", "status = \"paid\"");
        check("status:(open OR paid)", "status = \"open\" OR status = \"paid\"");
        check("active:true", "active = true");
        check("stock:5", "stock = 5");
        check("name:Tea", "name:\"Tea\"");
        check("tags:(red OR green)", "tags:\"red\" OR tags:\"green\"");
        check("tags:* price:*", "tags:* AND price:*");
        check("created_at < \"2024-05-01\"", "created_at < 2024-05-01T00:00:00Z");
        check("born >= 1990-01-31", "born >= 1990-01-31T00:00:00Z");
        check(
            "id = 018F3C5E-7A2B-7C3D-8E4F-5A6B7C8D9E0F",
            "id = \"018f3c5e-7a2b-7c3d-8e4f-5a6b7c8d9e0f\"",
        );
        assert_eq!(fields().parse_filter("  ").unwrap(), None);
    }

    #[test]
    fn mistakes_are_shown_with_their_place() {
        #[track_caller]
        fn check(text: &str, expect: &str) {
            let error = fields().parse_filter(text).unwrap_err().to_string();
            assert_eq!(error.strip_prefix("filter, column ").unwrap(), expect);
        }
        check("prise < 5", "1: unknown field `prise`; did you mean `price`?");
        check(
            "name:x custom.colour=red",
            "8: unknown field `custom.colour`; did you mean `custom.color`?",
        );
        check(
            "supercalifragilistic = 1",
            "1: unknown field `supercalifragilistic`; known are name, sku, stock, rating, price, active, \
             created_at, born, status, tags, id, custom.color, rank",
        );
        check(
            "active < true",
            "8: `<` does not work on `active`, which is a yes or no; use `=` or `!=`",
        );
        check("tags = red", "6: `=` does not work on `tags`, which is a list; use `:`");
        check("stock = 2.5", "9: `stock` takes a whole number, found 2.5");
        check("stock = \"2\"", "9: `stock` takes a whole number, found \"2\"");
        check(
            "price < tea",
            "9: `price` takes a whole number of minor units (255 for 2.55), found tea",
        );
        check(
            "price < null",
            "9: `price` takes a whole number of minor units (255 for 2.55), found null",
        );
        check("status = shipped", "10: `status` takes one of open, paid, found shipped");
        check("status = (open OR shipped)", "19: `status` takes one of open, paid, found shipped");
        check(
            "born = 1990-01-31T05:00:00Z",
            "8: `born` takes a date such as 2024-05-01, found 1990-01-31T05:00:00Z",
        );
        check("id = 5", "6: `id` takes a UUID, found 5");
        check("rank > 5", "6: cannot filter by `rank`");
        check("name", "5: expected an operator (=, !=, <, <=, >, >= or :), found the end");
        check("tea pot", "5: expected an operator (=, !=, <, <=, >, >= or :), found `pot`");
        check("name =", "7: expected a value, found the end");
        check("name == x", "7: expected a value, found `=`");
        check("name = AND", "8: expected a value, found `AND`");
        check("name = *", "8: expected a value (use `:*` to ask whether there is one), found `*`");
        check(
            "name : tea*",
            "11: expected the end of the value (quote a value that has signs in it), found `*`",
        );
        check("name = \"tea", "8: expected a closing quote, found the end");
        check("name = \"\\x\"", "10: expected one of \\\" \\' \\\\ \\n \\r \\t, found `x`");
        check("name = \"a\0\"", "10: expected text that a database can hold, found `\0`");
        check("name = \"a\"b", "11: expected a space, `)` or the end, found `b`");
        check("(name = a", "10: expected AND, OR or `)`, found the end");
        check("name = a)", "9: expected AND, OR or the end, found `)`");
        check("name = a AND", "13: expected the name of a field, found the end");
        check("AND name = a", "1: expected a condition, found `AND`");
        check("name != (a OR b)", "9: expected one value (only = and : take several), found `(`");
        check("name = (a, b)", "12: expected OR or `)`, found `b`");
        check(
            "stock = 99999999999999999999",
            "9: expected a number of at most 64 bits, found `99999999999999999999`",
        );
        check("rating = 1e999", "10: expected a number of at most 64 bits, found `1e999`");
        check(&"(".repeat(40), "33: more than 32 nested parentheses");
        check(&"stock=1 ".repeat(201), "1607: more than 200 conditions");
        check(&"x".repeat(9000), "8193: more than 8192 characters");
    }

    fn arbitrary_literal() -> impl Strategy<Value = Literal> {
        prop_oneof![
            Just(Literal::Null),
            any::<bool>().prop_map(Literal::Bool),
            any::<i64>().prop_map(Literal::Int),
            any::<f64>()
                .prop_filter("finite", |number| number.is_finite())
                .prop_map(Literal::Float),
            "[^\\x00]{0,6}".prop_map(Literal::Text),
            "(true|null|AND|-5|2024-05-01|\\*|a\"b\\\\)".prop_map(Literal::Text),
            (0_i64..253_402_300_800, 0_u32..1_000_000_000).prop_map(|(seconds, nanos)| {
                Literal::Time(chrono::DateTime::from_timestamp(seconds, nanos).unwrap())
            }),
        ]
    }

    fn arbitrary_op() -> impl Strategy<Value = Op> {
        prop::sample::select(vec![Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge])
    }

    fn arbitrary_expr() -> impl Strategy<Value = Expr> {
        let field = || "([a-z_]{1,3}|OR|true|[^\\x00]{0,4}|[a-z]{1,2}\\.[a-z0-9.]{0,3})";
        let leaf = prop_oneof![
            (field(), arbitrary_op(), arbitrary_literal())
                .prop_map(|(field, op, value)| Expr::Compare { field, op, value }),
            (field(), prop::collection::vec(arbitrary_literal(), 0..4))
                .prop_map(|(field, values)| Expr::In { field, values }),
            (field(), arbitrary_literal()).prop_map(|(field, value)| Expr::Has { field, value }),
            field().prop_map(|field| Expr::Present { field }),
            Just(Expr::always()),
            Just(Expr::never()),
        ];
        leaf.prop_recursive(5, 40, 4, |inner| {
            let several = || prop::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                several().prop_map(Expr::And),
                several().prop_map(Expr::Or),
                inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(expr in arbitrary_expr()) {
            let text = expr.to_string();
            prop_assert_eq!(filter(&text, None).map_err(|error| format!("{error} in {text}")), Ok(Some(expr)));
        }

        #[test]
        fn no_text_makes_it_panic(text in "([a-z:=<>!()\"'\\\\ .*-]|AND|OR|NOT){0,30}") {
            if let Ok(Some(expr)) = filter(&text, None) {
                prop_assert_eq!(filter(&expr.to_string(), None), Ok(Some(expr)));
            }
        }

        #[test]
        fn a_tree_crosses_a_byte_boundary(expr in arbitrary_expr()) {
            let bytes = rmp_serde::to_vec_named(&expr).unwrap();
            prop_assert_eq!(rmp_serde::from_slice::<Expr>(&bytes).unwrap(), expr);
        }
    }
}
