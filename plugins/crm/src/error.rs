//! What can go wrong with customer files.

use chrono::NaiveDate;
use hatchery_sdk::prelude::*;

/// Facts that stop a change of a file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CrmError {
    #[error("There is no such customer.")]
    Unknown,
    #[error("Another customer has the e-mail address '{email}'.")]
    EmailTaken { email: String },
    #[error("{date} is no birth date; it must lie between 1900 and today.")]
    BirthDate { date: NaiveDate },
    #[error("Only one way to reach a customer can be the preferred one.")]
    SeveralPreferred,
    #[error("This comes from another store of the group, which keeps it; change it there.")]
    SharedField { field: String },
    #[error("There is no such order.")]
    UnknownOrder,
}

impl From<CrmError> for Error {
    fn from(error: CrmError) -> Self {
        let message = error.to_string();
        match error {
            CrmError::Unknown => Self::not_found("crm.customer_unknown", message),
            CrmError::EmailTaken { .. } => Self::conflict("crm.email_taken", message.clone())
                .with_field("/email", "crm.email_taken", message),
            CrmError::BirthDate { .. } => Self::invalid("crm.birth_date", message.clone())
                .with_field("/birth_date", "crm.birth_date", message),
            CrmError::SeveralPreferred => Self::invalid("crm.several_preferred", message.clone())
                .with_field("/channels", "crm.several_preferred", message),
            CrmError::SharedField { field } => Self::conflict("crm.shared", message.clone())
                .with_field(format!("/{field}"), "crm.shared", message),
            CrmError::UnknownOrder => Self::not_found("crm.order_unknown", message),
        }
    }
}
