//! Two terminals: one that commands are typed into, and one in which something stays.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long one block of commands may take; the first build is in it.
const PATIENCE: Duration = Duration::from_secs(20 * 60);
/// How long a host may take until it is ready.
const READY: Duration = Duration::from_secs(120);
/// How often it is looked after.
const POLL: Duration = Duration::from_millis(50);
/// Printed after each block.
const END: &str = "<end of the block>";

/// A shell that ends at the first command that fails.
pub(crate) struct Shell {
    process: Child,
    input: ChildStdin,
    output: Receiver<String>,
}

impl Shell {
    /// A shell in a folder, with `tools` before everything else on its `PATH`.
    pub(crate) fn open(folder: &Path, tools: &Path) -> Self {
        let mut command = command("bash", folder, tools);
        command.args(["--norc", "--noprofile", "-eu"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut process = command.spawn().expect("bash can be run");
        let input = process.stdin.take().expect("its input");
        let reader = BufReader::new(process.stdout.take().expect("its output"));
        let (sender, output) = channel();
        thread::spawn(move || {
            for line in reader.lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { process, input, output }
    }

    /// Types commands in and gives what they print. All of them succeed.
    pub(crate) fn run(&mut self, commands: &str) -> Result<String, String> {
        // The commands must not read what is typed after them.
        let block = format!("{{\n{commands}\n}} </dev/null 2>&1\necho '{END}'\n");
        self.input.write_all(block.as_bytes()).map_err(|error| error.to_string())?;
        self.input.flush().map_err(|error| error.to_string())?;
        let mut printed = String::new();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(line) if line.ends_with(END) => {
                    printed.push_str(line.trim_end_matches(END));
                    return Ok(printed);
                }
                Ok(line) => printed.extend([line.as_str(), "\n"]),
                Err(_) => return Err(format!("a command failed:\n{commands}\n{printed}")),
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // It has ended already when a command failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Something that runs until it is dropped.
pub(crate) struct Staying {
    process: Child,
    log: PathBuf,
}

impl Staying {
    /// Starts a command and waits until it has printed `ready`.
    pub(crate) fn start(line: &str, folder: &Path, tools: &Path, ready: &str) -> Self {
        let log = tools.join("second-terminal.log");
        let file = File::create(&log).expect("a log can be written");
        let mut command = command("bash", folder, tools);
        command.args(["--norc", "--noprofile", "-c", &format!("exec {}", line.trim())]);
        command.stdin(Stdio::null()).stderr(file.try_clone().expect("a second handle"));
        let process = command.stdout(file).spawn().expect("bash can be run");
        let mut staying = Self { process, log };
        let deadline = Instant::now() + READY;
        while !staying.printed().contains(ready) {
            let ended = staying.process.try_wait().expect("the process can be asked");
            assert!(ended.is_none(), "it ended: {}", staying.printed());
            assert!(Instant::now() < deadline, "it is not ready: {}", staying.printed());
            thread::sleep(POLL);
        }
        staying
    }

    /// All that it has printed.
    pub(crate) fn printed(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Staying {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the second terminal:\n{}", self.printed());
        }
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A command as a newcomer would call it: nothing of the tests or of the cargo that runs them is around it.
pub(crate) fn command(program: &str, folder: &Path, tools: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let of_cargo = text.starts_with("CARGO") && text != "CARGO_HOME";
        if of_cargo || text.starts_with("HATCHERY") || text == "RUST_BACKTRACE" {
            command.env_remove(&name);
        }
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(tools.to_owned()).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(paths).expect("a path"));
    command
}
