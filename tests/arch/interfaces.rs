//! Invariant 12: whoever can be asked for one can be asked for many.

use crate::findings::{Finding, assert_none};
use crate::source::{Function, Source, braced, identifiers, line_of, words};
use crate::workspace::Workspace;

#[test]
fn every_read_by_id_has_its_batch_form() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for source in &workspace.get("crates/interfaces").sources {
        findings.extend(lonely_reads(source));
    }
    assert_none("Invariant 12: no interface has a by-id read without its batch form.", findings);
}

#[test]
fn dtos_keep_their_order() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for source in &workspace.get("crates/interfaces").sources {
        for (number, line) in source.lines() {
            if identifiers(line).any(|word| word == "HashMap" || word == "HashSet") {
                let message = "use BTreeMap or BTreeSet: what crosses a boundary has one order";
                findings.push(Finding::new(&source.path, number, message));
            }
        }
    }
    assert_none("Invariant 13: what crosses a boundary has one order.", findings);
}

/// Reads by one id in a trait that has no method for many ids of that type.
fn lonely_reads(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (start, _) in source.code.match_indices("trait ") {
        let line = line_of(&source.code, start);
        if source.is_test(line) || !source.code[..start].ends_with("pub ") {
            continue;
        }
        let body = braced(&source.code[start..]);
        let methods = Source::parse(&source.path, body);
        // The offset of the body's first line, to show lines of the file.
        let offset = line_of(&source.code, start + source.code[start..].find('{').unwrap_or(0)) - 1;
        let functions = methods.functions();
        for method in functions.iter().filter(|method| is_read(method)) {
            for id in single_ids(method.signature) {
                let many = [format!("Vec<{id}>"), format!("[{id}]"), format!("BTreeSet<{id}>")];
                let has_batch = functions
                    .iter()
                    .any(|other| many.iter().any(|many| other.signature.contains(many.as_str())));
                if !has_batch {
                    let message =
                        format!("`{}` reads one {id}; add a method for Vec<{id}>", method.name());
                    findings.push(Finding::new(&source.path, offset + method.line, message));
                }
            }
        }
    }
    findings
}

/// Whether a method reads: `get_` and `find_`, or a method called like what it answers.
fn is_read(method: &Function<'_>) -> bool {
    let name = method.name();
    if name.starts_with("get_") || name.starts_with("find_") {
        return true;
    }
    let answer = method.signature.rsplit("->").next().unwrap_or_default();
    let answered: Vec<String> = identifiers(answer).flat_map(words).collect();
    let asked = words(name);
    // `quote_order` answers an `OrderQuote` and is no read; `order` and `tax_lines` are.
    method.signature.contains("->") && answered.windows(asked.len()).any(|part| part == asked)
}

/// Types of the parameters that are one id each.
fn single_ids(signature: &str) -> Vec<String> {
    let open = signature.find('(').unwrap_or(0);
    let close = signature.rfind(") ->").unwrap_or(signature.len());
    signature[open..close]
        .split(',')
        .filter_map(|parameter| parameter.split_once(':'))
        .map(|(_, kind)| {
            kind.trim().trim_start_matches('&').trim_end_matches(')').trim().to_owned()
        })
        .filter(|kind| {
            kind == "Sku" || (kind.ends_with("Id") && kind.chars().all(char::is_alphanumeric))
        })
        .collect()
}

#[test]
fn a_read_without_a_batch_form_is_found() {
    let check = |methods: &str, expect: usize| {
        let text = format!("/// A role.\npub trait Role {{\n{methods}\n}}\n");
        let found = lonely_reads(&Source::parse(std::path::Path::new("a.rs"), &text));
        assert_eq!(found.len(), expect, "{methods}");
    };
    let one = "async fn find_product(&self, ctx: &Ctx, id: ProductId) -> Result<Option<Product>>;";
    let many = "async fn products(&self, ctx: &Ctx, ids: Vec<ProductId>) -> Result<Vec<Product>>;";
    check(one, 1);
    check(&format!("{one}\n{many}"), 0);
    check("async fn price(&self, ctx: &Ctx, sku: Sku) -> Result<Price>;", 1);
    check("async fn cancel(&self, ctx: &Ctx, id: OrderId) -> Result<Order>;", 0);
    check("async fn quote_order(&self, ctx: &Ctx, id: CartId) -> Result<OrderQuote>;", 0);
    check("async fn place(&self, ctx: &Ctx, input: Input) -> Result<Order>;", 0);
}
