//! The real program as a process: built once, run in a folder of its own, its output looked at.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The program, built on first use in the profile and target folder of the tests themselves.
///
/// # Panics
/// When it cannot be built.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(build)
}

fn build() -> PathBuf {
    let this = std::env::current_exe().unwrap_or_else(|e| panic!("where these tests are: {e}"));
    // TARGET/PROFILE/deps/NAME
    let folders: Vec<&Path> = this.ancestors().skip(2).take(2).collect();
    let profile = match folders[0].file_name().and_then(OsStr::to_str) {
        None | Some("debug") => "dev",
        Some(name) => name,
    };
    let output = Command::new(env!("CARGO"))
        // The whole workspace, as in `cargo test`, so that dependencies have the features with which they are built.
        .args(["build", "--quiet", "--workspace", "--bin", "manyworlds"])
        .args(["--message-format=json", "--profile", profile, "--target-dir"])
        .arg(folders[1])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|e| panic!("cargo: {e}"));
    assert!(output.status.success(), "cargo build: {}", output.status);
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let built = messages
        .filter(|m| m["target"]["name"] == "manyworlds")
        .find_map(|m| m["executable"].as_str().map(PathBuf::from))
        .unwrap_or_else(|| panic!("cargo reported no executable: {text}"));
    keep(&built)
}

/// A name of our own for what was built: another checkout that shares the target folder may build over it meanwhile.
fn keep(built: &Path) -> PathBuf {
    let name = format!("manyworlds-under-test-{:016x}", checkout());
    let kept = built.with_file_name(name);
    let fresh = kept.with_extension(std::process::id().to_string());
    let done = std::fs::copy(built, &fresh).and_then(|_| std::fs::rename(&fresh, &kept));
    done.unwrap_or_else(|e| panic!("{}: {e}", kept.display()));
    kept
}

/// A number that stands for this checkout (FNV-1a of its path).
fn checkout() -> u64 {
    let path = env!("CARGO_MANIFEST_DIR").bytes();
    path.fold(0xCBF2_9CE4_8422_2325, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3))
}

/// A folder of its own in which the program runs, with a cache of its own.
pub struct Sandbox {
    folder: TempDir,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// An empty one.
    ///
    /// # Panics
    /// When there is no place for it.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap_or_else(|e| panic!("a folder for a test: {e}")) }
    }

    /// One that holds these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::new();
        for (name, text) in files {
            sandbox.write(name, text);
        }
        sandbox
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        path
    }

    /// The program with these arguments, about to be run in the folder; stdout and stderr are read.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        self.prepare(Command::new(program()), arguments)
    }

    /// The same through a shell line that prepares the process and ends in `exec "$@"`.
    pub fn shell<A: AsRef<OsStr>>(&self, line: &str, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", line, "sh"]).arg(program());
        self.prepare(shell, arguments)
    }

    fn prepare<A: AsRef<OsStr>>(
        &self,
        mut command: Command,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        command.args(arguments);
        command.current_dir(self.folder.path()).env("MANYWORLDS_CACHE", self.path("cache"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        Finished::of(self.command(arguments))
    }

    /// The files in a folder of the sandbox, sorted.
    ///
    /// # Panics
    /// When there is no such folder.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap_or_else(|e| panic!("{folder}: {e}"));
        let mut names: Vec<String> =
            entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The text of a file.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// A JSON file.
    ///
    /// # Panics
    /// When it cannot be read or is no JSON.
    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }
}

/// A process that has ended.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; `None` after a signal.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Finished {
    /// Runs a command to its end.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn of(mut command: Command) -> Self {
        let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Its stdout, after it has ended well.
    ///
    /// # Panics
    /// When it has not.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    /// Its stdout as JSON, after it has ended well.
    ///
    /// # Panics
    /// When it has not, or there is anything but JSON.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        let text = self.ok();
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    /// Holds that it ended with `code`, with nothing on stdout, and that stderr has all these parts (line breaks of
    /// wrapped messages count as spaces).
    ///
    /// # Panics
    /// When that is not so.
    #[track_caller]
    pub fn fails<P: AsRef<str> + Display>(&self, code: i32, parts: &[P]) {
        assert_eq!(self.code, Some(code), "stderr: {}\nstdout: {}", self.stderr, self.stdout);
        assert_eq!(self.stdout, "", "stderr: {}", self.stderr);
        let words: Vec<&str> = self.stderr.split_whitespace().filter(|w| *w != "│").collect();
        let text = words.join(" ");
        for part in parts {
            assert!(text.contains(part.as_ref()), "no `{part}` in: {}", self.stderr);
        }
    }
}
