//! Does an action to records.

use hatchery_sdk::component::platform::{ResourceDescription, Resources};
use hatchery_sdk::component::resource::Action;
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::domain::form_reader::Pairs;
use crate::ops::edit_record::{self, FormSource, Sent};
use crate::ops::find_resource::own_label;

/// The declared action of that name.
pub(crate) fn find_action<'a>(resource: &'a ResourceDescription, name: &str) -> Result<&'a Action> {
    resource.actions.iter().find(|action| action.name == name).ok_or_else(|| {
        let message = format!("There is no action '{name}' here, or you may not do it.");
        Error::not_found("admin.action_unknown", message)
    })
}

/// Does an action that asks nothing.
pub(crate) async fn act(
    ctx: &Ctx,
    resource: &ResourceDescription,
    action: &str,
    ids: Vec<String>,
    input: Value,
) -> Result<()> {
    let resources = ctx.get::<dyn Resources>()?;
    resources.act(ctx, resource.name.clone(), action.to_owned(), ids, input).await?;
    Ok(())
}

/// Does an action with what was typed into its form.
pub(crate) async fn act_with_form(
    ctx: &Ctx,
    resource: &ResourceDescription,
    action: &Action,
    ids: Vec<String>,
    pairs: &Pairs,
) -> Result<Sent<()>> {
    let source = source(resource, action);
    let input = match edit_record::read(ctx, source, pairs, &json!({})).await? {
        Sent::Done(input) => input,
        Sent::Again(form) => return Ok(Sent::Again(form)),
    };
    match act(ctx, resource, &action.name, ids, input.clone()).await {
        Ok(()) => Ok(Sent::Done(())),
        Err(error) => Ok(Sent::Again(edit_record::refused(ctx, source, &input, error).await?)),
    }
}

/// How the form of an action is drawn.
pub(crate) fn source<'a>(resource: &'a ResourceDescription, action: &'a Action) -> FormSource<'a> {
    FormSource { component: &resource.component, schema: &action.input, readonly: false }
}

/// Ids with what their records are called.
pub(crate) async fn picked(
    ctx: &Ctx,
    resource: &ResourceDescription,
    ids: Vec<String>,
) -> Result<Vec<(String, String)>> {
    let records = ctx.get::<dyn Resources>()?.get(ctx, resource.name.clone(), ids).await?;
    Ok(records.iter().map(|record| (record.id.clone(), own_label(record, ctx.locale()))).collect())
}
