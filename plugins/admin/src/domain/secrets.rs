//! What an answer tells once and a record never again: first passwords, tokens.

use serde_json::Value;

/// The texts that only the answer to a saving has: name and value.
pub(crate) fn told_once<'a>(saved: &'a Value, kept: &Value) -> Vec<(&'a str, &'a str)> {
    let fields = saved.as_object().into_iter().flatten();
    fields
        .filter(|(key, _)| kept.get(key).is_none())
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .collect()
}

/// The texts that an action tells of records, in lists of objects with an `id`: id, name and value.
pub(crate) fn told_of_records(answer: &Value) -> Vec<(&str, &str, &str)> {
    let lists = answer.as_object().into_iter().flatten().filter_map(|(_, list)| list.as_array());
    let objects = lists.flatten().filter_map(Value::as_object);
    objects
        .filter_map(|object| Some((object.get("id")?.as_str()?, object)))
        .flat_map(|(id, object)| {
            let told = object.iter().filter(|(key, _)| key.as_str() != "id");
            told.filter_map(move |(key, value)| Some((id, key.as_str(), value.as_str()?)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_record_does_not_keep_is_told_once() {
        let saved = json!({ "name": "Ada", "one_time_password": "abc", "count": 1 });
        let told = told_once(&saved, &json!({ "name": "Ada", "version": 1 }));
        assert_eq!(told, [("one_time_password", "abc")]);
        assert!(told_once(&saved, &saved).is_empty());
    }

    #[test]
    fn an_action_tells_of_each_record() {
        let answer = json!({
            "changed": 1,
            "passwords": [{ "id": "7", "one_time_password": "abc" }],
            "refused": ["8"],
        });
        assert_eq!(told_of_records(&answer), [("7", "one_time_password", "abc")]);
        assert!(told_of_records(&json!({ "changed": 1 })).is_empty());
        assert!(told_of_records(&Value::Null).is_empty());
    }
}
