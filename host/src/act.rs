//! What commands do to a kernel, in the running host or in the command's own process.

use std::sync::Arc;

use hatchery_component::platform::{ComponentChange, TaskRun};
use hatchery_component::stores::StoreAct;
use hatchery_component::{Actor, Error, Result};
use hatchery_kernel::Kernel;
use hatchery_kernel::fleet::TASK;
use hatchery_kernel::kernel::MOTHER;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a command asks for. Travels through the local socket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Act {
    /// All stores.
    Stores,
    /// The recipes for stores.
    Blueprints,
    /// All backups.
    Backups,
    /// What stores share.
    Shares,
    /// All components and whether they run.
    Components { store: Option<String> },
    /// What a change would do.
    Plan { store: Option<String>, change: ComponentChange },
    /// Make a change.
    Apply { store: Option<String>, change: ComponentChange },
    /// Run a task to its end, and what follows from it; answers the task's result.
    Task { store: Option<String>, task: String, input: Value },
}

impl Act {
    /// The run of the mother's task that an act of hers is.
    pub(crate) fn of_store(act: StoreAct) -> Result<Self> {
        let (store, task) = (Some(MOTHER.to_owned()), TASK.to_owned());
        Ok(Self::Task { store, task, input: serde_json::to_value(act)? })
    }
}

/// How far an act is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) done: u64,
    pub(crate) total: Option<u64>,
    pub(crate) message: String,
}

/// Does it and tells how far it is.
pub(crate) async fn perform(
    kernel: &Arc<Kernel>,
    act: Act,
    mut tell: impl FnMut(Step),
) -> Result<Value> {
    let actor = Actor::System { caused_by: Some("command line".into()) };
    match act {
        Act::Stores => {
            let stores = kernel.fleet()?;
            let slugs: Vec<String> = stores.iter().map(|store| store.slug.clone()).collect();
            let looks = kernel.looks(&slugs).await;
            Ok(json!({ "stores": stores, "looks": looks }))
        }
        Act::Blueprints => Ok(json!(kernel.blueprints()?)),
        Act::Backups => Ok(json!(kernel.backups())),
        Act::Shares => Ok(json!(kernel.share_statuses().await?)),
        Act::Components { store } => {
            let store = kernel.store(&store_or_only(kernel, store)?).await?;
            let components = store.components();
            let host = store.component_host(kernel);
            Ok(json!({ "components": components, "host": host }))
        }
        Act::Plan { store, change } => {
            let store = store_or_only(kernel, store)?;
            Ok(serde_json::to_value(kernel.plan(&store, &change).await?)?)
        }
        Act::Apply { store, change } => {
            let store = store_or_only(kernel, store)?;
            Ok(serde_json::to_value(kernel.apply(&store, &change, &actor).await?)?)
        }
        Act::Task { store, task, input } => {
            let store = kernel.store(&store_or_only(kernel, store)?).await?;
            let mut run = store.start_task(&task, input, actor).await?;
            let result = loop {
                let now = run.borrow_and_update().clone();
                match now.state.as_str() {
                    "running" => tell(step(now)),
                    "done" => break now.result.unwrap_or_default(),
                    _ => {
                        let error = Error::conflict("task.failed", now.message);
                        return Err(match now.result {
                            Some(details) => error.with_details(details),
                            None => error,
                        });
                    }
                }
                if run.changed().await.is_err() {
                    return Err(Error::internal("the task ended without a result"));
                }
            };
            let message = "working on what follows from it".to_owned();
            tell(Step { message, ..Step::default() });
            store.drain().await;
            Ok(result)
        }
    }
}

fn step(run: TaskRun) -> Step {
    Step { done: run.done, total: run.total, message: run.message }
}

/// The store that is meant: the named one, or the only one.
fn store_or_only(kernel: &Kernel, slug: Option<String>) -> Result<String> {
    if let Some(slug) = slug {
        return Ok(slug);
    }
    let mut stores: Vec<String> = kernel.stores().into_iter().map(|store| store.slug).collect();
    match (stores.pop(), stores.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => {
            Err(Error::not_found("store.none", "There is no store yet; `hatchery store create`."))
        }
        (Some(_), false) => {
            Err(Error::invalid("store.which", "There are several stores; name one with --store."))
        }
    }
}
