//! The interfaces `crm` and `sharing`.

use async_trait::async_trait;
use hatchery_sdk::component::sharing::{Batch, Given, SharedKind, Sharing, Untaken, Wanted};
use hatchery_sdk::interfaces::crm::{Customer, CustomerFacts, CustomerId, Customers};
use hatchery_sdk::prelude::*;

use crate::domain::share;
use crate::ops::{give_customers, learn_facts, list_customers, take_customers};

/// The customer files of a store.
pub(crate) struct CrmService;

#[async_trait]
impl Customers for CrmService {
    async fn customers(&self, ctx: &Ctx, ids: Vec<CustomerId>) -> Result<Vec<Customer>> {
        list_customers::by_ids(ctx, &ids).await
    }

    async fn customers_by_email(&self, ctx: &Ctx, emails: Vec<String>) -> Result<Vec<Customer>> {
        list_customers::by_emails(ctx, &emails).await
    }

    async fn list_customers(&self, ctx: &Ctx, query: Query<Customer>) -> Result<Page<Customer>> {
        list_customers::page(ctx, &query).await
    }

    async fn learn(&self, ctx: &Ctx, facts: Vec<CustomerFacts>) -> Result<Vec<CustomerId>> {
        learn_facts::learn_facts(ctx, facts).await
    }
}

#[async_trait]
impl Sharing for CrmService {
    async fn kinds(&self, _: &Ctx) -> Result<Vec<SharedKind>> {
        Ok(vec![share::kind()])
    }

    async fn give(&self, ctx: &Ctx, _: String, wanted: Wanted) -> Result<Given> {
        give_customers::give(ctx, wanted).await
    }

    async fn take(&self, ctx: &Ctx, batch: Batch) -> Result<Vec<Untaken>> {
        take_customers::take(ctx, batch).await
    }

    async fn release(&self, ctx: &Ctx, _: String, _: String) -> Result<()> {
        take_customers::release(ctx).await
    }
}
