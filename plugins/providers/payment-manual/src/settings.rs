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
    fn default() -> Self {
        let both = |en: &str, zh: &str| Localized::en(en).with(Locale::zh_cn(), zh);
        Self {
            methods: Method::ALL.map(|method| method.code().to_owned()).to_vec(),
            remittance_instructions: both(
                "Please transfer {amount} to Example Bank, account holder Demo Store, IBAN \
                 GB00 DEMO 0000 0000 0000 00, with {order_number} as the reference. We ship as soon as \
                 the money is there.",
                "请将 {amount} 汇至示例银行，户名 Demo Store，IBAN GB00 DEMO 0000 0000 0000 00，\
                 并在附言中注明订单号 {order_number}。款到后即发货。",
            ),
            cheque_instructions: both(
                "Please make a cheque over {amount} payable to Demo Store, write {order_number} on its \
                 back and send it to Demo Store, 1 Example Street, London.",
                "请开具金额为 {amount}、收款人为 Demo Store 的支票，在背面写上订单号 {order_number}，\
                 寄至 Demo Store, 1 Example Street, London。",
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
