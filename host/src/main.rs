//! `hatchery`: the host with the components of this repository linked.

mod components;

use std::process::ExitCode;

fn main() -> ExitCode {
    hatchery_host::main()
}
