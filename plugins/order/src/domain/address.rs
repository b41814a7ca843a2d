//! What a checkout must know of people.

use hatchery_sdk::interfaces::PostalAddress;

use crate::error::OrderError;

/// Longest text of one address field, in characters.
const MAX_LENGTH: usize = 200;

/// An e-mail address in lower case, by which the customer is found again.
pub(crate) fn email(text: &str) -> Result<String, OrderError> {
    let email = text.trim().to_lowercase();
    let invalid = OrderError::Field {
        field: "/email",
        code: "email.invalid",
        message: "Please give an e-mail address like name@example.com.",
    };
    let Some((local, domain)) = email.rsplit_once('@') else { return Err(invalid) };
    let clean = !email.chars().any(|c| c.is_whitespace() || c.is_control() || c == ',');
    let well_formed = clean
        && !local.is_empty()
        && !local.contains('@')
        && domain.split('.').count() >= 2
        && domain.split('.').all(|label| !label.is_empty())
        && email.len() <= 254;
    if well_formed { Ok(email) } else { Err(invalid) }
}

/// An address that can be written on a parcel, trimmed.
pub(crate) fn address(address: &PostalAddress) -> Result<PostalAddress, OrderError> {
    let required = |field, text: &str, message| {
        let text = text.trim();
        if text.is_empty() {
            return Err(OrderError::Field { field, code: "required", message });
        }
        if text.chars().count() > MAX_LENGTH {
            let message = "This is too long.";
            return Err(OrderError::Field { field, code: "too_long", message });
        }
        Ok(text.to_owned())
    };
    let optional = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| text.chars().take(MAX_LENGTH).collect::<String>())
    };
    let country = address.country.trim().to_uppercase();
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(OrderError::Field {
            field: "/shipping_address/country",
            code: "country.invalid",
            message: "Please give the country as two letters, such as GB or CN.",
        });
    }
    Ok(PostalAddress {
        name: required(
            "/shipping_address/name",
            &address.name,
            "Please give the name of who receives it.",
        )?,
        line1: required(
            "/shipping_address/line1",
            &address.line1,
            "Please give street and number.",
        )?,
        line2: optional(&address.line2),
        city: required("/shipping_address/city", &address.city, "Please give the town.")?,
        region: optional(&address.region),
        postal_code: address.postal_code.trim().chars().take(20).collect(),
        country,
        phone: optional(&address.phone),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_addresses_are_lowered_and_checked() {
        assert_eq!(email(" Ada@Example.COM ").unwrap(), "ada@example.com");
        for bad in ["", "ada", "ada@", "@x.y", "a b@x.y", "a@b", "a@b..c", "a@@b.c"] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_needs_a_name_a_street_a_town_and_a_country() {
        let good = PostalAddress {
            name: "Ada".into(),
            line1: "1 High St".into(),
            city: "York".into(),
            country: "gb".into(),
            ..Default::default()
        };
        assert_eq!(address(&good).unwrap().country, "GB");
        for bad in [
            PostalAddress { name: " ".into(), ..good.clone() },
            PostalAddress { line1: "".into(), ..good.clone() },
            PostalAddress { city: "".into(), ..good.clone() },
            PostalAddress { country: "United Kingdom".into(), ..good.clone() },
        ] {
            assert!(address(&bad).is_err());
        }
    }
}
