//! Pages: what a handler answers and the kernel renders with the store's theme.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A page: a template's name, its data, and the slots it shows with their subjects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct View {
    /// `catalog/product.html`: component id, then the file in its templates.
    pub template: String,
    /// The data. Its keys are the template's variables.
    pub data: Map<String, Value>,
    /// Slots and the subjects they are asked for, all at once.
    #[serde(default)]
    pub slots: Vec<SlotRequest>,
    /// HTTP status; 200 unless said.
    pub status: u16,
}

/// A slot with all subjects a page shows it for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SlotRequest {
    /// `product.after`
    pub slot: String,
    /// Ids of what the slot is about, such as one product, or those of a list.
    pub subjects: Vec<String>,
}

impl View {
    /// A page without data.
    pub fn new(template: impl Into<String>) -> Self {
        let template = template.into();
        Self { template, data: Map::new(), slots: Vec::new(), status: 200 }
    }

    /// Adds a variable. A value that cannot be JSON becomes null.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Serialize) -> Self {
        self.data.insert(key.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// Asks for a slot.
    #[must_use]
    pub fn slot(mut self, slot: &str, subjects: impl IntoIterator<Item = String>) -> Self {
        let subjects = subjects.into_iter().collect();
        self.slots.push(SlotRequest { slot: slot.to_owned(), subjects });
        self
    }

    /// Answers with another status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status.as_u16();
        self
    }
}

/// Hands the view to the kernel, which renders it.
impl IntoResponse for View {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
