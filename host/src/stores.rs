//! `hatchery store`: what the mother does with stores, from the command line.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use hatchery_component::sharing::{ShareAccess, SharePolicy, ShareStatus};
use hatchery_component::stores::{
    BackupInfo, BlueprintInfo, CloneScope, FleetStore, MadeStore, StoreAct, StoreLook,
    StoreRequest, StoreState,
};
use hatchery_types::Locale;
use serde::Deserialize;
use serde_json::Value;

use crate::act::Act;
use crate::cli::{Cli, NewStoreArguments, StoreCommand};
use crate::{control, present};

/// Does what a command asks for.
pub(crate) async fn run(cli: &Cli, command: &StoreCommand) -> Result<()> {
    match command {
        StoreCommand::List => list(&serde_json::from_value(control::act(cli, Act::Stores).await?)?),
        StoreCommand::Blueprints => {
            let all: Vec<BlueprintInfo> =
                serde_json::from_value(control::act(cli, Act::Blueprints).await?)?;
            let rows = all.iter().map(|it| {
                let text = |texts: &BTreeMap<Locale, String>| {
                    texts.get(&Locale::en()).cloned().unwrap_or_default()
                };
                [it.name.clone(), text(&it.title), text(&it.summary)]
            });
            print!("{}", present::table(["blueprint", "name", "what it makes"], rows));
        }
        StoreCommand::Backups => {
            let all: Vec<BackupInfo> =
                serde_json::from_value(control::act(cli, Act::Backups).await?)?;
            let rows = all.iter().map(|it| {
                let made = it.made_at.format("%Y-%m-%d %H:%M:%S UTC").to_string();
                let size = format!("{:.1} MB", it.bytes as f64 / 1e6);
                [it.name.clone(), it.slug.clone(), made, it.rows.to_string(), size]
            });
            print!("{}", present::table(["backup", "store", "made", "rows", "size"], rows));
        }
        StoreCommand::Create(arguments) => {
            let request = StoreRequest {
                blueprint: Some(arguments.blueprint.clone()),
                samples: arguments.samples,
                currency: arguments.currency,
                components: arguments.enable.clone(),
                ..request(&arguments.new)
            };
            made(&act(cli, StoreAct::Create(request)).await?)?;
        }
        StoreCommand::Clone { source, new, scope } => {
            let request =
                StoreRequest { clone_of: Some(source.clone()), scope: *scope, ..request(new) };
            made(&act(cli, StoreAct::Create(request)).await?)?;
            if *scope == CloneScope::All {
                println!("Mails and other work that was still to be done is left to '{source}'.");
            }
        }
        StoreCommand::Suspend { slug, reason, message } => {
            let (slug, reason) = (slug.clone(), reason.clone());
            let message = texts(message)?;
            state(&act(cli, StoreAct::Suspend { slug, reason, message }).await?)?;
        }
        StoreCommand::Resume { slug } => {
            state(&act(cli, StoreAct::Resume { slug: slug.clone() }).await?)?;
        }
        StoreCommand::Rename { slug, name } => {
            let (slug, name) = (slug.clone(), name.clone());
            state(&act(cli, StoreAct::Rename { slug, name }).await?)?;
        }
        StoreCommand::Domains { slug, domains } => {
            let (slug, domains) = (slug.clone(), domains.clone());
            state(&act(cli, StoreAct::SetDomains { slug, domains }).await?)?;
        }
        StoreCommand::Region { slug, locales, time_zone } => {
            let (slug, locales, time_zone) = (slug.clone(), locales.clone(), time_zone.clone());
            state(&act(cli, StoreAct::SetRegion { slug, locales, time_zone }).await?)?;
        }
        StoreCommand::Backup { slug } => {
            let backup = act(cli, StoreAct::Backup { slug: slug.clone() }).await?;
            let backup: BackupInfo = serde_json::from_value(backup)?;
            println!(
                "{} has {} rows, {:.1} MB: {}",
                backup.name,
                backup.rows,
                backup.bytes as f64 / 1e6,
                backup.folder
            );
        }
        StoreCommand::RemoveBackup { backup } => {
            act(cli, StoreAct::RemoveBackup { backup: backup.clone() }).await?;
            println!("The backup '{backup}' is removed.");
        }
        StoreCommand::Restore { backup, slug, replace } => {
            let is_folder = Path::new(backup).is_dir() && backup.contains(['/', '\\', '.']);
            let backup = if is_folder { absolute(Path::new(backup))? } else { backup.clone() };
            let act_of = StoreAct::Restore { backup, slug: slug.clone(), replace: *replace };
            made(&act(cli, act_of).await?)?;
        }
        StoreCommand::Export { slug, to } => {
            let to = to.as_deref().map(new_folder).transpose()?;
            let answer = act(cli, StoreAct::Export { slug: slug.clone(), to }).await?;
            println!("The records are in {}", answer["folder"].as_str().unwrap_or_default());
        }
        StoreCommand::Eject { slug, to, with_secrets } => {
            let (slug, to) = (slug.clone(), new_folder(to)?);
            let answer =
                act(cli, StoreAct::Eject { slug, to, with_secrets: *with_secrets }).await?;
            println!("Run it: {}", answer["command"].as_str().unwrap_or_default());
            if let Some(link) = answer["welcome"].as_str() {
                println!("The mother's administrator comes in once with {link}");
            }
            notes(&answer);
        }
        StoreCommand::Delete { slug, confirm } => {
            let confirm = match confirm {
                Some(confirm) => confirm.clone(),
                None => ask(slug)?,
            };
            let answer = act(cli, StoreAct::Delete { slug: slug.clone(), confirm }).await?;
            let store: FleetStore = serde_json::from_value(answer)?;
            let until = store.purge_at.map(|at| at.format("%Y-%m-%d").to_string());
            println!(
                "'{slug}' is in the trash until {}; `hatchery store recover {slug}` takes it out.",
                until.unwrap_or_default()
            );
        }
        StoreCommand::Recover { slug } => {
            state(&act(cli, StoreAct::Recover { slug: slug.clone() }).await?)?;
        }
        StoreCommand::Invite { slug, email } => {
            let (slug, email) = (slug.clone(), email.clone());
            let answer = act(cli, StoreAct::Invite { slug, email }).await?;
            println!("Once: {}", answer["link"].as_str().unwrap_or_default());
        }
        StoreCommand::Shares => {
            shares(&serde_json::from_value::<Vec<ShareStatus>>(
                control::act(cli, Act::Shares).await?,
            )?);
        }
        StoreCommand::Share { name, kind, home, members, read, write } => {
            let access = ShareAccess { read: read.clone(), write: write.clone() };
            let policy = SharePolicy {
                name: name.clone(),
                kind: kind.clone(),
                home: home.clone(),
                members: members.iter().map(|slug| (slug.clone(), access.clone())).collect(),
            };
            act(cli, StoreAct::Share(policy)).await?;
            println!("'{home}' shares its {kind} with {}.", members.join(", "));
        }
        StoreCommand::Unshare { name } => {
            act(cli, StoreAct::Unshare { name: name.clone() }).await?;
            println!("'{name}' ended.");
        }
    }
    Ok(())
}

async fn act(cli: &Cli, act: StoreAct) -> Result<Value> {
    control::act(cli, Act::of_store(act)?).await
}

fn request(new: &NewStoreArguments) -> StoreRequest {
    StoreRequest {
        slug: new.slug.clone(),
        name: new.name.clone(),
        locales: new.locales.clone(),
        time_zone: new.time_zone.clone(),
        domains: new.domains.clone(),
        owner: new.owner.clone(),
        ..StoreRequest::default()
    }
}

/// The stores and how they do.
#[derive(Deserialize)]
struct Fleet {
    stores: Vec<FleetStore>,
    looks: BTreeMap<String, StoreLook>,
}

fn list(Fleet { stores, looks }: &Fleet) {
    if stores.is_empty() {
        println!("There is no store yet; make one with `hatchery store create SLUG`.");
        return;
    }
    let rows = stores.iter().map(|store| {
        let locales: Vec<&str> = store.locales.iter().map(|locale| locale.as_str()).collect();
        [
            store.slug.clone(),
            store.name.clone(),
            state_of(store),
            looks.get(&store.slug).map(health).unwrap_or_default(),
            locales.join(", "),
            store.currency.to_string(),
            looks.get(&store.slug).map_or_else(
                || store.database.clone(),
                |look| {
                    let bytes = look.database_bytes + look.file_bytes;
                    format!("{}, {:.1} MB", store.database, bytes as f64 / 1e6)
                },
            ),
            store.address.clone(),
        ]
    });
    let head = ["store", "name", "state", "health", "languages", "currency", "data", "address"];
    print!("{}", present::table(head, rows));
}

fn shares(all: &[ShareStatus]) {
    if all.is_empty() {
        println!("The stores share nothing; begin with `hatchery store share`.");
        return;
    }
    let rows = all.iter().flat_map(|share| {
        let ways = share.ways.iter().filter(|way| way.carried > 0 || way.problem.is_some());
        ways.map(|way| {
            let untaken = way.untaken.iter().map(|it| format!("{}: {}", it.key, it.reason));
            let problems: Vec<String> = way.problem.iter().cloned().chain(untaken).collect();
            [
                share.policy.name.clone(),
                share.policy.kind.clone(),
                way.from.clone(),
                way.to.clone(),
                way.carried.to_string(),
                problems.join("; "),
            ]
        })
    });
    print!("{}", present::table(["name", "what", "from", "to", "carried", "problems"], rows));
}

fn health(look: &StoreLook) -> String {
    match (look.problems.as_slice(), look.is_open) {
        ([], true) => "well".to_owned(),
        ([], false) => "asleep".to_owned(),
        (problems, _) => problems.join("; "),
    }
}

fn state_of(store: &FleetStore) -> String {
    let state = match store.state {
        StoreState::Preparing => "preparing",
        StoreState::Active => "active",
        StoreState::Suspended => "suspended",
        StoreState::Deleted => "deleted",
    };
    match &store.suspension {
        Some(suspension) => format!("{state}: {}", suspension.reason),
        None => state.to_owned(),
    }
}

fn state(answer: &Value) -> Result<()> {
    let store: FleetStore = serde_json::from_value(answer.clone())?;
    println!("'{}' ({}) is {}: {}", store.slug, store.name, state_of(&store), store.address);
    Ok(())
}

fn made(answer: &Value) -> Result<()> {
    let made: MadeStore = serde_json::from_value(answer.clone())?;
    let seconds = made.milliseconds as f64 / 1e3;
    println!(
        "The store '{}' is ready after {seconds:.2} s: {}",
        made.store.slug, made.store.address
    );
    if let Some(link) = made.welcome {
        println!("Its first administrator comes in once with {link}");
    }
    notes(answer);
    Ok(())
}

fn notes(answer: &Value) {
    for note in answer["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        println!("Note: {note}");
    }
}

/// Texts by language. One without a language is English.
fn texts(given: &[String]) -> Result<BTreeMap<Locale, String>> {
    let mut texts = BTreeMap::new();
    for text in given {
        let (locale, text) = match text.split_once('=') {
            Some((language, text)) if language.len() <= 12 && !language.contains(' ') => {
                let locale = language.parse();
                (locale.with_context(|| format!("'{language}' is no language"))?, text)
            }
            _ => (Locale::en(), text.as_str()),
        };
        texts.insert(locale, text.to_owned());
    }
    Ok(texts)
}

/// Asks for the name again, when somebody is there who can be asked.
fn ask(slug: &str) -> Result<String> {
    if !std::io::stdin().is_terminal() {
        bail!("write --confirm {slug} to delete the store");
    }
    print!("Write the short name to delete the store '{slug}': ");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// A folder that may not exist yet, for a host that runs elsewhere.
fn new_folder(folder: &Path) -> Result<String> {
    let path: PathBuf =
        std::path::absolute(folder).with_context(|| format!("cannot find {}", folder.display()))?;
    path.into_os_string()
        .into_string()
        .map_err(|name| anyhow::anyhow!("{} is no text", name.display()))
}

fn absolute(folder: &Path) -> Result<String> {
    new_folder(&folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?)
}
