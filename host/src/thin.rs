//! `hatchery-thin`: the host without any linked component. It sells what its folder of components brings.

use std::process::ExitCode;

fn main() -> ExitCode {
    hatchery_host::main()
}
