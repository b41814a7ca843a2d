//! What the component declares, checked with the SDK alone. `hatchery component check` tries the rest.

use std::collections::BTreeSet;

use hatchery_sdk::component::Manifest;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use __crate__::__Name__Component;

#[test]
fn every_table_has_the_prefix_of_the_component() {
    let manifest = Manifest::parse(include_str!("../component.toml")).unwrap();
    for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
        for step in __Name__Component.declare().migrations {
            let statements = step.statements(backend);
            assert!(!statements.is_empty(), "{} does nothing", step.id);
            for statement in statements {
                assert!(statement.contains(&manifest.table_prefix()), "{statement}");
            }
        }
    }
}

#[test]
fn every_word_is_there_in_both_languages() {
    let keys = |locale: Locale| -> BTreeSet<&str> {
        let messages = __Name__Component.declare().messages;
        let texts = messages.into_iter().filter(|(it, _)| *it == locale).map(|(_, text)| text);
        texts
            .flat_map(str::lines)
            .filter(|line| !line.starts_with([' ', '#', '}']))
            .filter_map(|line| Some(line.split_once('=')?.0.trim()))
            .collect()
    };
    assert!(!keys(Locale::en()).is_empty());
    assert_eq!(keys(Locale::en()), keys(Locale::zh_cn()));
}
