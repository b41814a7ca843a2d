//! Saves what was typed into the form of a record.

use hatchery_sdk::component::platform::{ResourceDescription, Resources};
use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::domain::form_reader::{self, Pairs};
use crate::ops::form::{Sent, read, refused, source};

/// Saves what was typed into the form of a record, or of a new one.
pub(crate) async fn edit_record(
    ctx: &Ctx,
    resource: &ResourceDescription,
    record: Option<&Record>,
    pairs: &Pairs,
) -> Result<Sent<Record>> {
    let source = source(resource);
    let before = record.map(|record| &record.data).unwrap_or(&Value::Null);
    let value = match read(ctx, source, pairs, before).await? {
        Sent::Done(value) => value,
        Sent::Again(form) => return Ok(Sent::Again(form)),
    };
    let version = form_reader::last(pairs, "_version").and_then(|version| version.parse().ok());
    let id = record.map(|record| record.id.clone());
    let data = own_properties(&resource.schema, &value);
    let resources = ctx.get::<dyn Resources>()?;
    match resources.save(ctx, resource.name.clone(), id, data, version).await {
        Ok(record) => Ok(Sent::Done(record)),
        Err(error) => Ok(Sent::Again(refused(ctx, source, &value, error).await?)),
    }
}

/// The value without what the schema does not know: facts that only the record's view has.
fn own_properties(schema: &Value, value: &Value) -> Value {
    let mut value = value.clone();
    if let (Some(object), Some(known)) = (value.as_object_mut(), schema["properties"].as_object()) {
        object.retain(|key, _| known.contains_key(key));
    }
    value
}
