//! A component that does a little of everything that crosses between a component and its host. The tests of
//! the loader run it in both homes and expect the same.

mod brew;
mod http;
mod kettle;

use std::sync::Arc;

use ::http::Method;
use async_trait::async_trait;
use axum::routing::{get, post};
use hatchery_sdk::component::declaration::Schedule;
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

pub use kettle::{Brew, Brewed, Facts, Kettle, Neighbor, Sums};

/// Does a little of everything.
#[component]
pub struct Sample;

/// What an instance keeps for its store.
#[derive(Debug)]
pub struct State {
    /// From the settings.
    pub greeting: String,
}

#[async_trait]
impl Component for Sample {
    fn declare(&self) -> Declaration {
        if cfg!(feature = "panics") {
            panic!("the sample says no");
        }
        declaration()
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let greeting = store.settings["greeting"].as_str().unwrap_or("hello").to_owned();
        tracing::info!(greeting, "started for {}", store.store.slug);
        if greeting == "refuse" {
            return Err(Error::invalid("sample.greeting", "This is no greeting."));
        }
        let state = Arc::new(State { greeting });
        Ok(Instance::new(state).provide::<dyn Kettle>(Arc::new(kettle::KettleService)))
    }
}

fn declaration() -> Declaration {
    Declaration::new()
        .migrations([brew::MIGRATION])
        .page(Access::Public, Method::GET, "/brews/{name}", get(http::show))
        .page(Access::Staff("sample.brew.write"), Method::POST, "/brews", post(http::add))
        .page(Access::Public, Method::GET, "/greeting", get(http::greeting))
        .page(Access::Public, Method::GET, "/products", get(http::products))
        .on("count", |ctx: Ctx, brewed: Brewed| async move {
            kettle::add(&ctx, format!("after {}", brewed.name), 1).await.map(drop)
        })
        .job("sample.clean", Schedule::Daily { hour: 3, minute: 30 }, |ctx, payload| async move {
            kettle::add(&ctx, format!("cleaned {payload}"), 0).await.map(drop)
        })
        .task(
            "sample.count",
            "sample.brew.write",
            |_, input: Value, progress: Progress| async move {
                progress.report(1, Some(2), "counting");
                Ok(json!({ "counted": input }))
            },
        )
        .slot("product.after", |ctx: Ctx, subjects| async move {
            let greeting = ctx.state::<State>()?.greeting.clone();
            let view = View::new("sample/cup.html").with("greeting", greeting);
            Ok(subjects.into_iter().map(|subject| (subject, view.clone())).collect())
        })
        .messages(Locale::en(), "sample-cup = Cup")
        .asset("sample.css", "text/css", b"b { color: red }")
        .emits::<Brewed>("something was brewed")
}
