//! `hatchery serve --demo`: a store that is alive at once, and a mother who makes others.

use std::sync::Arc;

use hatchery_component::{Actor, Error, Result};
use hatchery_kernel::kernel::{MOTHER, NewStore};
use hatchery_kernel::{Kernel, Store};
use hatchery_types::{Currency, Locale};
use serde_json::{Value, json};

const SLUG: &str = "demo";
const EMAIL: &str = "owner@demo.example";

/// The first member of staff.
pub(crate) struct Owner {
    pub(crate) email: &'static str,
    pub(crate) password: String,
}

/// Makes and fills the store, unless it is there.
pub(crate) async fn prepare(kernel: &Arc<Kernel>) -> Result<Option<Owner>> {
    if kernel.stores().iter().any(|record| record.slug == SLUG) {
        return Ok(None);
    }
    let store = kernel
        .create_store(NewStore {
            slug: SLUG.into(),
            name: "Hatchery Demo".into(),
            locales: vec![Locale::en(), Locale::zh_cn()],
            currency: Currency::GBP,
            time_zone: "Europe/London".into(),
            domains: Vec::new(),
            components: None,
            preparing: true,
        })
        .await?;
    run(&store, "demo.seed", Value::Null).await?;
    store.drain().await;
    let owner = ask_in(&store).await?;
    kernel.activate(SLUG).await?;
    Ok(owner)
}

/// The mother's first administrator, unless she has somebody already.
pub(crate) async fn prepare_mother(kernel: &Arc<Kernel>) -> Result<Option<Owner>> {
    match ask_in(&kernel.store(MOTHER).await?).await {
        // The data folder had another demo before.
        Err(error) if error.code() == "demo.failed" => Ok(None),
        owner => owner,
    }
}

async fn ask_in(store: &Arc<Store>) -> Result<Option<Owner>> {
    let input = json!({ "email": EMAIL, "name": "Owner", "role": "owner" });
    let made = run(store, "identity.create_user", input).await?;
    let password = made.and_then(|made| made.get("password")?.as_str().map(str::to_owned));
    Ok(password.map(|password| Owner { email: EMAIL, password }))
}

/// Runs a task to its end; nothing when the component that has it is switched off.
async fn run(store: &Arc<Store>, task: &str, input: Value) -> Result<Option<Value>> {
    let actor = Actor::System { caused_by: Some("serve --demo".into()) };
    let mut run = match store.start_task(task, input, actor).await {
        Ok(run) => run,
        Err(error) if error.code() == "task.unknown" => {
            tracing::warn!("'{task}' is left out: the component that has it does not run");
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let ended = run.wait_for(|run| run.state != "running").await;
    let run =
        ended.map_err(|_| Error::internal(format!("'{task}' ended without a result")))?.clone();
    match run.state.as_str() {
        "done" => Ok(run.result),
        _ => Err(Error::conflict("demo.failed", format!("'{task}' failed: {}", run.message))),
    }
}
