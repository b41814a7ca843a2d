//! `cargo xtask new`: the first files of a component.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;
use hatchery_scaffold::{Home, NewComponent, SUMMARY};

use crate::workspace::Workspace;

/// The host's list of components; what it does not name is not linked.
const LIST: &str = "host/src/components.rs";
/// The host's manifest.
const HOST: &str = "host/Cargo.toml";
/// The manifest of the workspace.
const ROOT: &str = "Cargo.toml";

/// Write the first files of a component to plugins/NAME and add it to the host
///
/// It works at once: a table, two API endpoints, a slot, an admin resource and a subscription, in the shape
/// that all components have. For one in a workspace of its own: `hatchery component new`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Id: lower-case words with dashes, such as `wishlist` or `payment-acme`
    name: String,
    /// What it does, in one sentence with a full stop
    #[arg(long, default_value = SUMMARY)]
    summary: String,
    /// It speaks to an outside service and belongs to plugins/providers
    #[arg(long)]
    provider: bool,
}

/// Writes the files; nothing that exists is overwritten.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let Arguments { name, summary, provider } = arguments;
    let component = NewComponent { id: name.clone(), summary: summary.clone(), home: Home::Member };
    component.files()?;
    let parent = if *provider { "plugins/providers" } else { "plugins" };
    let folder = format!("{parent}/{name}");
    let root = workspace.root();
    if root.join(&folder).exists() {
        bail!("{folder} exists");
    }

    let list = with_use(&read(root, LIST)?, name)?;
    let host = with_dependency(&read(root, HOST)?, name, &folder)?;
    let members = if *provider { Some(with_member(&read(root, ROOT)?, &folder)?) } else { None };
    let written = hatchery_scaffold::write(&component, &root.join(&folder))?;
    for path in &written {
        println!("wrote {}", path.strip_prefix(root).unwrap_or(path).display());
    }
    // How long a line is depends on the name.
    let library = format!("{folder}/src/lib.rs");
    let mut rustfmt = Command::new("rustfmt");
    if !rustfmt.current_dir(root).args(["--edition", "2024", &library]).status()?.success() {
        bail!("rustfmt did not like {library}");
    }
    write(root, LIST, &list)?;
    write(root, HOST, &host)?;
    if let Some(members) = members {
        write(root, ROOT, &members)?;
    }
    println!("next: its suite in tests/integration/{}.rs", name.replace('-', "_"));
    Ok(())
}

/// The host's list with one more component, sorted.
fn with_use(text: &str, name: &str) -> Result<String> {
    let line = format!("use hatchery_{} as _;", name.replace('-', "_"));
    with_line(text, "use hatchery_", &line).with_context(|| format!("no list in {LIST}"))
}

/// The host's manifest with one more dependency, which the feature `linked` brings.
fn with_dependency(text: &str, name: &str, folder: &str) -> Result<String> {
    let line = format!("hatchery-{name} = {{ path = \"../{folder}\", optional = true }}");
    let text = with_line(text, "hatchery-", &line)
        .with_context(|| format!("no dependency on hatchery- in {HOST}"))?;
    with_item(&text, "linked = [", &format!("\"dep:hatchery-{name}\""))
        .with_context(|| format!("no feature `linked` in {HOST}"))
}

/// The manifest of the workspace with one more member.
fn with_member(text: &str, folder: &str) -> Result<String> {
    with_line(text, "\"plugins/providers/", &format!("\"{folder}\","))
        .with_context(|| format!("no provider in the members of {ROOT}"))
}

/// The text with a line among those that start alike, in its order and with their indentation.
fn with_line(text: &str, start: &str, line: &str) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let alike: Vec<usize> =
        (0..lines.len()).filter(|index| lines[*index].trim_start().starts_with(start)).collect();
    let last = *alike.last()?;
    let place =
        alike.into_iter().find(|index| lines[*index].trim_start() > line).unwrap_or(last + 1);
    let indentation = lines[last].len() - lines[last].trim_start().len();
    let line = format!("{}{line}", " ".repeat(indentation));
    lines.insert(place, &line);
    Some(lines.join("\n") + "\n")
}

/// The text with an item in the TOML list that starts with `start`, its items sorted, one a line.
fn with_item(text: &str, start: &str, item: &str) -> Option<String> {
    let begin = text.find(start)? + start.len();
    let end = begin + text[begin..].find(']')?;
    let mut items: Vec<&str> =
        text[begin..end].split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
    items.push(item);
    items.sort_unstable();
    let items: String = items.iter().map(|item| format!("    {item},\n")).collect();
    Some(format!("{}\n{items}{}", &text[..begin], &text[end..]))
}

fn read(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"))
}

fn write(root: &Path, path: &str, text: &str) -> Result<()> {
    let file = root.join(path);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create a folder for {path}"))?;
    }
    fs::write(file, text).with_context(|| format!("cannot write {path}"))?;
    println!("wrote {path}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_joins_the_list_in_its_order() {
        let list = "mod linked {\n    use hatchery_cart as _;\n    use hatchery_tax as _;\n}\n";
        let check = |name: &str, expect: &str| {
            assert_eq!(with_use(list, name).expect("a list"), expect);
        };
        check(
            "order",
            "mod linked {\n    use hatchery_cart as _;\n    use hatchery_order as _;\n    use hatchery_tax as _;\n}\n",
        );
        check(
            "wishlist",
            "mod linked {\n    use hatchery_cart as _;\n    use hatchery_tax as _;\n    use hatchery_wishlist as _;\n}\n",
        );
        assert!(with_use("mod linked {}\n", "order").is_err());
    }

    #[test]
    fn the_host_depends_on_it_and_links_it() {
        let manifest = "[features]\nlinked = [\"dep:hatchery-tax\"]\n\n[dependencies]\nclap = 1\nhatchery-tax = 1\ntokio = 1\n";
        let expect = "[features]\nlinked = [\n    \"dep:hatchery-order\",\n    \"dep:hatchery-tax\",\n]\n\n[dependencies]\nclap = 1\n\
             hatchery-order = { path = \"../plugins/order\", optional = true }\nhatchery-tax = 1\ntokio = 1\n";
        assert_eq!(with_dependency(manifest, "order", "plugins/order").expect("both"), expect);
    }
}
