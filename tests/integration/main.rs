//! Contract and HTTP suites of all components, a file each.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by where it panics")]

// A listed dependency that no code names is dropped by rustc and registers nothing.
use {
    hatchery_admin as _, hatchery_cart as _, hatchery_catalog as _, hatchery_connect as _,
    hatchery_crm as _, hatchery_demo as _, hatchery_fleet as _, hatchery_identity as _,
    hatchery_inventory as _, hatchery_listing as _, hatchery_message_file as _,
    hatchery_message_smtp as _, hatchery_notification as _, hatchery_order as _,
    hatchery_payment as _, hatchery_payment_card_sandbox as _, hatchery_payment_manual as _,
    hatchery_pricing as _, hatchery_recommendation as _, hatchery_recommendation_popular as _,
    hatchery_shipping as _, hatchery_shipping_flat_rate as _, hatchery_starter as _,
    hatchery_storefront as _, hatchery_tax as _,
};

mod admin;
mod assembly;
mod cart;
mod catalog;
mod connect;
mod crm;
mod demo;
mod fleet;
mod identity;
mod inventory;
mod isolation;
mod listing;
mod notification;
mod order;
mod payment;
mod pricing;
mod query;
mod recommendation;
mod scene;
mod sharing;
mod shipping;
mod starter;
mod storefront;
mod tax;
