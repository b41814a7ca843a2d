//! What can be asked on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use hatchery_component::stores::CloneScope;
use hatchery_kernel::kernel::KernelOptions;
use hatchery_types::{Currency, Locale};

use crate::{blueprints, homes};

/// Where settings are looked for when nothing is said.
const CONFIG: &str = "config";
/// Where data are kept when nothing is said.
const DATA: &str = "data";

/// Hatchery: one mother system, any number of stores, every feature a component
#[derive(Parser)]
#[command(name = "hatchery", version)]
pub(crate) struct Cli {
    /// Folder of all data [default: data; beside the program if there is one]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "HATCHERY_DATA_DIR",
        hide_env_values = true
    )]
    data: Option<PathBuf>,

    /// Folder with default.toml and stores/<slug>.toml [default: config, if it exists here or beside the program]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "HATCHERY_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,

    /// Folder with components as shared libraries [default: components beside the program, if it exists]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "HATCHERY_COMPONENTS",
        hide_env_values = true
    )]
    pub(crate) components: Option<PathBuf>,

    /// How to log
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(crate) log: LogFormat,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How to log.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    Text,
    /// JSON, a line per event
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve all stores over HTTP
    Serve(ServeArguments),
    /// Import products, customers and past sales from another system
    Import(ImportArguments),
    /// Make stores and look after them
    #[command(subcommand)]
    Store(StoreCommand),
    /// List components and switch them on and off
    #[command(subcommand)]
    Component(ComponentCommand),
    /// Look after the settings files
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look after the people who run a store
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Write the reference pages
    #[command(hide = true)]
    Docs {
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct ServeArguments {
    /// Make a store with products and a year of sales, and print how to get in
    #[arg(long)]
    pub(crate) demo: bool,
    /// Address and port [default: the setting host.listen, 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Leave out every component that no other requires
    #[arg(long)]
    pub(crate) safe_mode: bool,
}

#[derive(Args)]
pub(crate) struct ImportArguments {
    /// The file: CSV, also .gz
    pub(crate) file: PathBuf,
    /// The store
    #[arg(long, value_name = "SLUG")]
    pub(crate) store: String,
    /// online-retail, shopify-csv, or a mapping file
    #[arg(long, value_name = "NAME|FILE.toml")]
    pub(crate) mapping: String,
    /// Read and check everything, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write the counts as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// All stores, those in the trash too
    List,
    /// The recipes that stores are made from
    Blueprints,
    /// Make a store from a blueprint, ready to sell
    Create(CreateArguments),
    /// Make a store as a copy of another
    Clone {
        /// The store that is copied
        source: String,
        #[command(flatten)]
        new: NewStoreArguments,
        /// How much of it: setup (products and settings, without customers and orders) or all
        #[arg(long, value_name = "SCOPE", default_value = "setup", value_parser = scope)]
        scope: CloneScope,
    },
    /// Let a store not sell for a while; visitors read why, and follow the orders they placed
    Suspend {
        /// The store
        slug: String,
        /// A short code: maintenance, unpaid, legal
        #[arg(long)]
        reason: String,
        /// What visitors read: TEXT, or LANGUAGE=TEXT, once per language
        #[arg(long, value_name = "[LANGUAGE=]TEXT")]
        message: Vec<String>,
    },
    /// Let a suspended store sell again
    Resume {
        /// The store
        slug: String,
    },
    /// Change the name of a store for people
    Rename {
        /// The store
        slug: String,
        /// The new name
        name: String,
    },
    /// Let a store answer on host names, instead of those it had
    Domains {
        /// The store
        slug: String,
        /// Its host names, the one for links first
        domains: Vec<String>,
    },
    /// Change the languages and the time zone of a store
    #[command(group(clap::ArgGroup::new("region").args(["locales", "time_zone"]).required(true).multiple(true)))]
    Region {
        /// The store
        slug: String,
        /// Languages, the default first
        #[arg(long = "locale", alias = "locales", value_name = "LANGUAGES", value_delimiter = ',')]
        locales: Vec<Locale>,
        /// IANA time zone
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
    },
    /// Copy a store into a backup, while it sells
    Backup {
        /// The store
        slug: String,
    },
    /// All backups
    Backups,
    /// Remove a backup for good
    RemoveBackup {
        /// Its name
        backup: String,
    },
    /// Put a backup in place
    Restore {
        /// Its name, or its folder
        backup: String,
        /// Restore it as a store of another name
        #[arg(long = "as", value_name = "SLUG")]
        slug: Option<String>,
        /// Replace the store that is there; it is backed up before
        #[arg(long)]
        replace: bool,
    },
    /// Write all records of a store as JSON Lines and CSV
    Export {
        /// The store
        slug: String,
        /// Folder to write to [default: one below the data folder]
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Write a host of its own with this store: program, settings, components, data
    Eject {
        /// The store
        slug: String,
        /// Folder to write to; it must be empty or not exist
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Take passwords and keys of providers along
        #[arg(long)]
        with_secrets: bool,
    },
    /// Put a store into the trash, from where it is removed after 30 days
    Delete {
        /// The store
        slug: String,
        /// The short name again
        #[arg(long, value_name = "SLUG")]
        confirm: Option<String>,
    },
    /// Take a store out of the trash
    Recover {
        /// The store
        slug: String,
    },
    /// Ask somebody in as an administrator of a store, by a one-time link
    Invite {
        /// The store
        slug: String,
        /// E-mail address
        email: String,
    },
    /// What stores share, and how far it is
    Shares,
    /// Let stores share products or customers, or change how they do
    Share {
        /// Name of the sharing: a-z, 0-9 and '-'
        name: String,
        /// What: products or customers
        #[arg(long)]
        kind: String,
        /// The store whose records they are
        #[arg(long, value_name = "SLUG")]
        home: String,
        /// The stores that have them too
        #[arg(
            long = "member",
            alias = "members",
            value_name = "SLUGS",
            value_delimiter = ',',
            required = true
        )]
        members: Vec<String>,
        /// Fields they get [default: all]
        #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
        read: Option<Vec<String>>,
        /// Fields they may change for all stores; of customers only
        #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
        write: Vec<String>,
    },
    /// Let stores share no longer
    Unshare {
        /// Name of the sharing
        name: String,
    },
}

#[derive(Args)]
pub(crate) struct CreateArguments {
    #[command(flatten)]
    pub(crate) new: NewStoreArguments,
    /// What to make it from; `hatchery store blueprints` lists them
    #[arg(long, value_name = "NAME", default_value = "empty")]
    pub(crate) blueprint: String,
    /// Put the blueprint's sample products into it
    #[arg(long)]
    pub(crate) samples: bool,
    /// Currency of the prices [default: the blueprint's, or USD]
    #[arg(long)]
    pub(crate) currency: Option<Currency>,
    /// Components that are on at first [default: the blueprint's]
    #[arg(long, value_name = "COMPONENTS", value_delimiter = ',')]
    pub(crate) enable: Option<Vec<String>>,
}

#[derive(Args)]
pub(crate) struct NewStoreArguments {
    /// Short name in addresses and folders: a-z, 0-9 and '-'
    pub(crate) slug: String,
    /// Name for people [default: the short name]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Languages, the default first [default: those of the source, or en]
    #[arg(long = "locale", alias = "locales", value_name = "LANGUAGES", value_delimiter = ',')]
    pub(crate) locales: Vec<Locale>,
    /// IANA time zone [default: that of the source, or Etc/UTC]
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Host names it answers on, beside <slug>.localhost
    #[arg(long = "domain", alias = "domains", value_name = "DOMAINS", value_delimiter = ',')]
    pub(crate) domains: Vec<String>,
    /// E-mail address of its first administrator, who gets a one-time link
    #[arg(long, value_name = "E-MAIL")]
    pub(crate) owner: Option<String>,
}

fn scope(text: &str) -> Result<CloneScope, String> {
    match text {
        "setup" => Ok(CloneScope::Setup),
        "all" => Ok(CloneScope::All),
        _ => Err("write setup or all".into()),
    }
}

#[derive(Subcommand)]
pub(crate) enum ComponentCommand {
    /// All components and whether they run
    List {
        #[command(flatten)]
        store: StoreArgument,
    },
    /// What a change would do, or why it cannot be: `plan swap catalog 1.1.0`, `plan tax --disable`
    #[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
    Plan {
        /// The component, to be switched on
        component: Option<String>,
        /// Plan to switch it off instead
        #[arg(long)]
        disable: bool,
        #[command(flatten)]
        store: StoreArgument,
        #[command(subcommand)]
        change: Option<ChangeCommand>,
    },
    #[command(flatten)]
    Change(ChangeCommand),
    /// Write the first files of a component, in a folder and a workspace of its own
    New(NewArguments),
    /// Try a component file: whether a host can use it, and whether it keeps what it promises
    Check(CheckArguments),
}

#[derive(Subcommand)]
pub(crate) enum ChangeCommand {
    /// Take in a component file and switch its component on
    Install {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        store: StoreArgument,
    },
    /// Switch a component on; ends its quarantine
    Enable {
        /// The component
        component: String,
        #[command(flatten)]
        store: StoreArgument,
    },
    /// Switch a component off; its data stay
    Disable {
        /// The component
        component: String,
        #[command(flatten)]
        store: StoreArgument,
    },
    /// Put another version or another component in the place of one that runs
    Swap {
        /// The component that runs
        component: String,
        /// Another component, `linked`, a version, the beginning of a checksum, or a file
        to: String,
        #[command(flatten)]
        store: StoreArgument,
    },
    /// Take away what only older versions of a component need
    FinishUpgrade {
        /// The component
        component: String,
        #[command(flatten)]
        store: StoreArgument,
    },
    /// Switch a component off for good; its rows are written to files, and stay
    Uninstall {
        /// The component
        component: String,
        #[command(flatten)]
        store: StoreArgument,
    },
    /// Write the rows of a component that is off to files, and remove them
    Purge {
        /// The component
        component: String,
        /// Do it; without this, only what would be done is told
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        store: StoreArgument,
    },
}

#[derive(Args)]
pub(crate) struct NewArguments {
    /// Id: lower-case words with dashes, such as wishlist or payment-acme
    pub(crate) name: String,
    /// Folder to make the component's folder in
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The folder crates/sdk of Hatchery [default: that of the checkout this host was built from]
    #[arg(long, value_name = "PATH")]
    pub(crate) sdk: Option<PathBuf>,
    /// What it does, in one sentence with a full stop
    #[arg(long, default_value = hatchery_scaffold::SUMMARY)]
    pub(crate) summary: String,
}

#[derive(Args)]
pub(crate) struct CheckArguments {
    /// The file: a shared library
    pub(crate) file: PathBuf,
    /// A PostgreSQL database to try it on too: postgres://user:password@host/name. Only a schema made for
    /// this is touched
    #[arg(long, value_name = "URL", env = "HATCHERY_CHECK_POSTGRES", hide_env_values = true)]
    pub(crate) postgres: Option<String>,
}

#[derive(Args, Clone)]
pub(crate) struct StoreArgument {
    /// The store [default: the only one]
    #[arg(long, value_name = "SLUG")]
    pub(crate) store: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check the settings files and the environment
    Check,
}

#[derive(Subcommand)]
pub(crate) enum AdminCommand {
    /// Create a member of staff and print a one-time password
    CreateUser {
        #[command(flatten)]
        store: StoreArgument,
        /// Whom the account is for
        #[arg(long)]
        email: String,
        /// Name for people
        #[arg(long)]
        name: Option<String>,
        /// What the user may do
        #[arg(long, default_value = "owner")]
        role: String,
    },
}

impl Cli {
    /// The folder of all data.
    pub(crate) fn data(&self) -> PathBuf {
        let named = self.data.clone();
        named.or_else(|| homes::beside_the_program(DATA)).unwrap_or_else(|| PathBuf::from(DATA))
    }

    /// The options of a kernel for this command. `process` is what others are told who want the folder.
    pub(crate) fn kernel_options(&self, process: &str) -> Result<KernelOptions> {
        let config = match &self.config {
            Some(folder) if !folder.is_dir() => bail!("{} is no folder", folder.display()),
            Some(folder) => Some(folder.clone()),
            None => {
                let here = Some(PathBuf::from(CONFIG)).filter(|folder| folder.is_dir());
                here.or_else(|| homes::beside_the_program(CONFIG))
            }
        };
        // The paths that are told must mean the same to whoever reads them elsewhere.
        let data = self.data();
        let data = std::path::absolute(&data)
            .with_context(|| format!("the data folder {} cannot be used", data.display()))?;
        Ok(KernelOptions {
            config,
            environment: environment(),
            process: process.to_owned(),
            blueprints: blueprints::all(),
            ..homes::options(self.components.as_deref(), &data)?
        })
    }
}

/// The environment variables that are text.
fn environment() -> Vec<(String, String)> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_plan_is_asked_for_in_two_ways() {
        for line in [
            "plan tax --disable --store acme",
            "plan disable tax --store acme",
            "plan swap tax 1.2.0",
            "install tax.so",
            "purge tax --yes",
        ] {
            let words = ["hatchery", "component"].into_iter().chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
    }
}
