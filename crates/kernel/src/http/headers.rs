//! Headers that keep browsers from doing what a page did not ask for.

use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};

use crate::request::{HttpSettings, ImageSource, RequestFacts};

/// The policy of files that people uploaded: nothing runs, nothing is loaded.
pub(crate) const FILE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

const PERMISSIONS: &str =
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), usb=()";

/// Adds what a handler did not set itself.
pub(crate) fn secure(headers: &mut HeaderMap, facts: &RequestFacts, settings: &HttpSettings) {
    let policy = if facts.is_api() && !facts.path.starts_with("/api/docs") {
        "default-src 'none'; frame-ancestors 'none'".to_owned()
    } else {
        let images: Vec<&str> = settings.image_sources.iter().map(ImageSource::as_str).collect();
        format!(
            "default-src 'self'; script-src 'self' 'nonce-{}'; style-src 'self'; \
             img-src 'self' data: {}; object-src 'none'; frame-ancestors 'none'; base-uri 'self'; \
             form-action 'self'",
            facts.nonce,
            images.join(" "),
        )
    };
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if facts.secure
        && settings.hsts_seconds > 0
        && let Ok(value) = HeaderValue::from_str(&format!("max-age={}", settings.hsts_seconds))
    {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(value);
    }
    if let Ok(id) = HeaderValue::from_str(&facts.id.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}
