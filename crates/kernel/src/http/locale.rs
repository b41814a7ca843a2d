//! The language of an answer.

use hatchery_component::StoreInfo;
use hatchery_types::Locale;
use http::{HeaderMap, header};

use crate::request::RequestFacts;

/// The cookie that keeps a visitor's choice.
pub(crate) const COOKIE: &str = "lang";
/// How long it is kept: a year.
const COOKIE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// The language of a request: `lang=` in the address, the cookie, `Accept-Language`, the store's default.
pub(crate) fn choose(store: &StoreInfo, facts: &RequestFacts, headers: &HeaderMap) -> Locale {
    asked_for(store, facts)
        .or_else(|| offered(store, facts.cookie(COOKIE)?))
        .or_else(|| accepted(store, headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?))
        .unwrap_or_else(|| store.locale())
}

/// The language that `lang=` in the address asks for, if the store has it.
pub(crate) fn asked_for(store: &StoreInfo, facts: &RequestFacts) -> Option<Locale> {
    let mut pairs = form_urlencoded::parse(facts.query.as_bytes());
    offered(store, &pairs.find(|(name, _)| name == "lang")?.1)
}

/// The address without `lang=`, and the cookie that keeps the choice.
pub(crate) fn keep(facts: &RequestFacts, locale: &Locale) -> (String, String) {
    let pairs = form_urlencoded::parse(facts.query.as_bytes());
    let rest = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs.filter(|(name, _)| name != "lang"))
        .finish();
    let mark = if rest.is_empty() { "" } else { "?" };
    let secure = if facts.secure { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={locale}; Path=/; Max-Age={COOKIE_SECONDS}; SameSite=Lax; HttpOnly{secure}"
    );
    (format!("{}{mark}{rest}", facts.path), cookie)
}

/// The store's language for a tag: the same, else the first of the same tongue.
fn offered(store: &StoreInfo, tag: &str) -> Option<Locale> {
    let wanted: Locale = tag.parse().ok()?;
    let exact = store.locales.iter().find(|locale| **locale == wanted);
    exact
        .or_else(|| store.locales.iter().find(|locale| locale.language() == wanted.language()))
        .cloned()
}

/// The best of the store's languages by an `Accept-Language` header.
fn accepted(store: &StoreInfo, header: &str) -> Option<Locale> {
    let mut wanted: Vec<(f32, &str)> = header
        .split(',')
        .take(20)
        .filter_map(|part| {
            let mut pieces = part.split(';');
            let tag = pieces.next()?.trim();
            let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q="));
            let weight = weight.map_or(Some(1.0), |text| text.parse::<f32>().ok())?;
            (weight > 0.0).then_some((weight, tag))
        })
        .collect();
    // Stable, so that equal weights keep the order of the header.
    wanted.sort_by(|left, right| right.0.total_cmp(&left.0));
    wanted.into_iter().find_map(|(_, tag)| offered(store, tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests as fixtures;

    #[test]
    fn the_address_wins_then_the_cookie_then_the_browser() {
        #[track_caller]
        fn check(query: &str, cookies: &str, accept: &str, expect: &str) {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
            let facts = RequestFacts {
                query: query.into(),
                cookies: cookies.into(),
                ..RequestFacts::outside(&fixtures::store_info())
            };
            assert_eq!(choose(&fixtures::store_info(), &facts, &headers).as_str(), expect);
        }
        check("", "", "", "en");
        check("", "", "fr, zh;q=0.8, en;q=0.1", "zh-CN");
        check("", "", "zh-CN;q=0.3, en-GB;q=0.9", "en");
        check("", "", "zh;q=0, *;q=x", "en");
        check("", "lang=zh-CN", "en", "zh-CN");
        check("a=1&lang=en", "lang=zh-CN", "zh-CN", "en");
        check("lang=fr", "lang=zh-CN", "en", "zh-CN");
    }

    #[test]
    fn the_choice_is_kept_and_leaves_the_address() {
        let facts = RequestFacts {
            path: "/a".into(),
            query: "b=c%20d&lang=zh-CN".into(),
            ..RequestFacts::outside(&fixtures::store_info())
        };
        let (address, cookie) = keep(&facts, &Locale::zh_cn());
        assert_eq!(address, "/a?b=c+d");
        assert!(
            cookie.starts_with("lang=zh-CN; Path=/; Max-Age=31536000; SameSite=Lax"),
            "{cookie}"
        );
    }
}
