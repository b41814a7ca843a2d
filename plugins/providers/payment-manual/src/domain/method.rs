//! The methods.

use hatchery_sdk::prelude::*;

/// A way to pay that people handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Remittance,
    Cheque,
    CashOnDelivery,
}

impl Method {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Remittance, Self::Cheque, Self::CashOnDelivery];

    /// Its code in the checkout.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Remittance => "remittance",
            Self::Cheque => "cheque",
            Self::CashOnDelivery => "cash_on_delivery",
        }
    }

    /// The method of a code.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == code)
    }

    /// Its name for people.
    pub(crate) fn name(self) -> Localized {
        let (en, zh) = match self {
            Self::Remittance => ("Bank transfer", "银行汇款"),
            Self::Cheque => ("Cheque", "支票"),
            Self::CashOnDelivery => ("Cash on delivery", "货到付款"),
        };
        Localized::en(en).with(Locale::zh_cn(), zh)
    }

    /// What the customer should know before choosing it.
    pub(crate) fn description(self) -> Localized {
        let (en, zh) = match self {
            Self::Remittance => (
                "You transfer the money; we ship when it has arrived.",
                "您通过银行汇款，款到后发货。",
            ),
            Self::Cheque => (
                "You send us a cheque; we ship when it has been cashed.",
                "您寄来支票，兑现后发货。",
            ),
            Self::CashOnDelivery => {
                ("You pay the carrier in cash at the door.", "送货上门时以现金付款。")
            }
        };
        Localized::en(en).with(Locale::zh_cn(), zh)
    }
}

/// Instructions with the amount and the order's number filled in, in every language.
pub(crate) fn filled(text: &Localized, amount: Money, order_number: &str) -> Localized {
    let amount = amount.to_string();
    let fill =
        |text: &str| text.replace("{amount}", &amount).replace("{order_number}", order_number);
    let texts: std::collections::BTreeMap<Locale, String> =
        text.iter().map(|(locale, text)| (locale.clone(), fill(text))).collect();
    texts.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.code()), Some(method));
        }
        assert_eq!(Method::parse("card"), None);
    }

    #[test]
    fn instructions_name_amount_and_order_in_every_language() {
        let text = Localized::en("Pay {amount} for {order_number}.")
            .with(Locale::zh_cn(), "为 {order_number} 支付 {amount}。");
        let filled = filled(&text, Money::new(1250, Currency::GBP), "100007");
        assert_eq!(filled.get(&Locale::en()), "Pay 12.50 GBP for 100007.");
        assert_eq!(filled.get(&Locale::zh_cn()), "为 100007 支付 12.50 GBP。");
    }
}
