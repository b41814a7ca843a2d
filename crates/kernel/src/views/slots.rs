//! Slots: what other components add to a page.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use hatchery_component::declaration::SlotHandler;
use hatchery_component::view::SlotRequest;
use hatchery_component::watch::watched;
use hatchery_component::{Ctx, View};

use super::{Prepared, Renderer};
use crate::active::Active;

/// How deep fragments may show slots of their own.
const DEEPEST: usize = 2;

/// HTML by slot and subject.
pub(crate) type Filled = BTreeMap<(String, String), String>;

/// The fillers of a set of components: slot, then component and handler, by component id.
pub(crate) fn fillers(
    components: &BTreeMap<Arc<str>, Arc<Active>>,
) -> BTreeMap<String, Vec<(Arc<str>, SlotHandler)>> {
    let mut fillers: BTreeMap<String, Vec<(Arc<str>, SlotHandler)>> = BTreeMap::new();
    for (id, active) in components {
        for filler in &active.declaration.slots {
            let entry = (id.clone(), filler.filler.clone());
            fillers.entry(filler.slot.to_owned()).or_default().push(entry);
        }
    }
    fillers
}

/// Asks all fillers of all slots at once, each slot once with all its subjects, and renders what they give.
/// A page does not wait for its extras: a filler that is late or fails adds nothing.
pub(crate) fn fill<'a>(
    renderer: &'a Renderer,
    ctx: &'a Ctx,
    slots: Vec<SlotRequest>,
    page: &'a Prepared,
    depth: usize,
) -> Pin<Box<dyn Future<Output = Filled> + Send + 'a>> {
    Box::pin(async move {
        if slots.is_empty() || depth >= DEEPEST {
            return Filled::new();
        }
        let mut subjects_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for request in slots {
            subjects_of.entry(request.slot).or_default().extend(request.subjects);
        }
        let asked = subjects_of.into_iter().flat_map(|(slot, subjects)| {
            let subjects: Vec<String> = subjects.into_iter().collect();
            let fillers = renderer.fillers(&slot).iter();
            let deadline = renderer.slot_deadline();
            fillers.map(move |(id, handler)| {
                ask(ctx, deadline, slot.clone(), (id, handler), subjects.clone())
            })
        });
        let mut filled = Filled::new();
        for (slot, component, fragments) in join_all(asked).await {
            for (subject, view) in fragments {
                let template = view.template.clone();
                match renderer.fragment(ctx, view, page, depth + 1).await {
                    Ok(html) => filled.entry((slot.clone(), subject)).or_default().push_str(&html),
                    Err(error) => tracing::error!(
                        slot, %component, template, request = %ctx.request_id(),
                        "the slot {slot} could not be rendered: {}", error.chain()
                    ),
                }
            }
        }
        filled
    })
}

async fn ask(
    ctx: &Ctx,
    deadline: Duration,
    slot: String,
    (component, handler): (&Arc<str>, &SlotHandler),
    subjects: Vec<String>,
) -> (String, Arc<str>, BTreeMap<String, View>) {
    let work = async { handler(ctx.for_component(component.clone()), subjects).await };
    // A page that waits no longer is no defect of the part: the limit is not the watch's.
    let call = AssertUnwindSafe(watched(ctx, component, None, work));
    let request = ctx.request_id();
    let fragments = match tokio::time::timeout(deadline, call.catch_unwind()).await {
        Ok(Ok(Ok(fragments))) => fragments,
        Ok(Ok(Err(error))) => {
            tracing::error!(slot, %component, %request, "{component} failed to fill {slot}: {}", error.chain());
            BTreeMap::new()
        }
        Ok(Err(_)) => {
            tracing::error!(slot, %component, %request, "{component} panicked while filling {slot}");
            BTreeMap::new()
        }
        Err(_) => {
            tracing::warn!(slot, %component, %request, "{component} was too late to fill {slot}");
            BTreeMap::new()
        }
    };
    (slot, component.clone(), fragments)
}
