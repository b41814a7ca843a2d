//! A form drawn from a JSON Schema and a value.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use hatchery_sdk::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::cell::Cell;
use crate::domain::labels::{Labels, Named};
use crate::domain::schema::{self, Property, Shape};

/// Fields that belong together.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Section {
    pub(crate) title: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) fields: Vec<FormField>,
}

/// A field ready for `field.html`; which parts are there depends on its kind.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct FormField {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) kind: &'static str,
    pub(crate) value: Value,
    pub(crate) hint: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) required: bool,
    pub(crate) readonly: bool,
    pub(crate) locked: Option<String>,
    pub(crate) wide: bool,
    pub(crate) min: Option<Value>,
    pub(crate) max: Option<Value>,
    pub(crate) maxlength: Option<Value>,
    pub(crate) options: Vec<Choice>,
    pub(crate) currency: Option<String>,
    pub(crate) texts: Vec<TextIn>,
    pub(crate) fields: Vec<FormField>,
    pub(crate) items: Vec<Item>,
    pub(crate) open: bool,
    pub(crate) add: String,
}

/// One of several.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) selected: bool,
}

/// A text in one language.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TextIn {
    pub(crate) locale: String,
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) long: bool,
}

/// One row of a list.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Item {
    pub(crate) number: usize,
    pub(crate) remove: String,
    pub(crate) fields: Vec<FormField>,
}

/// What a form needs to know besides schema and value.
#[derive(Clone, Debug)]
pub(crate) struct FormContext {
    pub(crate) locales: Vec<Locale>,
    pub(crate) locale: Locale,
    pub(crate) currency: Currency,
    pub(crate) zone: Tz,
    pub(crate) labels: Labels,
    /// Field path to what is wrong there.
    pub(crate) problems: BTreeMap<String, String>,
    /// Top-level key to where its value is fixed.
    pub(crate) locked: BTreeMap<String, String>,
    /// Resource to the ids and names of its records.
    pub(crate) references: BTreeMap<String, Vec<(String, String)>>,
    /// Ids of records of other resources to what they are called and where they are.
    pub(crate) named: BTreeMap<String, (String, String)>,
    /// Whether everything is only shown.
    pub(crate) readonly: bool,
    /// Title of the section of fields that staff added.
    pub(crate) custom_title: String,
    /// The list whose rows were just changed.
    pub(crate) opened: Option<String>,
    /// What stands first in a choice that may stay empty.
    pub(crate) choose: String,
}

impl FormContext {
    /// Whether a list has something to be looked at: changed rows, or mistakes.
    fn is_at_hand(&self, path: &str) -> bool {
        let below = format!("{path}.");
        let within = |other: &String| other == path || other.starts_with(&below);
        self.opened.as_ref().is_some_and(within) || self.problems.keys().any(within)
    }
}

/// A list with up to so many rows stands open.
const FEW: usize = 2;
/// Fields that name a record of another resource. What a movement of stock refers to is an order.
const NAMING: [(&str, &str); 6] = [
    ("order_id", "orders"),
    ("reference", "orders"),
    ("payment_id", "payments"),
    ("customer_id", "customers"),
    ("product_id", "products"),
    ("user_id", "users"),
];
/// Name of the property that holds the fields staff added.
const CUSTOM: &str = "custom";

/// The sections of a form: the resource's own fields, and those that staff added.
pub(crate) fn sections(context: &FormContext, schema: &Value, value: &Value) -> Vec<Section> {
    let (custom, own): (Vec<_>, Vec<_>) =
        schema::properties(schema).into_iter().partition(|property| property.key == CUSTOM);
    let fields = own
        .iter()
        .filter(|property| !(property.readonly && value[property.key].is_null()))
        .filter(|property| !(property.key == "id" && is_uuid(&value["id"])))
        .map(|property| field(context, property, property.key, &value[property.key]));
    let mut sections = vec![Section { title: None, hint: None, fields: fields.collect() }];
    for property in custom {
        let Shape::Group(inner) = property.shape else { continue };
        let fields = group(context, inner, CUSTOM, &value[CUSTOM]);
        let title = Some(context.custom_title.clone());
        sections.push(Section { title, hint: None, fields });
    }
    sections.retain(|section| !section.fields.is_empty());
    sections
}

/// Whether one of the fields is at this path and can tell what is wrong with it.
pub(crate) fn has_field(sections: &[Section], path: &str) -> bool {
    fn any(fields: &[FormField], path: &str) -> bool {
        fields.iter().any(|field| {
            field.name == path
                || any(&field.fields, path)
                || field.items.iter().any(|item| any(&item.fields, path))
        })
    }
    sections.iter().any(|section| any(&section.fields, path))
}

/// Whether a value is an id that says nothing to people.
fn is_uuid(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.len() == 36
        && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The records of other resources that a value names in fields that are only shown: resource and id.
pub(crate) fn named_records<'a>(
    schema: &Value,
    value: &'a Value,
    readonly: bool,
) -> Vec<(&'static str, &'a str)> {
    let named = |property: Property<'_>| {
        let id = &value[property.key];
        let (_, resource) = NAMING.iter().find(|(key, _)| *key == property.key)?;
        (readonly || property.readonly).then_some(())?;
        is_uuid(id).then(|| (*resource, id.as_str().unwrap_or_default()))
    };
    schema::properties(schema).into_iter().filter_map(named).collect()
}

fn group(context: &FormContext, schema: &Value, path: &str, value: &Value) -> Vec<FormField> {
    schema::properties(schema)
        .iter()
        .map(|property| {
            let path = format!("{path}.{}", property.key);
            field(context, property, &path, &value[property.key])
        })
        .collect()
}

fn field(context: &FormContext, property: &Property<'_>, path: &str, value: &Value) -> FormField {
    let label = serde_json::from_value::<Localized>(property.schema["x-label"].clone()).ok();
    let label = label.map(|label| label.get(&context.locale).to_owned());
    let english = context.locale.language() == "en";
    let root = path.split('.').next().unwrap_or(path);
    let label = label
        .filter(|label| !label.is_empty())
        .unwrap_or_else(|| context.labels.of(Named::Field, property.key));
    let hint = schema::hint(property.schema).filter(|_| english).map(|hint| hint.replace('`', ""));
    let base = FormField {
        name: path.to_owned(),
        id: format!("f-{}", path.replace(['.', '_'], "-")),
        hint: hint.filter(|hint| !says_the_same(hint, &label)),
        label,
        error: context.problems.get(path).cloned(),
        required: property.required,
        locked: context.locked.get(root).cloned(),
        ..FormField::default()
    };
    if context.readonly || property.readonly {
        return shown(context, property, base, value);
    }
    if let Some(options) =
        schema::reference(property.schema).and_then(|resource| context.references.get(resource))
    {
        return referring(context, property, base, value, options);
    }
    editable(context, property, base, value)
}

/// Whether a hint only repeats the label: `Birth date.` below "Birth date".
fn says_the_same(hint: &str, label: &str) -> bool {
    let plain = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let (hint, label) = (plain(hint), plain(label));
    hint == label || hint == format!("its{label}") || hint == format!("{label}address")
}

/// A field to be read: nested things open, the rest as a cell.
fn shown(
    context: &FormContext,
    property: &Property<'_>,
    base: FormField,
    value: &Value,
) -> FormField {
    let base = FormField { hint: None, required: false, readonly: true, ..base };
    let nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    match &property.shape {
        Shape::Group(schema) if !nothing => {
            FormField { kind: "group", fields: group(context, schema, &base.name, value), ..base }
        }
        Shape::GroupList(schema) if !nothing => {
            let items = items(context, schema, &base.name, value);
            FormField { kind: "list", items, open: true, locked: Some(String::new()), ..base }
        }
        _ => {
            let cell = match value.as_str().and_then(|id| context.named.get(id)) {
                Some((label, url)) => Cell::new("text", label.as_str()).linked(url.clone()),
                None => {
                    let (locale, labels) = (&context.locale, &context.labels);
                    Cell::of(property.key, Some(property), value, locale, labels)
                }
            };
            FormField { kind: "shown", value: json!(cell), ..base }
        }
    }
}

/// A field that names records of a resource.
fn referring(
    context: &FormContext,
    property: &Property<'_>,
    base: FormField,
    value: &Value,
    options: &[(String, String)],
) -> FormField {
    let chosen = |id: &str| match value {
        Value::Array(ids) => ids.iter().any(|chosen| chosen == id),
        _ => value == id,
    };
    let choice = |(id, label): &(String, String)| Choice {
        value: id.clone(),
        label: label.clone(),
        selected: chosen(id),
    };
    let mut choices: Vec<Choice> = options.iter().map(choice).collect();
    if property.shape == Shape::TextList {
        return FormField { kind: "references", options: choices, wide: true, ..base };
    }
    let unknown =
        value.as_str().filter(|id| !id.is_empty() && !options.iter().any(|(o, _)| o == id));
    choices.extend(unknown.map(|id| Choice { value: id.into(), label: id.into(), selected: true }));
    choices.insert(0, nothing_chosen(context, property, value));
    FormField { kind: "select", options: choices, ..base }
}

fn editable(
    context: &FormContext,
    property: &Property<'_>,
    base: FormField,
    value: &Value,
) -> FormField {
    let schema = property.schema;
    let maxlength = schema.get("maxLength").cloned();
    match &property.shape {
        Shape::Text { long: false } => {
            FormField { kind: "text", value: json!(plain(value)), maxlength, ..base }
        }
        Shape::Text { long: true } => {
            FormField { kind: "textarea", value: json!(plain(value)), maxlength, ..base }
        }
        Shape::Email => FormField { kind: "email", value: json!(plain(value)), ..base },
        Shape::Url => FormField { kind: "url", value: json!(plain(value)), ..base },
        Shape::Secret => {
            let is_set = *value == true || value.as_str().is_some_and(|text| !text.is_empty());
            FormField { kind: "password", value: json!(is_set), ..base }
        }
        Shape::Integer | Shape::Number => FormField {
            kind: if property.shape == Shape::Integer { "integer" } else { "number" },
            value: json!(plain(value)),
            min: schema.get("minimum").cloned(),
            max: schema.get("maximum").cloned(),
            ..base
        },
        Shape::YesNo => FormField { kind: "checkbox", value: json!(*value == true), ..base },
        Shape::Date => FormField { kind: "date", value: json!(plain(value)), ..base },
        Shape::Time => {
            FormField { kind: "datetime", value: json!(local_time(value, context.zone)), ..base }
        }
        Shape::Money | Shape::UnitPrice => {
            let (text, currency) = amount(value, context.currency);
            FormField { kind: "money", value: json!(text), currency: Some(currency), ..base }
        }
        Shape::Choice(words) => {
            let choice = |word: &&str| Choice {
                value: (*word).to_owned(),
                label: context.labels.of(Named::Value, word),
                selected: value == *word,
            };
            let mut options: Vec<Choice> = words.iter().map(choice).collect();
            if property.nullable || value.is_null() {
                options.insert(0, nothing_chosen(context, property, value));
            }
            FormField { kind: "select", options, ..base }
        }
        Shape::Localized => {
            let ends = |end: &&str| property.key.ends_with(*end);
            let long = ["description", "text", "message", "body", "instructions"].iter().any(ends);
            FormField {
                kind: "localized",
                texts: texts(context, &base.name, value, long),
                wide: true,
                ..base
            }
        }
        Shape::TextMap => {
            FormField { kind: "textarea", value: json!(map_lines(value)), wide: true, ..base }
        }
        Shape::TextList => FormField { kind: "textarea", value: json!(list_lines(value)), ..base },
        Shape::Group(inner) => {
            FormField { kind: "group", fields: group(context, inner, &base.name, value), ..base }
        }
        Shape::GroupList(inner) => {
            let items = items(context, inner, &base.name, value);
            let open = items.len() <= FEW || context.is_at_hand(&base.name);
            FormField { kind: "list", items, open, add: base.name.clone(), ..base }
        }
        Shape::Json => {
            let text = match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                value => serde_json::to_string_pretty(value).unwrap_or_default(),
            };
            FormField { kind: "json", value: json!(text), ..base }
        }
    }
}

fn items(context: &FormContext, schema: &Value, path: &str, value: &Value) -> Vec<Item> {
    let rows = value.as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter()
        .enumerate()
        .map(|(index, row)| {
            let path = format!("{path}.{index}");
            Item { number: index + 1, fields: group(context, schema, &path, row), remove: path }
        })
        .collect()
}

fn texts(context: &FormContext, path: &str, value: &Value, long: bool) -> Vec<TextIn> {
    let text = |locale: &Locale| TextIn {
        locale: locale.to_string(),
        name: format!("{path}.{locale}"),
        value: plain(&value[locale.as_str()]),
        long,
    };
    context.locales.iter().map(text).collect()
}

fn nothing_chosen(context: &FormContext, property: &Property<'_>, value: &Value) -> Choice {
    let label = if property.required { context.choose.clone() } else { "–".into() };
    Choice { value: String::new(), label, selected: value.is_null() || value == "" }
}

/// A value as it is typed.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// A time for an input of the kind `datetime-local`, in the store's zone; what is no time stays as typed.
fn local_time(value: &Value, zone: Tz) -> String {
    let text = value.as_str().unwrap_or_default();
    match text.parse::<DateTime<Utc>>() {
        Ok(time) => time.with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string(),
        Err(_) => text.to_owned(),
    }
}

/// An amount's decimal text and its currency; what is no amount stays as typed.
fn amount(value: &Value, currency: Currency) -> (String, String) {
    if let Ok(money) = serde_json::from_value::<Money>(value.clone()) {
        return (money.decimal(), money.currency.to_string());
    }
    if let Ok(price) = serde_json::from_value::<UnitPrice>(value.clone()) {
        let code = value["currency"].as_str().unwrap_or_default().to_owned();
        return (price.decimal(), code);
    }
    (plain(value), currency.to_string())
}

fn map_lines(value: &Value) -> String {
    let Some(map) = value.as_object() else { return plain(value) };
    map.iter().map(|(key, text)| format!("{key}: {}", plain(text))).collect::<Vec<_>>().join("\n")
}

fn list_lines(value: &Value) -> String {
    let Some(items) = value.as_array() else { return plain(value) };
    items.iter().map(plain).collect::<Vec<_>>().join("\n")
}
