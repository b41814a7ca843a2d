//! Finds the description of a resource, as far as the person at the desk may see it.

use hatchery_sdk::component::platform::{ResourceDescription, Resources};
use hatchery_sdk::component::resource::Record;
use hatchery_sdk::prelude::*;

/// All resources the actor may read.
pub(crate) async fn all(ctx: &Ctx) -> Result<Vec<ResourceDescription>> {
    ctx.get::<dyn Resources>()?.describe(ctx).await
}

/// The resource of that name.
pub(crate) async fn find_resource(ctx: &Ctx, name: &str) -> Result<ResourceDescription> {
    let found = all(ctx).await?.into_iter().find(|resource| resource.name == name);
    found.ok_or_else(|| {
        let message = format!("There is no '{name}' here, or you may not see it.");
        Error::not_found("admin.resource_unknown", message)
    })
}

/// The record of that id.
pub(crate) async fn find_record(ctx: &Ctx, resource: &str, id: &str) -> Result<Record> {
    let resources = ctx.get::<dyn Resources>()?;
    let found = resources.get(ctx, resource.to_owned(), vec![id.to_owned()]).await?;
    found.into_iter().next().ok_or_else(|| {
        let message = format!("There is no '{id}' among the {resource}.");
        Error::not_found("admin.record_unknown", message)
    })
}

/// What a record is called.
pub(crate) async fn label(ctx: &Ctx, resource: &str, record: &Record) -> Result<String> {
    let resources = ctx.get::<dyn Resources>()?;
    let labels = resources.labels(ctx, resource.to_owned(), vec![record.id.clone()]).await?;
    let text = labels.get(&record.id).filter(|label| **label != record.id);
    Ok(text.cloned().unwrap_or_else(|| own_label(record, ctx.locale())))
}

/// What a record calls itself, else its id.
pub(crate) fn own_label(record: &Record, locale: &Locale) -> String {
    let keys = [
        "number",
        "name",
        "title",
        "email",
        "sku",
        "code",
        "subject",
        "tracking_number",
        "order_number",
        "key",
        "slug",
    ];
    let text = keys.into_iter().find_map(|key| {
        let value = record.data.get(key)?;
        let text = match value.as_str() {
            Some(text) => text.to_owned(),
            None => {
                let localized = serde_json::from_value::<Localized>(value.clone()).ok()?;
                localized.get(locale).to_owned()
            }
        };
        (!text.is_empty()).then_some(text)
    });
    text.unwrap_or_else(|| record.id.clone())
}
