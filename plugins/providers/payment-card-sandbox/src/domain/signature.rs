//! How the bank signs its news: by the Standard Webhooks specification, <https://www.standardwebhooks.com>.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Seconds by which the time of news may differ from ours.
const TOLERANCE: i64 = 300;

/// The headers that sign a body. `now` is in seconds since 1970.
pub(crate) fn headers(
    secret: &str,
    id: &str,
    now: i64,
    body: &[u8],
) -> Option<BTreeMap<String, String>> {
    let now = now.to_string();
    let signature = STANDARD.encode(mac(secret, id, &now, body)?.finalize().into_bytes());
    Some(BTreeMap::from([
        ("webhook-id".to_owned(), id.to_owned()),
        ("webhook-timestamp".to_owned(), now),
        ("webhook-signature".to_owned(), format!("v1,{signature}")),
    ]))
}

/// Whether the headers sign the body, not too long ago.
pub(crate) fn is_good(
    secret: &str,
    headers: &BTreeMap<String, String>,
    now: i64,
    body: &[u8],
) -> bool {
    let header = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
    let (id, time) = (header("webhook-id"), header("webhook-timestamp"));
    let is_recent = time.parse::<i64>().is_ok_and(|time| now.abs_diff(time) <= TOLERANCE as u64);
    let is_ours = |signature: &str| {
        let bytes = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        let (Some(bytes), Some(mac)) = (bytes, mac(secret, id, time, body)) else { return false };
        mac.verify_slice(&bytes).is_ok()
    };
    is_recent && header("webhook-signature").split(' ').any(is_ours)
}

fn mac(secret: &str, id: &str, time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("{id}.{time}.").as_bytes());
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signed_body_within_its_time_is_good() {
        let headers = headers("secret", "n1", 1_000, b"body").unwrap();
        let check = |secret: &str, now: i64, body: &[u8], expected: bool| {
            assert_eq!(is_good(secret, &headers, now, body), expected, "{secret} {now} {body:?}");
        };
        check("secret", 1_000, b"body", true);
        check("secret", 1_300, b"body", true);
        check("secret", 1_301, b"body", false);
        check("secret", 699, b"body", false);
        check("other", 1_000, b"body", false);
        check("secret", 1_000, b"bodY", false);
        assert!(!is_good("secret", &BTreeMap::new(), 1_000, b"body"));
        let mut renamed = headers.clone();
        renamed.insert("webhook-id".into(), "n2".into());
        assert!(!is_good("secret", &renamed, 1_000, b"body"));
    }

    #[test]
    fn one_good_signature_among_several_will_do() {
        let mut headers = headers("secret", "n1", 1_000, b"body").unwrap();
        let good = headers["webhook-signature"].clone();
        headers.insert("webhook-signature".into(), format!("v1,AAAA {good}"));
        assert!(is_good("secret", &headers, 1_000, b"body"));
    }
}
