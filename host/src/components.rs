//! The one list of linked components. A listed dependency that no code names is dropped by rustc and
//! registers nothing; `tests/arch` compares this list with `plugins/`.

#[cfg(feature = "linked")]
mod linked {
    use hatchery_admin as _;
    use hatchery_cart as _;
    use hatchery_catalog as _;
    use hatchery_connect as _;
    use hatchery_crm as _;
    use hatchery_demo as _;
    use hatchery_fleet as _;
    use hatchery_identity as _;
    use hatchery_inventory as _;
    use hatchery_listing as _;
    use hatchery_message_file as _;
    use hatchery_message_smtp as _;
    use hatchery_notification as _;
    use hatchery_order as _;
    use hatchery_payment as _;
    use hatchery_payment_card_sandbox as _;
    use hatchery_payment_manual as _;
    use hatchery_pricing as _;
    use hatchery_recommendation as _;
    use hatchery_recommendation_popular as _;
    use hatchery_shipping as _;
    use hatchery_shipping_flat_rate as _;
    use hatchery_starter as _;
    use hatchery_storefront as _;
    use hatchery_tax as _;
}
