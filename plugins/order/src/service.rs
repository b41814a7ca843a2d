//! The interface `order`.

use async_trait::async_trait;
use hatchery_sdk::interfaces::PostalAddress;
use hatchery_sdk::interfaces::cart::CartId;
use hatchery_sdk::interfaces::order::{
    Basket, Buyer, ImportCounts, ImportedOrder, ImportedReturn, Order, OrderId, OrderImportEnded,
    OrderQuote, Orders, PlaceOrder, Purchases, ReturnRequestLine,
};
use hatchery_sdk::interfaces::payment::TenderRequest;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::order::Which;
use crate::ops::{
    cancel_order, import_orders, import_returns, pay_order, place_order, quote_order,
    request_return, step,
};
use crate::settings::OrderSettings;

/// Most baskets of one page.
const MAX_BASKETS: u32 = 5000;

/// The orders of a store.
pub(crate) struct OrderService {
    /// Numbers and deadlines.
    pub(crate) settings: OrderSettings,
}

#[async_trait]
impl Orders for OrderService {
    async fn orders(&self, ctx: &Ctx, ids: Vec<OrderId>) -> Result<Vec<Order>> {
        db::order::by_ids(&ctx.db(), &ids).await
    }

    async fn orders_by_number(&self, ctx: &Ctx, numbers: Vec<String>) -> Result<Vec<Order>> {
        db::order::by_numbers(&ctx.db(), &numbers).await
    }

    async fn list_orders(&self, ctx: &Ctx, query: Query<Order>) -> Result<Page<Order>> {
        db::order::list(&ctx.db(), &query).await
    }

    async fn quote_order(
        &self,
        ctx: &Ctx,
        cart: CartId,
        address: Option<PostalAddress>,
        shipping_method: Option<String>,
    ) -> Result<OrderQuote> {
        quote_order::quote_order(ctx, cart, address, shipping_method).await
    }

    async fn place_order(&self, ctx: &Ctx, order: PlaceOrder) -> Result<Order> {
        place_order::place_order(ctx, &self.settings, order).await
    }

    async fn cancel_order(&self, ctx: &Ctx, id: OrderId, reason: String) -> Result<Order> {
        cancel_order::cancel_order(ctx, id, reason).await
    }

    async fn request_return(
        &self,
        ctx: &Ctx,
        id: OrderId,
        lines: Vec<ReturnRequestLine>,
        reason: String,
    ) -> Result<Order> {
        request_return::request_return_of_lines(ctx, &self.settings, id, (lines, reason)).await
    }

    async fn pay_order(
        &self,
        ctx: &Ctx,
        id: OrderId,
        tenders: Vec<TenderRequest>,
    ) -> Result<Order> {
        let order = step::get(ctx, id).await?;
        pay_order::pay_order(ctx, order, tenders).await
    }

    async fn baskets(&self, ctx: &Ctx, after: Option<OrderId>, limit: u32) -> Result<Vec<Basket>> {
        let limit = limit.clamp(1, MAX_BASKETS);
        db::order::baskets(&ctx.db(), Which::After(after, limit.into())).await
    }

    async fn baskets_of(&self, ctx: &Ctx, ids: Vec<OrderId>) -> Result<Vec<Basket>> {
        db::order::baskets(&ctx.db(), Which::Ids(&ids)).await
    }

    async fn buyers(&self, ctx: &Ctx, ids: Vec<OrderId>) -> Result<Vec<Buyer>> {
        db::order::buyers(&ctx.db(), &ids).await
    }

    async fn purchases(&self, ctx: &Ctx, customers: Vec<String>) -> Result<Vec<Purchases>> {
        db::order::purchases(&ctx.db(), ctx.store().currency, &customers).await
    }

    async fn import_orders(&self, ctx: &Ctx, orders: Vec<ImportedOrder>) -> Result<ImportCounts> {
        import_orders::import_orders(ctx, orders).await
    }

    async fn import_returns(
        &self,
        ctx: &Ctx,
        returns: Vec<ImportedReturn>,
    ) -> Result<ImportCounts> {
        import_returns::import_returns(ctx, returns).await
    }

    async fn end_import(&self, ctx: &Ctx) -> Result<()> {
        ctx.transaction(|ctx| async move { ctx.emit(&OrderImportEnded {}).await }).await
    }
}
