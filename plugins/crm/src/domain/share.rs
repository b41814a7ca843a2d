//! What of a customer's file stores can share, and only when the customer agrees. Orders and what they sum up
//! to stay where they are.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Event;
use hatchery_sdk::component::sharing::{SharedKind, SharedRecord};
use hatchery_sdk::interfaces::crm::{Customer, CustomersSaved, ShareConsent, SharedPart};
use hatchery_sdk::prelude::*;
use serde_json::{Map, Value};

/// What is shared.
pub(crate) const KIND: &str = "customers";
const FIELDS: [&str; 8] =
    ["name", "gender", "birth_date", "occupation", "interests", "channels", "address", "locale"];
const CONSENT: &str = "consent";

/// The kind, for policies.
pub(crate) fn kind() -> SharedKind {
    SharedKind {
        kind: KIND.into(),
        fields: FIELDS.map(str::to_owned).into(),
        required: Vec::new(),
        events: vec![CustomersSaved::TYPE.into()],
        two_way: true,
    }
}

/// A file on its way to another store: with its fields as long as the customer agrees, else with the word that
/// the customer no longer does. None of who was never asked.
pub(crate) fn record(file: &Customer) -> Result<Option<SharedRecord>> {
    let (Some(key), Some(consent)) = (file.email.clone(), &file.consent) else { return Ok(None) };
    let mut fields = if consent.given { object(file)? } else { Map::new() };
    fields.retain(|field, value| FIELDS.contains(&field.as_str()) && !is_empty(value));
    let always = Map::from_iter([(CONSENT.to_owned(), serde_json::to_value(consent)?)]);
    Ok(Some(SharedRecord { key, fields, always, files: BTreeMap::new() }))
}

/// What becomes of a file.
#[derive(Debug, PartialEq)]
pub(crate) enum Taken {
    /// It stays as it is, or there is none.
    AsItWas,
    /// It is to be written.
    Write(Box<Customer>),
    /// It is to be removed: there is nothing in it but what is no longer to be known.
    Remove,
}

/// What a record makes of the file of its customer. `begin` makes an empty file.
pub(crate) fn taken(
    known: Option<Customer>,
    record: &SharedRecord,
    share: &str,
    begin: impl FnOnce() -> Customer,
) -> Result<Taken> {
    let Some(said) = record.always.get(CONSENT).cloned() else { return Ok(Taken::AsItWas) };
    let said: ShareConsent = serde_json::from_value(said)?;
    let before = match known {
        Some(known) => known,
        None if said.given => {
            let shared = SharedPart { by: share.to_owned(), begun: true, fields: Vec::new() };
            Customer { email: Some(record.key.clone()), shared: Some(shared), ..begin() }
        }
        None => return Ok(Taken::AsItWas),
    };
    let is_new = before.consent.is_none() && before.shared.as_ref().is_some_and(|part| part.begun);
    let mut file = before.clone();
    let is_later = file.consent.as_ref().is_none_or(|own| said.at > own.at);
    if is_later {
        file.consent = Some(said);
    }
    if !file.consent.as_ref().is_some_and(|consent| consent.given) {
        return Ok(outcome(before, forgotten(file), false));
    }
    let mut part = file.shared.take().unwrap_or_default();
    part.by = share.to_owned();
    let mut fields = object(&file)?;
    for (field, value) in &record.fields {
        if !is_empty(value) && fields.get(field) != Some(value) {
            fields.insert(field.clone(), value.clone());
            if !part.fields.contains(field) {
                part.fields.push(field.clone());
            }
        }
    }
    let shared = (part.begun || !part.fields.is_empty()).then_some(part);
    let file = Customer { shared, ..serde_json::from_value(Value::Object(fields))? };
    Ok(outcome(before, Some(file), is_new))
}

fn outcome(before: Customer, after: Option<Customer>, is_new: bool) -> Taken {
    match after {
        None => Taken::Remove,
        Some(after) if after == before && !is_new => Taken::AsItWas,
        Some(after) => {
            let version = if is_new { before.version } else { before.version + 1 };
            Taken::Write(Box::new(Customer { version, ..after }))
        }
    }
}

/// The file without what other stores gave; none when nothing else is in it.
pub(crate) fn forgotten(file: Customer) -> Option<Customer> {
    let is_begun = file.shared.as_ref().is_some_and(|part| part.begun);
    (!is_begun || file.orders > 0).then(|| emptied(file))
}

fn emptied(mut file: Customer) -> Customer {
    for field in file.shared.take().map(|part| part.fields).unwrap_or_default() {
        match field.as_str() {
            "name" => file.name = None,
            "gender" => file.gender = None,
            "birth_date" => file.birth_date = None,
            "occupation" => file.occupation = None,
            "interests" => file.interests.clear(),
            "channels" => file.channels.clear(),
            "address" => file.address = None,
            "locale" => file.locale = None,
            _ => {}
        }
    }
    file
}

/// The file with what its customer says now. Not to agree is no news of who was never asked. The customer is
/// known here, so the file stays even if another store began it.
pub(crate) fn said(file: Customer, given: bool, at: DateTime<Utc>, store: &str) -> Customer {
    if file.consent.as_ref().is_some_and(|consent| consent.given) == given {
        return file;
    }
    let consent = Some(ShareConsent { given, at, store: store.to_owned() });
    let file = Customer { consent, ..file };
    if given { file } else { emptied(file) }
}

/// The first field that a change would take out of the hands of the store that keeps it.
pub(crate) fn changed(before: &Customer, after: &Customer, locked: &[String]) -> Option<String> {
    let kept = kept(before, locked);
    let (before, after) = (object(before).ok()?, object(after).ok()?);
    kept.into_iter().find(|field| before.get(field) != after.get(field))
}

/// Puts fields back that another store keeps.
pub(crate) fn keep(file: &mut Customer, before: &Customer, locked: &[String]) {
    for field in kept(before, locked) {
        match field.as_str() {
            "name" => file.name.clone_from(&before.name),
            "gender" => file.gender = before.gender,
            "birth_date" => file.birth_date = before.birth_date,
            "occupation" => file.occupation.clone_from(&before.occupation),
            "interests" => file.interests.clone_from(&before.interests),
            "channels" => file.channels.clone_from(&before.channels),
            "address" => file.address.clone_from(&before.address),
            "locale" => file.locale.clone_from(&before.locale),
            _ => {}
        }
    }
}

/// Fields of a file that came from the store that keeps them, and are changed there only.
fn kept(file: &Customer, locked: &[String]) -> Vec<String> {
    let agrees = file.consent.as_ref().is_some_and(|consent| consent.given);
    let part = file.shared.iter().filter(|_| agrees);
    let fields = part.flat_map(|part| &part.fields);
    fields.filter(|field| locked.contains(field)).cloned().collect()
}

fn object(file: &Customer) -> Result<Map<String, Value>> {
    match serde_json::to_value(file)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::internal("a customer is no object")),
    }
}

/// Nothing is ever emptied by another store.
fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::file::tests::file;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn consent(given: bool, second: i64) -> Option<ShareConsent> {
        Some(ShareConsent { given, at: at(second), store: "Tea".into() })
    }

    fn ada(given: bool, second: i64) -> Customer {
        Customer {
            email: Some("ada@x.org".into()),
            name: Some("Ada".into()),
            interests: vec!["tea".into()],
            consent: consent(given, second),
            orders: 3,
            ..file()
        }
    }

    fn written(taken: Taken) -> Customer {
        match taken {
            Taken::Write(file) => *file,
            other => panic!("nothing is written: {other:?}"),
        }
    }

    #[test]
    fn nothing_goes_out_of_a_customer_who_was_not_asked_or_does_not_agree() {
        assert!(record(&Customer { consent: None, ..ada(true, 1) }).unwrap().is_none());
        assert!(record(&ada(false, 1)).unwrap().unwrap().fields.is_empty());
        let fields = record(&ada(true, 1)).unwrap().unwrap().fields;
        assert_eq!(fields.keys().map(String::as_str).collect::<Vec<_>>(), ["interests", "name"]);
    }

    #[test]
    fn a_file_begins_with_what_comes_and_taking_it_again_changes_nothing() {
        let given = record(&ada(true, 1)).unwrap().unwrap();
        let begun = written(taken(None, &given, "group", file).unwrap());
        assert_eq!((begun.name.as_deref(), begun.orders), (Some("Ada"), 0));
        assert_eq!(taken(Some(begun), &given, "group", file).unwrap(), Taken::AsItWas);
    }

    #[test]
    fn what_came_goes_when_the_customer_says_so_and_what_is_own_stays() {
        let own = Customer {
            email: Some("ada@x.org".into()),
            occupation: Some("Writer".into()),
            orders: 1,
            ..file()
        };
        let both = taken(Some(own), &record(&ada(true, 1)).unwrap().unwrap(), "group", file);
        let both = written(both.unwrap());
        assert_eq!(both.shared.as_ref().unwrap().fields, ["interests", "name"]);
        let over = record(&ada(false, 2)).unwrap().unwrap();
        let after = written(taken(Some(both), &over, "group", file).unwrap());
        assert_eq!((after.name, after.occupation.as_deref()), (None, Some("Writer")));
        let begun = taken(None, &record(&ada(true, 1)).unwrap().unwrap(), "group", file).unwrap();
        assert_eq!(taken(Some(written(begun)), &over, "group", file).unwrap(), Taken::Remove);
    }

    #[test]
    fn the_latest_word_counts() {
        let refused = Customer { name: None, ..ada(false, 5) };
        let late = record(&ada(true, 1)).unwrap().unwrap();
        assert_eq!(taken(Some(refused.clone()), &late, "group", file).unwrap(), Taken::AsItWas);
        let later = record(&ada(true, 9)).unwrap().unwrap();
        assert_eq!(
            written(taken(Some(refused), &later, "group", file).unwrap()).name.unwrap(),
            "Ada"
        );
    }

    #[test]
    fn not_to_agree_is_no_news_of_who_was_never_asked() {
        let file = Customer { consent: None, ..ada(true, 1) };
        assert_eq!(said(file.clone(), false, at(2), "Tea"), file);
        assert!(said(file, true, at(2), "Tea").consent.unwrap().given);
    }

    #[test]
    fn fields_that_another_store_keeps_are_found_and_put_back() {
        let part = SharedPart { by: "group".into(), begun: false, fields: vec!["name".into()] };
        let before = Customer { shared: Some(part), ..ada(true, 1) };
        let mut after = Customer { name: Some("Eve".into()), occupation: None, ..before.clone() };
        let locked = ["name".to_owned(), "occupation".to_owned()];
        assert_eq!(changed(&before, &after, &locked).as_deref(), Some("name"));
        assert_eq!(changed(&before, &after, &[]), None);
        keep(&mut after, &before, &locked);
        assert_eq!(after.name.as_deref(), Some("Ada"));
    }
}
