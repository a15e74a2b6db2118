//! Columns and shared resources find their data again after it was moved, whoever moved it.

use std::sync::Arc;

use bevy_ecs::prelude::{Commands, Component, Res, Resource, World};
use manyworlds_components::time::Frame;
use manyworlds_engine::{
    Clock, ColumnMut, Executor, Kind, Module, ModuleContext, ModuleInfo, Roster, Shared, SharedMut, Slot,
    Stage, StepOutcome,
};
use manyworlds_tests::{market_blueprint, random_walk};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Component, Serialize, Deserialize)]
struct Steps(u64);

#[derive(Debug, Clone, Default, Resource, Serialize, Deserialize)]
struct Total(u64);

/// Comes and goes, and with it the table in which the symbols stand.
#[derive(Component)]
struct Marker;

fn count(mut steps: ColumnMut<'_, Steps>, mut total: SharedMut<'_, Total>) {
    steps.iter_mut().for_each(|s| s.0 += 1);
    total.0 += 1;
}

fn move_all(world: &mut World) {
    for symbol in world.resource::<Roster>().entities(Kind::Symbol).to_vec() {
        let mut symbol = world.entity_mut(symbol);
        match symbol.contains::<Marker>() {
            true => symbol.remove::<Marker>(),
            false => symbol.insert(Marker),
        };
    }
    let total = world.remove_resource::<Total>().unwrap();
    world.insert_resource(Total(0));
    world.remove_resource::<Total>();
    world.insert_resource(total);
}

fn move_by_commands(mut commands: Commands, clock: Shared<'_, Clock>, roster: Res<Roster>) {
    for symbol in roster.entities(Kind::Symbol) {
        match clock.step % 2 {
            0 => commands.entity(*symbol).remove::<Marker>(),
            _ => commands.entity(*symbol).insert(Marker),
        };
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Mover {
    Nobody,
    Exclusive,
    Commands,
    BetweenSteps,
}

struct Counting(Mover);

impl Module for Counting {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "counting".into(), stages: vec![Stage::Analyze], ..ModuleInfo::default() }
    }

    fn build(&self, app: &mut ModuleContext<'_>) {
        app.component(Kind::Symbol, |_| Steps::default());
        app.resource(Total::default());
        match self.0 {
            Mover::Exclusive => app.add_systems_in(Stage::Analyze, Slot::Early, move_all),
            Mover::Commands => app.add_systems_in(Stage::Analyze, Slot::Early, move_by_commands),
            Mover::Nobody | Mover::BetweenSteps => {}
        }
        app.add_systems(Stage::Analyze, count);
    }
}

#[test]
fn what_was_moved_is_found_again() {
    for executor in [Executor::Lean, Executor::Stock] {
        for mover in [Mover::Nobody, Mover::Exclusive, Mover::Commands, Mover::BetweenSteps] {
            let mut blueprint = market_blueprint(vec![random_walk(1, 200, Frame::MINUTE); 2], 1);
            blueprint.executor = executor;
            blueprint.modules = vec![(Arc::new(Counting(mover)), true)];
            let mut simulation = blueprint.build().unwrap();
            if mover == Mover::BetweenSteps {
                while simulation.step().unwrap() != StepOutcome::Finished {
                    move_all(simulation.world_mut());
                }
            } else {
                simulation.run().unwrap();
            }
            let steps = simulation.clock().step;
            let symbols = simulation.roster().entities(Kind::Symbol);
            let counted: Vec<u64> =
                symbols.iter().map(|s| simulation.world().get::<Steps>(*s).unwrap().0).collect();
            assert_eq!(steps, 200);
            assert_eq!(counted, [steps; 2], "{executor:?}, {mover:?}");
            assert_eq!(simulation.world().resource::<Total>().0, steps, "{executor:?}, {mover:?}");
        }
    }
}
