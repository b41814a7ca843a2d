//! Where components outside of this workspace are built and run.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::shell::command;

/// Path of the binary, set by `cargo xtask test`.
const BINARY_VARIABLE: &str = "HATCHERY_TEST_BINARY";

/// One at a time: two builds of a component `wishlist` would end in the same file.
static ONE: Mutex<()> = Mutex::new(());

/// A temporary folder with `hatchery` among its tools.
pub(crate) struct Workshop {
    folder: TempDir,
    _one: MutexGuard<'static, ()>,
}

impl Workshop {
    /// A workshop, if there is a host.
    pub(crate) fn open(test: &str) -> Option<Self> {
        let Some(binary) = std::env::var_os(BINARY_VARIABLE) else {
            eprintln!("SKIPPED: {test}: {BINARY_VARIABLE} is not set");
            return None;
        };
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = TempDir::new().expect("a temporary folder");
        let workshop = Self { folder, _one: one };
        std::fs::create_dir(workshop.tools()).expect("a folder can be made");
        symlink(binary, workshop.tools().join("hatchery")).expect("a link can be made");
        Some(workshop)
    }

    /// The folder to work in.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder with `hatchery`.
    pub(crate) fn tools(&self) -> PathBuf {
        self.folder.path().join(".tools")
    }

    /// Lets the project in a folder build where all others do.
    pub(crate) fn share_target(&self, project: &Path) {
        let target = project.join("target");
        if project.is_dir() && !target.exists() {
            let shared = shared_target();
            std::fs::create_dir_all(&shared).expect("a folder can be made");
            symlink(shared, target).expect("a link can be made");
        }
    }

    /// Runs a program in a folder to its end; it succeeds.
    pub(crate) fn run(&self, folder: &Path, program: &str, arguments: &[&str]) -> String {
        let mut command = command(program, folder, &self.tools());
        command.env("CARGO_TARGET_DIR", shared_target()).args(arguments);
        let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
        let printed = printed(&output);
        assert!(output.status.success(), "{program} {}:\n{printed}", arguments.join(" "));
        printed
    }

    /// The shared library of a project that was built.
    pub(crate) fn library(&self, name: &str) -> PathBuf {
        shared_target().join("debug").join(format!("lib{name}.so"))
    }
}

/// What a command printed.
pub(crate) fn printed(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// The root of this repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// A port that nobody uses.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Beside the products of this workspace, so that it is kept and removed with them.
fn shared_target() -> PathBuf {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().expect("the target folder").join("outside")
}
