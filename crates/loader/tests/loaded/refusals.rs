//! What is refused, each with one sentence.

use std::fs;
use std::path::PathBuf;

use hatchery_loader::{LoadError, inspect, open};

use crate::library;

fn refusal(name: &str, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let refused = match inspect(&path) {
        Err(error) => error,
        Ok(file) => match open(file, folder.path()) {
            Err(error) => error,
            Ok(_) => panic!("{name} was opened"),
        },
    };
    refused.to_string().replace(&*folder.path().to_string_lossy(), "")
}

/// The bytes with every occurrence of a text replaced by one of the same length.
fn changed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> = bytes
        .windows(from.len())
        .enumerate()
        .filter_map(|(index, window)| (window == from.as_bytes()).then_some(index))
        .collect();
    assert!(!places.is_empty(), "{from} is there");
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

#[test]
fn every_file_that_does_not_fit_is_refused_by_name() {
    let good = fs::read(library::build("hatchery-sample")).unwrap();
    let check = |name: &str, bytes: &[u8], says: &str| {
        let refusal = refusal(name, bytes);
        assert!(refusal.contains(name) && refusal.contains(says), "{name}: {refusal}");
    };
    check("text.so", b"hello", "is no shared library, or a damaged one");
    check("empty.so", b"", "is no shared library, or a damaged one");
    check("cut.so", &good[..good.len() / 2], "is no shared library, or a damaged one");
    check("exe.so", &fs::read(std::env::current_exe().unwrap()).unwrap(), "no Hatchery component");
    let other = changed(&good, "abi 1.0\npanic", "abi 7.0\npanic");
    check("newer.so", &other, "built for version 7 of the component boundary, this host speaks 1");
    let aborting = changed(&good, "panic unwind\n\n", "panic abort \n\n");
    check("abort.so", &aborting, "panic=abort");
    let untitled = changed(&good, "hatchery-component\nabi", "hatchery-companion\nabi");
    check("untitled.so", &untitled, "no Hatchery component");
    let misnamed = changed(&good, "id = \"sample\"", "id = \"Sample\"");
    check("misnamed.so", &misnamed, "'Sample' is no component id");
    let hidden = changed(&good, "HATCHERY_COMPONENT", "HATCHERY_COMPANION");
    check("hidden.so", &hidden, "does not export HATCHERY_COMPONENT");
    let magic = changed(&good, "HATCHCMP", "HATCHCMQ");
    check("magic.so", &magic, "not one of a Hatchery component");
}

#[test]
fn a_missing_file_is_named() {
    let error = inspect("/no/such/component.so".as_ref()).err().unwrap();
    assert!(matches!(error, LoadError::Unreadable { .. }));
    assert!(error.to_string().starts_with("/no/such/component.so cannot be read"));
}

#[test]
fn opening_a_file_twice_gives_two_components() {
    let path = library::build("hatchery-sample");
    let copies = tempfile::tempdir().unwrap();
    let libraries: Vec<_> =
        (0..2).map(|_| open(inspect(&path).unwrap(), copies.path()).unwrap()).collect();
    assert_eq!(libraries[0].manifest.id, "sample");
    assert_eq!(libraries[0].manifest.provides["kettle"].version.to_string(), "1.0.0");
    assert_eq!(libraries[1].component.declare().routes.len(), 3);
    assert_eq!(fs::read_dir(copies.path()).unwrap().count(), 0, "no copy is left");
}
