//! From the interventions of a scenario to what carries them out: sources, the exchange, the course of the orchestrator.

use std::collections::BTreeSet;
use std::sync::Arc;

use manyworlds_components::ids::{AccountId, ListingId, ModelId, SymbolId};
use manyworlds_components::market::{MarketData, MarketEvent};
use manyworlds_components::price::Lots;
use manyworlds_components::side::Side;
use manyworlds_components::time::Timestamp;
use manyworlds_engine::EventSource;
use manyworlds_systems::exchange::intervention::{
    AccountAct, Act, ExchangeInterventions, TermChange, VenueChange,
};
use manyworlds_systems::exchange::square_root_impact;
use manyworlds_systems::orchestrator::course::{Course, ModelChange, PolicyChange};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::books::rewritten;
use super::error::InterventionError;
use super::prices::{
    Changes, Curve, Delay, Drain, IntervenedSource, Layer, Sides, Widening, last_mid, last_price,
    volatility_and_volume,
};
use super::schema::{Impact, Intervention, Recovery, Shape, Target, What};
use crate::scenario::DataSettings;
use crate::scenario::Scenario;
use crate::scenario::schema::symbol::SymbolSettings;

/// A source, and whose events it has.
#[derive(Clone)]
pub(crate) struct Sourced {
    pub symbol: SymbolId,
    pub listing: ListingId,
    /// Whether it says something about an order book.
    pub book: bool,
    pub source: Arc<dyn EventSource>,
}

fn first_event(source: &Arc<dyn EventSource>) -> Option<MarketEvent> {
    let mut out = Vec::new();
    source.fill(0, Timestamp::MAX, 1, &mut out);
    out.pop()
}

/// The interventions of a scenario in time order; those of one time in the order of the scenario.
pub(crate) fn in_time_order(scenario: &Scenario) -> Vec<&Intervention> {
    let mut ordered: Vec<&Intervention> = scenario.interventions.iter().collect();
    ordered.sort_by_key(|i| i.at);
    ordered
}

/// Every intervention lies in the run: the span that the scenario asks for, as far as there are data. Returns what is to be
/// said of those that need not, as they go on with what began in it. A run that watches before it trades has a past: what
/// was done before its span holds in it, as before a window of a walk forward.
pub(crate) fn check_times(
    scenario: &Scenario,
    sources: &[Sourced],
) -> Result<Vec<String>, InterventionError> {
    let first = |source: &Arc<dyn EventSource>| {
        first_event(source).map(|event| match event.data {
            MarketData::Bar(bar) => bar.open_time,
            _ => event.ts_event,
        })
    };
    let last = |source: &Arc<dyn EventSource>| source.len().checked_sub(1).map(|row| source.ts_recv(row));
    let ends = (
        sources.iter().filter_map(|s| first(&s.source)).min().unwrap_or(Timestamp::MIN),
        sources.iter().filter_map(|s| last(&s.source)).max().unwrap_or(Timestamp::MAX),
    );
    let run = (ends.0.max(scenario.span().0), ends.1.min(scenario.span().1));
    let mut late = Vec::new();
    let past = |i: &Intervention| scenario.trade_from.is_some() && i.at < scenario.span().0;
    let outside = scenario.interventions.iter().filter(|i| i.at < run.0 || i.at > run.1);
    for i in outside.filter(|i| !past(i)) {
        let (place, at, what) = (i.place.to_string(), i.at, i.to_string());
        if !i.goes_on(&scenario.interventions, run) {
            return Err(InterventionError::OutsideRun { place, at, what, run });
        }
        late.push(format!("{place}the run ends at {}, before {at} ({what})", run.1));
    }
    Ok(late)
}

/// The sources, each with what is intervened with on its listing.
pub(crate) fn sources(
    scenario: &Scenario,
    plain: &[Sourced],
) -> Result<Vec<Arc<dyn EventSource>>, InterventionError> {
    let mut sources: Vec<_> = plain.iter().map(|p| p.source.clone()).collect();
    let ordered = in_time_order(scenario);
    if ordered.is_empty() {
        return Ok(sources);
    }
    let listings: BTreeSet<ListingId> = plain.iter().map(|p| p.listing).collect();
    for listing in listings {
        let at: Vec<usize> = (0..plain.len()).filter(|i| plain[*i].listing == listing).collect();
        let mut changes = of_listing(scenario, (plain[at[0]].symbol, listing), &ordered, plain)?;
        if at.iter().any(|i| plain[*i].book) && !changes.is_only_late() {
            let own: Vec<_> = at.iter().map(|i| sources[*i].clone()).collect();
            let tick = scenario.symbols[plain[at[0]].symbol.index()].tick_size;
            let moved = rewritten(&own, &changes, tick, scenario.span().1);
            at.iter().zip(moved).for_each(|(i, source)| sources[*i] = source);
            changes = Changes { from: changes.from, delays: changes.delays, ..Changes::default() };
        }
        if !changes.is_empty() {
            let changes = Arc::new(changes);
            for i in at {
                sources[i] = Arc::new(IntervenedSource::new(sources[i].clone(), changes.clone()));
            }
        }
    }
    Ok(sources)
}

/// The venue of a listing.
fn venue_of(scenario: &Scenario, listing: ListingId) -> &str {
    let own = scenario.symbols.iter().map(|s| s.venue.as_str());
    let further = scenario.symbols.iter().flat_map(|s| s.further_venues());
    own.chain(further).nth(listing.index()).unwrap_or_default()
}

fn of_listing(
    scenario: &Scenario,
    (id, listing): (SymbolId, ListingId),
    ordered: &[&Intervention],
    plain: &[Sourced],
) -> Result<Changes, InterventionError> {
    let (symbol, venue) = (&scenario.symbols[id.index()], venue_of(scenario, listing));
    let has_book = plain.iter().any(|p| p.listing == listing && p.book);
    let all: Vec<_> = plain.iter().filter(|p| p.symbol == id).map(|p| &p.source).collect();
    let sources = &all[..];
    let mut changes = Changes { from: Timestamp::MAX, ..Changes::default() };
    for (i, intervention) in ordered.iter().enumerate() {
        let Intervention { at, what, .. } = intervention;
        let until = intervention.end();
        let order = match what {
            What::Order { symbol: of, side, quantity, impact } if *of == symbol.symbol => {
                Some((side, quantity, impact))
            }
            _ if !intervention.touches(&symbol.symbol, venue) => continue,
            What::OrderFlow { side, quantity, impact } => Some((side, quantity, impact)),
            _ => None,
        };
        let layers = &mut changes.prices;
        if let Some((side, quantity, impact)) = order {
            // Of one order, however many accounts send it: branches that share a world do not add up.
            let of = (symbol.symbol.as_str(), *side, *quantity);
            layers.extend(pressure(intervention, of, impact, sources, layers)?);
            changes.from = changes.from.min(*at);
        }
        match what {
            What::PriceShock { size, shape, recovery } => {
                layers.push(Layer::Factor(Curve::shock(*at, *size, *shape, *recovery)));
            }
            What::PricePath(points) => layers.push(Layer::Factor(Curve::path(*at, points))),
            What::Volatility(power) => {
                let last = |t: Timestamp, layers: &[Layer]| {
                    let mid = |p: &Sourced| last_mid(&*p.source, symbol.tick_size, layers, t);
                    let book = || plain.iter().filter(|p| p.listing == listing && p.book).find_map(mid);
                    last_price(sources, layers, t).or_else(book)
                };
                let layer = volatility((*at, until), *power, |t| last(t, layers));
                layers.extend(layer);
            }
            What::FlowImbalance(imbalance) => {
                let seed = xxh3_64_with_seed(symbol.symbol.as_bytes(), scenario.seed.wrapping_add(i as u64));
                changes.sides.push(Sides { from: *at, until, imbalance: *imbalance, seed });
            }
            What::StaleFeed => changes.delays.push(Delay { from: *at, until, by: None }),
            What::FeedDelay(by) => {
                changes.delays.push(Delay { from: *at, until, by: Some(by.nanos()) });
            }
            What::SpreadWidening { factor, at_least_bps } if has_book => {
                let (factor, at_least_bps) = (*factor, *at_least_bps);
                changes.spreads.push(Widening { from: *at, until, factor, at_least_bps });
            }
            What::DepthDrain(left) if has_book => {
                changes.depth.push(Drain { from: *at, until, left: *left });
            }
            _ => continue,
        }
        changes.from = changes.from.min(*at);
    }
    Ok(changes)
}

/// Returns times a factor: prices go on from the last one before, and in the end from where they are.
fn volatility(
    (from, until): (Timestamp, Timestamp),
    power: f64,
    last: impl Fn(Timestamp) -> Option<f64>,
) -> Option<Layer> {
    let base = last(from)?;
    let carry = match until {
        Timestamp::MAX => 1.0,
        until => {
            let last = last(until).unwrap_or(base);
            base * (last / base).powf(power) / last
        }
    };
    Some(Layer::Volatility { from, until, base, power, carry })
}

/// What an order does to prices: nothing without impact.
fn pressure(
    intervention: &Intervention,
    (symbol, side, quantity): (&str, Side, f64),
    impact: &Impact,
    sources: &[&Arc<dyn EventSource>],
    layers: &[Layer],
) -> Result<Option<Layer>, InterventionError> {
    if impact.coefficient == 0.0 {
        return Ok(None);
    }
    let at = intervention.at;
    let Some((sigma, volume)) = volatility_and_volume(sources, layers, (at, impact.window)) else {
        return Err(InterventionError::NoImpact {
            place: intervention.place.to_string(),
            symbol: symbol.to_owned(),
            at,
            window: impact.window,
        });
    };
    let moved = square_root_impact(impact.coefficient, sigma, quantity, volume) * side.sign() as f64;
    // A price stays above 0, whatever is sold.
    let moved = moved.max(-0.99);
    let recovery = Recovery::Exponential { half_life: impact.half_life, share: 1.0 - impact.permanent };
    Ok(Some(Layer::Factor(Curve::shock(at, moved, Shape::Gap, recovery))))
}

/// What happens at the exchange. Names that are not there are passed over: the scenario was checked.
pub(crate) fn exchange(scenario: &Scenario) -> ExchangeInterventions {
    let mut all = ExchangeInterventions::default();
    for intervention in in_time_order(scenario) {
        let Intervention { at, what, .. } = intervention;
        let change = match what {
            What::Outage => VenueChange::Outage,
            What::Halt => VenueChange::Halt,
            What::LatencySpike { add_ms } => VenueChange::Latency(*add_ms),
            What::Fees(fees) => VenueChange::Fees(fees.clone()),
            What::SpreadWidening { factor, at_least_bps } => {
                VenueChange::Spread { factor: *factor, at_least_bps: *at_least_bps }
            }
            What::DepthDrain(left) => VenueChange::Depth(*left),
            What::Borrow(rates) => VenueChange::Borrow(*rates),
            _ => {
                let accounts = accounts(scenario, &intervention.on);
                all.accounts.extend(act(scenario, what).map(|act| AccountAct { at: *at, accounts, act }));
                continue;
            }
        };
        let listed = scenario.symbols.iter().enumerate();
        let symbols = listed.filter(|(_, s)| intervention.touches(&s.symbol, &s.venue));
        let symbols = symbols.map(|(s, _)| SymbolId::from(s)).collect();
        all.terms.push(TermChange { from: *at, until: intervention.end(), symbols, change });
    }
    all
}

fn act(scenario: &Scenario, what: &What) -> Option<Act> {
    match what {
        What::Cash(amount) => Some(Act::Cash(*amount)),
        What::Liquidate => Some(Act::Liquidate),
        What::Order { symbol, side, quantity, .. } => {
            let at = scenario.symbols.iter().position(|s| s.symbol == *symbol)?;
            let Lots(lots) = Lots(scenario.symbols[at].lot_size.floor(*quantity));
            Some(Act::Order { symbol: SymbolId::from(at), side: *side, lots })
        }
        _ => None,
    }
}

fn accounts(scenario: &Scenario, on: &Target) -> Vec<AccountId> {
    let named = |name: &str| match on {
        Target::All => true,
        Target::Accounts(names) => names.iter().any(|n| n == name),
        _ => false,
    };
    let all = scenario.accounts.iter().enumerate();
    all.filter(|(_, a)| named(&a.name)).map(|(a, _)| AccountId::from(a)).collect()
}

/// What changes about policies and models.
pub(crate) fn course(scenario: &Scenario) -> Course {
    let mut course = Course::default();
    for Intervention { at, on, what, .. } in in_time_order(scenario) {
        match (what, on) {
            (What::Policy(policy), on) => {
                let accounts = accounts(scenario, on);
                course.policies.push(PolicyChange { at: *at, accounts, policy: policy.clone() });
            }
            (What::On | What::Off, Target::Models(names)) => {
                let known = scenario.models.iter().enumerate();
                let named = known.filter(|(_, model)| names.contains(&model.name()));
                let models = named.map(|(m, _)| ModelId::from(m)).collect();
                course.models.push(ModelChange { at: *at, models, enabled: *what == What::On });
            }
            _ => {}
        }
    }
    course
}

/// Capital that came in and went out, by account: (from when on it is there, how much).
pub(crate) fn flows(scenario: &Scenario) -> Vec<Vec<(Timestamp, f64)>> {
    let mut flows = vec![Vec::new(); scenario.accounts.len()];
    for Intervention { at, on, what, .. } in in_time_order(scenario) {
        if let What::Cash(amount) = what {
            accounts(scenario, on).iter().for_each(|a| flows[a.index()].push((*at, *amount)));
        }
    }
    flows
}

/// What becomes of the funding rates of a symbol: (time, recorded rate).
pub(crate) fn funding_rates<'a>(
    scenario: &'a Scenario,
    symbol: &SymbolSettings,
) -> impl Fn(Timestamp, f64) -> f64 + use<'a> {
    let mut changes = in_time_order(scenario);
    changes.retain(|i| matches!(i.what, What::Funding { .. }) && i.touches(&symbol.symbol, &symbol.venue));
    move |at, rate| {
        let holds = changes.iter().filter(|i| i.at <= at && at < i.end());
        holds.fold(rate, |rate, i| match i.what {
            What::Funding { factor, plus } => rate * factor + plus,
            _ => rate,
        })
    }
}

/// What is to be said of what a scenario's interventions do not do.
pub(crate) fn remarks(scenario: &Scenario) -> Vec<String> {
    let mut remarks: Vec<String> = Vec::new();
    for intervention in in_time_order(scenario) {
        for symbol in &scenario.symbols {
            let injected = match &intervention.what {
                What::Order { symbol: of, .. } => *of == symbol.symbol,
                What::OrderFlow { .. } => intervention.touches(&symbol.symbol, &symbol.venue),
                _ => false,
            };
            let replay = symbol
                .data
                .iter()
                .any(|d| !matches!(d, DataSettings::Synthetic(_) | DataSettings::Funding(_)));
            let remark = match replay {
                true => "a replay: beyond the impact model it does not react to injected orders",
                false => {
                    "synthetic: it goes on from the price that the impact model leaves, with the returns that it would have \
                     had"
                }
            };
            let remark = format!("`{}` is {remark}", symbol.symbol);
            if injected && !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
    }
    if scenario.interventions.iter().any(|i| matches!(i.what, What::Cash(_))) {
        remarks.push(
            "cash that was paid in or out is capital: returns, ratios and the initial cash count it as such, equity shows it"
                .to_owned(),
        );
    }
    remarks
}
