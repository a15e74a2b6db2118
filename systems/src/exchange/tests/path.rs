//! The path of a bar against the same path as prints, cent by cent.

use manyworlds_components::order::{Bracket, OrderKind, OrderRequest};
use manyworlds_components::price::Ticks;
use manyworlds_components::side::Side;
use proptest::prelude::*;

use super::helper::*;
use crate::exchange::settings::*;

fn kind() -> impl Strategy<Value = OrderKind> {
    let price = (9_960i64..10_040).prop_map(Ticks);
    prop_oneof![
        Just(OrderKind::Market),
        price.clone().prop_map(|price| OrderKind::Limit { price }),
        price.clone().prop_map(|trigger| OrderKind::Stop { trigger }),
        (price.clone(), price).prop_map(|(trigger, price)| OrderKind::StopLimit { trigger, price }),
        (1i64..40).prop_map(|o| OrderKind::TrailingStop { offset: Ticks(o), trigger: None }),
    ]
}

/// Every cent from corner to corner, open first.
fn prints(bar: [i64; 4]) -> Vec<i64> {
    let [open, high, low, close] = bar;
    let (up, down) = (high - open, open - low);
    let high_first = up < down || (up == down && close < open);
    let corners = if high_first { [high, low, close] } else { [low, high, close] };
    let mut path = vec![open];
    for corner in corners {
        let mut at = path[path.len() - 1];
        while at != corner {
            at += (corner - at).signum();
            path.push(at);
        }
    }
    path
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]
    #[test]
    fn a_path_is_its_prints(
        (up, down, at) in (0i64..40, 0i64..40, 0.0f64..=1.0),
        kind in kind(),
        buy in any::<bool>(),
        exits in prop::array::uniform3(prop::option::of(0.0001f64..0.003)),
    ) {
        let (open, high, low) = (10_000, 10_000 + up, 10_000 - down);
        let close = low + ((high - low) as f64 * at) as i64;
        let price = |cents: i64| cents as f64 / 100.0;
        let side = if buy { Side::Buy } else { Side::Sell };
        let [take_profit, stop_loss, trailing_stop] = exits;
        let bracket = Some(Bracket { take_profit, stop_loss, trailing_stop });
        let request = OrderRequest { bracket, ..order(side, 1_000, kind) };

        let venue = VenueSettings { fills: FillRule::OhlcPath, ..margin_venue() };
        let bars = [[100.0; 4], [open, high, low, close].map(price)];
        let on_bar = Desk::bars(venue.clone(), &bars).ask(1, request).run();

        let mut rows = vec![(0, 100.0, 1.0)];
        let path = prints([open, high, low, close]);
        rows.extend(path.iter().enumerate().map(|(i, cents)| (i as i64 + 1, price(*cents), 1.0)));
        let on_prints = Desk::prints(venue, &rows).ask(1, request).run();

        prop_assert_eq!(on_bar.prices(), on_prints.prices());
        let reasons = |l: &Ledger| l.fills.iter().map(|f| f.reason).collect::<Vec<_>>();
        prop_assert_eq!(reasons(&on_bar), reasons(&on_prints));
    }
}
