//! The `hatchery` binary on a data folder of its own.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

use tempfile::TempDir;

use super::{PATIENCE, POLL};

/// Path of the binary, set by `cargo xtask test`.
const BINARY_VARIABLE: &str = "HATCHERY_TEST_BINARY";

/// Folder with components for the host, set by `cargo xtask test` in the homes that have one.
const COMPONENTS_VARIABLE: &str = "HATCHERY_TEST_COMPONENTS";

/// A running host. It is killed, and its data folder removed, when this value is dropped.
pub(crate) struct Host {
    arguments: Vec<String>,
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

impl Host {
    /// `hatchery serve` with these further arguments on a free port and an empty data folder;
    /// returns when it is ready to serve.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let mut host = Self::prepare(arguments);
        host.restart().await;
        host
    }

    /// A host that is not started yet, to fill its data folder before.
    pub(crate) fn prepare(arguments: &[&str]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        Self {
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            folder: TempDir::new().expect("a temporary folder"),
            port,
            process: None,
        }
    }

    /// Starts a host that does not run, on the same data folder and port.
    pub(crate) async fn restart(&mut self) {
        assert!(self.process.is_none(), "the host is running");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .expect("the log can be written");
        let mut command = self.hatchery(&["serve"]);
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]).args(&self.arguments);
        command.stdout(log.try_clone().expect("a second handle")).stderr(log);
        self.process = Some(command.spawn().expect("the host starts"));
        self.wait_until_ready().await;
    }

    /// Runs another command on the same data folder: `host.run(&["store", "list"])`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.hatchery(arguments).output().expect("the command runs")
    }

    /// The same while other things of the test go on.
    pub(crate) async fn run_beside(&self, arguments: &[String]) -> Output {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = self.hatchery(&arguments);
        let running = tokio::task::spawn_blocking(move || command.output());
        running.await.expect("the command is waited for").expect("the command runs")
    }

    /// An address of the host: `host.url("/health/ready")`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// An address of a store that is not the default one: `host.store_url("acme", "/")`.
    pub(crate) fn store_url(&self, slug: &str, path: &str) -> String {
        format!("http://{slug}.localhost:{}{path}", self.port)
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// All that the host has printed, over all its starts.
    pub(crate) fn output(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Ends the host as a crash would: nothing is flushed, nobody is told.
    pub(crate) fn kill9(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("the process can be killed");
            process.wait().expect("the process has ended");
        }
    }

    /// Asks the host to end and waits until it has; whether it ended well.
    pub(crate) async fn stop(&mut self) -> bool {
        let mut process = self.process.take().expect("the host is running");
        let sent = Command::new("kill").args(["-s", "TERM", &process.id().to_string()]).status();
        assert!(sent.expect("`kill` can be run").success(), "the host takes a signal");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = process.try_wait().expect("the process can be asked") {
                return status.success();
            }
            if Instant::now() > deadline {
                process.kill().expect("the process can be killed");
                process.wait().expect("the process has ended");
                panic!("the host does not end within {PATIENCE:?}:\n{}", self.output());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The binary on this data folder, in a folder and surroundings without any configuration.
    fn hatchery(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).arg("--data").arg(self.data());
        if let Some(folder) = components() {
            command.arg("--components").arg(folder);
        }
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        // What is meant for the tests would be configuration of the host.
        for (name, _) in env::vars_os().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        command
    }

    async fn wait_until_ready(&mut self) {
        let address = self.url("/health/ready");
        let client = reqwest::Client::new();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = client.get(&address).timeout(PATIENCE).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let process = self.process.as_mut().expect("the host was started");
            if let Some(status) = process.try_wait().expect("the process can be asked") {
                panic!("the host ended at its start ({status}):\n{}", self.output());
            }
            assert!(
                Instant::now() < deadline,
                "the host is not ready after {PATIENCE:?}:\n{}",
                self.output()
            );
            tokio::time::sleep(POLL).await;
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("host.log")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kill9();
    }
}

/// The folder with components of the home that is tried; `None` when all are linked.
pub(crate) fn components() -> Option<PathBuf> {
    env::var_os(COMPONENTS_VARIABLE).map(PathBuf::from)
}

fn is_ours(name: &OsString) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("HATCHERY_"))
}

/// The binary that `cargo xtask test` built, or one that is built now, so that it is never an old one.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match env::var_os(BINARY_VARIABLE) {
        Some(path) => PathBuf::from(path),
        None => build(),
    })
}

fn build() -> PathBuf {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--package", "hatchery-host", "--bin", "hatchery"])
        .args(["--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "the host builds");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the binary")
}
