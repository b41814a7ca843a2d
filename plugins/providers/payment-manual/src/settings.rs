//! Settings of manual payments.

use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::method::Method;

/// Which methods there are, and what the customer is told to do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ManualSettings {
    /// Codes of the methods that are offered. Default remittance, cheque, cash_on_delivery.
    pub(crate) methods: Vec<String>,
    /// How to transfer the money. `{amount}` and `{order_number}` are replaced.
    pub(crate) remittance_instructions: Localized,
    /// Where to send the cheque. `{amount}` and `{order_number}` are replaced.
    pub(crate) cheque_instructions: Localized,
    /// What to have ready. `{amount}` and `{order_number}` are replaced.
    pub(crate) cash_on_delivery_instructions: Localized,
}

impl ManualSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        for code in &self.methods {
            if Method::parse(code).is_none() {
                let known = Method::ALL.map(Method::code).join(", ");
                return Err(format!("methods: '{code}' is none of {known}"));
            }
        }
        for method in Method::ALL {
            if self.instructions(method).is_empty() {
                return Err(format!("{}_instructions: write what to do", method.code()));
            }
        }
        Ok(())
    }

    /// The methods that are offered.
    pub(crate) fn offered(&self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(|method| self.methods.iter().any(|it| it == method.code()))
    }

    /// What the customer is told to do.
    pub(crate) fn instructions(&self, method: Method) -> &Localized {
        match method {
            Method::Remittance => &self.remittance_instructions,
            Method::Cheque => &self.cheque_instructions,
            Method::CashOnDelivery => &self.cash_on_delivery_instructions,
        }
    }
}

impl Default for ManualSettings {
    // Nobody's bank details stand here: a store whose owner has not written any yet must not show false ones.
    fn default() -> Self {
        let both = |en: &str, zh: &str| Localized::en(en).with(Locale::zh_cn(), zh);
        Self {
            methods: Method::ALL.map(|method| method.code().to_owned()).to_vec(),
            remittance_instructions: both(
                "We send you our bank details by e-mail. Please transfer {amount} with {order_number} as \
                 the reference; we ship as soon as the money is there.",
                "我们会通过电子邮件告知收款账户。请汇款 {amount}，并在附言中注明订单号 {order_number}，\
                 款到后即发货。",
            ),
            cheque_instructions: both(
                "Please make a cheque over {amount} payable to us, write {order_number} on its back and \
                 send it to the address that we send you by e-mail.",
                "请开具金额为 {amount} 的支票，在背面写上订单号 {order_number}，\
                 寄至我们通过电子邮件告知的地址。",
            ),
            cash_on_delivery_instructions: both(
                "Please have {amount} in cash ready when the parcel of order {order_number} arrives.",
                "订单 {order_number} 送达时，请准备好现金 {amount}。",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_will_do_and_unknown_methods_will_not() {
        let settings = ManualSettings::default();
        assert_eq!(settings.check(), Ok(()));
        assert_eq!(settings.offered().count(), 3);
        let unknown = ManualSettings { methods: vec!["barter".into()], ..settings.clone() };
        assert!(unknown.check().is_err_and(|text| text.contains("'barter'")));
        let silent = ManualSettings { cheque_instructions: Localized::default(), ..settings };
        assert!(silent.check().is_err_and(|text| text.starts_with("cheque_instructions")));
    }
}
