//! Languages and texts in several of them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A BCP 47 language tag in its usual case, such as `en` or `zh-CN`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "zh-CN")]
pub struct Locale(String);

/// The text is no language tag: two or three letters, then subtags of letters and digits behind dashes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no language tag; write one like 'en' or 'zh-CN'")]
pub struct ParseLocaleError(String);

impl Locale {
    /// English, the language every text falls back to.
    pub fn en() -> Self {
        Self("en".into())
    }

    /// Simplified Chinese as written in China.
    pub fn zh_cn() -> Self {
        Self("zh-CN".into())
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language without region or script: `zh` of `zh-CN`.
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl FromStr for Locale {
    type Err = ParseLocaleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || ParseLocaleError(text.to_owned());
        let mut tag = String::with_capacity(text.len());
        for (index, part) in text.split(['-', '_']).enumerate() {
            let letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
            let fits = match index {
                0 => letters && (2..=3).contains(&part.len()),
                _ => {
                    part.bytes().all(|byte| byte.is_ascii_alphanumeric())
                        && (2..=8).contains(&part.len())
                }
            };
            if !fits {
                return Err(fail());
            }
            if index > 0 {
                tag.push('-');
            }
            match (index, part.len()) {
                (0, _) => tag.push_str(&part.to_ascii_lowercase()),
                (_, 2) => tag.push_str(&part.to_ascii_uppercase()),
                (_, 4) if letters => {
                    tag.push_str(&part[..1].to_ascii_uppercase());
                    tag.push_str(&part[1..].to_ascii_lowercase());
                }
                _ => tag.push_str(&part.to_ascii_lowercase()),
            }
        }
        Ok(Self(tag))
    }
}
impl TryFrom<String> for Locale {
    type Error = ParseLocaleError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0
    }
}

/// One text in several languages.
///
/// In JSON an object from language tag to text; a plain string is read as English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(from = "LocalizedJson", into = "BTreeMap<Locale, String>")]
#[schema(value_type = BTreeMap<String, String>, example = json!({"en": "Teapot", "zh-CN": "茶壶"}))]
pub struct Localized(BTreeMap<Locale, String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum LocalizedJson {
    Plain(String),
    Texts(BTreeMap<Locale, String>),
}

impl Localized {
    /// A text in one language.
    pub fn new(locale: Locale, text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(locale, text.into())]))
    }

    /// An English text.
    pub fn en(text: impl Into<String>) -> Self {
        Self::new(Locale::en(), text)
    }

    /// The same with a text in one more language.
    #[must_use]
    pub fn with(mut self, locale: Locale, text: impl Into<String>) -> Self {
        self.0.insert(locale, text.into());
        self
    }

    /// The text for a reader: in the locale itself, else in its language, else in English, else in the
    /// first language there is, else empty.
    pub fn get(&self, locale: &Locale) -> &str {
        self.0
            .get(locale)
            .or_else(|| {
                let language = locale.language();
                self.0.iter().find(|(other, _)| other.language() == language).map(|(_, text)| text)
            })
            .or_else(|| self.0.get(&Locale::en()))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }

    /// All texts, by language tag.
    pub fn iter(&self) -> impl Iterator<Item = (&Locale, &str)> {
        self.0.iter().map(|(locale, text)| (locale, text.as_str()))
    }

    /// Whether there is no text, or only blank ones.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|text| text.trim().is_empty())
    }
}

impl From<LocalizedJson> for Localized {
    fn from(json: LocalizedJson) -> Self {
        match json {
            LocalizedJson::Plain(text) => Self::en(text),
            LocalizedJson::Texts(texts) => Self(texts),
        }
    }
}
impl From<Localized> for BTreeMap<Locale, String> {
    fn from(text: Localized) -> Self {
        text.0
    }
}
impl From<BTreeMap<Locale, String>> for Localized {
    fn from(texts: BTreeMap<Locale, String>) -> Self {
        Self(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_brought_to_their_usual_case() {
        for (given, expected) in
            [("EN", Some("en")), ("zh_cn", Some("zh-CN")), ("zh-hans-cn", Some("zh-Hans-CN"))]
        {
            assert_eq!(given.parse::<Locale>().ok().as_ref().map(Locale::as_str), expected);
        }
        for bad in ["", "e", "english language", "12", "en-"] {
            assert!(bad.parse::<Locale>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_reader_gets_the_nearest_language() {
        let text = Localized::en("Teapot").with(Locale::zh_cn(), "茶壶");
        assert_eq!(text.get(&"zh-TW".parse().unwrap()), "茶壶");
        assert_eq!(text.get(&"fr".parse().unwrap()), "Teapot");
        assert_eq!(Localized::default().get(&Locale::en()), "");
    }

    #[test]
    fn a_plain_string_is_english() {
        let text: Localized = serde_json::from_str("\"Teapot\"").unwrap();
        assert_eq!(text, Localized::en("Teapot"));
    }
}
