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

/// What an action answers of records: the objects with an `id` in its lists.
pub(crate) fn of_records(answer: &Value) -> Vec<(&str, &Value)> {
    let lists = answer.as_object().into_iter().flatten().filter_map(|(_, list)| list.as_array());
    lists.flatten().filter_map(|object| Some((object.get("id")?.as_str()?, object))).collect()
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
    fn an_action_answers_of_each_record() {
        let password = json!({ "id": "7", "one_time_password": "abc" });
        let answer = json!({ "changed": 1, "passwords": [password], "refused": ["8"] });
        assert_eq!(of_records(&answer), [("7", &password)]);
        assert!(of_records(&json!({ "changed": 1 })).is_empty());
        assert!(of_records(&Value::Null).is_empty());
    }
}
