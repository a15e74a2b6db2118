//! Decisions and their reasons.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::forecast::{Action, Probabilities};
use crate::ids::{AccountId, ModelId, SymbolId};
use crate::order::RejectReason;
use crate::price::Lots;
use crate::time::Timestamp;

/// Which rule of the policy spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DecisionRule {
    /// Flat, and an entry threshold was reached.
    Enter,
    /// In a position, and the opposite action reached the exit threshold.
    Exit,
    /// In a position, and the opposite action reached the entry threshold under `opposite_flips`.
    Flip,
    /// In a position of the same side, and pyramiding is allowed.
    Pyramid,
    /// A rebalance of a cross-sectional policy.
    Rebalance,
    /// No threshold was reached.
    BelowThreshold,
    /// The signal agrees with the position already held.
    AlreadyHeld,
    /// Every model is cold or warming: hold, and say so.
    AllCold,
    /// The policy does not allow the side.
    SideNotAllowed,
    /// An intervention: the account did not decide itself.
    Intervention,
    /// Market making: a quote is sent.
    Quote,
    /// Market making: quotes are taken back, and none is sent.
    Withdraw,
    /// Market making: the quotes are where they should be.
    QuotesStand,
    /// Execution: a slice of a parent order is sent.
    Slice,
    /// Execution: what a slice has left undone is bought or sold at the market.
    CatchUp,
}

impl DecisionRule {
    /// Whether it goes by the thresholds of a policy.
    pub fn has_thresholds(self) -> bool {
        use DecisionRule::{CatchUp, Intervention, Quote, QuotesStand, Rebalance, Slice, Withdraw};
        !matches!(self, Rebalance | Intervention | Quote | Withdraw | QuotesStand | Slice | CatchUp)
    }

    /// As it stands in the tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Exit => "exit",
            Self::Flip => "flip",
            Self::Pyramid => "pyramid",
            Self::Rebalance => "rebalance",
            Self::BelowThreshold => "below_threshold",
            Self::AlreadyHeld => "already_held",
            Self::AllCold => "all_models_cold",
            Self::SideNotAllowed => "side_not_allowed",
            Self::Intervention => "intervention",
            Self::Quote => "quote",
            Self::Withdraw => "withdraw",
            Self::QuotesStand => "quotes_stand",
            Self::Slice => "slice",
            Self::CatchUp => "catch_up",
        }
    }
}

/// What moved a forecast: up to [`Evidence::MOST`] named parts of it, each of the sign of the side that it speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    parts: [(&'static str, f64); Self::MOST],
    len: usize,
}

impl Evidence {
    /// Parts that it can hold.
    pub const MOST: usize = 4;

    /// Adds a part; one too many is left out.
    pub fn add(&mut self, name: &'static str, value: f64) {
        if let Some(part) = self.parts.get_mut(self.len) {
            *part = (name, value);
            self.len += 1;
        }
    }

    /// The parts in the order in which they were added.
    pub fn parts(&self) -> &[(&'static str, f64)] {
        &self.parts[..self.len]
    }
}

/// One model's part in a decision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vote {
    /// Which model; [`ModelId::POLICY`] where the policy speaks for itself, and `evidence` is what it goes by.
    pub model: ModelId,
    /// Its forecast.
    pub probabilities: Probabilities,
    /// Its weight, after disabled and cold models were taken out.
    pub weight: f64,
    /// What moved it, where the model says so.
    pub evidence: Evidence,
}

/// Why a decision is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reasons {
    /// Which rule spoke.
    pub rule: DecisionRule,
    /// All forecasts combined.
    pub combined: Probabilities,
    /// The entry threshold that was in force.
    pub entry_threshold: f64,
    /// The exit threshold that was in force.
    pub exit_threshold: f64,
    /// The risk rule that cut the decision, if one did.
    pub cut: Option<RejectReason>,
    /// By how much its order is expected to move the price, in bps, as estimated before it was sent; `None` without an order, or
    /// where no module estimates it. Nobody charges it: what the order costs is the venue's business.
    pub expected_impact_bps: Option<f64>,
}

/// What an account decided about a symbol in one step. (account, symbol, step) is its idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub ts: Timestamp,
    /// In which step.
    pub step: u64,
    /// Who.
    pub account: AccountId,
    /// About what.
    pub symbol: SymbolId,
    /// What.
    pub action: Action,
    /// 1 - H(p) / ln 3 of the combined probabilities.
    pub confidence: f64,
    /// Last price in quote units when it was made.
    pub price: f64,
    /// Position before.
    pub position: Lots,
    /// Position wanted.
    pub target: Lots,
    /// Why.
    pub reasons: Reasons,
}

impl Decision {
    /// (account, symbol, step): no two decisions of a run share it.
    pub fn key(&self) -> (AccountId, SymbolId, u64) {
        (self.account, self.symbol, self.step)
    }
}

/// A decision with the votes behind it, as callbacks and tables see it.
#[derive(Debug, Clone, Copy)]
pub struct DecisionView<'a> {
    /// The decision.
    pub decision: &'a Decision,
    /// One vote per model that could have spoken.
    pub votes: &'a [Vote],
    /// The account's name.
    pub account: &'a str,
    /// The symbol's name.
    pub symbol: &'a str,
    /// Model names, by `ModelId`.
    pub models: &'a [String],
}

impl DecisionView<'_> {
    /// The reasons in words: rule, thresholds, each model's vote, and what cut it.
    pub fn reason(&self) -> String {
        use fmt::Write as _;
        let reasons = &self.decision.reasons;
        let mut text = reasons.rule.name().to_owned();
        if reasons.rule.has_thresholds() {
            let _ = write!(text, " (entry {}, exit {})", reasons.entry_threshold, reasons.exit_threshold);
        }
        for vote in self.votes {
            if vote.model == ModelId::POLICY {
                for (i, (part, value)) in vote.evidence.parts().iter().enumerate() {
                    let _ = write!(text, "{}{part} {value}", if i == 0 { " (" } else { ", " });
                }
                text.push_str(if vote.evidence.parts().is_empty() { "" } else { ")" });
                continue;
            }
            let [sell, hold, buy] = vote.probabilities.as_array();
            let name = self.models.get(vote.model.index()).map_or("?", String::as_str);
            let _ = write!(text, "; {name} {sell:.3}/{hold:.3}/{buy:.3} x {:.3}", vote.weight);
            for (i, (part, value)) in vote.evidence.parts().iter().enumerate() {
                let _ = write!(text, "{}{part} {value:+.2}", if i == 0 { " (" } else { ", " });
            }
            if !vote.evidence.parts().is_empty() {
                text.push(')');
            }
        }
        if let Some(impact) = reasons.expected_impact_bps {
            let _ = write!(text, "; expected impact {impact:.2} bps");
        }
        if let Some(cut) = reasons.cut {
            let _ = write!(text, "; cut: {cut}");
        }
        text
    }
}

impl fmt::Display for DecisionView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.decision;
        write!(
            f,
            "{} {} {} {} at {} ({} -> {} lots, confidence {:.3}): {}",
            d.ts,
            self.account,
            d.action.name(),
            self.symbol,
            d.price,
            d.position.0,
            d.target.0,
            d.confidence,
            self.reason()
        )
    }
}
