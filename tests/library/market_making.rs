//! Accounts that make markets, and accounts that work an order, through scenarios.

use manyworlds::output::{AccountSummary, Table};
use manyworlds::{Outcome, Scenario, Simulation};
use manyworlds_components::book::OrderBook;
use manyworlds_components::own_orders::OwnOrders;
use manyworlds_components::position::Position;
use manyworlds_components::side::Side;
use manyworlds_engine::Kind;
use manyworlds_tests::tables;

/// A book of ten minutes, these modules and accounts.
pub(super) fn text(modules: &str, accounts: &str) -> String {
    format!(
        r#"(
    seed: 9,
    clock: Every("100ms"),
    from: "2024-01-01",
    venues: [(name: "v", fees: (maker_bps: -0.5, taker_bps: 2.0), latency: Constant(ms: 20),
        margin: (initial: 0.1, maintenance: 0.05))],
    symbols: [(symbol: "S", tick_size: 0.1, lot_size: 0.01,
        data: [SyntheticBook(duration: "10m", initial_price: 1_000, order_size: 1, hawkes: (own_venue: 0.5), speed: 4)])],
    orchestrator: (type: configurable, modules: {{{modules}}}),
    accounts: [{accounts}],
    record: (equity: Bar("1s")),
)"#
    )
}

const MAKER: &str = r#"(name: "maker", market_making: (quotes: Skewed(half_spread: Ticks(1), skew: 0.01), size: 1,
    max_position: 3))"#;

fn built(accounts: &str) -> Simulation {
    Scenario::from_ron(&text("", accounts)).unwrap_or_else(|e| panic!("{e}")).build().unwrap()
}

fn outcome(accounts: &str) -> Outcome {
    let mut simulation = built(accounts);
    simulation.run().unwrap();
    simulation.finish().unwrap()
}

fn of<T: bevy_ecs::component::Component + Clone>(simulation: &Simulation, kind: Kind, row: usize) -> T {
    let entity = simulation.world().roster().entities(kind)[row];
    simulation.world().world().get::<T>(entity).unwrap().clone()
}

#[test]
fn a_maker_keeps_to_its_bounds_and_never_takes() {
    let mut simulation = built(MAKER);
    let (mut quoted, mut both) = (0, 0);
    for _ in 0..6_000 {
        simulation.step().unwrap();
        let own: OwnOrders = of(&simulation, Kind::Holding, 0);
        let position: Position = of(&simulation, Kind::Holding, 0);
        let (longest, shortest) = (own.lots + own.exposed(Side::Buy), own.lots - own.exposed(Side::Sell));
        assert!(longest <= 300 && shortest >= -300, "{own:?}");
        assert!(position.lots.abs() <= 300);
        let sides = [Side::Buy, Side::Sell].map(|side| own.quotes(side).count());
        assert!(sides.iter().all(|n| *n <= 1), "{own:?}");
        quoted += usize::from(sides != [0, 0]);
        both += usize::from(sides == [1, 1]);
        let book: OrderBook = of(&simulation, Kind::Listing, 0);
        if let Some((bid, ask)) = book.top() {
            // What was sent in this step was priced by the book of this step.
            use manyworlds_components::own_orders::OwnStatus::Requested;
            for order in own.orders.iter().filter(|o| o.status == Requested) {
                let price = order.price.unwrap();
                let crosses = if order.side == Side::Buy { price >= ask } else { price <= bid };
                assert!(!crosses || bid >= ask, "{order:?} against {bid:?} {ask:?}");
            }
        }
    }
    assert!(quoted > 5_000 && both > 3_000, "{quoted} {both}");
    let account = simulation.finish().unwrap().summary.accounts.remove(0);
    let trading = &account.trading[0];
    assert!(trading.maker_fills > 20 && trading.taker_fills == 0, "{trading:?}");
}

fn assert_split(account: &AccountSummary) {
    let split = account.profit.expect("a split");
    assert!((split.total - (account.final_equity - account.initial_cash)).abs() < 1e-9);
    assert!((split.sum() - split.total).abs() < 1e-9 * account.final_equity, "{split:?}");
    assert!((split.fees + account.fees_paid).abs() < 1e-9);
    assert!((split.borrow + split.funding + account.borrow_paid).abs() < 1e-9);
    let spread: f64 = account.trading.iter().map(|t| t.spread_captured).sum();
    assert!((split.spread - spread).abs() < 1e-9);
}

/// Inventory is counted again from the fills and the mids that they saw: what the price made of each position between two fills.
#[test]
fn profit_is_spread_inventory_and_fees() {
    let mut simulation = built(MAKER);
    simulation.run().unwrap();
    let mark =
        simulation.world().world().resource::<manyworlds_systems::exchange::ExchangeState>().marks.prices[0];
    let outcome = simulation.finish().unwrap();
    let account = &outcome.summary.accounts[0];
    assert_split(account);
    let split = account.profit.unwrap();
    let floats = |name| tables::floats(&outcome, Table::Fills, name);
    let (sides, quantities) = (tables::words(&outcome, Table::Fills, "side"), floats("quantity"));
    let (prices, mids) = (floats("price"), floats("mid"));
    let (mut spread, mut inventory, mut held, mut last) = (0.0, 0.0, 0.0, None);
    for row in 0..sides.len() {
        let signed = quantities[row] * if sides[row] == "buy" { 1.0 } else { -1.0 };
        let (price, mid) = (prices[row], mids[row]);
        if let Some(last) = last {
            inventory += held * (mid - last);
        }
        spread += signed * (mid - price);
        held += signed;
        last = Some(mid);
    }
    inventory += held * (mark - last.unwrap());
    assert!((spread - split.spread).abs() < 1e-6, "{spread} {split:?}");
    assert!((inventory - split.inventory).abs() < 1e-6, "{inventory} {split:?}");
    assert!(split.spread > 0.0 && split.fees > 0.0, "it is paid for its quotes: {split:?}");
    assert!((held - account.trading[0].inventory_last).abs() < 1e-9);
}

#[test]
fn it_says_why() {
    let outcome = outcome(MAKER);
    let reasons = tables::words(&outcome, Table::Decisions, "reason");
    let trading = &outcome.summary.accounts[0].trading[0];
    let quotes = reasons.iter().filter(|reason| reason.starts_with("quote (fair ")).count();
    assert_eq!(quotes as u64, trading.quotes, "every quote, and no look that changed nothing");
    assert!(quotes > 100);
    let ratio = trading.fill_ratio.unwrap();
    assert!(
        ratio > 0.0 && ratio < 1.0 && (ratio * trading.quoted - trading.bought - trading.sold).abs() < 1e-6
    );
    assert!(trading.inventory_most <= 3.0 && trading.inventory_least >= -3.0);
    assert!(trading.inventory_mean_absolute.unwrap() > 0.0);
}

/// A hundred accounts with different skews share one world, and none feels another.
#[test]
fn accounts_do_not_feel_each_other() {
    let account = |name: usize| {
        let skew = 0.002 * name as f64;
        format!(
            "(name: \"m{name}\", market_making: (quotes: Skewed(half_spread: Ticks(1), skew: {skew}), size: 1, max_position: 3))"
        )
    };
    let dealer = r#"(name: "dealer", market_making: (around: Mid, size: 1, max_position: 3,
        quotes: AvellanedaStoikov(gamma: 0.05, k: 1.5, horizon: "10s", half_life: "30s")))"#;
    let buyer = r#"(name: "buyer", execution: (side: Buy, quantity: 20, start: "2024-01-01T00:01:00Z",
        end: "2024-01-01T00:09:00Z", slices: 16, orders: Passive))"#;
    let mut all: Vec<String> = (0..20).map(account).collect();
    all.extend([dealer.to_owned(), buyer.to_owned()]);
    let together = outcome(&all.join(","));
    for pick in [0, 7, 19, 20, 21] {
        let alone = outcome(&all[pick]);
        assert_eq!(alone.summary.accounts[0].digest, together.summary.accounts[pick].digest, "{}", all[pick]);
    }
    let digests: std::collections::BTreeSet<_> =
        together.summary.accounts.iter().map(|a| &a.digest).collect();
    assert_eq!(digests.len(), 22, "each goes its own way");
    let held = |i: usize| together.summary.accounts[i].trading[0].inventory_mean_absolute.unwrap();
    assert!(held(19) < held(0), "a skew keeps positions small: {} {}", held(19), held(0));
    together.summary.accounts.iter().for_each(assert_split);
}

#[test]
fn from_a_snapshot_on_it_is_the_same() {
    let dealer = MAKER.replace(
        "Skewed(half_spread: Ticks(1), skew: 0.01)",
        "AvellanedaStoikov(gamma: 0.05, k: 1.5, horizon: \"10s\", half_life: \"10s\")",
    );
    let buyer = r#"(name: "seller", execution: (side: Sell, quantity: 5, end: "2024-01-01T00:05:00Z"))"#;
    let mut simulation = built(&format!("{MAKER}, {}, {buyer}", dealer.replace("maker", "dealer")));
    (0..1_000).for_each(|_| _ = simulation.step().unwrap());
    let mut fork = simulation.fork().unwrap();
    simulation.run().unwrap();
    fork.run().unwrap();
    assert_eq!(simulation.digest(), fork.digest());
    let (one, two) = (simulation.finish().unwrap(), fork.finish().unwrap());
    for (a, b) in one.summary.accounts.iter().zip(&two.summary.accounts) {
        assert_eq!((&a.digest, a.profit, &a.trading), (&b.digest, b.profit, &b.trading));
    }
}

#[test]
fn orders_are_worked_to_their_end() {
    let account = |name: &str, side: &str, more: &str| {
        format!(
            "(name: \"{name}\", execution: (side: {side}, quantity: 12.34, start: \"2024-01-01T00:01:00Z\", \
             end: \"2024-01-01T00:08:00Z\", slices: 21{more}))"
        )
    };
    let accounts = [
        account("twap", "Buy", ""),
        account("passive", "Sell", ", orders: Passive"),
        account("vwap", "Buy", ", schedule: Vwap()"),
        account(
            "optimal",
            "Sell",
            ", schedule: AlmgrenChriss(risk_aversion: 0.1, volatility: 200, temporary_impact: 0.00001)",
        ),
    ];
    let mut simulation = built(&accounts.join(","));
    // Half of the optimal one is done long before half of its time.
    simulation.run_until("2024-01-01T00:02:30Z".parse::<Moment>().unwrap().0).unwrap();
    let done =
        |simulation: &Simulation, a: usize| of::<Position>(simulation, Kind::Holding, a).quantity.abs();
    assert!(
        done(&simulation, 3) > 2.0 * done(&simulation, 0),
        "{} {}",
        done(&simulation, 3),
        done(&simulation, 0)
    );
    simulation.run().unwrap();
    let outcome = simulation.finish().unwrap();
    for account in &outcome.summary.accounts {
        let execution = account.execution.as_ref().unwrap();
        assert_eq!((execution.quantity, execution.filled), (12.34, 12.34), "{}", account.name);
        assert_split(account);
        let (arrival, average) = (execution.arrival_price.unwrap(), execution.average_price.unwrap());
        let sign = if execution.side == "buy" { 1.0 } else { -1.0 };
        let shortfall = sign * 12.34 * (average - arrival) + account.fees_paid;
        assert!((execution.shortfall - shortfall).abs() < 1e-6, "{execution:?}");
        assert!((execution.shortfall_bps.unwrap() - shortfall / (12.34 * arrival) * 1e4).abs() < 1e-6);
        assert_eq!(execution.expected_cost.is_some(), account.name == "optimal");
    }
    let orders = |i: usize| outcome.summary.accounts[i].execution.as_ref().unwrap().orders;
    assert_eq!(orders(0), 21, "one a slice");
    let maker = |i: usize| outcome.summary.accounts[i].trading[0].maker_fills;
    assert!(maker(0) == 0 && maker(1) > 0, "passive slices rest first");
}

#[test]
fn orders_are_worked_on_bars_too() {
    let text = r#"(
    seed: 3, clock: Bar("1m"),
    venues: [(name: "v", fees: (taker_bps: 2.0))],
    symbols: [(symbol: "S", lot_size: 0.001, data: [Synthetic(bars: 4_320, initial_price: 100.0, start: "2024-01-01")])],
    accounts: [
        (name: "twap", execution: (side: Buy, quantity: 50, start: "2024-01-03", end: "2024-01-03T12:00:00Z", slices: 24)),
        (name: "vwap", execution: (side: Buy, quantity: 50, start: "2024-01-03", end: "2024-01-03T12:00:00Z", slices: 24,
            schedule: Vwap(profile: Learned(bucket: "15m")), orders: Passive)),
    ],
)"#;
    let mut simulation = Scenario::from_ron(text).unwrap().build().unwrap();
    simulation.run().unwrap();
    let outcome = simulation.finish().unwrap();
    for account in &outcome.summary.accounts {
        let execution = account.execution.as_ref().unwrap();
        assert_eq!(execution.filled, 50.0, "{}", account.name);
        assert!(execution.shortfall_bps.unwrap().abs() < 500.0);
        assert_eq!(account.profit.unwrap().spread, 0.0, "there is no book");
        assert_split(account);
    }
    // Beside a symbol with a book, the same.
    let both = text.replace(
        "symbols: [",
        "symbols: [(symbol: \"B\", data: [SyntheticBook(duration: \"1h\", start: \"2024-01-02\")]), ",
    );
    let both = both.replace("execution: (side", "execution: (symbol: \"S\", side");
    let mut simulation = Scenario::from_ron(&both).unwrap().build().unwrap();
    simulation.run().unwrap();
    let again = simulation.finish().unwrap();
    for account in &again.summary.accounts {
        assert_eq!(account.execution.as_ref().unwrap().filled, 50.0, "{}", account.name);
    }
    let [twap, vwap] = &outcome.summary.accounts[..] else { panic!() };
    assert_ne!(twap.digest, vwap.digest);
}

/// A time, as scenarios write it.
struct Moment(manyworlds_components::time::Timestamp);

impl std::str::FromStr for Moment {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        manyworlds_systems::time_setting::parse(text).map(Self).ok_or_else(|| text.to_owned())
    }
}
