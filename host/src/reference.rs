//! The reference pages: what components declare, as markdown. The same text every time.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::CommandFactory;
use hatchery_component::declaration::{Access, Schedule};
use hatchery_kernel::known::{Known, KnownComponent};
use hatchery_kernel::settings;
use serde_json::Value;

use crate::cli::Cli;

/// The first line of every page.
const NOTE: &str = "<!-- Written by `cargo xtask docs`; edit the code it is made from. -->";

/// Writes all pages into a folder.
pub(crate) fn write(folder: &Path) -> Result<()> {
    let known = Known::linked(hatchery_component::registrations()?)?;
    fs::create_dir_all(folder).with_context(|| format!("no folder {}", folder.display()))?;
    let pages = [
        ("cli.md", cli()),
        ("components.md", components(&known)),
        ("events.md", events(&known)),
        ("interfaces.md", interfaces(&known)),
        ("jobs.md", jobs(&known)),
        ("permissions.md", permissions(&known)),
        ("routes.md", routes(&known)),
        ("settings.md", settings(&known)),
    ];
    for (name, text) in pages {
        let text = format!("{NOTE}\n\n{}\n", text.trim_end());
        fs::write(folder.join(name), text).with_context(|| format!("{name} cannot be written"))?;
    }
    Ok(())
}

fn cli() -> String {
    let mut page = Page::new("Command line");
    let mut command = Cli::command();
    command.build();
    describe_command(&mut page, &mut command, "");
    page.0
}

fn describe_command(page: &mut Page, command: &mut clap::Command, parent: &str) {
    let name = format!("{parent} {}", command.get_name()).trim().to_owned();
    if !parent.is_empty() {
        page.heading(&name);
    }
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    page.line(&format!("```text\n{}\n```\n", help.join("\n")));
    let shown =
        |command: &&mut clap::Command| !command.is_hide_set() && command.get_name() != "help";
    for inner in command.get_subcommands_mut().filter(shown) {
        describe_command(page, inner, &name);
    }
}

fn components(known: &Known) -> String {
    let mut page = Page::new("Components");
    for (id, component) in known.iter() {
        let manifest = &component.manifest;
        page.heading(id);
        let off = if manifest.on_by_default { "" } else { " Off until it is switched on." };
        page.line(&format!("{} Version {}.{off}\n", manifest.summary, manifest.version));
        let provides = manifest.provides.iter().map(|(interface, provision)| {
            let all = if provision.collective { " (one of several)" } else { "" };
            format!("`{interface}@{}`{all}", provision.version)
        });
        let needs = |needs: &BTreeMap<String, _>| -> Vec<String> {
            needs.iter().map(|(interface, versions)| format!("`{interface} {versions}`")).collect()
        };
        let slots = component.declaration.slots.iter().map(|slot| format!("`{}`", slot.slot));
        let resources = component.declaration.resources.iter().map(|it| format!("`{}`", it.name));
        page.fact("provides", provides.collect());
        page.fact("requires", needs(&manifest.requires));
        page.fact("uses when there", needs(&manifest.optional));
        page.fact("resources", resources.collect());
        page.fact("fills slots", slots.collect());
        page.line("");
    }
    page.0
}

fn interfaces(known: &Known) -> String {
    let mut page = Page::new("Interfaces");
    let mut rows: BTreeMap<String, [Vec<String>; 3]> = BTreeMap::new();
    let mut kinds: BTreeMap<String, &str> = BTreeMap::new();
    for (id, component) in known.iter() {
        for (interface, provision) in &component.manifest.provides {
            let kind = if provision.collective { "all are used" } else { "one per store" };
            kinds.insert(interface.clone(), kind);
            let provider = format!("{id} ({})", provision.version);
            rows.entry(interface.clone()).or_default()[0].push(provider);
        }
        for interface in component.manifest.requires.keys() {
            rows.entry(interface.clone()).or_default()[1].push(id.to_owned());
        }
        for interface in component.manifest.optional.keys() {
            rows.entry(interface.clone()).or_default()[2].push(id.to_owned());
        }
    }
    let rows = rows.into_iter().map(|(interface, [provided, required, used])| {
        let kind = kinds.get(&interface).copied().unwrap_or("nobody provides it");
        [
            format!("`{interface}`"),
            kind.to_owned(),
            provided.join(", "),
            required.join(", "),
            used.join(", "),
        ]
    });
    page.table(["interface", "implementations", "provided by", "required by", "used by"], rows);
    page.0
}

fn events(known: &Known) -> String {
    let mut page = Page::new("Events");
    let mut heard: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (id, component) in known.iter() {
        for subscription in &component.declaration.subscriptions {
            let name = format!("{id}/{}", subscription.name);
            heard.entry(subscription.event_type).or_default().push(name);
        }
    }
    let mut rows = BTreeMap::new();
    for (id, component) in known.iter() {
        for (event, meaning) in &component.declaration.emits {
            let by = heard.remove(event).unwrap_or_default().join(", ");
            rows.insert(*event, [format!("`{event}`"), (*meaning).to_owned(), id.to_owned(), by]);
        }
    }
    for (event, by) in heard {
        rows.insert(event, [format!("`{event}`"), String::new(), String::new(), by.join(", ")]);
    }
    page.table(["event", "meaning", "emitted by", "heard by"], rows.into_values());
    page.0
}

fn jobs(known: &Known) -> String {
    let mut page = Page::new("Jobs and tasks");
    page.heading("Jobs");
    let jobs = all(known, |_, it| {
        let when = |schedule| match schedule {
            Schedule::OnDemand => "when queued".to_owned(),
            Schedule::Every(pause) => format!("every {pause:?}"),
            Schedule::Daily { hour, minute } => format!("daily at {hour:02}:{minute:02}"),
        };
        let jobs = it.declaration.jobs.iter();
        jobs.map(|job| [format!("`{}`", job.name), when(job.schedule)]).collect()
    });
    page.table(["job", "runs"], jobs.into_iter());
    page.heading("Tasks");
    let tasks = all(known, |_, it| {
        let tasks = it.declaration.tasks.iter();
        tasks.map(|task| [format!("`{}`", task.name), format!("`{}`", task.permission)]).collect()
    });
    page.table(["task", "permission"], tasks.into_iter());
    page.0
}

fn permissions(known: &Known) -> String {
    let mut page = Page::new("Permissions");
    let rows = all(known, |id, it| {
        let permissions = it.manifest.permissions.iter();
        permissions.map(|permission| [format!("`{permission}`"), id.to_owned()]).collect()
    });
    page.table(["permission", "component"], rows.into_iter());
    page.0
}

fn routes(known: &Known) -> String {
    let mut page = Page::new("Routes");
    let mut rows = all(known, |id, it| {
        let access = |access: &Access| match access {
            Access::Public => "anybody".to_owned(),
            Access::Staff(permission) => format!("`{permission}`"),
            Access::Webhook => "signed webhooks".to_owned(),
        };
        let row = |route: &hatchery_component::Route| {
            [
                format!("`{}`", route.path),
                route.method.to_string(),
                access(&route.access),
                id.to_owned(),
            ]
        };
        it.declaration.routes.iter().map(row).collect()
    });
    rows.sort();
    page.table(["path", "method", "who", "component"], rows.into_iter());
    page.0
}

fn settings(known: &Known) -> String {
    let mut page = Page::new("Settings");
    page.line(
        "Effective is the component's default, below what the store saved, below `config/default.toml`, \
         below `config/stores/<slug>.toml`, below the environment: `HATCHERY__<TABLE>__<KEY>` for every \
         store, `HATCHERY__STORES__<SLUG>__<TABLE>__<KEY>` for one. Dashes become `_`; lists are separated \
         by commas. Secrets come from the environment or are saved by the store, never from files.\n",
    );
    page.heading("[components]");
    page.line(
        "`enabled` and `disabled` are lists of components; `<component> = true` or `false` switches one. \
         A list of enabled ones switches all others off.\n",
    );
    for (section, schema) in settings::schemas() {
        page.heading(&format!("[{section}]"));
        describe_settings(&mut page, &schema.schema, &schema.defaults, &[]);
    }
    let components = known.iter().filter(|(id, _)| *id != "kernel");
    for (id, component) in components {
        let schema = &component.declaration.settings;
        if schema.schema.get("properties").is_some() {
            page.heading(&format!("[{id}]"));
            describe_settings(
                &mut page,
                &schema.schema,
                &schema.defaults,
                &component.manifest.secrets,
            );
        }
    }
    page.0
}

fn describe_settings(page: &mut Page, schema: &Value, defaults: &Value, secrets: &[String]) {
    if let Some(text) = schema.get("description").and_then(Value::as_str) {
        page.line(&format!("{}\n", one_line(text)));
    }
    let mut rows = Vec::new();
    collect_settings(schema, defaults, "", &mut rows);
    let rows = rows.into_iter().map(|(key, default, text)| {
        let secret = if secrets.contains(&key) { "Secret. " } else { "" };
        [format!("`{key}`"), default, format!("{secret}{text}")]
    });
    page.table(["key", "default", "meaning"], rows);
}

/// Keys with their defaults and meanings; those of inner tables with dots.
fn collect_settings(
    schema: &Value,
    defaults: &Value,
    parent: &str,
    rows: &mut Vec<(String, String, String)>,
) {
    let mut properties: Vec<(&String, &Value)> =
        schema.get("properties").and_then(Value::as_object).into_iter().flatten().collect();
    properties.sort_by_key(|(key, _)| *key);
    for (key, property) in properties {
        let name = format!("{parent}{key}");
        let default = &defaults[key];
        if default.is_object() && property.get("properties").is_some() {
            collect_settings(property, default, &format!("{name}."), rows);
            continue;
        }
        let shown = if default.is_null() { "none".to_owned() } else { format!("`{default}`") };
        let text = property.get("description").and_then(Value::as_str).unwrap_or_default();
        rows.push((name, shown, one_line(text)));
    }
}

fn all<const N: usize>(
    known: &Known,
    rows: impl Fn(&str, &KnownComponent) -> Vec<[String; N]>,
) -> Vec<[String; N]> {
    known.iter().flat_map(|(id, component)| rows(id, component)).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A page in the making.
struct Page(String);

impl Page {
    fn new(title: &str) -> Self {
        Self(format!("# {title}\n\n"))
    }

    fn heading(&mut self, text: &str) {
        self.line(&format!("## {text}\n"));
    }

    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn fact(&mut self, name: &str, mut values: Vec<String>) {
        values.sort();
        if !values.is_empty() {
            self.line(&format!("- {name}: {}", values.join(", ")));
        }
    }

    fn table<const N: usize>(&mut self, head: [&str; N], rows: impl Iterator<Item = [String; N]>) {
        let rule = ["---"; N].join(" | ");
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            self.line("None.\n");
            return;
        }
        self.line(&format!("| {} |\n| {rule} |", head.join(" | ")));
        for row in rows {
            let cells = row.map(|cell| cell.replace('|', "\\|"));
            // Writing to a text does not fail.
            let _ = writeln!(self.0, "| {} |", cells.join(" | "));
        }
        self.line("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_the_same_every_time() {
        let known = || Known::linked(hatchery_component::registrations().unwrap()).unwrap();
        for page in [components, events, interfaces, jobs, permissions, routes, settings] {
            let text = page(&known());
            assert!(text.starts_with("# "));
            assert_eq!(text, page(&known()));
        }
        assert!(settings(&known()).contains("| `listen` | `\"127.0.0.1:8080\"` |"));
        assert!(cli().contains("hatchery component disable"));
    }
}
