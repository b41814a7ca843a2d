//! Actions: found, drawn, and what they are done to.

use hatchery_sdk::component::platform::{ResourceDescription, Resources};
use hatchery_sdk::component::resource::Action;
use hatchery_sdk::prelude::*;

use crate::ops::find_resource::own_label;
use crate::ops::form::FormSource;

/// The declared action of that name.
pub(crate) fn find_action<'a>(resource: &'a ResourceDescription, name: &str) -> Result<&'a Action> {
    resource.actions.iter().find(|action| action.name == name).ok_or_else(|| {
        let message = format!("There is no action '{name}' here, or you may not do it.");
        Error::not_found("admin.action_unknown", message)
    })
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
