//! What users and roles must be.

use crate::error::IdentityError;

/// The role that may do everything and always exists.
pub(crate) const OWNER: &str = "owner";

/// An e-mail address in lower case.
pub(crate) fn email(text: &str) -> Result<String, IdentityError> {
    let email = text.trim().to_lowercase();
    let fits = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    let clean = email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if fits && clean { Ok(email) } else { Err(IdentityError::InvalidEmail { email }) }
}

/// A role's name.
pub(crate) fn role_name(text: &str) -> Result<String, IdentityError> {
    let name = text.trim().to_owned();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match name.as_str() {
        OWNER => Err(IdentityError::OwnerRole),
        text if !text.is_empty() && text.len() <= 40 && text.bytes().all(fits) => Ok(name),
        _ => Err(IdentityError::InvalidRole { name }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_checked() {
        assert_eq!(email(" Owner@Demo.localhost ").unwrap(), "owner@demo.localhost");
        assert!(email("owner").is_err() && email("a b@c").is_err());
        assert_eq!(role_name("store-manager").unwrap(), "store-manager");
        assert_eq!(role_name("owner"), Err(IdentityError::OwnerRole));
        assert!(role_name("Store Manager").is_err());
    }
}
