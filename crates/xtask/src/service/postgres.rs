//! A throw-away PostgreSQL cluster in a temporary folder.

use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self as std_process, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::tail;
use crate::process::{Background, Signals, free_port};
use crate::provide::{self, PostgresPrograms};

/// The superuser of the cluster.
const USER: &str = "hatchery";
/// Somebody else may take the free port before the server does.
const ATTEMPTS: usize = 3;
const START_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// A running server; dropping it stops the server and removes its folder.
pub(crate) struct Cluster {
    // The order of the fields is the order of their end: first the server, then its files.
    server: Server,
    _folder: Folder,
    password: String,
}

struct Server {
    process: Background,
    port: u16,
}

/// A temporary folder that only its owner can read.
struct Folder(PathBuf);

/// The account that the server runs as; PostgreSQL refuses to run as root.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Cluster {
    /// Creates a cluster and waits until it takes connections.
    pub(crate) fn start(signals: &Signals, programs: &PostgresPrograms) -> Result<Self> {
        let account = if provide::is_root() { Some(Account::of_postgres()?) } else { None };
        let folder = Folder::create(account)?;
        let password = random_word()?;
        initialize(programs, &folder.0, account, &password)?;
        let mut attempt = 1;
        let server = loop {
            match Server::start(signals, programs, &folder.0, account) {
                Ok(server) => break server,
                Err(error) => {
                    signals.check()?;
                    if attempt == ATTEMPTS {
                        return Err(error);
                    }
                    attempt += 1;
                }
            }
        };
        Ok(Self { server, _folder: folder, password })
    }

    /// The address of its database for tests.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/postgres", self.password, self.server.port)
    }
}

impl Server {
    fn start(
        signals: &Signals,
        programs: &PostgresPrograms,
        folder: &Path,
        account: Option<Account>,
    ) -> Result<Self> {
        let port = free_port()?;
        let log = folder.join("server.log");
        let output =
            File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = Command::new(&programs.postgres);
        command.arg("-D").arg(folder.join("data")).arg("-k").arg(folder).args([
            "-p",
            &port.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
        ]);
        // Nothing here needs to survive a crash of the machine.
        for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
            command.args(["-c", setting]);
        }
        command.args(["-c", "max_connections=200"]);
        command.current_dir(folder).stdout(output.try_clone()?).stderr(output);
        run_as(&mut command, account);
        let mut process = Background::start("PostgreSQL", &mut command)?;

        let deadline = Instant::now() + START_LIMIT;
        loop {
            signals.check()?;
            if let Some(status) = process.ended()? {
                bail!("PostgreSQL ended at its start ({status}):\n{}", tail(&log));
            }
            // The server writes this line when it takes connections, after the port is open.
            if accepts(port) && tail(&log).contains("ready to accept connections") {
                return Ok(Self { process, port });
            }
            if Instant::now() > deadline {
                bail!("PostgreSQL is not ready after {START_LIMIT:?}:\n{}", tail(&log));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // INT is a fast shutdown, QUIT an immediate one; `Background` kills what is left.
        for signal in ["INT", "QUIT"] {
            self.process.signal(signal);
            if matches!(self.process.wait(STOP_LIMIT), Ok(Some(_))) {
                return;
            }
        }
    }
}

impl Folder {
    fn create(account: Option<Account>) -> Result<Self> {
        // The account of the server must be able to reach it, and root's TMPDIR may be private.
        let parent = if account.is_some() { PathBuf::from("/tmp") } else { env::temp_dir() };
        let folder =
            parent.join(format!("hatchery-postgres-{}-{}", std_process::id(), random_word()?));
        fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let created = Self(folder);
        fs::set_permissions(&created.0, fs::Permissions::from_mode(0o700))?;
        if let Some(account) = account {
            chown(&created.0, Some(account.user), Some(account.group))?;
        }
        Ok(created)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("xtask: cannot remove {}: {error}", self.0.display());
        }
    }
}

impl Account {
    fn of_postgres() -> Result<Self> {
        let user = provide::id(&["-u", "postgres"])
            .context("PostgreSQL refuses to run as root and there is no user `postgres`")?;
        Ok(Self { user, group: provide::id(&["-g", "postgres"])? })
    }
}

fn initialize(
    programs: &PostgresPrograms,
    folder: &Path,
    account: Option<Account>,
    password: &str,
) -> Result<()> {
    let password_file = folder.join("password");
    fs::write(&password_file, password)?;
    if let Some(account) = account {
        chown(&password_file, Some(account.user), Some(account.group))?;
    }
    let mut command = Command::new(&programs.initdb);
    command.arg("-D").arg(folder.join("data")).arg("--pwfile").arg(&password_file);
    command.args(["-U", USER, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]);
    command.arg("--no-sync").current_dir(folder).stdin(Stdio::null());
    run_as(&mut command, account);
    let output = command.output().context("cannot run initdb")?;
    if !output.status.success() {
        bail!("initdb failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn run_as(command: &mut Command, account: Option<Account>) {
    if let Some(account) = account {
        command.uid(account.user).gid(account.group);
    }
}

fn accepts(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}

/// A word that nobody else on this machine can guess.
fn random_word() -> Result<String> {
    let mut bytes = [0_u8; 12];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("cannot read /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provide::find_postgres;

    #[test]
    fn a_postgres_cluster_starts_answers_and_leaves_nothing() {
        let Some(programs) = find_postgres() else {
            eprintln!("SKIPPED: PostgreSQL is not installed");
            return;
        };
        let signals = Signals::catch().expect("signals can be caught");
        let cluster = Cluster::start(&signals, &programs).expect("a running cluster");
        let port = cluster.server.port;
        let folder = cluster._folder.0.clone();
        assert!(cluster.url().ends_with(&format!("@127.0.0.1:{port}/postgres")));
        assert!(accepts(port));
        drop(cluster);
        assert!(!accepts(port));
        assert!(!folder.exists());
    }
}
