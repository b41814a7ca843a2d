//! Requests that another site makes a browser send.

use hatchery_component::{Error, Kind, Result};
use http::{HeaderMap, Method, header};

use crate::request::RequestFacts;

/// Refuses a changing request that a browser sends for another site. Browsers say where a request comes
/// from in `Sec-Fetch-Site` or `Origin`; a program that sends neither is not a browser and carries no
/// cookies that somebody else filled.
///
/// # Errors
/// `Denied` with the code `request.cross_site`.
pub(crate) fn check(method: &Method, headers: &HeaderMap, facts: &RequestFacts) -> Result<()> {
    if method.is_safe() {
        return Ok(());
    }
    let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let is_own = match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => is_origin_of(origin, &facts.host),
        (None, None) => true,
    };
    if is_own {
        return Ok(());
    }
    let message = "This request came from another site and was not carried out.";
    Err(Error::new(Kind::Denied, "request.cross_site", message))
}

/// Whether an origin (`https://acme.example:8443`) is that of a host (`acme.example:8443`).
fn is_origin_of(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let usual = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |text: &str| text.strip_suffix(usual).unwrap_or(text).to_ascii_lowercase();
    bare(authority) == bare(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests as fixtures;

    #[test]
    fn only_the_own_site_may_change_things() {
        #[track_caller]
        fn check(method: Method, pairs: &[(&'static str, &'static str)], expect: bool) {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            let facts = RequestFacts {
                host: "shop.example".into(),
                ..RequestFacts::outside(&fixtures::store_info())
            };
            assert_eq!(super::check(&method, &headers, &facts).is_ok(), expect, "{pairs:?}");
        }
        check(Method::GET, &[("sec-fetch-site", "cross-site")], true);
        check(Method::POST, &[("sec-fetch-site", "cross-site")], false);
        check(Method::POST, &[("sec-fetch-site", "same-site")], false);
        check(Method::POST, &[("sec-fetch-site", "same-origin")], true);
        check(Method::POST, &[("sec-fetch-site", "none")], true);
        check(Method::POST, &[("origin", "https://shop.example")], true);
        check(Method::POST, &[("origin", "http://SHOP.example:80")], true);
        check(Method::DELETE, &[("origin", "https://shop.example.evil.test")], false);
        check(Method::POST, &[("origin", "null")], false);
        check(Method::POST, &[("origin", "http://shop.example:81")], false);
        check(Method::POST, &[], true);
    }
}
