//! The methods that are offered.

use hatchery_sdk::interfaces::payment::PaymentMethod;

use crate::settings::ManualSettings;

/// The methods that are offered, as the checkout shows them.
pub(crate) fn list_methods(settings: &ManualSettings) -> Vec<PaymentMethod> {
    settings
        .offered()
        .map(|method| PaymentMethod {
            code: method.code().into(),
            kind: "manual".into(),
            name: method.name(),
            description: method.description(),
            fields: Vec::new(),
            provider: String::new(),
        })
        .collect()
}
