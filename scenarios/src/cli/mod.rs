//! The command line: arguments, dispatch, exit codes.

mod arguments;
mod audit;
mod backtest;
mod check;
mod compare;
mod compare_table;
mod failure;
mod import;
mod modules;
mod progress;
mod report;
mod table;
mod walk;
mod whatif;
mod whatif_comparison;
mod words;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};
use failure::Failure;

use crate::compare::HeapMeter;

/// Runs the program with the process's arguments. `heap` says how many bytes are allocated, where the program counts them
/// (see [`HeapMeter`]); without it `compare` tells no memory.
pub fn main(heap: Option<HeapMeter>) -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // clap prints help and version on stdout (0), and errors on stderr (2), as documented.
        Err(error) => error.exit(),
    };
    start_tracing(arguments.verbose);
    let done = match arguments.command {
        Command::Audit(command) => audit::run(&command),
        Command::Backtest(command) => backtest::run(&command),
        Command::Check(command) => check::run(&command),
        Command::Compare(command) => compare::run(&command, heap),
        Command::Import(command) => import::run(&command),
        Command::Modules(command) => modules::run(&command),
        Command::Report(command) => report::run(&command),
        Command::Whatif(command) => whatif::run(&command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.show(),
    }
}

/// Spans and events of the engine on stderr: `-v` shows warnings and steps, `-vv` every system.
fn start_tracing(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    let spans = tracing_subscriber::fmt::format::FmtSpan::CLOSE;
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_span_events(spans)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// Writes to stdout; a reader that has gone away (`| head`) is no error.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::run(error)),
        _ => Ok(()),
    }
}

/// Writes a line to stderr.
fn note(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
