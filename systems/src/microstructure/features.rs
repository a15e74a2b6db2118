//! The features: one list that both declares them and says how each is read.

use manyworlds_components::feature::FeatureSpec;
use manyworlds_components::time::Frame;
use manyworlds_engine::ModuleContext;

use super::impact::ImpactEstimate;
use super::microprice::{imbalance, weighted_mid};
use super::samples::{Fit, Reading};
use super::settings::{ImpactSettings, MicrostructureSettings};
use super::state::Microstructure;
use super::sums::{Sum, Sums};

/// A feature and how it is read.
pub(super) struct Feature {
    pub(super) spec: FeatureSpec,
    read: Read,
}

enum Read {
    State(fn(&Microstructure) -> Option<f64>),
    Impact(fn(&ImpactEstimate, &ImpactSettings) -> Option<f64>),
}

impl Feature {
    pub(super) fn register(&self, app: &mut ModuleContext<'_>, settings: &ImpactSettings) {
        match self.read {
            Read::State(read) => app.feature(&self.spec.name, read),
            Read::Impact(read) => {
                let settings = settings.clone();
                app.feature(&self.spec.name, move |estimate| read(estimate, &settings));
            }
        }
    }
}

/// A sum of the window of a symbol that has trades.
fn traded(state: &Microstructure, read: impl Fn(&Sums) -> Option<f64>) -> Option<f64> {
    state.prints.any().then(|| state.total())?.and_then(|total| read(&total))
}

/// A sum of the window of a symbol that has a book.
fn quoted(state: &Microstructure, read: impl Fn(&Sums) -> Option<f64>) -> Option<f64> {
    state.quotes.any.then(|| state.total())?.and_then(|total| read(&total))
}

fn score(state: &Microstructure, value: Option<f64>, of: fn(&Reading) -> Option<(f64, f64)>) -> Option<f64> {
    let (mean, deviation) = of(&state.samples.reading)?;
    Some((value? - mean) / deviation)
}

fn r2(state: &Microstructure, of: fn(&Reading) -> Option<Fit>) -> Option<f64> {
    of(&state.samples.reading).map(|fit| fit.r2)
}

/// The prices and sizes of a book that has both sides: [bid, bid size, ask, ask size] in ticks and lots.
fn top(state: &Microstructure) -> Option<[f64; 4]> {
    let top = state.quotes.mid.map(|_| state.quotes.top)?;
    Some([top.bid.0, top.bid_size.0, top.ask.0, top.ask_size.0].map(|v| v as f64))
}

/// Quote units per tick, by the mid: the state does not know the instrument.
fn in_quote(state: &Microstructure, ticks_from_mid: f64) -> Option<f64> {
    let ([bid, _, ask, _], mid) = (top(state)?, state.quotes.mid?);
    Some(mid + ticks_from_mid * 2.0 * mid / (bid + ask))
}

fn in_bps(state: &Microstructure, ticks_from_mid: f64) -> Option<f64> {
    let [bid, _, ask, _] = top(state)?;
    Some(2e4 * ticks_from_mid / (bid + ask))
}

fn weighted(state: &Microstructure) -> Option<f64> {
    let [bid, bid_size, ask, ask_size] = top(state)?;
    Some(weighted_mid(bid, bid_size, ask, ask_size) - 0.5 * (bid + ask))
}

fn adjusted(state: &Microstructure) -> Option<f64> {
    state.microprice.adjustment(&state.quotes.top)
}

/// All features, in order. Warm-ups are in bars of a minute, the fewest after which there can be a value.
pub(super) fn features(settings: &MicrostructureSettings) -> Vec<Feature> {
    let interval = settings.interval.nanos() as u64;
    let minutes = |intervals: u64| (intervals * interval).div_ceil(Frame::MINUTE.nanos() as u64).max(1);
    let (window, spans) = (minutes(settings.window), minutes(settings.span * settings.spans));
    let mut list = Vec::new();
    let mut add = |word: &str, unit: &str, meaning: &str, warmup: u64, read: Read| {
        let spec = FeatureSpec::new(&format!("microstructure.{word}"), unit, meaning, warmup);
        let spec = spec.of_frame(Frame::MINUTE);
        list.push(Feature { spec, read });
    };
    let n = settings.levels;
    let of = |read: fn(&Microstructure) -> Option<f64>| Read::State(read);
    // Order flow.
    add(
        "cvd",
        "base",
        "signed volume since the first trade: buys less sells",
        1,
        of(|s| s.prints.any().then_some(s.prints.signed_volume)),
    );
    add(
        "cvd_window",
        "base",
        "signed volume of the window",
        window,
        of(|s| traded(s, |w| Some(w.signed_volume()))),
    );
    add(
        "cvd_z",
        "standard deviations",
        "the same against its values at the last spans",
        spans,
        of(|s| score(s, traded(s, |w| Some(w.signed_volume())), |r| r.window_volume)),
    );
    add(
        "ofi",
        "base",
        "order flow imbalance of the best level over the window",
        window,
        of(|s| quoted(s, |w| Some(w.get(Sum::Flow)))),
    );
    add(
        "ofi_z",
        "standard deviations",
        "the same against its values at the last spans",
        spans,
        of(|s| score(s, quoted(s, |w| Some(w.get(Sum::Flow))), |r| r.window_flow)),
    );
    let deep = format!("order flow imbalance of {n} levels over the window");
    add("ofi_deep", "base", &deep, window, of(|s| quoted(s, |w| Some(w.get(Sum::DeepFlow)))));
    let (now, next) = ("variance of the mid's change explained", "of the mid's change in the next span");
    add("ofi_r2", "1", &format!("{now} by the imbalance of the same span"), spans, of(|s| r2(s, |r| r.flow)));
    add("ofi_deep_r2", "1", &format!("{now} by that of {n} levels"), spans, of(|s| r2(s, |r| r.deep_flow)));
    add(
        "ofi_predictive_r2",
        "1",
        &format!("variance {next} explained by the imbalance"),
        spans,
        of(|s| r2(s, |r| r.flow_before)),
    );
    add(
        "ofi_deep_predictive_r2",
        "1",
        &format!("the same by that of {n} levels"),
        spans,
        of(|s| r2(s, |r| r.deep_flow_before)),
    );
    add(
        "ofi_slope",
        "quote/base",
        "change of the mid for a unit of imbalance",
        spans,
        of(|s| s.samples.reading.flow.map(|fit| fit.slope)),
    );
    add(
        "trade_r2",
        "1",
        &format!("{now} by the signed volume of the same span"),
        spans,
        of(|s| r2(s, |r| r.volume)),
    );
    add("vpin", "1", "mean imbalance of volume buckets, bulk classified, 0 to 1", 1, of(|s| s.vpin.value()));
    // Trade flow.
    add("trades", "count", "trades of the window", window, of(|s| traded(s, |w| Some(w.trades()))));
    add("volume", "base", "volume of the window", window, of(|s| traded(s, |w| Some(w.volume()))));
    add("buy_volume", "base", "volume of buys", window, of(|s| traded(s, |w| Some(w.get(Sum::BuyVolume)))));
    add(
        "sell_volume",
        "base",
        "volume of sells",
        window,
        of(|s| traded(s, |w| Some(w.get(Sum::SellVolume)))),
    );
    add("vwap", "quote", "volume-weighted price of the window", window, of(|s| traded(s, Sums::vwap)));
    add(
        "arrival_rate",
        "1/s",
        "trades per second of the window",
        window,
        of(|s| traded(s, |w| Some(w.trades() / s.windows.seconds(s.now)))),
    );
    add(
        "large_share",
        "1",
        "share of the volume that came in large trades",
        window,
        of(|s| traded(s, Sums::large_share)),
    );
    add(
        "inter_arrival",
        "s",
        "mean time between trades",
        window,
        of(|s| traded(s, |w| w.ratio(Sum::GapTime, Sum::Gaps))),
    );
    add(
        "inter_arrival_cv",
        "1",
        "its coefficient of variation: 1 for a Poisson process",
        window,
        of(|s| traded(s, Sums::gap_variation)),
    );
    add(
        "hawkes_intensity",
        "1/s",
        "expected times with trades per second, now",
        1,
        of(|s| s.hawkes.intensity(s.now)),
    );
    add(
        "hawkes_branching",
        "1",
        "arrivals that one triggers, alpha / beta",
        1,
        of(|s| s.hawkes.parameters().filter(|_| s.prints.any()).map(|p| p.branching())),
    );
    add(
        "hawkes_baseline",
        "1/s",
        "arrivals that nothing triggers",
        1,
        of(|s| s.hawkes.parameters().filter(|_| s.prints.any()).map(|p| p.mu)),
    );
    // Spreads and prices.
    add(
        "quoted_spread",
        "bps",
        "time-weighted spread of the window",
        window,
        of(|s| quoted(s, Sums::quoted_spread)),
    );
    let later = format!("trades whose mid {} later is known", settings.realized_after);
    let part = ["effective spread 2D(P-M) of", "realized spread 2D(P-M') of", "price impact 2D(M'-M) of"];
    let [effective, realized, impact] = part.map(|part| format!("{part} {later}"));
    add(
        "effective_spread",
        "bps",
        &effective,
        window,
        of(|s| quoted(s, |w| w.decomposition().map(|d| d[0]))),
    );
    add("realized_spread", "bps", &realized, window, of(|s| quoted(s, |w| w.decomposition().map(|d| d[1]))));
    add("price_impact", "bps", &impact, window, of(|s| quoted(s, |w| w.decomposition().map(|d| d[2]))));
    add(
        "roll_spread",
        "bps",
        "Roll's spread: 2 sqrt(-cov) of trade price changes",
        window,
        of(|s| traded(s, |w| Some(1e4 * w.roll_spread()? / w.vwap()?))),
    );
    add(
        "amihud",
        "bps/1e6 quote",
        "mean |return| over value traded in an interval",
        window,
        of(|s| traded(s, Sums::amihud)),
    );
    add(
        "kyle_lambda",
        "quote/base",
        "price change for a unit of signed volume",
        window,
        of(|s| traded(s, Sums::kyle_lambda)),
    );
    add(
        "imbalance",
        "1",
        "bid less ask size over both, best level, -1 to 1",
        1,
        of(|s| top(s).map(|[_, bid, _, ask]| imbalance(bid, ask))),
    );
    add(
        "weighted_mid",
        "quote",
        "mid weighted by the sizes of the other sides",
        1,
        of(|s| in_quote(s, weighted(s)?)),
    );
    add("weighted_mid_bps", "bps", "the same, from the mid", 1, of(|s| in_bps(s, weighted(s)?)));
    let fits = minutes(settings.microprice.every.nanos() as u64 / interval);
    add(
        "microprice",
        "quote",
        "Stoikov's microprice: the mid that is expected",
        fits,
        of(|s| in_quote(s, adjusted(s)?)),
    );
    add("microprice_bps", "bps", "the same, from the mid", fits, of(|s| in_bps(s, adjusted(s)?)));
    // Impact.
    let ImpactSettings { share, days, .. } = settings.impact;
    let order = format!("an order of {share} of a day's volume");
    add("daily_volatility", "bps", "standard deviation of a day's log return, from the last spans", spans, {
        Read::Impact(|e, _| e.volatility().map(|v| 1e4 * v))
    });
    add("daily_volume", "base", "volume of a day, from the last spans", spans, {
        Read::Impact(|e, _| e.volume())
    });
    add("expected_impact", "bps", &format!("root law: impact of {order}"), spans, {
        Read::Impact(|e, settings| e.expect_share_bps(settings.share))
    });
    add("almgren_permanent", "bps", &format!("Almgren 2005: what stays of {order}"), spans, {
        Read::Impact(|e, settings| e.almgren(settings).map(|a| 1e4 * a.permanent))
    });
    add("almgren_cost", "bps", &format!("Almgren 2005: mean cost of {order} in {days} days"), spans, {
        Read::Impact(|e, settings| e.almgren(settings).map(|a| 1e4 * a.cost))
    });
    list
}
