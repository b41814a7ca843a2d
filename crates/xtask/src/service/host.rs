//! `hatchery serve` on a data folder of its own, and what it takes of the machine.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::tail;
use crate::http::{Connection, Request};
use crate::process::{self, Background, Bound, free_port};

/// A binary with a data folder and an environment that have nothing else in them. The folder is removed when
/// this value is dropped.
pub(crate) struct Installation {
    binary: PathBuf,
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// A running host; dropping it ends it.
pub(crate) struct Host {
    process: Background,
    port: u16,
    /// From its start until it was ready to serve.
    pub(crate) ready_after: Duration,
}

/// Memory of a process, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// What it has now.
    pub(crate) resident: u64,
    /// The most it ever had.
    pub(crate) highest: u64,
}

impl Installation {
    /// Makes the folder in `parent`.
    pub(crate) fn new(
        binary: &Path,
        parent: &Path,
        variables: Vec<(&'static str, String)>,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("host-").tempdir_in(parent);
        let folder = folder.with_context(|| format!("no folder in {}", parent.display()))?;
        Ok(Self { binary: binary.to_owned(), folder, variables })
    }

    /// Runs a command of the binary and gives what it printed.
    pub(crate) fn run(&self, bound: &Bound, arguments: &[&str]) -> Result<String> {
        process::capture(bound.signals(), self.command(arguments).stderr(self.log()?))
            .with_context(|| tail(&self.log_path()))
    }

    /// Serves on a free port of 127.0.0.1; returns when it is ready.
    pub(crate) fn serve(&self, bound: &Bound, components: Option<&Path>) -> Result<Host> {
        let port = free_port()?;
        let listen = format!("127.0.0.1:{port}");
        let mut command = self.command(&["serve", "--listen", &listen]);
        if let Some(folder) = components {
            command.arg("--components").arg(folder);
        }
        command.stdout(self.log()?).stderr(self.log()?);
        let begun = Instant::now();
        let mut process = Background::start("the host", &mut command)?;
        loop {
            if let Some(status) = process.ended()? {
                bail!("the host ended at its start ({status}):\n{}", self.tail());
            }
            let ready = Connection::open(port, bound)
                .and_then(|mut it| it.ask(&Request::get("localhost", "/health/ready")));
            if ready.is_ok_and(|answer| answer.status == 200) {
                return Ok(Host { process, port, ready_after: begun.elapsed() });
            }
            bound.pause()?;
        }
    }

    /// The last lines that a host or a command wrote.
    pub(crate) fn tail(&self) -> String {
        tail(&self.log_path())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).arg("--data").arg(self.folder.path().join("data"));
        command.current_dir(self.folder.path()).env_clear();
        command.envs(self.variables.iter().cloned());
        command
    }

    fn log(&self) -> Result<File> {
        let log = self.log_path();
        let file = File::options().create(true).append(true).open(&log);
        file.with_context(|| format!("cannot write {}", log.display()))
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("host.log")
    }
}

impl Host {
    /// The port of 127.0.0.1 that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn stop(mut self, bound: &Bound) -> Result<()> {
        self.process.signal("TERM");
        loop {
            match self.process.ended()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("the host ended with {status}"),
                None => bound.pause()?,
            }
        }
    }

    /// Its memory.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let status = self.read("status")?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            // Of 1,024 bytes each, whatever it is called.
            let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
            let bytes = kilobytes.map(|kilobytes: u64| kilobytes * 1024);
            bytes.with_context(|| format!("no {name} in the status of the host"))
        };
        Ok(Memory { resident: bytes("VmRSS:")?, highest: bytes("VmHWM:")? })
    }

    /// How many files and connections it has open.
    pub(crate) fn files(&self) -> Result<usize> {
        let path = self.about("fd");
        let entries = fs::read_dir(&path);
        Ok(entries.with_context(|| format!("cannot read {}", path.display()))?.count())
    }

    /// How many it may have open.
    pub(crate) fn files_limit(&self) -> Result<String> {
        let limits = self.read("limits")?;
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        let soft = line.and_then(|line| line.split_whitespace().next());
        Ok(soft.context("no limit of open files")?.to_owned())
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = self.about(name);
        fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}; this needs Linux", path.display()))
    }

    fn about(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.process.id().to_string()).join(name)
    }
}
