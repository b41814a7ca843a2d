//! What a component says of itself, checked without a store.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use hatchery_component::declaration::Access;
use hatchery_component::{Declaration, Manifest};
use hatchery_kernel::known::Known;
use minijinja::Environment;
use sea_orm::DbBackend;
use serde_json::{Value, json};

use super::{Part, Report};

/// Words after which SQL of a schema names a table or an index.
const NAMED_AFTER: [&str; 6] = ["table", "index", "on", "into", "update", "from"];
/// Words that may stand between.
const BETWEEN: [&str; 5] = ["if", "not", "exists", "only", "concurrently"];

/// Checks everything that a declaration alone tells.
pub(super) fn check((manifest, component): &Part, report: &mut Report) {
    let known = Known::linked(vec![(manifest.clone(), component.clone())]);
    let known = known.map_err(|error| error.chain());
    report
        .check("what it declares is its own", known.as_ref().err().cloned().into_iter().collect());
    let Ok(known) = known else { return };
    let Some(known) = known.get(&manifest.id) else { return };
    let declaration = &known.declaration;
    report.check("its permissions stand in the manifest", permissions(manifest, declaration));
    report.check("its tables begin with its name", tables(manifest, declaration));
    report.check("its words are there in every language", words(manifest, declaration));
    report.check("its templates can be read", templates(declaration));
    report.check("its API is described", described(declaration));
    report.check("its settings are checked", settings(declaration));
}

fn permissions(manifest: &Manifest, declaration: &Declaration) -> Vec<String> {
    let routes = declaration.routes.iter().filter_map(|route| match &route.access {
        Access::Staff(permission) => Some((*permission).to_owned()),
        Access::Public | Access::Webhook => None,
    });
    let resources = declaration.resources.iter().flat_map(|resource| {
        let actions = resource.actions.iter().map(|action| action.permission.clone());
        let own = [Some(resource.read), resource.write];
        actions.chain(own.into_iter().flatten().map(str::to_owned)).collect::<Vec<_>>()
    });
    let tasks = declaration.tasks.iter().map(|task| task.permission.to_owned());
    let asked: BTreeSet<String> = routes.chain(resources).chain(tasks).collect();
    let own = format!("{}.", manifest.id);
    let undeclared = asked.iter().filter(|it| it.starts_with(&own)).filter(|it| {
        let known = &manifest.permissions;
        !known.contains(it)
    });
    let undeclared =
        undeclared.map(|it| format!("'{it}' is asked for and is not in component.toml"));
    let foreign = manifest.permissions.iter().filter(|it| !it.starts_with(&own));
    let foreign = foreign.map(|it| format!("'{it}' must begin with '{own}'"));
    undeclared.chain(foreign).collect()
}

fn tables(manifest: &Manifest, declaration: &Declaration) -> Vec<String> {
    let prefix = manifest.table_prefix();
    let mut problems = BTreeSet::new();
    for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
        for step in &declaration.migrations {
            for statement in step.statements(backend) {
                let foreign = named(&statement).into_iter().filter(|it| !it.starts_with(&prefix));
                problems.extend(foreign.map(|name| {
                    format!("{} names '{name}', which does not begin with '{prefix}'", step.id)
                }));
            }
        }
    }
    problems.into_iter().collect()
}

/// The tables and indexes that a statement names.
fn named(statement: &str) -> Vec<String> {
    let words: Vec<&str> = statement
        .split(|letter: char| letter.is_whitespace() || "(),;".contains(letter))
        .filter(|word| !word.is_empty())
        .collect();
    let mut names = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if !NAMED_AFTER.contains(&word.to_ascii_lowercase().as_str()) {
            continue;
        }
        let mut rest = words[index + 1..].iter();
        let name = rest.find(|word| !BETWEEN.contains(&word.to_ascii_lowercase().as_str()));
        // `ON CONFLICT`, `ON DELETE` and the like name nothing.
        let Some(name) = name.and_then(|name| quoted(name)) else { continue };
        names.push(name);
    }
    names
}

/// What is in quotes, as sea-query writes names.
fn quoted(word: &str) -> Option<String> {
    let inner = word.strip_prefix(['"', '`'])?;
    // The table after a schema counts.
    let name = inner.rsplit('.').next()?.trim_matches(['"', '`']);
    Some(name.to_owned())
}

fn words(manifest: &Manifest, declaration: &Declaration) -> Vec<String> {
    let mut languages: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (locale, text) in &declaration.messages {
        languages.entry(locale.to_string()).or_default().extend(keys(text));
    }
    let all: BTreeSet<&str> = languages.values().flatten().copied().collect();
    let mut problems = Vec::new();
    if !all.is_empty() {
        for wanted in ["en", "zh-CN"] {
            languages.entry(wanted.to_owned()).or_default();
        }
    }
    for (language, keys) in &languages {
        let missing: Vec<&str> = all.difference(keys).copied().collect();
        if !missing.is_empty() {
            problems.push(format!("{language} lacks {}", missing.join(", ")));
        }
    }
    let own = format!("{}-", manifest.id);
    let foreign = all.iter().filter(|key| !key.starts_with(&own));
    problems.extend(foreign.map(|key| format!("'{key}' must begin with '{own}'")));
    problems
}

/// The keys of the messages in a Fluent text.
fn keys(text: &str) -> impl Iterator<Item = &str> {
    let key = |line: &'_ str| -> Option<usize> {
        line.starts_with(|letter: char| letter.is_ascii_alphabetic()).then_some(())?;
        line.find('=')
    };
    text.lines().filter_map(move |line| Some(line[..key(line)?].trim()))
}

fn templates(declaration: &Declaration) -> Vec<String> {
    let mut environment = Environment::new();
    let broken = declaration.templates.iter().filter_map(|(name, text)| {
        environment.add_template(name, text).err().map(|error| format!("{name}: {error:#}"))
    });
    broken.collect()
}

fn described(declaration: &Declaration) -> Vec<String> {
    let routes = declaration.routes.iter();
    let bare = routes.filter(|route| route.path.starts_with("/api/") && route.openapi.is_none());
    bare.map(|route| {
        format!("{} {} has no OpenAPI; declare it with `api`", route.method, route.path)
    })
    .collect()
}

fn settings(declaration: &Declaration) -> Vec<String> {
    let schema = &declaration.settings;
    let check = |settings: &Value| {
        catch_unwind(AssertUnwindSafe(|| (schema.check)(settings)))
            .unwrap_or_else(|_| Err("it panicked".into()))
    };
    let mut problems = Vec::new();
    if let Err(problem) = check(&schema.defaults) {
        problems.push(format!("the defaults do not pass: {problem}"));
    }
    // A name nobody has.
    match check(&json!({ "no_such_setting": true })) {
        Ok(()) => problems.push("an unknown key passes; use deny_unknown_fields".into()),
        Err(problem) if problem.contains("panicked") => {
            problems.push(format!("an unknown key: {problem}"));
        }
        Err(_) => {}
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_statements_are_found() {
        let check = |statement: &str, expected: &[&str]| {
            assert_eq!(named(statement), expected, "{statement}");
        };
        check(r#"CREATE TABLE IF NOT EXISTS "tea_leaf" ( "id" text )"#, &["tea_leaf"]);
        check(r#"CREATE UNIQUE INDEX "tea_i" ON "tea_leaf" ("id")"#, &["tea_i", "tea_leaf"]);
        check(r#"ALTER TABLE "tea_leaf" ADD COLUMN "on" text"#, &["tea_leaf"]);
        check(r#"INSERT INTO "a"."tea_leaf" ("x") SELECT 1 FROM "pot""#, &["tea_leaf", "pot"]);
        check(r#"UPDATE "pot" SET "x" = 1 ON CONFLICT DO NOTHING"#, &["pot"]);
    }

    #[test]
    fn keys_of_messages_are_found() {
        let text = "# tea = no\ntea-hot = Hot\ntea-many = { $count ->\n    [one] = One\n   *[other] Many\n}\n";
        assert_eq!(keys(text).collect::<Vec<_>>(), ["tea-hot", "tea-many"]);
    }
}
