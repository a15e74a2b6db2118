//! Cost of running a system: the lean executor against bevy's single-threaded one, on worlds of 12 small systems.
//! An iteration is 1,000 steps; an item is one system in one step. `bare_calls` is the same systems in a plain loop: what
//! an executor costs is its time less that one.
#![allow(missing_docs)]

use std::hint::black_box;

use bevy_ecs::prelude::World;
use bevy_ecs::schedule::{IntoScheduleConfigs, Schedule, ScheduleLabel, SingleThreadedExecutor};
use bevy_ecs::system::{BoxedSystem, IntoSystem};
use divan::Bencher;
use divan::counter::ItemsCount;
use manyworlds_engine::LeanExecutor;

#[derive(Debug, Clone, PartialEq, Eq, Hash, ScheduleLabel)]
struct Bench;

/// A system that does next to nothing, so that what is measured is the cost of running it.
fn idle<const N: u64>() {
    black_box(N);
}

fn twelve_systems() -> Schedule {
    let mut schedule = Schedule::new(Bench);
    let first = (idle::<1>, idle::<2>, idle::<3>, idle::<4>, idle::<5>, idle::<6>).chain();
    let second = (idle::<7>, idle::<8>, idle::<9>, idle::<10>, idle::<11>, idle::<12>).chain();
    schedule.add_systems((first, second).chain());
    schedule
}

/// Steps per iteration, so that the timer's own cost does not show.
const STEPS: u32 = 1_000;

fn run(bencher: Bencher<'_, '_>, mut schedule: Schedule) {
    let mut world = World::new();
    schedule.run(&mut world);
    bencher.counter(ItemsCount::new(12 * STEPS)).bench_local(|| {
        for _ in 0..STEPS {
            schedule.run(&mut world);
        }
    });
}

#[divan::bench]
fn lean(bencher: Bencher<'_, '_>) {
    let mut schedule = twelve_systems();
    schedule.set_executor(LeanExecutor::default());
    run(bencher, schedule);
}

#[divan::bench]
fn stock(bencher: Bencher<'_, '_>) {
    let mut schedule = twelve_systems();
    schedule.set_executor(SingleThreadedExecutor::new());
    run(bencher, schedule);
}

fn boxed<const N: u64>(world: &mut World) -> BoxedSystem {
    let mut system: BoxedSystem = Box::new(IntoSystem::into_system(idle::<N>));
    system.initialize(world);
    system
}

#[divan::bench]
fn bare_calls(bencher: Bencher<'_, '_>) {
    let mut world = World::new();
    let makers = [
        boxed::<1>,
        boxed::<2>,
        boxed::<3>,
        boxed::<4>,
        boxed::<5>,
        boxed::<6>,
        boxed::<7>,
        boxed::<8>,
        boxed::<9>,
        boxed::<10>,
        boxed::<11>,
        boxed::<12>,
    ];
    let mut systems = makers.map(|make| make(&mut world));
    bencher.counter(ItemsCount::new(12 * STEPS)).bench_local(|| {
        for _ in 0..STEPS {
            for system in &mut systems {
                let _ = black_box(system.run_without_applying_deferred((), &mut world));
            }
        }
    });
}

fn main() {
    divan::main();
}
