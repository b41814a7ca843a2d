//! Which tables a statement writes, so that what was read from them can be known to be old.

/// What a statement does, as far as its words tell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only reads.
    Reads,
    /// It writes these tables.
    Writes(Vec<String>),
    /// It writes something that cannot be told.
    Unknown,
    /// It opens or ends transactions, which is not for components.
    Transaction,
}

/// What one statement does.
pub(crate) fn effect(sql: &str) -> Effect {
    let mut words = Words { rest: sql };
    let Some(first) = words.next() else { return Effect::Reads };
    let is = |text: &str| first.eq_ignore_ascii_case(text);
    if is("SELECT") || is("VALUES") || is("EXPLAIN") || is("PRAGMA") {
        Effect::Reads
    } else if is("INSERT") || is("REPLACE") {
        table_after("INTO", &mut words).map_or(Effect::Unknown, |table| Effect::Writes(vec![table]))
    } else if is("UPDATE") {
        words.table().map_or(Effect::Unknown, |table| Effect::Writes(vec![table]))
    } else if is("DELETE") {
        table_after("FROM", &mut words).map_or(Effect::Unknown, |table| Effect::Writes(vec![table]))
    } else if is("WITH") {
        with(words)
    } else if ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"]
        .iter()
        .any(|word| is(word))
    {
        Effect::Transaction
    } else {
        Effect::Unknown
    }
}

/// What several statements do. Splits at every semicolon, also those inside of texts; then the parts
/// read as unknown, which is safe.
pub(crate) fn effect_of_all(sql: &str) -> Effect {
    let mut tables = Vec::new();
    for statement in sql.split(';') {
        match effect(statement) {
            Effect::Reads => {}
            Effect::Writes(more) => tables.extend(more),
            other => return other,
        }
    }
    if tables.is_empty() { Effect::Reads } else { Effect::Writes(tables) }
}

/// Statements behind `WITH` may write anywhere.
fn with(mut words: Words<'_>) -> Effect {
    let mut tables = Vec::new();
    while let Some(word) = words.next() {
        let table = if word.eq_ignore_ascii_case("INSERT") {
            table_after("INTO", &mut words)
        } else if word.eq_ignore_ascii_case("DELETE") {
            table_after("FROM", &mut words)
        } else if word.eq_ignore_ascii_case("UPDATE") {
            words.table()
        } else {
            continue;
        };
        match table {
            Some(table) => tables.push(table),
            None => return Effect::Unknown,
        }
    }
    if tables.is_empty() { Effect::Reads } else { Effect::Writes(tables) }
}

fn table_after(keyword: &str, words: &mut Words<'_>) -> Option<String> {
    words.find(|word| word.eq_ignore_ascii_case(keyword))?;
    words.table()
}

/// Words and quoted names of SQL; everything else is skipped.
struct Words<'a> {
    rest: &'a str,
}

impl Words<'_> {
    /// The table named next: the last part of `"schema"."table"`, without quotes.
    fn table(&mut self) -> Option<String> {
        let skipped = ["OR", "ROLLBACK", "ABORT", "REPLACE", "FAIL", "IGNORE", "ONLY"];
        let mut name =
            self.find(|word| !skipped.iter().any(|skip| word.eq_ignore_ascii_case(skip)))?;
        while let Some(behind) = self.rest.strip_prefix('.') {
            self.rest = behind;
            name = self.next()?;
        }
        Some(name.trim_matches('"').to_owned())
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let start = self.rest.find(|c: char| is_word(c) || c == '"' || c == '\'')?;
        let text = self.rest.get(start..)?;
        let quote = text.chars().next().filter(|c| *c == '"' || *c == '\'');
        let length = match quote {
            Some(quote) => text.get(1..)?.find(quote)? + 2,
            None => text.find(|c: char| !is_word(c)).unwrap_or(text.len()),
        };
        let (word, rest) = text.split_at(length);
        self.rest = rest;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_tell_what_is_written() {
        let check = |sql: &str, tables: &[&str]| {
            let tables = tables.iter().map(|table| (*table).to_owned()).collect();
            assert_eq!(effect(sql), Effect::Writes(tables), "{sql}");
        };
        check(r#"INSERT INTO "a_b" ("x") VALUES (?)"#, &["a_b"]);
        check("insert or ignore into a_b values (1)", &["a_b"]);
        check(r#"UPDATE "shop"."a_b" SET "x" = 1"#, &["a_b"]);
        check("UPDATE OR REPLACE a_b SET x = 1", &["a_b"]);
        check(r#"DELETE FROM "a_b" WHERE 1"#, &["a_b"]);
        check(r#"WITH t AS (SELECT 1) INSERT INTO "a_b" SELECT * FROM t"#, &["a_b"]);
        check(r#"WITH t AS (DELETE FROM a_b RETURNING 1) UPDATE "c" SET x = 1"#, &["a_b", "c"]);
        assert_eq!(effect(r#"SELECT 'DELETE FROM x' FROM "a""#), Effect::Reads);
        assert_eq!(effect("WITH t AS (SELECT 1) SELECT * FROM t"), Effect::Reads);
        assert_eq!(effect("CREATE TABLE x (y int)"), Effect::Unknown);
        assert_eq!(effect("  COMMIT"), Effect::Transaction);
        assert_eq!(
            effect_of_all("DELETE FROM a; DELETE FROM b;"),
            Effect::Writes(vec!["a".into(), "b".into()])
        );
        assert_eq!(effect_of_all("DELETE FROM a; COMMIT"), Effect::Transaction);
    }
}
