//! Hashes that only the holder of a store's key can make.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA256 with a key of its own for each purpose.
pub(crate) fn keyed_hash(key: &[u8; 32], purpose: &str, value: &[u8]) -> [u8; 32] {
    keyed(key, purpose, value).finalize().into_bytes().into()
}

/// The hash in the making, to compare a given one in constant time.
pub(crate) fn keyed(key: &[u8; 32], purpose: &str, value: &[u8]) -> Hmac<Sha256> {
    let of_purpose: [u8; 32] =
        hmac(key).chain_update(purpose.as_bytes()).finalize().into_bytes().into();
    hmac(&of_purpose).chain_update(value)
}

fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length")
}
