//! CRM: who the customers are.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use hatchery_component::event::Event;
use hatchery_component::{Ctx, Result};
use hatchery_types::{Id, Locale, Money, Page, Query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::PostalAddress;

/// Marker of [`CustomerId`].
pub enum CustomerTag {}
/// Identifies a customer.
pub type CustomerId = Id<CustomerTag>;

/// A customer's gender, as the customer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither of them.
    Other,
}

/// A way to reach a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContactChannel {
    /// `email`, `phone`, `wechat`, `qq`, `whatsapp`, `post`.
    pub kind: String,
    /// Address or number there.
    pub value: String,
    /// Whether the customer likes this one best; at most one is.
    #[serde(default)]
    pub preferred: bool,
}

/// A customer's file. It grows from orders and may stay partly empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Customer {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: CustomerId,
    /// E-mail address in lower case, by which orders of guests find the file.
    #[serde(default)]
    pub email: Option<String>,
    /// Name.
    #[serde(default)]
    pub name: Option<String>,
    /// Gender.
    #[serde(default)]
    pub gender: Option<Gender>,
    /// Birth date.
    #[serde(default)]
    pub birth_date: Option<NaiveDate>,
    /// Age in years today, computed from the birth date.
    #[serde(default)]
    pub age: Option<i32>,
    /// Occupation.
    #[serde(default)]
    pub occupation: Option<String>,
    /// What the customer likes.
    #[serde(default)]
    pub interests: Vec<String>,
    /// Ways to reach the customer.
    #[serde(default)]
    pub channels: Vec<ContactChannel>,
    /// Last address goods went to.
    #[serde(default)]
    pub address: Option<PostalAddress>,
    /// Language the customer reads.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// Numbers in other systems: system to number.
    #[serde(default)]
    pub references: BTreeMap<String, String>,
    /// Orders that were not cancelled.
    #[serde(default)]
    pub orders: i64,
    /// Sum of their totals.
    #[serde(default)]
    pub spent: Option<Money>,
    /// First order.
    #[serde(default)]
    pub first_order_at: Option<DateTime<Utc>>,
    /// Last order.
    #[serde(default)]
    pub last_order_at: Option<DateTime<Utc>>,
    /// When the file was begun.
    pub created_at: DateTime<Utc>,
    /// Grows with every change.
    pub version: i64,
    /// What the customer said about other stores of the group knowing the file; nothing was asked when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ShareConsent>,
    /// What of the file other stores of the group gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<SharedPart>,
}

/// What a customer said about other stores of the group knowing the file. It goes wherever the file goes; the
/// latest word counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShareConsent {
    /// Whether they may.
    pub given: bool,
    /// When the customer said so.
    pub at: DateTime<Utc>,
    /// Name of the store where.
    pub store: String,
}

/// What of a file other stores of the group gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SharedPart {
    /// Name of the policy.
    pub by: String,
    /// Whether the file was begun with it.
    #[serde(default)]
    pub begun: bool,
    /// Fields whose values came with it.
    #[serde(default)]
    pub fields: Vec<String>,
}

hatchery_types::fields! {
    pub Customer {
        ID: Id = "id",
        EMAIL: Text = "email",
        NAME: Text = "name",
        GENDER: Choice["female", "male", "other"] = "gender",
        BIRTH_DATE: Date = "birth_date",
        OCCUPATION: Text = "occupation",
        ORDERS: Integer = "orders",
        SPENT: Money = "spent",
        FIRST_ORDER_AT: Time = "first_order_at",
        LAST_ORDER_AT: Time = "last_order_at",
        CREATED_AT: Time = "created_at",
    }
}

/// What is known of a customer. It fills what is empty in the file and never empties anything; a file is
/// found by a reference, else by e-mail address, else begun.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct CustomerFacts {
    /// System and number there.
    pub reference: Option<(String, String)>,
    /// E-mail address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Gender.
    pub gender: Option<Gender>,
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
    /// Occupation.
    pub occupation: Option<String>,
    /// What the customer likes.
    pub interests: Vec<String>,
    /// Ways to reach the customer.
    pub channels: Vec<ContactChannel>,
    /// Last address; newer ones replace older ones.
    pub address: Option<PostalAddress>,
    /// Language.
    pub locale: Option<Locale>,
}

/// Keeps customer files.
#[hatchery_component::interface(id = "crm", version = "1.0.0")]
#[async_trait]
pub trait Customers: Send + Sync {
    /// The customers of those ids that exist, in the order asked.
    async fn customers(&self, ctx: &Ctx, ids: Vec<CustomerId>) -> Result<Vec<Customer>>;

    /// The customers with those e-mail addresses.
    async fn customers_by_email(&self, ctx: &Ctx, emails: Vec<String>) -> Result<Vec<Customer>>;

    /// A page of customers.
    async fn list_customers(&self, ctx: &Ctx, query: Query<Customer>) -> Result<Page<Customer>>;

    /// Adds facts to files, beginning those that are not there; gives their ids in the order of the facts.
    async fn learn(&self, ctx: &Ctx, facts: Vec<CustomerFacts>) -> Result<Vec<CustomerId>>;
}

/// Customer files were begun or changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CustomersSaved {
    /// Which.
    pub ids: Vec<CustomerId>,
}

impl Event for CustomersSaved {
    const TYPE: &'static str = "customer.saved.v1";

    fn subject(&self) -> String {
        self.ids.first().map(ToString::to_string).unwrap_or_default()
    }
}
