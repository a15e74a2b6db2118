//! What the module keeps of a symbol.

use std::ops::Deref;

use bevy_ecs::component::Component;
use manyworlds_components::bar::Bar;
use manyworlds_components::copy_on_write::CopyOnWrite;
use manyworlds_components::regime::MarketRegime;
use manyworlds_components::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::cusum::{Shift, ShiftDetector};
use super::efficiency::{EfficiencyRatio, VarianceRatio};
use super::hmm::{HmmFilter, HmmWorkspace};
use super::hysteresis::{Challenger, Change};
use super::percentile::Percentile;
use super::rules::{Evidence, probabilities};
use super::settings::MarketAnalysisSettings;
use super::volatility::{EwmaVolatility, WindowVolatility};
use crate::closed_bars::is_idle;
use crate::indicators::{Adx, Atr};

/// State and newest values of a symbol. Its size does not grow. Clones share it until one of them gets a bar.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MarketAnalysis(CopyOnWrite<Inner>);

/// What a [`MarketAnalysis`] points to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inner {
    /// Bars that were used.
    pub(super) bars: u64,
    previous: Option<f64>,
    pub(super) volatility: WindowVolatility,
    pub(super) ewma: EwmaVolatility,
    atr_state: Atr,
    adx_state: Adx,
    percentile: Percentile,
    efficiency: EfficiencyRatio,
    variance: VarianceRatio,
    pub(super) hmm: HmmFilter,
    pub(super) drift: ShiftDetector,
    pub(super) dispersion: ShiftDetector,
    /// Bars since the last change point was announced; `None` before the first.
    pub(super) change_age: Option<u64>,
    challenger: Challenger,
    /// ATR and the close that it stands beside.
    pub(super) atr: Option<(f64, f64)>,
    pub(super) plus_di: Option<f64>,
    pub(super) minus_di: Option<f64>,
    pub(super) evidence: EvidenceRecord,
}

/// [`Evidence`], stored.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct EvidenceRecord {
    pub adx: Option<f64>,
    pub efficiency_ratio: Option<f64>,
    pub variance_ratio: Option<f64>,
    pub atr_percentile: Option<f64>,
}

/// What a bar brought to light.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Findings {
    /// A new regime.
    pub regime: Option<Change>,
    /// A change of the drift.
    pub drift: Option<Shift>,
    /// A change of the volatility.
    pub volatility: Option<Shift>,
}

impl MarketAnalysis {
    /// Before the first bar.
    pub fn new(settings: &MarketAnalysisSettings) -> Self {
        let s = settings;
        Self(CopyOnWrite::new(Inner {
            bars: 0,
            previous: None,
            volatility: WindowVolatility::new(s.volatility_window as usize),
            ewma: EwmaVolatility::new(s.ewma_lambda),
            atr_state: Atr::new(s.atr_period as usize),
            adx_state: Adx::new(s.adx_period as usize),
            percentile: Percentile::new(s.percentile_window as usize),
            efficiency: EfficiencyRatio::new(s.efficiency_window as usize),
            variance: VarianceRatio::new(s.variance_ratio_window as usize, s.variance_ratio_horizon as usize),
            hmm: HmmFilter::new(&s.hmm),
            drift: ShiftDetector::default(),
            dispersion: ShiftDetector::default(),
            change_age: None,
            challenger: Challenger::default(),
            atr: None,
            plus_di: None,
            minus_di: None,
            evidence: EvidenceRecord::default(),
        }))
    }

    /// Takes in the next closed bar. A bar whose prices are not positive numbers cannot be used, nor can what came
    /// before it be joined to what comes after: everything begins anew.
    pub fn update(
        &mut self,
        bar: &Bar,
        market: &mut MarketRegime,
        settings: &MarketAnalysisSettings,
        work: &mut HmmWorkspace,
    ) -> Findings {
        if !bar.is_valid() {
            *self = Self::new(settings);
            *market = MarketRegime::default();
            return Findings::default();
        }
        if settings.skip_idle_bars && self.previous.is_some_and(|close| is_idle(bar, close)) {
            return Findings::default();
        }
        self.0.update(bar, market, settings, work)
    }
}

impl Deref for MarketAnalysis {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Inner {
    fn update(
        &mut self,
        bar: &Bar,
        market: &mut MarketRegime,
        settings: &MarketAnalysisSettings,
        work: &mut HmmWorkspace,
    ) -> Findings {
        let previous = self.previous.replace(bar.close);
        self.bars += 1;
        let r = self.volatility.update(bar, previous);
        let atr = self.atr_state.update(bar.high, bar.low, bar.close);
        self.atr = atr.map(|atr| (atr, bar.close));
        let directional = self.adx_state.update(bar.high, bar.low, bar.close);
        (self.plus_di, self.minus_di) = (directional.plus_di, directional.minus_di);
        self.evidence = EvidenceRecord {
            adx: directional.adx,
            efficiency_ratio: self.efficiency.update(bar.close, previous),
            variance_ratio: self.variance.update(bar.close, r),
            atr_percentile: atr.and_then(|atr| self.percentile.update(atr / bar.close)),
        };
        let mut findings = Findings::default();
        if let Some(r) = r {
            self.ewma.update(r);
            self.hmm.update(r, &settings.hmm, work);
            findings.drift = self.drift.update(r, bar.close_time, &settings.changes);
            findings.volatility = self.dispersion.update(r.abs(), bar.close_time, &settings.changes);
            let changed = findings.drift.is_some() || findings.volatility.is_some();
            self.change_age = if changed { Some(0) } else { self.change_age.map(|age| age + 1) };
        }
        findings.regime = self.weigh(market, bar.close_time, settings);
        findings
    }

    /// The filtered probability of the hidden Markov model's most volatile state.
    pub fn p_high(&self) -> Option<f64> {
        self.hmm.p_high()
    }

    /// All evidence now.
    pub(super) fn all_evidence(&self, settings: &MarketAnalysisSettings) -> Evidence {
        let EvidenceRecord { adx, efficiency_ratio, variance_ratio, atr_percentile } = self.evidence;
        let sides = self.plus_di.zip(self.minus_di);
        Evidence {
            adx,
            direction: sides.filter(|(p, m)| p + m > 0.0).map(|(p, m)| (p - m) / (p + m)),
            efficiency_ratio,
            variance_ratio,
            atr_percentile,
            hmm_volatile: self.hmm.p_volatile(settings.hmm.ratio),
        }
    }

    fn weigh(
        &mut self,
        market: &mut MarketRegime,
        at: Timestamp,
        settings: &MarketAnalysisSettings,
    ) -> Option<Change> {
        if self.bars < settings.regime_warmup() {
            return None;
        }
        let evidence = self.all_evidence(settings);
        let Some(p) = probabilities(&evidence, &settings.rules, settings.hmm.weight) else {
            market.probabilities = None;
            return None;
        };
        self.challenger.update(market, p, at, (settings.confirm_bars, settings.margin))
    }
}
