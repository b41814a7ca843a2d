//! The folder that components are in.

use std::collections::BTreeSet;
use std::env::consts::DLL_SUFFIX;
use std::path::{Path, PathBuf};

use crate::error::LoadError;
use crate::file::{Inspected, inspect_pinned};
use crate::pins::Pins;

/// What is in a folder. Nothing of it is opened yet.
#[derive(Debug, Default)]
pub struct Found {
    /// Files that may be opened, by their names.
    pub files: Vec<Inspected>,
    /// Why others may not be.
    pub refused: Vec<LoadError>,
}

/// Inspects every file of a folder that is called like a library on this platform, and holds it against the
/// folder's [`Pins`]. Folders in it are left alone, and so are files whose names begin with a dot.
pub fn find(folder: &Path) -> Found {
    let mut found = Found::default();
    let (paths, pins) = match libraries(folder).and_then(|it| Ok((it, Pins::read(folder)?))) {
        Ok(both) => both,
        Err(error) => {
            found.refused.push(error);
            return found;
        }
    };
    for path in &paths {
        match inspect_pinned(path, pins.as_ref()) {
            Ok(file) => found.files.push(file),
            Err(error) => found.refused.push(error),
        }
    }
    let names: BTreeSet<&str> =
        paths.iter().filter_map(|path| path.file_name().and_then(|name| name.to_str())).collect();
    let pinned = pins.iter().flat_map(Pins::names).filter(|name| !names.contains(name));
    found.refused.extend(pinned.map(|name| LoadError::Missing { path: folder.join(name) }));
    found
}

fn libraries(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let failed = |source| LoadError::Unreadable { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // A link that leads nowhere is kept, to be named as unreadable.
        let is_file = path.metadata().is_ok_and(|it| it.is_file()) || !path.exists();
        if name.ends_with(DLL_SUFFIX) && !name.starts_with('.') && is_file {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_library_is_looked_at_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        fs::create_dir(file(&format!("folder{DLL_SUFFIX}"))).unwrap();
        for name in ["b", "a", ".hidden"] {
            fs::write(file(&format!("{name}{DLL_SUFFIX}")), "text").unwrap();
        }
        fs::write(file("README.md"), "text").unwrap();
        let check = |expected: &[&str]| {
            let found = find(folder.path());
            assert!(found.files.is_empty());
            let refused: Vec<String> = found.refused.iter().map(ToString::to_string).collect();
            assert_eq!(refused.len(), expected.len(), "{refused:?}");
            for (refused, expected) in refused.iter().zip(expected) {
                assert!(refused.contains(expected), "{refused}, not {expected}");
            }
        };
        let (a, b, c) = (
            format!("a{DLL_SUFFIX} is no shared library"),
            format!("b{DLL_SUFFIX} is no shared library"),
            format!("c{DLL_SUFFIX}"),
        );
        check(&[&a, &b]);
        let pinned = |name: &str| {
            let checksum = crate::checksum::Checksum::of(b"text");
            format!("[\"{name}{DLL_SUFFIX}\"]\nsha256 = \"{checksum}\"\n")
        };
        fs::write(file("components.toml"), pinned("b") + &pinned("c")).unwrap();
        check(&[&format!("a{DLL_SUFFIX} is not named"), &b, &format!("{c} is named in")]);
        fs::write(file("components.toml"), "a = 1").unwrap();
        check(&["components.toml is not understood"]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let found = find("/no/such/folder".as_ref());
        assert!(found.refused[0].to_string().starts_with("/no/such/folder cannot be read"));
    }
}
