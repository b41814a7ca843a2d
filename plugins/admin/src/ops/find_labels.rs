//! Looks up the words for names: those of the resource's component, else the admin's own.

use std::collections::BTreeMap;

use hatchery_sdk::component::platform::Texts;
use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::domain::labels::{Labels, Named};

/// The words for those names in the context's language.
pub(crate) async fn find_labels(
    ctx: &Ctx,
    component: &str,
    names: Vec<(Named, String)>,
) -> Result<Labels> {
    let texts = ctx.get::<dyn Texts>()?;
    let mut labels = Labels::default();
    for (named, name) in names {
        for key in named.keys(component, &name) {
            let words = texts.translate(ctx, key.clone(), BTreeMap::new()).await?;
            if words != key {
                labels.0.insert((named, name), words);
                break;
            }
        }
    }
    Ok(labels)
}

/// The words for one name.
pub(crate) async fn find_label(
    ctx: &Ctx,
    component: &str,
    named: Named,
    name: &str,
) -> Result<String> {
    let labels = find_labels(ctx, component, vec![(named, name.to_owned())]).await?;
    Ok(labels.of(named, name))
}

/// What is wrong, in the language of the page: the words for the error's code, else its own message.
/// An English message says more than the words for its code, so it stays.
pub(crate) async fn problem(ctx: &Ctx, code: &str, message: &str) -> Result<String> {
    if ctx.locale().language() == "en" {
        return Ok(message.to_owned());
    }
    let key = format!("admin-problem-{}", code.replace(['.', '_'], "-"));
    let words = text(ctx, &key).await?;
    Ok(if words == key { message.to_owned() } else { words })
}

/// A message of the admin's own.
pub(crate) async fn text(ctx: &Ctx, key: &str) -> Result<String> {
    text_with(ctx, key, []).await
}

/// A message with arguments.
pub(crate) async fn text_with<const N: usize>(
    ctx: &Ctx,
    key: &str,
    arguments: [(&str, Value); N],
) -> Result<String> {
    let arguments = arguments.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    ctx.get::<dyn Texts>()?.translate(ctx, key.to_owned(), arguments).await
}
