//! The features of extrema: one list that both declares them and says how each is read.

use manyworlds_components::feature::FeatureSpec;

use super::settings::ExtremaSettings;
use super::symbol_extrema::Extrema;
use crate::pivot_analysis::Pivot;

/// A feature and how it is read.
pub(super) struct Feature {
    pub(super) spec: FeatureSpec,
    pub(super) read: fn(&Extrema) -> Option<f64>,
}

fn price(extremum: Option<&Pivot>) -> Option<f64> {
    extremum.map(|e| e.price)
}

fn age(extrema: &Extrema, extremum: Option<&Pivot>) -> Option<f64> {
    extremum.map(|e| extrema.age(e) as f64)
}

/// All features, in order. Warm-ups are the fewest bars after which there can be a value.
pub(super) fn features(settings: &ExtremaSettings) -> Vec<Feature> {
    let mut list = Vec::new();
    let mut add = |word: &str, unit: &str, meaning: &str, warmup, read| {
        let spec = FeatureSpec::new(&format!("extrema.{word}"), unit, meaning, warmup);
        list.push(Feature { spec, read });
    };
    let theta = format!("{} bps", settings.threshold_bps);
    let of = |text: &str| format!("{text} (threshold {theta})");
    add(
        "direction",
        "1",
        &of("+1 after an upward directional change, -1 after a downward one"),
        2,
        Extrema::direction,
    );
    add("overshoot_bps", "bps", &of("how far the move has run beyond the price that confirmed it"), 2, |e| {
        e.changes().overshoot().map(|o| o * 1e4)
    });
    add(
        "pullback",
        "1",
        &of("share of the threshold that price has gone back, 0 to 1"),
        2,
        Extrema::pullback,
    );
    add("move_bars", "bars", &of("bars since the last directional change"), 2, |e| {
        e.move_bars().map(|b| b as f64)
    });
    add("last_top", "quote", &of("price of the newest confirmed top"), 3, |e| price(e.changes().last_top()));
    add("last_bottom", "quote", &of("price of the newest confirmed bottom"), 3, |e| {
        price(e.changes().last_bottom())
    });
    add("last_top_age", "bars", &of("bars since the newest confirmed top"), 3, |e| {
        age(e, e.changes().last_top())
    });
    add("last_bottom_age", "bars", &of("bars since the newest confirmed bottom"), 3, |e| {
        age(e, e.changes().last_bottom())
    });
    add("moves", "1", &of("finished moves since the module began"), 3, |e| {
        Some(e.moves().moves() as f64).filter(|n| *n > 0.0)
    });
    let (m, n) = (settings.statistics_window, settings.half_width);
    let last = |text: &str| of(&format!("{text} of the last {m} moves"));
    add(
        "mean_overshoot",
        "1",
        &last("mean overshoot in thresholds, about 1 on a random walk,"),
        m + 2,
        Extrema::mean_overshoot,
    );
    add("mean_move_bars", "bars", &last("mean duration"), m + 2, |e| e.moves().mean_bars());
    let around = |text: &str| format!("{text} close above or below {n} on each side");
    let mut local = |word: &str, unit: &str, meaning: &str, read| {
        add(&format!("{word}_{n}"), unit, &around(meaning), 2 * n + 1, read);
    };
    local("local_top", "quote", "price of the newest confirmed top:", |e| price(e.local_top()));
    local("local_bottom", "quote", "price of the newest confirmed bottom:", |e| price(e.local_bottom()));
    local("local_top_age", "bars", "bars since the newest confirmed top:", |e| age(e, e.local_top()));
    local("local_bottom_age", "bars", "bars since the newest confirmed bottom:", |e| {
        age(e, e.local_bottom())
    });
    list
}
