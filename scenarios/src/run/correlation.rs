//! What the correlation module leaves at the end of a run.

use bevy_ecs::world::World;
use manyworlds_engine::Roster;
use manyworlds_systems::correlation::{CorrelationMatrix, LeadLag};

use crate::output::{CorrelationReport, LeadLagCurve};

/// How the symbols moved together, as the world has it; `None` where nothing in it looked.
pub(super) fn correlation_report(world: &World) -> Option<CorrelationReport> {
    let matrix = world.get_resource::<CorrelationMatrix>()?.rolling();
    let symbols = world.resource::<Roster>().symbols.clone();
    let defined = |x: &f64| x.is_finite().then_some(*x);
    let curve = |lead_lag: &LeadLag, (a, b): (usize, usize)| {
        let values = lead_lag.curve(a, b)?;
        Some(LeadLagCurve {
            leader: symbols[a].clone(),
            follower: symbols[b].clone(),
            lags_s: lead_lag.lags().to_vec(),
            values: values.iter().map(defined).collect(),
            // The significance of a peak is that of sums over buckets, not of a level of correlation.
            threshold: None,
            confidence: lead_lag.reading(a, b).and_then(|reading| reading.confidence),
        })
    };
    let lead_lag = world.get_resource::<LeadLag>();
    let curves = lead_lag.map(|l| l.pairs().filter_map(|pair| curve(l, pair)).collect());
    Some(CorrelationReport {
        matrix: matrix.rows().into_iter().map(|row| row.iter().map(defined).collect()).collect(),
        curves: curves.unwrap_or_default(),
        symbols,
    })
}
