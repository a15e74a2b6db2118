//! The `manyworlds` program.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// The system's allocator with counters, so that `compare` can say what a setup holds. Only the program has it: a
/// user of the library keeps the allocator of their choice. A steady run does not allocate, so it costs a run nothing.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes that are allocated now.
fn heap_bytes() -> u64 {
    let counted = ALLOCATOR.stats();
    counted.bytes_allocated.saturating_sub(counted.bytes_deallocated) as u64
}

fn main() -> std::process::ExitCode {
    manyworlds::cli::main(Some(heap_bytes))
}
