//! The features of the consolidated book: one list that both declares them and says how each is read.

use std::sync::Arc;

use manyworlds_components::feature::FeatureSpec;
use manyworlds_components::side::BookSide::{self, Ask, Bid};
use manyworlds_components::time::Frame;
use manyworlds_engine::ModuleContext;

use super::consolidated::ConsolidatedBook;
use super::settings::CobSettings;
use super::venue::VenueStatus;

type Read = Arc<dyn Fn(&ConsolidatedBook) -> Option<f64> + Send + Sync>;

/// A feature and how it is read.
pub(super) struct Feature {
    pub(super) spec: FeatureSpec,
    read: Read,
}

impl Feature {
    /// Tells the context how to read it.
    pub(super) fn register(&self, app: &mut ModuleContext<'_>) {
        let read = self.read.clone();
        app.feature(&self.spec.name, move |cob: &ConsolidatedBook| read(cob));
    }
}

const SIDES: [BookSide; 2] = [Bid, Ask];
const MS: f64 = 1e-6;

/// All features, in order. Bars have little to do with them: books are there from the first snapshot on. A mean needs its
/// window, which is told in minutes, as most bars are.
pub(super) fn features(settings: &CobSettings) -> Vec<Feature> {
    let mut list = Vec::new();
    let mut add = |word: String, unit: &str, meaning: String, read: Read| {
        let spec = FeatureSpec::new(&format!("cob.{word}"), unit, &meaning, 1);
        list.push(Feature { spec, read });
    };
    let range = settings.range_bps;
    let flag = |is: bool| f64::from(u8::from(is));
    add("mid".into(), "quote", "halfway between the best prices".into(), Arc::new(|c| c.mid()));
    let spread = "best ask less best bid over mid; below 0 while the book is crossed";
    add("spread_bps".into(), "bps", spread.into(), Arc::new(|c| c.spread_bps()));
    for side in SIDES {
        let (name, meaning) = (side.name(), format!("what rests within {range} bps of mid"));
        add(format!("{name}_volume"), "base", meaning, Arc::new(move |c| c.volume(side)));
    }
    let meaning = format!("(B - A) / (B + A) of the volumes within {range} bps of mid");
    add("imbalance".into(), "1", meaning, Arc::new(|c| c.imbalance()));
    for (i, bps) in settings.depth_bps.iter().enumerate() {
        for side in SIDES {
            let meaning = format!("what rests up to {bps} bps from mid");
            let name = format!("{}_depth_{bps}", side.name());
            add(name, "base", meaning, Arc::new(move |c| c.depth(side, i)));
        }
    }
    for side in SIDES {
        let meaning = format!("growth of the depth with the distance from mid, within {range} bps");
        let name = format!("{}_slope", side.name());
        add(name, "base per bps", meaning, Arc::new(move |c| c.slope(side)));
    }
    for window in settings.means.iter().copied() {
        let ms = window.nanos() / 1_000_000;
        let name = if ms % 1_000 == 0 { format!("{}s", ms / 1_000) } else { format!("{ms}ms") };
        let meaning = format!("mean of the imbalance over the last {name}, weighted by time");
        add(format!("imbalance_{name}"), "1", meaning, Arc::new(move |c| c.means().mean(window)));
    }
    let crossed = "whether the best bid is at or above the best ask";
    add("crossed".into(), "0/1", crossed.into(), Arc::new(move |c| c.is_crossed().map(flag)));
    for side in SIDES {
        let (name, meaning) = (side.name(), "place of the venue with the best price, from 1".to_owned());
        let place = move |c: &ConsolidatedBook| c.best(side).map(|best| (best.venue + 1) as f64);
        add(format!("best_{name}_venue"), "1", meaning, Arc::new(place));
    }
    let live = |c: &ConsolidatedBook| c.venues().iter().filter(|venue| venue.is_live()).count() as f64;
    add("venues".into(), "count", "venues that are in".into(), Arc::new(move |c| Some(live(c))));
    let age = "since the last word of any venue that is in";
    add("age_ms".into(), "ms", age.into(), Arc::new(|c| c.age_ns().map(|ns| ns as f64 * MS)));
    for venue in 0..settings.venues as usize {
        let k = venue + 1;
        let there = move |c: &ConsolidatedBook| {
            c.venues().get(venue).copied().filter(|view| view.status != VenueStatus::Absent)
        };
        let meaning = format!("what rests on venue {k} within {range} bps of mid, 0 while it is left out");
        add(format!("liquidity_{k}"), "base", meaning, Arc::new(move |c| c.liquidity(venue)));
        let age = move |c: &ConsolidatedBook| Some(there(c)?.age_ns as f64 * MS);
        add(format!("age_ms_{k}"), "ms", format!("since the last word of venue {k}"), Arc::new(age));
        let stale = move |c: &ConsolidatedBook| there(c).map(|view| flag(view.is_left_out()));
        let meaning = format!("whether venue {k} is left out: silent, missing messages, or halted");
        add(format!("stale_{k}"), "0/1", meaning, Arc::new(stale));
    }
    let means = list.iter_mut().filter(|feature| feature.spec.name.starts_with("cob.imbalance_"));
    for (mean, window) in means.zip(&settings.means) {
        mean.spec.warmup_bars =
            1 + window.nanos().unsigned_abs().div_ceil(Frame::MINUTE.nanos().unsigned_abs());
        mean.spec.frame = Some(Frame::MINUTE);
    }
    list
}
