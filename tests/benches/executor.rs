//! Cost of running a system: the lean executor against bevy's single-threaded one, on worlds of 12 small systems.
//! Each iteration is one step; divide by 12 for the cost per system and step.
#![allow(missing_docs)]

use bevy_ecs::prelude::{ResMut, Resource, World};
use bevy_ecs::schedule::{IntoScheduleConfigs, Schedule, ScheduleLabel, SingleThreadedExecutor};
use divan::Bencher;
use manyworlds_engine::LeanExecutor;

#[derive(Debug, Clone, PartialEq, Eq, Hash, ScheduleLabel)]
struct Bench;

#[derive(Resource, Default)]
struct Counter(u64);

fn count<const N: u64>(mut counter: ResMut<Counter>) {
    counter.0 = counter.0.wrapping_add(N);
}

fn twelve_systems() -> Schedule {
    let mut schedule = Schedule::new(Bench);
    let first = (count::<1>, count::<2>, count::<3>, count::<4>, count::<5>, count::<6>).chain();
    let second = (count::<7>, count::<8>, count::<9>, count::<10>, count::<11>, count::<12>).chain();
    schedule.add_systems((first, second).chain());
    schedule
}

fn run(bencher: Bencher<'_, '_>, mut schedule: Schedule) {
    let mut world = World::new();
    world.init_resource::<Counter>();
    schedule.run(&mut world);
    bencher.bench_local(|| schedule.run(&mut world));
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

fn main() {
    divan::main();
}
