//! Invariants 8 and 9: where `unsafe` may stand, and who turns errors into HTTP.

use std::path::Path;

use crate::findings::{Finding, assert_none};
use crate::source::{identifiers, names};
use crate::workspace::Workspace;

/// Statuses of failures, by the start of their constant.
const FAILURES: [&str; 16] = [
    "BAD_",
    "UNAUTHORIZED",
    "PAYMENT_REQUIRED",
    "FORBIDDEN",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "NOT_ACCEPTABLE",
    "REQUEST_TIMEOUT",
    "CONFLICT",
    "GONE",
    "PRECONDITION_",
    "PAYLOAD_TOO_LARGE",
    "UNPROCESSABLE_",
    "TOO_MANY_REQUESTS",
    "INTERNAL_SERVER_ERROR",
    "SERVICE_UNAVAILABLE",
];

/// Hands the error to the kernel inside a response, which the kernel then replaces.
const CARRIER: &str = "crates/component/src/error.rs";

#[test]
fn unsafe_stands_only_in_abi_and_loader() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in &workspace.crates {
        if it.folder == Path::new("crates/abi") || it.folder == Path::new("crates/loader") {
            continue;
        }
        for source in &it.sources {
            for (number, line) in source.all_lines() {
                if identifiers(line).any(|word| word == "unsafe" || word == "unsafe_code") {
                    let message =
                        "move it into crates/abi or crates/loader, behind a safe function";
                    findings.push(Finding::new(&source.path, number, message));
                }
            }
        }
    }
    assert_none("Invariant 8: `unsafe` only in abi and loader.", findings);
}

#[test]
fn only_the_kernel_maps_errors_to_http() {
    let workspace = Workspace::read();
    let home = Path::new("crates/kernel/src/http");
    let mut findings = Vec::new();
    for it in workspace.crates.iter().filter(|it| it.folder != Path::new("tests")) {
        for source in &it.sources {
            let is_home = source.path.starts_with(home) || source.path == home.with_extension("rs");
            if is_home || source.path == Path::new(CARRIER) {
                continue;
            }
            for (number, line) in source.lines() {
                // A page that shows a form again with what is wrong is an answer, not an error.
                if line.contains(".status(StatusCode::") {
                    continue;
                }
                let failure = line
                    .split("StatusCode::")
                    .skip(1)
                    .find(|rest| FAILURES.iter().any(|start| rest.starts_with(start)));
                if failure.is_some() {
                    let message = "return an `Error` with a kind; kernel::http chooses the status";
                    findings.push(Finding::new(&source.path, number, message));
                }
                let response = names(line, "impl") && names(line, "IntoResponse");
                if response && identifiers(line).any(|word| word.ends_with("Error")) {
                    let message = "an error must not answer by itself; kernel::http maps it";
                    findings.push(Finding::new(&source.path, number, message));
                }
            }
        }
    }
    assert_none("Invariant 9: only kernel::http maps errors to HTTP.", findings);
}
