//! What is refused, each with one sentence.

use std::fs;
use std::path::{Path, PathBuf};

use hatchery_loader::file::examine;
use hatchery_loader::{Checksum, LoadError, find, inspect, open};
use object::{Object, ObjectSection, ObjectSymbol};

use crate::{library, log};

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
    let other = changed(&good, "abi 1.1\npanic", "abi 7.1\npanic");
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

/// What is said of bytes that are not even opened.
fn examined(bytes: &[u8]) -> String {
    match examine(Path::new("x.so"), bytes.to_vec()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it passed"),
    }
}

#[test]
fn a_file_that_was_cut_off_is_refused_wherever_that_was() {
    let good = fs::read(library::build("hatchery-sample")).unwrap();
    let near = |place: usize| place.saturating_sub(40)..(place + 40).min(good.len());
    let sections = object::File::parse(&*good).unwrap();
    let sections = sections.sections().filter_map(|it| Some(it.file_range()?.0 as usize));
    let steps = (0..200).map(|step| good.len() / 200 * step);
    let cuts = steps.chain(near(64)).chain(near(good.len())).chain(sections.flat_map(near));
    for cut in cuts {
        let refused = examined(&good[..cut]);
        assert!(refused.starts_with("x.so is no shared library"), "{cut}: {refused}");
    }
}

#[test]
fn damaged_headers_are_refused_or_harmless() {
    let good = fs::read(library::build("hatchery-sample")).unwrap();
    let headers = object::File::parse(&*good).unwrap();
    let dynamic = headers.section_by_name(".dynsym").unwrap().file_range().unwrap();
    let table = good.len() - 64 * headers.sections().count()..good.len();
    let places = [0..4096, dynamic.0 as usize..(dynamic.0 + dynamic.1) as usize, table];
    let (mut bytes, mut state) = (good.clone(), 7_u64);
    for round in 0..3000 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let range = &places[round % places.len()];
        let place = range.start + (state >> 33) as usize % range.len();
        let before = bytes[place];
        bytes[place] = (state >> 24) as u8;
        // It is never opened; that it is looked at must not end the process.
        let told = hatchery_loader::file::check(Path::new("x.so"), &bytes).err();
        if let Some(error) = told {
            assert_eq!(error.to_string().lines().count(), 1, "{error}");
        }
        bytes[place] = before;
    }
}

#[test]
fn an_entry_that_does_not_fit_is_refused_before_the_file_is_opened() {
    let good = fs::read(library::build("hatchery-sample")).unwrap();
    let file = object::File::parse(&*good).unwrap();
    let symbol = file.dynamic_symbols().find(|it| it.name() == Ok("HATCHERY_COMPONENT")).unwrap();
    let section = file.section_by_index(symbol.section_index().unwrap()).unwrap();
    let place = (section.file_range().unwrap().0 + symbol.address() - section.address()) as usize;
    assert_eq!(&good[place..place + 8], b"HATCHCMP");
    let with = |at: usize, change: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + change.len()].copy_from_slice(change);
        examined(&bytes)
    };
    let newer = with(place + 8, &9_u16.to_ne_bytes());
    assert!(newer.contains("built for version 9 of the component boundary"), "{newer}");
    let cut = with(place + 12, &8_u32.to_ne_bytes());
    assert!(cut.ends_with("no Hatchery component: its entry is cut off"), "{cut}");
    let other = with(place, b"HATCHERS");
    assert!(other.contains("its entry is not one of a Hatchery component"), "{other}");
    // The address of the symbol: not aligned, or where nothing stands.
    let table = file.section_by_name(".dynsym").unwrap().file_range().unwrap().0 as usize;
    let value = table + symbol.index().0 * 24 + 8;
    assert_eq!(good[value..value + 8], symbol.address().to_le_bytes());
    for address in [symbol.address() + 1, 0, u64::MAX - 7, 1 << 40] {
        let misplaced = with(value, &address.to_le_bytes());
        assert!(misplaced.contains("no Hatchery component: its entry is"), "{misplaced}");
    }
}

#[test]
fn a_section_of_other_bytes_is_refused() {
    let good = fs::read(library::build("hatchery-sample")).unwrap();
    let file = object::File::parse(&*good).unwrap();
    let (start, length) = file.section_by_name(".hatchery").unwrap().file_range().unwrap();
    let with = |fill: &dyn Fn(usize) -> u8| {
        let mut bytes = good.clone();
        for (index, byte) in bytes[start as usize..(start + length) as usize].iter_mut().enumerate()
        {
            *byte = fill(index);
        }
        examined(&bytes)
    };
    assert!(with(&|_| 0xff).ends_with("no Hatchery component: it is no text"));
    assert!(with(&|_| 0).ends_with("its head has no end"));
    let head = b"hatchery-component\nabi 1.0\npanic unwind\n\n";
    let garbage = with(&|index| head.get(index).copied().unwrap_or(b'#'));
    assert!(garbage.starts_with("the manifest in x.so is not understood"), "{garbage}");
    assert_eq!(garbage.lines().count(), 1, "{garbage}");
    let endless = with(&|index| head.get(index).copied().unwrap_or(b'='));
    assert!(endless.starts_with("the manifest in x.so is not understood"), "{endless}");
}

#[test]
fn a_file_with_another_checksum_is_refused_before_it_is_looked_into() {
    let good = fs::read(library::build("hatchery-sample")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(format!("{name}{}", std::env::consts::DLL_SUFFIX));
    fs::write(file("sample"), &good).unwrap();
    let pins = |checksum: &str| {
        let text = format!("['sample{}']\nsha256 = '{checksum}'\n", std::env::consts::DLL_SUFFIX);
        fs::write(folder.path().join("components.toml"), text).unwrap();
        find(folder.path())
    };
    let found = pins(&Checksum::of(&good).to_string());
    assert_eq!((found.files.len(), found.files[0].manifest.id.as_str()), (1, "sample"));
    assert!(found.refused.is_empty());
    let found = pins(&Checksum::of(b"another").to_string());
    assert!(found.files.is_empty());
    assert!(matches!(found.refused[0], LoadError::OtherChecksum { .. }), "{:?}", found.refused);
    // One byte more, anywhere, is another file, even where it changes nothing.
    fs::write(file("sample"), [&*good, b"\0"].concat()).unwrap();
    assert!(pins(&Checksum::of(&good).to_string()).files.is_empty());
    fs::write(file("unknown"), &good).unwrap();
    let found = pins(&Checksum::of(&good).to_string());
    assert!(matches!(found.refused[1], LoadError::NotPinned { .. }), "{:?}", found.refused);
}

#[test]
fn a_component_that_panics_when_it_is_opened_is_refused() {
    log::capture();
    let path = library::build_with("hatchery-sample", "loaded,panics");
    let folder = tempfile::tempdir().unwrap();
    let refused = open(inspect(&path).unwrap(), folder.path()).err().unwrap().to_string();
    let says = "was not opened: it panicked when it was opened: the sample says no";
    assert!(refused.contains("the component 'sample' in ") && refused.ends_with(says), "{refused}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no copy is left");
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
    assert_eq!(libraries[0].manifest.provides["kettle"].version.to_string(), "1.1.0");
    assert_eq!(libraries[1].component.declare().routes.len(), 4);
    assert_eq!(fs::read_dir(copies.path()).unwrap().count(), 0, "no copy is left");
}
