//! Regeneration: a folder with this program, its settings and components, and one store, which is a mother of
//! its own when it is run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hatchery_component::{Error, Progress, Result};
use serde::Serialize;
use serde_json::json;

use super::backup::{private_folder, unusable, write};
use super::copying::{self, Copying, Key, Source, Which};
use super::create;
use super::export::empty_folder;
use crate::db::DatabaseTarget;
use crate::kernel::{Kernel, KernelOptions};
use crate::registry::{DatabaseKind, MOTHER, Registry, StoreRecord, StoreState};

/// Who is asked in as administrator of the new mother, until that person takes another address.
const OWNER: &str = "owner@localhost.localdomain";

/// What was made.
#[derive(Serialize)]
pub(super) struct Ejected {
    /// The folder.
    folder: String,
    /// How it is run.
    command: String,
    /// One-time link of the new mother's administrator, when she has a component that knows such links.
    welcome: Option<String>,
    /// What else there is to know, a sentence each.
    notes: Vec<String>,
}

/// Writes the folder.
///
/// # Errors
/// It is there and not empty; files and databases. What was written is taken away then.
pub(super) async fn eject(
    kernel: &Arc<Kernel>,
    slug: &str,
    to: &Path,
    with_secrets: bool,
    progress: &Progress,
) -> Result<Ejected> {
    empty_folder(to)?;
    let made = write_all(kernel, slug, to, with_secrets, progress).await;
    if made.is_err() {
        crate::kernel::remove_folder(to)?;
    }
    made
}

async fn write_all(
    kernel: &Arc<Kernel>,
    slug: &str,
    to: &Path,
    with_secrets: bool,
    progress: &Progress,
) -> Result<Ejected> {
    let store = kernel.store(slug).await?;
    let mut notes = Vec::new();
    progress.report(0, None, "copying the program");
    let program = copy_program(to)?;
    let folders = kernel.options().component_folders.iter();
    copy_flat(folders.map(PathBuf::as_path), &to.join("components"))?;
    let (data, config) = (to.join("data"), to.join("config"));
    let installed = kernel.options().data.join("components");
    copy_flat([installed.as_path()].into_iter(), &data.join("components"))?;
    write_config(kernel, slug, &config)?;

    let folder = data.join("stores").join(slug);
    private_folder(&folder)?;
    let key = if with_secrets { Key::Fresh } else { Key::FreshWithoutSecrets };
    let copied = copying::copy(
        kernel,
        Copying {
            from: &Source::of_store(&store),
            to: &DatabaseTarget::Sqlite(folder.join("store.db")),
            folder: &folder,
            which: Which::Moved,
            key,
            progress,
        },
    )
    .await?;
    notes.extend(copied.left_out);
    if !with_secrets {
        notes.push(
            "passwords and keys of providers are not in it; --with-secrets takes them along".into(),
        );
    }
    let registry = Registry::open(&data).await?;
    let record = StoreRecord {
        database: DatabaseKind::Sqlite,
        state: StoreState::Active,
        suspension: None,
        wakes_at: None,
        origin: Some(format!("ejected:{slug}")),
        ..kernel.record(slug)?
    };
    registry.add(&record).await?;
    registry.close().await?;

    write(&to.join("README.md"), readme(slug).as_bytes())?;
    progress.report(0, None, "asking the new mother's administrator in");
    let welcome = ask_in(kernel, data, config, &mut notes).await?;
    Ok(Ejected {
        folder: to.display().to_string(),
        command: format!("{} serve", program.display()),
        welcome,
        notes,
    })
}

/// Opens the new folder as its own host would, and asks the administrator in.
async fn ask_in(
    kernel: &Kernel,
    data: PathBuf,
    config: PathBuf,
    notes: &mut Vec<String>,
) -> Result<Option<String>> {
    let options = KernelOptions {
        data,
        config: Some(config),
        environment: Vec::new(),
        watch: false,
        listen: None,
        process: "hatchery store eject".into(),
        ..kernel.options().clone()
    };
    let new = Kernel::open(options).await?;
    let asked = async {
        let mother = new.store(MOTHER).await?;
        let made = create::run(&mother, create::INVITE, json!({ "email": OWNER })).await?;
        let path = made.as_ref().and_then(|made| made.get("path")?.as_str()).map(str::to_owned);
        Ok(path.map(|path| format!("{}{}", mother.info().base_url, in_console(&path))))
    };
    let asked = asked.await;
    new.shutdown().await;
    if matches!(asked, Ok(None)) {
        notes.push("nobody was asked in: the mother has no component that keeps staff".into());
    }
    asked
}

/// The mother's pages are below `/mother`, also the one that welcomes.
fn in_console(path: &str) -> String {
    path.strip_prefix("/admin").map_or_else(|| path.to_owned(), |rest| format!("/mother{rest}"))
}

/// What whoever gets the folder has to know.
fn readme(slug: &str) -> String {
    format!(
        "# {slug}\n\n\
         This folder is a Hatchery of its own: the program, its settings, its components, and the store\n\
         '{slug}' with all its data.\n\n    ./hatchery serve\n\n\
         then shows the addresses of the store and of the mother, who makes further stores. The one-time link\n\
         of the mother's administrator was shown when this folder was written. If it is lost:\n\n    \
         ./hatchery admin create-user --store mother --email YOU@EXAMPLE.COM\n\n\
         The folder can be moved. `config/` has the settings, `data/` everything else; keep `data/` to yourself,\n\
         the keys are in it.\n"
    )
}

fn copy_program(to: &Path) -> Result<PathBuf> {
    let program = std::env::current_exe()
        .map_err(|error| Error::internal(format!("the program does not find itself: {error}")))?;
    let name = format!("hatchery{}", std::env::consts::EXE_SUFFIX);
    let copy = to.join(name);
    std::fs::copy(&program, &copy).map_err(|error| unusable(&copy, &error))?;
    Ok(copy)
}

/// Copies the files of folders into one.
fn copy_flat<'a>(from: impl Iterator<Item = &'a Path>, to: &Path) -> Result<()> {
    for folder in from {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
            private_folder(to)?;
            let copy = to.join(entry.file_name());
            std::fs::copy(entry.path(), &copy).map_err(|error| unusable(&copy, &error))?;
        }
    }
    Ok(())
}

/// The settings files that speak of this store and of all, without the database, which is a file there.
fn write_config(kernel: &Kernel, slug: &str, to: &Path) -> Result<()> {
    private_folder(&to.join("stores"))?;
    private_folder(&to.join("blueprints"))?;
    let Some(from) = &kernel.options().config else {
        return write(&to.join("default.toml"), b"");
    };
    for name in ["default.toml".to_owned(), format!("stores/{slug}.toml")] {
        let Ok(text) = std::fs::read_to_string(from.join(&name)) else { continue };
        write(&to.join(&name), without_table(&text, "database").as_bytes())?;
    }
    copy_flat([from.join("blueprints").as_path()].into_iter(), &to.join("blueprints"))?;
    Ok(())
}

/// A TOML text without one of its tables; the comments of the others stay.
fn without_table(text: &str, table: &str) -> String {
    let mut is_in = false;
    let mut kept = String::new();
    for line in text.lines() {
        let head = line.trim_start();
        if head.starts_with('[') {
            let name = head.trim_start_matches('[').split([']', '.']).next().unwrap_or_default();
            is_in = name.trim() == table;
        }
        if !is_in {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::without_table;

    #[test]
    fn a_table_is_left_out_with_what_belongs_to_it() {
        let check = |text: &str, expect: &str| assert_eq!(without_table(text, "database"), expect);
        check("a = 1\n", "a = 1\n");
        check(
            "# all\n[database]\nurl = \"x\"\n\n[database.more]\nb = 1\n[host]\n# port\nlisten = \"y\"\n",
            "# all\n[host]\n# port\nlisten = \"y\"\n",
        );
    }
}
