//! What a file learns, and what it must be.

use chrono::{Datelike, NaiveDate};
use hatchery_sdk::interfaces::crm::{ContactChannel, Customer, CustomerFacts};

use crate::error::CrmError;

/// Fills what is empty, adds what is new, and says whether anything changed. A newer address replaces an
/// older one; nothing else that is there is touched.
pub(crate) fn learn(file: &mut Customer, facts: &CustomerFacts) -> bool {
    let before = file.clone();
    fill(&mut file.email, facts.email.as_deref().map(normalize_email));
    fill(&mut file.name, trimmed(&facts.name));
    fill(&mut file.gender, facts.gender);
    fill(&mut file.birth_date, facts.birth_date);
    fill(&mut file.occupation, trimmed(&facts.occupation));
    fill(&mut file.locale, facts.locale.clone());
    for interest in &facts.interests {
        if !file.interests.contains(interest) {
            file.interests.push(interest.clone());
        }
    }
    let phone = facts.address.as_ref().and_then(|address| address.phone.clone());
    let from_facts = facts.channels.iter().cloned();
    let from_email = file.email.clone().map(|value| channel("email", value));
    let from_phone = phone.map(|value| channel("phone", value));
    for found in from_facts.chain(from_email).chain(from_phone) {
        add_channel(&mut file.channels, found);
    }
    if let Some((system, number)) = &facts.reference {
        file.references.insert(system.clone(), number.clone());
    }
    if facts.address.is_some() {
        file.address.clone_from(&facts.address);
    }
    *file != before
}

/// What staff write must make sense.
pub(crate) fn check(file: &Customer, today: NaiveDate) -> Result<(), CrmError> {
    if let Some(date) = file.birth_date
        && (date > today || date.year() < 1900)
    {
        return Err(CrmError::BirthDate { date });
    }
    if file.channels.iter().filter(|channel| channel.preferred).count() > 1 {
        return Err(CrmError::SeveralPreferred);
    }
    Ok(())
}

/// Full years between a birth date and a day.
pub(crate) fn age(birth_date: NaiveDate, today: NaiveDate) -> Option<i32> {
    today.years_since(birth_date).and_then(|years| i32::try_from(years).ok())
}

/// E-mail addresses are compared in lower case without surrounding white space.
pub(crate) fn normalize_email(email: &str) -> String {
    email.trim().to_lowercase()
}

fn channel(kind: &str, value: String) -> ContactChannel {
    ContactChannel { kind: kind.into(), value, preferred: false }
}

/// The first preferred way stays the preferred one.
fn add_channel(channels: &mut Vec<ContactChannel>, mut found: ContactChannel) {
    let same = |known: &&mut ContactChannel| known.kind == found.kind && known.value == found.value;
    let has_preferred = channels.iter().any(|channel| channel.preferred);
    found.preferred &= !has_preferred;
    match channels.iter_mut().find(same) {
        Some(known) => known.preferred |= found.preferred,
        None => channels.push(found),
    }
}

fn fill<T>(known: &mut Option<T>, fact: Option<T>) {
    if known.is_none() {
        *known = fact;
    }
}

fn trimmed(text: &Option<String>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
pub(crate) mod tests {
    use hatchery_sdk::interfaces::PostalAddress;
    use hatchery_sdk::interfaces::crm::Gender;

    use super::*;

    pub(crate) fn file() -> Customer {
        Customer {
            id: uuid::Uuid::nil().into(),
            email: None,
            name: None,
            gender: None,
            birth_date: None,
            age: None,
            occupation: None,
            interests: vec![],
            channels: vec![],
            address: None,
            locale: None,
            references: Default::default(),
            orders: 0,
            spent: None,
            first_order_at: None,
            last_order_at: None,
            created_at: Default::default(),
            version: 1,
            consent: None,
            shared: None,
        }
    }

    #[test]
    fn facts_fill_what_is_empty_and_touch_nothing_else() {
        let mut file = Customer { name: Some("Ada".into()), ..file() };
        let facts = CustomerFacts {
            email: Some(" ADA@x.org ".into()),
            name: Some("Countess".into()),
            gender: Some(Gender::Female),
            interests: vec!["tea".into()],
            address: Some(PostalAddress { phone: Some("1".into()), ..Default::default() }),
            ..Default::default()
        };
        assert!(learn(&mut file, &facts));
        assert_eq!(file.name.as_deref(), Some("Ada"));
        assert_eq!(file.email.as_deref(), Some("ada@x.org"));
        let kinds: Vec<&str> = file.channels.iter().map(|channel| channel.kind.as_str()).collect();
        assert_eq!(kinds, ["email", "phone"]);
        assert!(!learn(&mut file, &facts), "the same facts again change nothing");
    }

    #[test]
    fn at_most_one_way_is_preferred() {
        let preferred =
            |value: &str| ContactChannel { preferred: true, ..channel("phone", value.into()) };
        let mut file = file();
        let facts =
            CustomerFacts { channels: vec![preferred("1"), preferred("2")], ..Default::default() };
        learn(&mut file, &facts);
        assert!(file.channels[0].preferred && !file.channels[1].preferred);
        file.channels[1].preferred = true;
        let today = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        assert_eq!(check(&file, today), Err(CrmError::SeveralPreferred));
    }

    #[test]
    fn age_counts_full_years() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        assert_eq!(age(day(1990, 6, 15), day(2026, 6, 14)), Some(35));
        assert_eq!(age(day(1990, 6, 15), day(2026, 6, 15)), Some(36));
        assert_eq!(age(day(2030, 1, 1), day(2026, 1, 1)), None);
    }
}
