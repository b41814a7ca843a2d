//! One page of a list.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Some items of a list and the way to the next ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the order that was asked for.
    pub items: Vec<T>,
    /// Give this as `cursor` to get the next page. Absent on the last page.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that fits on one page.
    pub fn last(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    /// The same page with every item changed.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next_cursor: self.next_cursor }
    }

    /// Like [`Page::map`], for a change that may fail.
    ///
    /// # Errors
    /// The first error of `change`.
    pub fn try_map<U, E>(self, change: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(change).collect::<Result<_, E>>()?;
        Ok(Page { items, next_cursor: self.next_cursor })
    }
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self::last(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_items_and_a_cursor() {
        let page = Page { items: vec![1, 2], next_cursor: Some("x".to_owned()) };
        let json = serde_json::to_string(&page.clone().map(|item| item + 1)).unwrap();
        assert_eq!(json, r#"{"items":[2,3],"next_cursor":"x"}"#);
        assert_eq!(
            serde_json::to_string(&Page::<i32>::default()).unwrap(),
            r#"{"items":[],"next_cursor":null}"#
        );
        assert_eq!(page.try_map(|item| if item > 1 { Err(item) } else { Ok(item) }), Err(2));
    }

    #[test]
    fn the_schema_names_the_item() {
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Product {
            name: String,
        }
        let schema =
            serde_json::to_value(<Page<Product> as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!(schema["properties"]["items"]["items"]["$ref"], "#/components/schemas/Product");
        assert_eq!(schema["required"], serde_json::json!(["items"]));
    }
}
