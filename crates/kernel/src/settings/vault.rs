//! Secrets at rest: sealed with a key that is derived from the store's own.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hatchery_component::{Error, Result};
use rand::RngCore;

use crate::keyed::keyed_hash;

/// What a sealed text begins with.
const MARK: &str = "sealed:v1:";
const NONCE_BYTES: usize = 24;

/// Seals and opens the secrets of one store.
#[derive(Clone)]
pub(crate) struct Vault(XChaCha20Poly1305);

impl Vault {
    pub(crate) fn new(store_key: &[u8; 32]) -> Self {
        let key = keyed_hash(store_key, "settings", b"");
        Self(XChaCha20Poly1305::new(&Key::from(key)))
    }

    /// The text, sealed for one key of one component; nowhere else can it be opened.
    pub(crate) fn seal(&self, name: &str, text: &str) -> Result<String> {
        let mut nonce = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: text.as_bytes(), aad: name.as_bytes() };
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::internal("a secret could not be sealed"))?;
        let bytes: Vec<u8> = nonce.into_iter().chain(sealed).collect();
        Ok(format!("{MARK}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Whether a text is one that was sealed.
    pub(crate) fn is_sealed(text: &str) -> bool {
        text.starts_with(MARK)
    }

    /// What was sealed under this name with this store's key.
    pub(crate) fn open(&self, name: &str, sealed: &str) -> Result<String> {
        let broken = || {
            let message = format!(
                "The secret '{name}' cannot be opened: the key file of the store is not the one it was \
                 saved with. Save the secret again."
            );
            Error::invalid("settings.sealed", message)
        };
        let text = sealed.strip_prefix(MARK).ok_or_else(broken)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| broken())?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or_else(broken)?;
        let payload = Payload { msg: sealed, aad: name.as_bytes() };
        let text = self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| broken())?;
        String::from_utf8(text).map_err(|_| broken())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_with_its_name_and_key() {
        let vault = Vault::new(&[1; 32]);
        let sealed = vault.seal("mail.password", "tea & biscuits").unwrap();
        assert!(!sealed.contains("tea"));
        assert_ne!(sealed, vault.seal("mail.password", "tea & biscuits").unwrap());
        assert_eq!(vault.open("mail.password", &sealed).unwrap(), "tea & biscuits");
        assert!(vault.open("mail.user", &sealed).is_err());
        assert!(Vault::new(&[2; 32]).open("mail.password", &sealed).is_err());
        assert!(vault.open("mail.password", "tea & biscuits").is_err());
    }
}
