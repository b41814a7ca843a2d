//! What a library says of itself, readable without running any of its code.
//!
//! The section holds a few lines `key value`, an empty line, and the text of `component.toml`.

use std::fmt;

/// Names of the section in ELF, Mach-O and PE files.
pub const SECTION_NAMES: [&str; 3] = [".hatchery", "__hatchery", ".hatchry"];

const TITLE: &str = "hatchery-component";
// A test compares them with the constants of the crate; `concat!` takes no constants.
const UNWINDING: &str = "hatchery-component\nabi 1.1\npanic unwind\n\n";
const ABORTING: &str = "hatchery-component\nabi 1.1\npanic abort\n\n";

/// The head of a section. For [`export!`](crate::export).
#[doc(hidden)]
pub const fn head(is_unwinding: bool) -> &'static str {
    if is_unwinding { UNWINDING } else { ABORTING }
}

/// Two texts as one constant. For [`export!`](crate::export).
#[doc(hidden)]
pub const fn join<const N: usize>(head: &str, tail: &str) -> [u8; N] {
    let (head, tail, mut joined, mut index) = (head.as_bytes(), tail.as_bytes(), [0; N], 0);
    while index < N {
        joined[index] = if index < head.len() { head[index] } else { tail[index - head.len()] };
        index += 1;
    }
    joined
}

/// The content of the section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Major version of the boundary.
    pub major: u16,
    /// Minor version of the boundary.
    pub minor: u16,
    /// Whether a panic unwinds; a library whose panics abort would end the host.
    pub is_unwinding: bool,
    /// Text of `component.toml`.
    pub component: String,
}

/// Why a section cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError(&'static str);

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl std::error::Error for ManifestError {}

impl Manifest {
    /// Reads a section. Lines with unknown keys are for newer hosts.
    ///
    /// # Errors
    /// It is no section of a component.
    pub fn parse(section: &[u8]) -> Result<Self, ManifestError> {
        let text = std::str::from_utf8(section).map_err(|_| ManifestError("it is no text"))?;
        let (head, component) =
            text.split_once("\n\n").ok_or(ManifestError("its head has no end"))?;
        let mut lines = head.lines();
        if lines.next() != Some(TITLE) {
            return Err(ManifestError("it is not the section of a component"));
        }
        let value = |wanted: &str| {
            lines.clone().find_map(|line| line.split_once(' ').filter(|(key, _)| *key == wanted))
        };
        let version = value("abi")
            .and_then(|(_, version)| version.split_once('.'))
            .and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        let (major, minor) = version.ok_or(ManifestError("it does not say its version"))?;
        let is_unwinding = value("panic").is_some_and(|(_, strategy)| strategy == "unwind");
        Ok(Self { major, minor, is_unwinding, component: component.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MAJOR, MINOR};

    #[test]
    fn what_is_written_is_read() {
        for is_unwinding in [true, false] {
            const TOML: &str = "id = \"tea\"\n\n[provides]\n";
            let text = [head(is_unwinding), TOML].concat();
            let manifest = Manifest::parse(text.as_bytes()).unwrap();
            let component = TOML.to_owned();
            assert_eq!(manifest, Manifest { major: MAJOR, minor: MINOR, is_unwinding, component });
        }
        assert_eq!(&join::<5>("ab", "cde"), b"abcde");
    }

    #[test]
    fn other_bytes_are_refused() {
        let check = |bytes: &[u8], says: &'static str| {
            assert_eq!(Manifest::parse(bytes), Err(ManifestError(says)));
        };
        check(b"\xff\xfe", "it is no text");
        check(b"hatchery-component\nabi 1.0\n", "its head has no end");
        check(b"something\n\n", "it is not the section of a component");
        check(b"hatchery-component\nabi one\n\n", "it does not say its version");
        check(b"hatchery-component\nabi 70000.0\n\n", "it does not say its version");
    }
}
