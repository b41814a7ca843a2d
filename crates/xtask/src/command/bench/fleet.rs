//! `cargo xtask bench fleet`: what many stores cost, in one host.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, ValueEnum};

use super::figures::{Table, Times, each, ratio, size, time};
use super::load::{LENGTH, load, wake};
use super::mother::{EMAIL, Mother};
use crate::http::Connection;
use crate::library::{self, Profile, gather};
use crate::process::{self, Bound, Interrupted, Signals};
use crate::provide::{self, POSTGRES};
use crate::service::{Cluster, Host, Installation, Memory};
use crate::workspace::Workspace;

/// The store that is asked while the others are idle.
const BUSY: &str = "busy";
/// After how long the host closes a store that nobody uses. It looks every five seconds.
const IDLE: Duration = Duration::from_secs(5);
/// How long stores may take to be closed; one that has work stays open for it.
const PATIENCE: Duration = Duration::from_secs(60);
/// What all of one size may take: so much, and more for each store.
const LIMIT: Duration = Duration::from_secs(300);
const LIMIT_PER_STORE: Duration = Duration::from_secs(1);
/// With fewer stores, their memory is lost in what the host needs once.
const ENOUGH: usize = 10;

const GOAL_CREATION: Duration = Duration::from_secs(1);
const GOAL_BYTES: i64 = 100_000;
const GOAL_RATIO: f64 = 1.1;

/// Create stores and measure creation, idle memory, open files, one busy store among them, a migration
#[derive(Args)]
pub(super) struct Arguments {
    /// How many stores, each in a host of its own [default: 1,100,2000 on SQLite, 1,100 on PostgreSQL]
    #[arg(long, value_name = "N,..", value_delimiter = ',')]
    stores: Vec<u32>,
    /// Only on this database
    #[arg(long)]
    database: Option<Database>,
    /// The host to measure, instead of one that is built now
    #[arg(long, value_name = "FILE", env = "HATCHERY_BENCH_BINARY")]
    binary: Option<PathBuf>,
    /// A library of the catalog with one more step, instead of one that is built now
    #[arg(long, value_name = "FILE", env = "HATCHERY_BENCH_NEXT")]
    next: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

/// What is measured: files that were built.
struct Subject {
    binary: PathBuf,
    /// A folder with the next version of the catalog.
    next: Option<PathBuf>,
    /// Where data folders are made.
    scratch: PathBuf,
}

/// The measurement of one size on one database.
struct Run<'a> {
    bound: Bound,
    slugs: Vec<String>,
    /// The size that was measured first on this database, with its 99th percentile.
    first: &'a mut Option<(usize, Duration)>,
    table: Table,
}

/// What the host takes of the machine at one moment.
struct Look {
    memory: Memory,
    files: usize,
}

impl Database {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    fn sizes(self) -> &'static [u32] {
        match self {
            Self::Sqlite => &[1, 100, 2000],
            Self::Postgres => &[1, 100],
        }
    }
}

/// Builds the host, measures it and prints a table for each database and size.
pub(super) fn run(workspace: &Workspace, signals: &Signals, arguments: &Arguments) -> Result<()> {
    let subject = Subject::provide(workspace, signals, arguments)?;
    for database in [Database::Sqlite, Database::Postgres] {
        if arguments.database.is_some_and(|wanted| wanted != database) {
            continue;
        }
        let postgres = match database {
            Database::Sqlite => None,
            Database::Postgres => {
                let Some(programs) = POSTGRES.provide(signals, provide::find_postgres)? else {
                    println!(
                        "\nPostgreSQL: skipped, there is none; install it: {}",
                        POSTGRES.install_line()
                    );
                    continue;
                };
                Some(programs)
            }
        };
        let sizes = match arguments.stores.as_slice() {
            [] => database.sizes(),
            sizes => sizes,
        };
        let mut first = None;
        for &count in sizes {
            // A cluster of its own, so that no size has the schemas of another in its way.
            let cluster = postgres.as_ref().map(|programs| Cluster::start(signals, programs));
            let cluster = cluster.transpose()?;
            let address = cluster.as_ref().map(Cluster::url);
            println!("\n{}, the busy store and N = {count} others", database.name());
            let mut run = Run {
                bound: Bound::new(signals, LIMIT + LIMIT_PER_STORE * count),
                slugs: (1..=count).map(|number| format!("s{number:04}")).collect(),
                first: &mut first,
                table: Table::default(),
            };
            let measured = run.measure(&subject, address);
            // What there is, also when it did not come to its end.
            print!("{}", run.table);
            measured?;
        }
    }
    Ok(())
}

impl Run<'_> {
    /// All figures of one size on the database of this address.
    fn measure(&mut self, subject: &Subject, database: Option<String>) -> Result<()> {
        let mut variables = vec![
            ("HATCHERY_LOG", "warn".to_owned()),
            ("HATCHERY__HOST__IDLE_SECONDS", IDLE.as_secs().to_string()),
        ];
        variables.extend(database.map(|url| ("HATCHERY__DATABASE__URL", url)));
        let installation = Installation::new(&subject.binary, &subject.scratch, variables)?;
        self.serve(&installation, subject.next.as_deref()).map_err(|error| {
            if error.is::<Interrupted>() {
                return error;
            }
            anyhow!("{error:#}\nthe host wrote:\n{}", installation.tail())
        })
    }

    /// Starts the host for the figures of selling, and once more with the next catalog for those of a migration.
    fn serve(&mut self, installation: &Installation, next: Option<&Path>) -> Result<()> {
        let create = ["admin", "create-user", "--store", "mother", "--email", EMAIL];
        let said = installation.run(&self.bound, &create)?;
        let password = said.split_whitespace().last().context("no one-time password")?;

        let host = installation.serve(&self.bound, None)?;
        let mother = Mother::sign_in(host.port(), password, &self.bound)?;
        self.sell(&host, &mother)?;
        host.stop(&self.bound)?;

        let begun = Instant::now();
        let host = installation.serve(&self.bound, next)?;
        self.migrate(&host, &mother.at(host.port()), begun, next.is_some())?;
        host.stop(&self.bound)
    }

    fn sell(&mut self, host: &Host, mother: &Mother) -> Result<()> {
        let mut asking = mother.connect()?;
        mother.create(&mut asking, BUSY, "grocery", true)?;
        // Both times it is asked after it was opened again: one that was just made answers faster.
        mother.wait_until_closed(&mut asking, [BUSY], PATIENCE)?;
        let alone = load(host.port(), &self.bound, BUSY)?;
        mother.wait_until_closed(&mut asking, [BUSY], PATIENCE)?;
        let before = Look::take(host)?;
        let files = self.create(host, mother, &mut asking, &before)?;
        self.idle(host, mother, &mut asking, &before, &files)?;
        let among = load(host.port(), &self.bound, BUSY)?;
        self.compare(&alone, &among);
        self.wake_again(host, mother)
    }

    /// Makes the stores; gives what is to be told of open files.
    fn create(
        &mut self,
        host: &Host,
        mother: &Mother,
        asking: &mut Connection,
        before: &Look,
    ) -> Result<String> {
        let mut files = before.files;
        let mut times = Vec::with_capacity(self.slugs.len());
        for slug in &self.slugs {
            times.push(mother.create(asking, slug, "empty", false)?);
            files = files.max(host.files()?);
        }
        let after = Look::take(host)?;
        let first = times.first().copied().unwrap_or_default();
        let times = Times::new(times);
        let longest = times.percentile(100);
        let figures = format!("first {}, {times}, max {}", time(first), time(longest));
        self.table.goal("creation", figures, "< 1 s", Some(longest < GOAL_CREATION));
        let figures = format!(
            "{} before, {} after, {} at most; {} per store, the last still open",
            size(before.memory.resident),
            size(after.memory.resident),
            size(after.memory.highest),
            each(after.more_than(before, self.slugs.len()))
        );
        self.table.row("memory", figures);
        Ok(format!("{} before, {} after, {files} at most", before.files, after.files))
    }

    /// Waits until the host has closed the stores.
    fn idle(
        &mut self,
        host: &Host,
        mother: &Mother,
        asking: &mut Connection,
        before: &Look,
        files: &str,
    ) -> Result<()> {
        let slugs = self.slugs.iter().rev().map(String::as_str);
        let open = mother.wait_until_closed(asking, slugs, PATIENCE)?;
        let idle = Look::take(host)?;
        let more = idle.more_than(before, self.slugs.len());
        let left = if open == 0 { String::new() } else { format!(", {open} still open") };
        let figures = format!("{}; {} per store{left}", size(idle.memory.resident), each(more));
        let met = (self.slugs.len() >= ENOUGH).then_some(more < GOAL_BYTES);
        self.table.goal("memory, all idle", figures, "< 100 kB per store", met);
        let figures = format!("{files}, {} idle; limit {}", idle.files, host.files_limit()?);
        self.table.row("open files", figures);
        Ok(())
    }

    fn compare(&mut self, alone: &Times, among: &Times) {
        let late = among.percentile(99);
        let slower = ratio(late, alone.percentile(99));
        let (count, beginning) = *self.first.get_or_insert((self.slugs.len(), late));
        let rate = |times: &Times| times.count() / LENGTH.as_secs().max(1) as usize;
        self.table.row("products, alone", format!("{alone}, {} per second", rate(alone)));
        let figures = format!(
            "{among}, {} per second; p99 x {slower:.2} to alone, x {:.2} to N = {count}",
            rate(among),
            ratio(late, beginning)
        );
        self.table.goal("products, others idle", figures, "<= x 1.10", Some(slower <= GOAL_RATIO));
    }

    /// Opens every store once more without any step: what of a migration is not the step, and whether memory
    /// grows each time.
    fn wake_again(&mut self, host: &Host, mother: &Mother) -> Result<()> {
        let slugs: Vec<&str> = self.slugs.iter().map(String::as_str).collect();
        let begun = Instant::now();
        let times = wake(host.port(), &self.bound, &slugs)?;
        let whole = begun.elapsed();
        let latest_first = slugs.iter().rev().copied().chain([BUSY]);
        mother.wait_until_closed(&mut mother.connect()?, latest_first, PATIENCE)?;
        let idle = size(host.memory()?.resident);
        let figures = format!("{}, then {idle} when idle again", woken(&times, whole));
        self.table.row("all woken again", figures);
        Ok(())
    }

    /// From the start of the host until every store was opened, and so has made the step that is new.
    fn migrate(
        &mut self,
        host: &Host,
        mother: &Mother,
        begun: Instant,
        is_next: bool,
    ) -> Result<()> {
        let slugs: Vec<&str> = self.slugs.iter().map(String::as_str).chain([BUSY]).collect();
        let times = wake(host.port(), &self.bound, &slugs)?;
        let whole = begun.elapsed();
        let mut asking = mother.connect()?;
        let mut versions = Vec::new();
        for slug in [slugs.first(), slugs.last()].into_iter().flatten() {
            versions.push(mother.version(&mut asking, slug, "catalog")?);
        }
        versions.dedup();
        let [version] = versions.as_slice() else {
            bail!("stores run catalogs of versions {}", versions.join(" and "));
        };
        let name = if is_next { "migration" } else { "restart, no migration" };
        let woken = woken(&times, whole);
        let ready = time(host.ready_after);
        self.table.row(name, format!("{woken}; catalog {version}; host ready after {ready}"));
        Ok(())
    }
}

/// So many stores in this time.
fn woken(times: &Times, whole: Duration) -> String {
    let count = u32::try_from(times.count()).unwrap_or(u32::MAX).max(1);
    format!("{count} in {}, {} per store; {times}", time(whole), time(whole / count))
}

impl Subject {
    fn provide(workspace: &Workspace, signals: &Signals, arguments: &Arguments) -> Result<Self> {
        let scratch = workspace.scratch()?;
        let binary = match &arguments.binary {
            Some(binary) => fs::canonicalize(binary)
                .with_context(|| format!("cannot open {}", binary.display()))?,
            None => {
                let mut build = workspace.cargo(["build", "--release", "--package"]);
                build.args(["hatchery-host", "--bin", "hatchery"]);
                process::require(signals, &mut build)?;
                workspace.target().join(Profile::Release.folder()).join("hatchery")
            }
        };
        let library = match (&arguments.next, &arguments.binary) {
            (Some(next), _) => Some(next.clone()),
            // It need not fit to what the present sources make.
            (None, Some(_)) => {
                println!("no migration: HATCHERY_BENCH_NEXT names no library for this host");
                None
            }
            (None, None) => Some(library::build_next(workspace, signals, Profile::Release)?),
        };
        let folder = scratch.join("fleet-next");
        let next = match library {
            Some(library) => {
                gather([&library], &folder)?;
                Some(folder)
            }
            None => None,
        };
        Ok(Self { binary, next, scratch })
    }
}

impl Look {
    fn take(host: &Host) -> Result<Self> {
        Ok(Self { memory: host.memory()?, files: host.files()? })
    }

    /// Bytes that each of so many stores takes more than there were before.
    fn more_than(&self, before: &Self, count: usize) -> i64 {
        let more = self.memory.resident.cast_signed() - before.memory.resident.cast_signed();
        more / i64::try_from(count).unwrap_or(i64::MAX).max(1)
    }
}
