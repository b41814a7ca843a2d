//! `components.toml`: which files of a folder may be loaded, by their checksum.
//!
//! A library is trusted code: it runs with all rights of the host. The file says which libraries are meant,
//! one table per file with its SHA-256. Where there is such a file, a library that it does not name, or whose
//! bytes are others, is refused before it is even looked into.
//!
//! ```toml
//! ["libhatchery_catalog.so"]
//! sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::checksum::Checksum;
use crate::error::{LoadError, one_line};

/// Name of the file, beside the libraries that it names.
pub const FILE: &str = "components.toml";

/// The files that may be loaded from a folder.
#[derive(Debug)]
pub struct Pins {
    path: PathBuf,
    files: BTreeMap<String, Pin>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    sha256: Checksum,
}

impl Pins {
    /// The pins of a folder; `None` where there are none and every library may be loaded.
    ///
    /// # Errors
    /// The file is there but cannot be read or understood. Then nothing of the folder may be loaded.
    pub fn read(folder: &Path) -> Result<Option<Self>, LoadError> {
        let path = folder.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(path, &text).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LoadError::Pins { path, reason: error.to_string() }),
        }
    }

    /// Pins of a text; `path` is where it is from.
    ///
    /// # Errors
    /// It is no TOML, or not of this shape.
    pub fn parse(path: PathBuf, text: &str) -> Result<Self, LoadError> {
        match toml::from_str(text) {
            Ok(files) => Ok(Self { path, files }),
            Err(error) => {
                let reason = one_line(&error.to_string());
                Err(LoadError::Pins { path, reason })
            }
        }
    }

    /// Whether a file with these bytes may be loaded.
    ///
    /// # Errors
    /// It is not named, or its bytes are others.
    pub fn check(&self, file: &Path, bytes: &[u8]) -> Result<(), LoadError> {
        let path = || file.to_owned();
        let pins = self.path.clone();
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(pin) = self.files.get(name) else {
            return Err(LoadError::NotPinned { path: path(), pins });
        };
        let found = Checksum::of(bytes);
        if found != pin.sha256 {
            let pinned = pin.sha256;
            return Err(LoadError::OtherChecksum { path: path(), pins, pinned, found });
        }
        Ok(())
    }

    /// The files that are named, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn pins(text: &str) -> Result<Pins, String> {
        Pins::parse("lib/components.toml".into(), text).map_err(|error| error.to_string())
    }

    #[test]
    fn only_what_is_named_with_its_checksum_may_be_loaded() {
        let pins = pins(&format!("[\"a.so\"]\nsha256 = \"{ABC}\"\n")).unwrap();
        assert_eq!(pins.names().collect::<Vec<_>>(), ["a.so"]);
        let check = |file: &str, bytes: &[u8]| {
            pins.check(file.as_ref(), bytes).map_err(|error| error.to_string())
        };
        assert_eq!(check("lib/a.so", b"abc"), Ok(()));
        let other = check("lib/a.so", b"abd").unwrap_err();
        assert!(other.starts_with("lib/a.so is not the file that lib/components.toml"), "{other}");
        assert!(other.contains(ABC), "{other}");
        let unnamed = check("lib/b.so", b"abc").unwrap_err();
        assert!(unnamed.starts_with("lib/b.so is not named in lib/components.toml"), "{unnamed}");
        assert!(check("lib/..", b"abc").is_err());
    }

    #[test]
    fn pins_that_are_not_understood_allow_nothing() {
        for wrong in [
            "a.so",
            "[\"a.so\"]\n",
            "[\"a.so\"]\nsha256 = 5\n",
            "[\"a.so\"]\nsha256 = \"abc\"\n",
            "[\"a.so\"]\nsha512 = \"abc\"\n",
            // Without quotes it is a table `so` in a table `a`.
            &format!("[a.so]\nsha256 = \"{ABC}\"\n"),
        ] {
            let error = pins(wrong).unwrap_err();
            assert!(error.starts_with("lib/components.toml is not understood"), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
        assert_eq!(pins("").unwrap().names().count(), 0);
    }

    #[test]
    fn a_folder_without_the_file_has_no_pins() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Pins::read(folder.path()).unwrap().is_none());
        std::fs::create_dir(folder.path().join(FILE)).unwrap();
        assert!(matches!(Pins::read(folder.path()), Err(LoadError::Pins { .. })));
    }
}
