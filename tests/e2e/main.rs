//! The host binary as its users meet it: processes, HTTP and a real browser.

mod support;
