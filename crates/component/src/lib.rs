//! The face of a component: what it declares, what it is given, what it answers.
//!
//! Component code is written once against these types and does not know whether it is linked into the
//! host or loaded from a shared library. So nothing here may be a thing that cannot cross a byte
//! boundary: a [`Ctx`] crosses as a header, interface calls and events as named fields, HTTP as request
//! and response, the database as statements and rows.
//!
//! Reading order: [`component`] (the lifecycle), [`declaration`] (what a component brings), [`ctx`] (what
//! its code is given), [`interface`] (how it finds others), [`db`], [`event`], [`resource`], [`view`],
//! [`settings`], [`platform`] (what the kernel itself provides), [`sharing`] (what stores have in common), [`host`] (what a home must offer), [`wire`]
//! (what crosses to a loaded component).

extern crate self as hatchery_component;

pub mod component;
pub mod ctx;
pub mod db;
pub mod declaration;
pub mod error;
pub mod event;
pub mod host;
pub mod interface;
#[cfg(feature = "loaded")]
pub mod loaded;
pub mod platform;
pub mod resource;
pub mod settings;
pub mod sharing;
pub mod sql;
pub mod stores;
pub mod view;
pub mod watch;
pub mod wire;

pub use component::{Component, Instance, Manifest, Registration, StoreContext, registrations};
pub use ctx::{Actor, Ctx, StoreInfo};
pub use db::Db;
pub use declaration::{
    Access, Asset, Declaration, Job, Migration, MigrationKind, Progress, Resync, Route, Schedule,
    SlotFiller, Subscription, Task,
};
pub use error::{Error, FieldError, Kind, Result};
pub use event::{Event, NewEvent};
pub use hatchery_macros::{component, interface};
pub use interface::Interface;
pub use resource::{Action, Record, Resource, ResourceDeclaration};
pub use settings::{Secret, SettingsSchema};
pub use view::View;

#[doc(hidden)]
pub use {async_trait, inventory, serde_json};
