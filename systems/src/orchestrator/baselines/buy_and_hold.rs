//! Buy and hold.

use manyworlds_components::forecast::Action;

use super::super::forecaster::{Forecaster, ModelCard, ModelKind, Outlook, SymbolView};
use super::rule;

/// Always BUY, from the first bar on. Score 0: it prefers no symbol.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BuyAndHold;

impl Forecaster for BuyAndHold {
    type State = ();

    fn name(&self) -> String {
        "buy_and_hold".to_owned()
    }

    fn card(&self) -> ModelCard {
        ModelCard::new(&self.name(), ModelKind::Rule, &[])
    }

    fn bars_needed(&self) -> usize {
        1
    }

    fn warmup(&self) -> u64 {
        1
    }

    #[inline]
    fn forecast(&self, _: &SymbolView<'_>, _: &mut ()) -> Option<Outlook> {
        Some(rule(Action::Buy, 0.0))
    }
}
