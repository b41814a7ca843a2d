//! The words of all components, by language: Fluent bundles.

use std::collections::BTreeMap;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use hatchery_component::{Declaration, Error, Result};
use hatchery_types::Locale;
use serde_json::Value;

use super::format;

type Bundle = FluentBundle<Arc<FluentResource>>;
/// Messages in one language with the components that bring them.
type Parts = Vec<(Arc<str>, Arc<FluentResource>)>;

/// Messages by language.
pub(crate) struct Words {
    bundles: BTreeMap<Locale, Bundle>,
}

impl Words {
    /// Merges the messages of all components.
    ///
    /// # Errors
    /// Text that is not Fluent, a language unknown to Unicode, a message that two components bring.
    pub(crate) fn build(declarations: &BTreeMap<Arc<str>, Arc<Declaration>>) -> Result<Self> {
        let mut parts: BTreeMap<Locale, Parts> = BTreeMap::new();
        for (id, declaration) in declarations {
            for (locale, source) in &declaration.messages {
                let resource = Arc::new(parse(id, locale, source)?);
                parts.entry(locale.clone()).or_default().push((id.clone(), resource));
            }
        }
        let mut bundles = BTreeMap::new();
        for (locale, parts) in parts {
            let mut bundle = bundle(&locale)?;
            for (id, resource) in &parts {
                if let Err(errors) = bundle.add_resource(resource.clone()) {
                    return Err(conflict(&locale, id, &parts, &errors));
                }
            }
            bundles.insert(locale, bundle);
        }
        Ok(Self { bundles })
    }

    /// The message in the first of the languages that has it, in a sister language (`zh-TW` reads `zh-CN`),
    /// or in English; the key itself when nobody brings it.
    pub(crate) fn translate(
        &self,
        locales: &[&Locale],
        key: &str,
        arguments: &BTreeMap<String, Value>,
    ) -> String {
        let english = Locale::en();
        let found = locales.iter().copied().chain([&english]).find_map(|locale| {
            let exact = self.bundles.get(locale).and_then(|bundle| written(bundle, key, arguments));
            exact.or_else(|| {
                let sisters = self
                    .bundles
                    .iter()
                    .filter(|(other, _)| *other != locale && other.language() == locale.language());
                sisters.into_iter().find_map(|(_, bundle)| written(bundle, key, arguments))
            })
        });
        found.unwrap_or_else(|| key.to_owned())
    }
}

fn bundle(locale: &Locale) -> Result<Bundle> {
    let language = locale.as_str().parse().map_err(|error| {
        let message = format!("There are messages in '{locale}', which is no language: {error}");
        Error::invalid("message.language", message)
    })?;
    let mut bundle: Bundle = FluentBundle::new_concurrent(vec![language]);
    // Marks around arguments are for text of mixed direction and would show in page titles and mails.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match format::separators(locale) {
        (',', '.') => |value, _| write_number(value, "en"),
        ('.', ',') => |value, _| write_number(value, "de"),
        _ => |value, _| write_number(value, "fr"),
    }));
    bundle.add_builtins().map_err(|error| Error::internal(error.to_string()))?;
    Ok(bundle)
}

/// Names the two components of the first message that is brought twice.
fn conflict(
    locale: &Locale,
    id: &str,
    parts: &[(Arc<str>, Arc<FluentResource>)],
    errors: &[FluentError],
) -> Error {
    let key = errors.iter().find_map(|error| match error {
        FluentError::Overriding { id, .. } => Some(id.as_str()),
        _ => None,
    });
    let Some(key) = key else {
        let message = format!("The messages of '{id}' in '{locale}' cannot be used.");
        return Error::invalid("message.invalid", message);
    };
    let brings = |resource: &Arc<FluentResource>| {
        let mut alone: Bundle = FluentBundle::new_concurrent(Vec::new());
        alone.add_resource_overriding(resource.clone());
        alone.has_message(key)
    };
    let other = parts.iter().find(|(_, resource)| brings(resource)).map_or(id, |(other, _)| other);
    let message = format!("Both '{other}' and '{id}' bring the message '{key}' in '{locale}'.");
    Error::conflict("message.conflict", message)
}

fn parse(component: &str, locale: &Locale, source: &str) -> Result<FluentResource> {
    FluentResource::try_new(source.to_owned()).map_err(|(_, errors)| {
        let first = errors.first().map_or_else(String::new, |error| {
            let line =
                source.bytes().take(error.pos.start).filter(|byte| *byte == b'\n').count() + 1;
            format!("line {line}: {error}")
        });
        let message =
            format!("The messages of '{component}' in '{locale}' cannot be read: {first}");
        Error::invalid("message.invalid", message)
    })
}

fn written(bundle: &Bundle, key: &str, arguments: &BTreeMap<String, Value>) -> Option<String> {
    let (id, attribute) = match key.split_once('.') {
        Some((id, attribute)) => (id, Some(attribute)),
        None => (key, None),
    };
    let message = bundle.get_message(id)?;
    let pattern = match attribute {
        Some(attribute) => message.get_attribute(attribute)?.value(),
        None => message.value()?,
    };
    let mut errors = Vec::new();
    let arguments = fluent_arguments(arguments);
    let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors);
    if !errors.is_empty() {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        tracing::warn!(key, errors = errors.join("; "), "the message {key} is not complete");
    }
    Some(text.into_owned())
}

fn fluent_arguments(arguments: &BTreeMap<String, Value>) -> FluentArgs<'_> {
    arguments
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Number(number) => FluentValue::from(number.as_f64().unwrap_or_default()),
                Value::String(text) => FluentValue::from(text.as_str()),
                Value::Null => FluentValue::from(""),
                other => FluentValue::from(other.to_string()),
            };
            (name.as_str(), value)
        })
        .collect()
}

/// Writes numbers as a language does; texts stay as they are.
fn write_number(value: &FluentValue<'_>, language: &str) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let options = &number.options;
    if !options.use_grouping || options.minimum_fraction_digits.is_some() {
        return None;
    }
    let locale = language.parse().ok()?;
    Some(format::number(number.value, options.maximum_fraction_digits.unwrap_or(3), &locale))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declarations(all: Vec<(&str, Declaration)>) -> BTreeMap<Arc<str>, Arc<Declaration>> {
        all.into_iter().map(|(id, declaration)| (id.into(), Arc::new(declaration))).collect()
    }

    fn words(en: &'static str, zh: &'static str) -> Words {
        let declaration =
            Declaration::new().messages(Locale::en(), en).messages(Locale::zh_cn(), zh);
        Words::build(&declarations(vec![("a", declaration)])).unwrap()
    }

    #[test]
    fn messages_fall_back_and_count() {
        let words = words(
            "a-lines = { $count ->\n    [one] { $count } line\n   *[other] { $count } lines\n}\na-only = Only here\n",
            "a-lines = { $count } 行\n",
        );
        #[track_caller]
        fn check(words: &Words, tag: &str, key: &str, count: i64, expect: &str) {
            let arguments = BTreeMap::from([("count".to_owned(), count.into())]);
            assert_eq!(words.translate(&[&tag.parse().unwrap()], key, &arguments), expect);
        }
        check(&words, "en", "a-lines", 1, "1 line");
        check(&words, "en", "a-lines", 1200, "1,200 lines");
        check(&words, "zh-CN", "a-lines", 1, "1 行");
        check(&words, "zh-TW", "a-lines", 2, "2 行");
        check(&words, "zh-CN", "a-only", 0, "Only here");
        check(&words, "fr", "a-only", 0, "Only here");
        check(&words, "en", "a-nothing", 0, "a-nothing");
    }

    #[test]
    fn a_message_brought_twice_names_both() {
        let brings = || Declaration::new().messages(Locale::en(), "x-y = Z\n");
        let error =
            Words::build(&declarations(vec![("a", brings()), ("b", brings())])).err().unwrap();
        assert_eq!(error.message(), "Both 'a' and 'b' bring the message 'x-y' in 'en'.");
        let broken = Declaration::new().messages(Locale::en(), "a-b = c\na-d = {\n");
        let error = Words::build(&declarations(vec![("a", broken)])).err().unwrap();
        assert!(
            error.message().starts_with("The messages of 'a' in 'en' cannot be read: line "),
            "{error}"
        );
    }
}
