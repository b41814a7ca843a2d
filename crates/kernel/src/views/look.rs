//! Templates and static files as one theme shows them: what components bring, overlaid by a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use hatchery_component::{Declaration, Error, Result};
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, escape_formatter};
use sha2::{Digest, Sha256};

use super::functions;

/// The theme's own style sheet, in the root of its folder.
const THEME_CSS: &str = "theme.css";
/// How many files of a theme are looked at.
const MAX_FILES: usize = 2_000;

/// Compiled templates and named static files.
pub(crate) struct Look {
    pub(crate) environment: Environment<'static>,
    /// Static files by `component/path`.
    pub(crate) assets: BTreeMap<String, StaticFile>,
    /// Address of the theme's own style sheet.
    pub(crate) theme_css: Option<String>,
    /// What the theme's folder looked like when this was made.
    pub(crate) stamp: Stamp,
}

/// A static file.
#[derive(Clone)]
pub struct StaticFile {
    /// Media type.
    pub content_type: String,
    /// Content.
    pub bytes: Bytes,
    /// The first 16 hexadecimal digits of its SHA-256.
    pub hash: String,
}

/// Paths below the theme's folder, each with its time of change and size.
pub(crate) type Stamp = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl Look {
    /// Compiles everything.
    ///
    /// # Errors
    /// A template that is none, named with its line; a file that cannot be read.
    pub(crate) fn build(
        declarations: &BTreeMap<Arc<str>, Arc<Declaration>>,
        theme: Option<&Path>,
    ) -> Result<Self> {
        let stamp = theme.map(stamp).unwrap_or_default();
        let mut templates: BTreeMap<String, String> = BTreeMap::new();
        let mut assets = BTreeMap::new();
        for (id, declaration) in declarations {
            for (file, text) in &declaration.templates {
                templates.insert(format!("{id}/{file}"), (*text).to_owned());
            }
            for asset in &declaration.assets {
                let file =
                    static_file(asset.content_type.to_owned(), Bytes::from_static(asset.bytes));
                assets.insert(format!("{id}/{}", asset.path), file);
            }
        }
        let mut theme_css = None;
        for path in stamp.keys() {
            let Some(folder) = theme else { break };
            let name = path.to_string_lossy().replace('\\', "/");
            let bytes =
                std::fs::read(folder.join(path)).map_err(|error| unreadable(path, &error))?;
            if name.ends_with(".html") {
                let text = String::from_utf8(bytes).map_err(|error| unreadable(path, &error))?;
                templates.insert(name, text);
            } else {
                let file = static_file(content_type(&name).to_owned(), bytes.into());
                if name == THEME_CSS {
                    theme_css = Some(address(&file, "theme/theme.css"));
                    assets.insert("theme/theme.css".into(), file);
                } else {
                    assets.insert(name, file);
                }
            }
        }
        Ok(Self { environment: environment(templates)?, assets, theme_css, stamp })
    }

    /// The address of a static file: `/assets/<hash>/<component>/<path>`.
    pub(crate) fn asset_address(&self, name: &str) -> Option<String> {
        self.assets.get(name).map(|file| address(file, name))
    }
}

/// What a theme's folder looks like now: hidden files are left out.
pub(crate) fn stamp(folder: &Path) -> Stamp {
    let mut found = Stamp::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(below) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(folder.join(&below)) else { continue };
        for entry in entries.flatten() {
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let Ok(metadata) = entry.metadata() else { continue };
            let path = below.join(entry.file_name());
            if is_hidden || found.len() >= MAX_FILES {
                continue;
            }
            if metadata.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path, (metadata.modified().ok(), metadata.len()));
            }
        }
    }
    found
}

fn environment(templates: BTreeMap<String, String>) -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|name| {
        if name.ends_with(".txt") { AutoEscape::None } else { AutoEscape::Html }
    });
    environment.set_recursion_limit(100);
    environment.set_formatter(write);
    functions::register(&mut environment);
    for (name, text) in templates {
        environment
            .add_template_owned(name, text)
            .map_err(|error| Error::invalid("view.template", describe(&error)))?;
    }
    Ok(environment)
}

/// Writes a value: escaped where the template is HTML, nothing for none, `true` and `false` as programs read
/// them. Slashes stay as they are, so that addresses in a page can be found by their text.
fn write(
    output: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if value.is_none() || value.is_undefined() {
        return Ok(());
    }
    let written = match value.kind() {
        ValueKind::Bool => output.write_str(if value.is_true() { "true" } else { "false" }),
        _ if value.is_safe() || !matches!(state.auto_escape(), AutoEscape::Html) => {
            return escape_formatter(output, state, value);
        }
        _ => match value.as_str() {
            Some(text) => write_escaped(output, text),
            None => write_escaped(output, &value.to_string()),
        },
    };
    written.map_err(minijinja::Error::from)
}

fn write_escaped(output: &mut Output<'_>, text: &str) -> std::fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        output.write_str(&rest[..at])?;
        output.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    output.write_str(rest)
}

/// A template error with template and line, and its causes.
pub(crate) fn describe(error: &minijinja::Error) -> String {
    let place = match (error.name(), error.line()) {
        (Some(name), Some(line)) => format!("{name}:{line}: "),
        (Some(name), None) => format!("{name}: "),
        _ => String::new(),
    };
    let mut text = format!("{place}{}", error.kind());
    if let Some(detail) = error.detail() {
        text.push_str(": ");
        text.push_str(detail);
    }
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str("; caused by ");
        match cause.downcast_ref::<minijinja::Error>() {
            Some(inner) => {
                text.push_str(&describe(inner));
                return text;
            }
            None => text.push_str(&cause.to_string()),
        }
        source = cause.source();
    }
    text
}

fn static_file(content_type: String, bytes: Bytes) -> StaticFile {
    let digest = Sha256::digest(&bytes);
    let hash = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    StaticFile { content_type, bytes, hash }
}

fn address(file: &StaticFile, name: &str) -> String {
    format!("/assets/{}/{name}", file.hash)
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> Error {
    let message = format!("The theme's file '{}' cannot be read: {error}", path.display());
    Error::invalid("view.theme", message)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
