//! The query parameters that every list of the REST API has.

use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::error::QueryError;
use super::schema::Fields;
use super::{DEFAULT_LIMIT, MAX_LIMIT, Query};

/// `filter=`, `sort=`, `limit=`, `cursor=` and `fields=` of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// Which items: `price < 500 AND (tags:tea OR name:"pot")`. OR binds tighter than AND.
    pub filter: Option<String>,
    /// In which order: names of fields, `-` for largest first: `-price,name`.
    pub sort: Option<String>,
    /// How many items per page, 50 if absent, at most 500.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Which fields of the items, separated by commas; all if absent.
    pub fields: Option<String>,
}

impl ListParams {
    /// The query they stand for. A limit that is too large is lowered.
    ///
    /// # Errors
    /// A mistake in `filter=` or `sort=`, with its column.
    pub fn to_query<R>(&self, fields: &Fields) -> Result<Query<R>, QueryError> {
        let names = |list: &String| {
            list.split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Ok(Query {
            filter: fields.parse_filter(self.filter.as_deref().unwrap_or_default())?,
            sort: fields.parse_sort(self.sort.as_deref().unwrap_or_default())?,
            limit: self.limit.filter(|limit| *limit > 0).unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT),
            cursor: self.cursor.clone().filter(|cursor| !cursor.is_empty()),
            fields: self.fields.as_ref().map(names).filter(|names: &Vec<String>| !names.is_empty()),
            ..Query::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{FieldDef, Kind};

    #[test]
    fn parameters_become_a_query() {
        #[track_caller]
        fn check(json: &str, expect: &str) {
            let fields = Fields::new([FieldDef::new("price", Kind::Money)]);
            let params: ListParams = serde_json::from_str(json).unwrap();
            let query = params.to_query::<serde_json::Value>(&fields);
            let found = query.map(|query| serde_json::to_string(&query).unwrap());
            assert_eq!(found.unwrap_or_else(|error| format!("{}: {error}", error.code())), expect);
        }
        check("{}", r#"{"filter":null,"sort":[],"limit":50,"cursor":null,"fields":null}"#);
        check(
            r#"{"filter":"price:*","sort":"-price","limit":9000,"cursor":"x","fields":"id, price,"}"#,
            r#"{"filter":{"present":{"field":"price"}},"sort":[{"field":"price","direction":"descending"}],"limit":500,"cursor":"x","fields":["id","price"]}"#,
        );
        check(
            r#"{"filter":"","sort":"","limit":0,"cursor":"","fields":""}"#,
            r#"{"filter":null,"sort":[],"limit":50,"cursor":null,"fields":null}"#,
        );
        check(
            r#"{"sort":"name"}"#,
            "query.unknown_field: sort, column 1: unknown field `name`; known are price",
        );
    }
}
