//! Does an action to records.

use hatchery_sdk::component::platform::{ResourceDescription, Resources};
use hatchery_sdk::component::resource::Action;
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::domain::form_reader::Pairs;
use crate::ops::action::source;
use crate::ops::form::{self, Sent};

/// Does an action that asks nothing; gives what it answers.
pub(crate) async fn act(
    ctx: &Ctx,
    resource: &ResourceDescription,
    action: &str,
    ids: Vec<String>,
    input: Value,
) -> Result<Value> {
    let resources = ctx.get::<dyn Resources>()?;
    resources.act(ctx, resource.name.clone(), action.to_owned(), ids, input).await
}

/// Does an action with what was typed into its form.
pub(crate) async fn act_with_form(
    ctx: &Ctx,
    resource: &ResourceDescription,
    action: &Action,
    ids: Vec<String>,
    pairs: &Pairs,
) -> Result<Sent<Value>> {
    let source = source(resource, action);
    let input = match form::read(ctx, source, pairs, &json!({})).await? {
        Sent::Done(input) => input,
        Sent::Again(form) => return Ok(Sent::Again(form)),
    };
    match act(ctx, resource, &action.name, ids, input.clone()).await {
        Ok(answer) => Ok(Sent::Done(answer)),
        Err(error) => Ok(Sent::Again(form::refused(ctx, source, &input, error).await?)),
    }
}
