//! Rust source as the checks see it: code, comments and literals apart, tests marked.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One source file.
pub(crate) struct Source {
    /// Path from the root of the workspace.
    pub(crate) path: PathBuf,
    /// The text with comments and the contents of literals blanked; every line keeps its number.
    pub(crate) code: String,
    /// String literals with their lines.
    pub(crate) literals: Vec<Literal>,
    text: String,
    tests: Vec<Range<usize>>,
}

/// A string literal.
pub(crate) struct Literal {
    /// The line on which it starts.
    pub(crate) line: usize,
    /// What stands between the quotes, escapes unread.
    pub(crate) text: String,
}

/// A function and where it stands in the code.
pub(crate) struct Function<'a> {
    /// The line of `fn`.
    pub(crate) line: usize,
    /// From its name to the end of its signature.
    pub(crate) signature: &'a str,
    /// What stands between its braces; empty when it has none.
    pub(crate) body: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Code,
    Comment,
    Literal,
}

impl Source {
    /// Reads a file below `root`.
    pub(crate) fn read(root: &Path, path: &Path) -> Self {
        let text = fs::read_to_string(root.join(path))
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        Self::parse(path, &text)
    }

    /// Takes a text apart.
    pub(crate) fn parse(path: &Path, text: &str) -> Self {
        let classes = classify(text);
        let code = blank(text, &classes);
        let literals = literals(text, &classes);
        let tests = test_lines(path, &code);
        Self { path: path.to_owned(), code, literals, text: text.to_owned(), tests }
    }

    /// Lines of code, counted from 1, without those of tests.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.all_lines().filter(|(line, _)| !self.is_test(*line))
    }

    /// Lines of code, counted from 1.
    pub(crate) fn all_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Whether a line belongs to a test.
    pub(crate) fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|lines| lines.contains(&line))
    }

    /// The untouched line, for a check that reads comments.
    pub(crate) fn raw_line(&self, line: usize) -> &str {
        self.text.lines().nth(line.saturating_sub(1)).unwrap_or_default()
    }

    /// The literals that start on a line.
    pub(crate) fn literals_of(&self, line: usize) -> impl Iterator<Item = &str> {
        self.literals.iter().filter(move |it| it.line == line).map(|it| it.text.as_str())
    }

    /// All functions outside tests, methods of traits included.
    pub(crate) fn functions(&self) -> Vec<Function<'_>> {
        let mut functions = Vec::new();
        for (start, _) in self.code.match_indices("fn ") {
            let before = self.code[..start].chars().next_back();
            if before.is_some_and(is_word) || self.is_test(line_of(&self.code, start)) {
                continue;
            }
            let rest = &self.code[start + 3..];
            let Some(end) = signature_end(rest) else { continue };
            let body = if rest[end..].starts_with('{') { braced(&rest[end..]) } else { "" };
            let line = line_of(&self.code, start);
            functions.push(Function { line, signature: rest[..end].trim(), body });
        }
        functions
    }
}

impl Function<'_> {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        identifiers(self.signature).next().unwrap_or_default()
    }
}

/// The identifiers and keywords of a piece of code.
pub(crate) fn identifiers(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter| !is_word(letter))
        .filter(|word| word.starts_with(|letter: char| letter.is_alphabetic() || letter == '_'))
}

/// Whether `code` names `identifier` as a whole word.
pub(crate) fn names(code: &str, identifier: &str) -> bool {
    identifiers(code).any(|word| word == identifier)
}

/// The words of an identifier or a text in lower case: `OrderPlaced` and `order_placed` give `order`
/// and `placed`.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut previous = ' ';
    for letter in text.chars() {
        let starts = letter.is_uppercase() && previous.is_lowercase();
        if (!letter.is_alphanumeric() || starts) && !current.is_empty() {
            words.push(std::mem::take(&mut current));
        }
        if letter.is_alphanumeric() {
            current.extend(letter.to_lowercase());
        }
        previous = letter;
    }
    if !current.is_empty() {
        words.push(current);
    }
    words
}

/// The line of a byte position, counted from 1.
pub(crate) fn line_of(text: &str, position: usize) -> usize {
    text[..position].matches('\n').count() + 1
}

/// What stands between the first brace of `code` and its partner, braces excluded.
pub(crate) fn braced(code: &str) -> &str {
    let Some(open) = code.find('{') else { return "" };
    let mut depth = 0_usize;
    for (index, letter) in code[open..].char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return &code[open + 1..open + index];
                }
            }
            _ => {}
        }
    }
    &code[open + 1..]
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The position of the brace or semicolon that ends a signature.
fn signature_end(code: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (index, letter) in code.char_indices() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' | ';' if depth == 0 => return Some(index),
            _ => {}
        }
    }
    None
}

/// Tells for every byte what it belongs to. Quotes belong to their literal.
fn classify(text: &str) -> Vec<Class> {
    let bytes = text.as_bytes();
    let mut classes = vec![Class::Code; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        let (end, class) = token(text, at);
        classes[at..end].fill(class);
        at = end;
    }
    classes
}

/// The end and the class of what starts at byte `at`.
fn token(text: &str, at: usize) -> (usize, Class) {
    let rest = &text[at..];
    let next = at + rest.chars().next().map_or(1, char::len_utf8);
    if rest.starts_with("//") {
        (at + rest.find('\n').unwrap_or(rest.len()), Class::Comment)
    } else if rest.starts_with("/*") {
        (at + block_comment(rest), Class::Comment)
    } else if rest.starts_with('"') {
        (at + quoted(rest), Class::Literal)
    } else if rest.starts_with('r') && !in_word(text, at) {
        match raw_string(rest) {
            Some(length) => (at + length, Class::Literal),
            None => (next, Class::Code),
        }
    } else if rest.starts_with('\'') {
        match character(rest) {
            Some(length) => (at + length, Class::Literal),
            None => (next, Class::Code),
        }
    } else {
        (next, Class::Code)
    }
}

/// Whether the byte at `at` continues a word; the prefix of a byte string is none.
fn in_word(text: &str, at: usize) -> bool {
    let mut before = text[..at].chars().rev();
    match before.next() {
        Some('b' | 'c') => before.next().is_some_and(is_word),
        Some(letter) => is_word(letter),
        None => false,
    }
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let tail = &rest[at..];
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (index, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let after = rest[1..].trim_start_matches('#');
    let hashes = rest.len() - 1 - after.len();
    let content = after.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = content.find(&end)? + end.len();
    Some(rest.len() - content.len() + length)
}

/// The length of a character literal; `None` for a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut letters = rest.char_indices().skip(1);
    let (_, first) = letters.next()?;
    if first == '\\' {
        letters.next();
        return letters.find(|(_, letter)| *letter == '\'').map(|(index, _)| index + 1);
    }
    letters.next().filter(|(_, letter)| *letter == '\'').map(|(index, _)| index + 1)
}

fn blank(text: &str, classes: &[Class]) -> String {
    text.char_indices()
        .map(|(index, letter)| match classes[index] {
            Class::Code => letter,
            _ if letter == '\n' => letter,
            _ => ' ',
        })
        .collect()
}

fn literals(text: &str, classes: &[Class]) -> Vec<Literal> {
    let mut literals = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if classes[at] != Class::Literal {
            at += 1;
            continue;
        }
        let (end, _) = token(text, at);
        let literal = &text[at..end];
        if !literal.starts_with('\'') {
            let inner = literal.trim_start_matches('r').trim_matches('#');
            let inner = inner.strip_prefix('"').unwrap_or(inner);
            let inner = inner.strip_suffix('"').unwrap_or(inner);
            literals.push(Literal { line: line_of(text, at), text: inner.to_owned() });
        }
        at = end;
    }
    literals
}

/// The lines of everything below `#[cfg(test)]`; all lines of a file that is a test as a whole.
fn test_lines(path: &Path, code: &str) -> Vec<Range<usize>> {
    let is_test_file = path.components().any(|part| part.as_os_str() == "tests")
        || path.file_name().is_some_and(|name| name == "tests.rs");
    if is_test_file {
        return vec![0..usize::MAX; 1];
    }
    let mut ranges = Vec::new();
    for (start, _) in code.match_indices("#[cfg(test)]") {
        let rest = &code[start..];
        let brace = rest.find('{').unwrap_or(rest.len());
        let end = match rest.find(';') {
            Some(semicolon) if semicolon < brace => semicolon,
            _ => brace + 1 + braced(rest).len(),
        };
        let end = (start + end).min(code.len());
        ranges.push(line_of(code, start)..line_of(code, end) + 1);
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Source {
        Source::parse(Path::new("src/a.rs"), text)
    }

    #[test]
    fn code_comments_and_literals_are_told_apart() {
        let check = |text: &str, code: &str| assert_eq!(parse(text).code.trim_end(), code);
        check("let a = 1; // b", "let a = 1;");
        check("a /* b /* c */ d */ e", "a                   e");
        check("f(\"a // \\\" b\")", "f(           )");
        check("let c = '\"'; x", "let c =    ; x");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
        check("let r = r#\"a \" b\"#; x", "let r =           ; x");
        check("let b = br\"a\"; x", "let b = b    ; x");
        check("let n = '\\u{1F600}'; x", "let n =            ; x");
    }

    #[test]
    fn literals_keep_their_line() {
        let source = parse("a(\"one\");\n// \"no\"\nb(r#\"two\"#, '3');\n");
        let found: Vec<(usize, &str)> =
            source.literals.iter().map(|it| (it.line, it.text.as_str())).collect();
        assert_eq!(found, [(1, "one"), (3, "two")]);
    }

    #[test]
    fn tests_are_marked() {
        let source =
            parse("fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { { } }\n}\nfn c() {}\n");
        let lines: Vec<usize> = source.lines().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 6]);
    }

    #[test]
    fn functions_have_signature_and_body() {
        let source = parse("pub fn a(x: [u8; 4]) -> u8 { x[0] }\ntrait T { async fn b(&self); }\n");
        let functions = source.functions();
        let found: Vec<(usize, &str, &str)> =
            functions.iter().map(|it| (it.line, it.name(), it.body.trim())).collect();
        assert_eq!(found, [(1, "a", "x[0]"), (2, "b", "")]);
    }

    #[test]
    fn identifiers_fall_into_words() {
        assert_eq!(words("OrderPlaced"), ["order", "placed"]);
        assert_eq!(words("order.placed_v1"), ["order", "placed", "v1"]);
        assert_eq!(words("HTTPError"), ["httperror"]);
    }
}
