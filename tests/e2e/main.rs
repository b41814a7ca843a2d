//! The host binary as its users meet it: processes, HTTP and a real browser.

mod browser;
mod buyers;
mod client;
mod crash;
mod homes;
mod pages;
mod purchase;
mod support;
mod swaps;
