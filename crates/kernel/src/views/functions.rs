//! The functions and filters of templates.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use hatchery_types::{Currency, Localized};
use minijinja::value::{Kwargs, Rest, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};

use super::format;
use super::page::{current, rendered};

/// Makes them known.
pub(crate) fn register(environment: &mut Environment<'static>) {
    environment.add_function("t", translate);
    environment.add_function("asset", asset);
    environment.add_function("slot", slot);
    environment.add_function("has", has);
    environment.add_function("first_template", first_template);
    environment.add_function("with_query", with_query);
    environment.add_function("active", active);
    environment.add_filter("money", money);
    environment.add_filter("date", date);
    environment.add_filter("datetime", datetime);
    environment.add_filter("number", number);
    environment.add_filter("localized", localized);
}

/// `t("key", name=value)`: a message in the page's language.
fn translate(key: Value, arguments: Kwargs) -> Result<String, Error> {
    let page = current()?;
    let Some(key) = key.as_str() else { return Ok(String::new()) };
    let mut values = BTreeMap::new();
    for name in arguments.args() {
        let value: Value = arguments.get(name)?;
        let json = serde_json::to_value(&value).unwrap_or_default();
        values.insert(name.to_owned(), json);
    }
    Ok(page.words.translate(&page.languages(), key, &values))
}

/// `asset("component/site.css")`: the address of a static file.
fn asset(name: &str) -> Result<Value, Error> {
    let page = current()?;
    match page.look.asset_address(name) {
        Some(address) => Ok(Value::from_safe_string(escape(&address))),
        None => {
            tracing::warn!(asset = name, "a template asks for the unknown static file {name}");
            Ok(Value::from(""))
        }
    }
}

/// `slot("name", subject)`: what the fillers of a slot gave for a subject.
fn slot(name: &str, subject: Value) -> Result<Value, Error> {
    let slots = rendered()?.slots;
    let key = (name.to_owned(), subject.to_string());
    Ok(Value::from_safe_string(slots.get(&key).cloned().unwrap_or_default()))
}

/// `has("interface")`: whether something in the store provides it.
fn has(interface: &str) -> Result<bool, Error> {
    Ok(current()?.interfaces.contains(interface))
}

/// `first_template("shop/layout.html", "kernel/layout.html")`: the first of these that there is, so
/// that a page works with and without the component whose frame it likes best.
fn first_template(state: &State<'_, '_>, names: Rest<String>) -> Result<String, Error> {
    let there = names.iter().find(|name| state.env().get_template(name).is_ok());
    there.cloned().ok_or_else(|| {
        let message = format!("there is no template {}", names.join(", "));
        Error::new(ErrorKind::TemplateNotFound, message)
    })
}

/// `with_query(page=2)`: the present address with query parameters replaced; none removes one.
fn with_query(arguments: Kwargs) -> Result<String, Error> {
    let page = current()?;
    let mut replaced = Vec::new();
    for name in arguments.args() {
        let value: Value = arguments.get(name)?;
        replaced.push((name.to_owned(), value));
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(page.query.as_bytes()) {
        if !replaced.iter().any(|(replaced, _)| *replaced == name) {
            query.append_pair(&name, &value);
        }
    }
    for (name, value) in replaced {
        if !value.is_none() && !value.is_undefined() {
            query.append_pair(&name, &value.to_string());
        }
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    Ok(format!("{}{mark}{query}", page.path))
}

/// `active("/path")`: whether the page is at that path or below.
fn active(path: &str) -> Result<bool, Error> {
    let page = current()?;
    if path == "/" {
        return Ok(page.path == "/");
    }
    Ok(page
        .path
        .strip_prefix(path.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// An amount of money as text.
fn money(value: Value) -> Result<String, Error> {
    if is_absent(&value) {
        return Ok(String::new());
    }
    let page = current()?;
    let currency = value.get_attr("currency")?;
    let currency: Currency = match currency.as_str() {
        Some(code) => {
            code.parse().map_err(|_| wrong("money", "an amount with a currency", &value))?
        }
        None => return Err(wrong("money", "an amount with minor units and currency", &value)),
    };
    match value.get_attr("minor")?.as_i64() {
        Some(minor) => Ok(format::money(minor, currency, page.currency, &page.locale)),
        None => Err(wrong("money", "an amount with minor units and currency", &value)),
    }
}

/// A day as text.
fn date(value: Value) -> Result<String, Error> {
    if is_absent(&value) {
        return Ok(String::new());
    }
    let page = current()?;
    let text = value.as_str().unwrap_or_default();
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(format::date(day, &page.locale));
    }
    let time = time(text).ok_or_else(|| wrong("date", "a day or a time", &value))?;
    Ok(format::date(time.with_timezone(&page.zone).date_naive(), &page.locale))
}

/// A point in time as text, in the store's time zone.
fn datetime(value: Value) -> Result<String, Error> {
    if is_absent(&value) {
        return Ok(String::new());
    }
    let page = current()?;
    let text = value.as_str().unwrap_or_default();
    let time = time(text).ok_or_else(|| wrong("datetime", "a time", &value))?;
    Ok(format::datetime(time, page.zone, &page.locale))
}

/// A number as text, with at most three decimals.
fn number(value: Value, decimals: Option<usize>) -> Result<String, Error> {
    if is_absent(&value) {
        return Ok(String::new());
    }
    let page = current()?;
    let parsed = match value.as_str() {
        Some(text) => text.parse::<f64>().ok(),
        None => f64::try_from(value.clone()).ok(),
    };
    let parsed = parsed.ok_or_else(|| wrong("number", "a number", &value))?;
    Ok(format::number(parsed, decimals.unwrap_or(3), &page.locale))
}

/// A text in several languages, in that of the page; a plain text stays as it is.
fn localized(value: Value) -> Result<String, Error> {
    if is_absent(&value) {
        return Ok(String::new());
    }
    let page = current()?;
    if value.kind() != ValueKind::Map {
        return Ok(value.to_string());
    }
    let json = serde_json::to_value(&value).unwrap_or_default();
    let text: Localized = serde_json::from_value(json)
        .map_err(|_| wrong("localized", "texts by language", &value))?;
    Ok(text.get(&page.locale).to_owned())
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

fn is_absent(value: &Value) -> bool {
    value.is_none() || value.is_undefined() || value.as_str() == Some("")
}

fn wrong(filter: &str, expected: &str, found: &Value) -> Error {
    let detail = format!("the filter '{filter}' takes {expected}, found {found}");
    Error::new(ErrorKind::InvalidOperation, detail)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_template_that_there_is_frames_a_page() {
        let mut environment = Environment::new();
        register(&mut environment);
        environment.add_template("plain.html", "[{% block content %}{% endblock %}]").unwrap();
        let page = r#"{% extends first_template("fine.html", "plain.html") %}
            {% block content %}tea{% endblock %}"#;
        let render = |environment: &Environment<'_>| environment.render_str(page, ());
        assert_eq!(render(&environment).unwrap(), "[tea]");
        environment.add_template("fine.html", "<{% block content %}{% endblock %}>").unwrap();
        assert_eq!(render(&environment).unwrap(), "<tea>");
        environment.clear_templates();
        let error = render(&environment).unwrap_err().to_string();
        assert!(error.contains("there is no template fine.html, plain.html"), "{error}");
    }
}
