//! Settings of the rates.

use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The ways to ship.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FlatRateSettings {
    /// In the order they are declared. Default: standard and express delivery.
    pub(crate) methods: Vec<Method>,
}

/// A way to ship at a fixed price.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Method {
    /// Code of the shipping method: `standard`.
    pub(crate) code: String,
    /// For people, by language.
    #[schema(
        value_type = std::collections::BTreeMap<String, String>,
        example = json!({ "en": "Express", "zh-CN": "特快" })
    )]
    pub(crate) name: Localized,
    /// Its price as a decimal in the store's currency: `3.95`.
    pub(crate) price: String,
    /// Free for carts of at least this much. Never when absent.
    #[serde(default)]
    pub(crate) free_from: Option<String>,
    /// Country codes it goes to. Everywhere when empty.
    #[serde(default)]
    pub(crate) countries: Vec<String>,
    /// Heaviest parcel in grams. Any when absent.
    #[serde(default)]
    pub(crate) max_weight_grams: Option<i64>,
    /// How many working days ahead delivery windows are offered; 0 for none.
    #[serde(default)]
    pub(crate) window_days: u8,
}

impl FlatRateSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (index, method) in self.methods.iter().enumerate() {
            if method.code.trim().is_empty() {
                return Err(format!("methods[{index}].code: give a code such as standard"));
            }
            for amount in [Some(&method.price), method.free_from.as_ref()].into_iter().flatten() {
                UnitPrice::parse(amount, Currency::EUR)
                    .map_err(|error| format!("methods[{index}]: {error}"))?;
            }
            if self.methods[..index].iter().any(|other| other.code == method.code) {
                return Err(format!("methods[{index}].code: '{}' stands twice", method.code));
            }
        }
        Ok(())
    }
}

impl Default for FlatRateSettings {
    fn default() -> Self {
        let standard = Method {
            code: "standard".into(),
            name: Localized::en("Standard delivery, 2 to 4 days")
                .with(Locale::zh_cn(), "标准配送（2–4天）"),
            price: "3.95".into(),
            free_from: Some("40.00".into()),
            countries: Vec::new(),
            max_weight_grams: None,
            window_days: 0,
        };
        let express = Method {
            code: "express".into(),
            name: Localized::en("Express delivery, choose your time")
                .with(Locale::zh_cn(), "定时达（自选时段）"),
            price: "6.95".into(),
            free_from: None,
            window_days: 3,
            ..standard.clone()
        };
        Self { methods: vec![standard, express] }
    }
}
