//! Passwords and tokens: hashing and making.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hatchery_sdk::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::IdentityError;

/// The hash nobody's password has: it is checked when there is no user, so that an unknown address takes
/// as long as a wrong password, and it is kept for users who have not chosen a password yet. Salt and output
/// are arbitrary.
pub(crate) const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWF0LWFsbA$3vNqWTE1o4Xy3ZqF1v0m1mV3m4C7rX3wq1p0V2m9G0k";

/// Letters and digits that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";

/// The rule for every password that somebody chooses: a least length in characters.
pub(crate) fn check_length(password: &str, min: u32) -> std::result::Result<(), IdentityError> {
    if password.chars().count() < min as usize {
        return Err(IdentityError::ShortPassword { min });
    }
    Ok(())
}

/// The argon2id hash of a password with a salt of 16 bytes.
///
/// # Errors
/// The password is longer than argon2 takes, which nobody types.
pub(crate) fn hash(password: &str, salt: &[u8]) -> Result<String> {
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether a password has a hash; without a hash it takes as long and is wrong.
pub(crate) fn verify(password: &str, hash: Option<&str>) -> bool {
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODY)) else { return false };
    let fits = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    fits && hash.is_some()
}

/// A text of random bytes that can be read aloud: five bits a sign, in groups of four.
pub(crate) fn readable(random: &[u8]) -> String {
    let signs: Vec<char> =
        random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let groups: Vec<String> = signs.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// A token of random bytes, and what is kept of it.
pub(crate) fn token(random: &[u8]) -> (String, String) {
    let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let token = format!("hat_{digits}");
    let kept = fingerprint(&token);
    (token, kept)
}

/// The token of a one-time link: random bytes as base64url, and what is kept of it.
pub(crate) fn link_token(random: &[u8]) -> (String, String) {
    let token = URL_SAFE_NO_PAD.encode(random);
    let kept = fingerprint(&token);
    (token, kept)
}

/// What is kept of a token: the SHA-256 of a text that nobody can guess needs no salt.
pub(crate) fn fingerprint(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_has_its_hash() {
        let hashed = hash("correct horse", &[7; 16]).unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse", Some(&hashed)));
        assert!(!verify("Correct horse", Some(&hashed)));
        assert!(!verify("correct horse", None));
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn made_secrets_can_be_read_aloud() {
        assert_eq!(readable(&[0, 1, 2, 31, 32]), "abcA-a");
        let (token, kept) = token(&[1; 24]);
        assert!(token.starts_with("hat_0101"));
        assert_eq!(kept, fingerprint(&token));
        let (token, kept) = link_token(&[255; 32]);
        assert_eq!(token, "_".repeat(42) + "8");
        assert_eq!(kept, fingerprint(&token));
    }
}
