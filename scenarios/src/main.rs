//! The `manyworlds` program.

fn main() -> std::process::ExitCode {
    manyworlds::cli::main()
}
