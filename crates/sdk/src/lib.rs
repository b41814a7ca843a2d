//! What the author of a component depends on, and nothing else of Hatchery.
//!
//! [`component`] is the face: context, declaration, database, views, resources. [`interfaces`] are the
//! roles of the trade with their DTOs. [`types`] is the vocabulary. [`goods`] is what components that fill a
//! store have in common. The [`prelude`] has what every component names.

pub mod goods;

pub use hatchery_component as component;
pub use hatchery_interfaces as interfaces;
pub use hatchery_types as types;

/// What every component names.
pub mod prelude {
    pub use hatchery_component::component;
    pub use hatchery_component::{
        Access, Component, Ctx, Declaration, Error, Instance, Kind, Migration, Progress, Record,
        Resource, ResourceDeclaration, Result, Schedule, SettingsSchema, StoreContext, View,
    };
    pub use hatchery_types::{Currency, Id, Locale, Localized, Money, Page, Query, UnitPrice};
}
