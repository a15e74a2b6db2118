//! What the module offers: names, units, warm-up, and where each value is read.

use manyworlds_components::feature::FeatureSpec;
use manyworlds_components::regime::{MarketRegime, Regime};
use manyworlds_engine::ModuleContext;

use super::rules::{trend_score, volatility_score};
use super::settings::MarketAnalysisSettings;
use super::state::MarketAnalysis;

/// Volatility per bar.
const PER_BAR: &str = "1/sqrt(bar)";

/// The features under some settings.
pub(super) fn specs(s: &MarketAnalysisSettings) -> Vec<FeatureSpec> {
    let n = s.volatility_window;
    let spec = |word: &str, unit: &str, meaning: &str, warmup: u64| {
        FeatureSpec::new(&format!("market_analysis.{word}"), unit, meaning, warmup)
    };
    let (regime, hmm, cusum) = (s.regime_warmup(), s.hmm.first_fit + 1, s.changes.baseline + 1);
    vec![
        spec("realized_volatility", "1/sqrt(year)", "close-close volatility of a year of 365.25 days", n + 1),
        spec("close_close_volatility", PER_BAR, "standard deviation of log returns", n + 1),
        spec("parkinson_volatility", PER_BAR, "from highs and lows", n),
        spec("garman_klass_volatility", PER_BAR, "from open, high, low, close", n),
        spec("rogers_satchell_volatility", PER_BAR, "the same, whatever the drift", n),
        spec("yang_zhang_volatility", PER_BAR, "the same, with jumps between bars", n + 1),
        spec("ewma_volatility", PER_BAR, "exponentially weighted, zero mean", s.ewma_warmup()),
        spec("atr", "quote", "average true range (Wilder)", s.atr_period + 1),
        spec("atr_bps", "bps", "average true range over close", s.atr_period + 1),
        spec(
            "atr_percentile",
            "1",
            "rank of atr_bps among its last values",
            s.atr_period + s.percentile_window,
        ),
        spec("adx", "1", "average directional index, 0 to 100", 2 * s.adx_period),
        spec("plus_di", "1", "positive directional index, 0 to 100", s.adx_period + 1),
        spec("minus_di", "1", "negative directional index, 0 to 100", s.adx_period + 1),
        spec("efficiency_ratio", "1", "net over total movement, 0 to 1", s.efficiency_window + 1),
        spec("variance_ratio", "1", "Lo-MacKinlay; 1 on a random walk", s.variance_ratio_window + 1),
        spec("hmm_p_high", "1", "filtered probability of the most volatile state", hmm),
        spec("hmm_state", "index", "most probable state, in order of volatility", hmm),
        spec("hmm_volatility", PER_BAR, "expected volatility of the next bar", hmm),
        spec("cusum_drift", "1", "sum of deviations of returns over threshold, -1 to 1", cusum),
        spec("cusum_volatility", "1", "the same of absolute returns", cusum),
        spec("change_point_age", "bars", "since a change point was announced", cusum + 1),
        spec("trend_score", "1", "share of the rules that see a trend", regime),
        spec("volatility_score", "1", "ATR percentile and hidden Markov model, 0 to 1", regime),
        spec("p_trending_up", "1", "probability of TrendingUp", regime),
        spec("p_trending_down", "1", "probability of TrendingDown", regime),
        spec("p_ranging", "1", "probability of Ranging", regime),
        spec("p_volatile", "1", "probability of Volatile", regime),
        spec("regime", "index", "0 trending up, 1 trending down, 2 ranging, 3 volatile", regime),
        spec("regime_age", "bars", "since the regime is in force", regime),
    ]
}

/// Says where each is read. Roots and quotients are only taken of what somebody reads.
pub(super) fn register(app: &mut ModuleContext<'_>, settings: &MarketAnalysisSettings) {
    fn state(
        app: &mut ModuleContext<'_>,
        word: &str,
        read: impl Fn(&MarketAnalysis) -> Option<f64> + Send + Sync + 'static,
    ) {
        app.feature(&format!("market_analysis.{word}"), read);
    }
    state(app, "realized_volatility", |a| a.volatility.close_close_annual());
    state(app, "close_close_volatility", |a| a.volatility.close_close());
    state(app, "parkinson_volatility", |a| a.volatility.parkinson());
    state(app, "garman_klass_volatility", |a| a.volatility.garman_klass());
    state(app, "rogers_satchell_volatility", |a| a.volatility.rogers_satchell());
    state(app, "yang_zhang_volatility", |a| a.volatility.yang_zhang());
    let warmup = settings.ewma_warmup();
    state(app, "ewma_volatility", move |a| a.ewma.value().filter(|_| a.bars >= warmup));
    state(app, "atr", |a| a.atr.map(|(atr, _)| atr));
    state(app, "atr_bps", |a| a.atr.map(|(atr, close)| 1e4 * atr / close));
    state(app, "atr_percentile", |a| a.evidence.atr_percentile);
    state(app, "adx", |a| a.evidence.adx);
    state(app, "plus_di", |a| a.plus_di);
    state(app, "minus_di", |a| a.minus_di);
    state(app, "efficiency_ratio", |a| a.evidence.efficiency_ratio);
    state(app, "variance_ratio", |a| a.evidence.variance_ratio);
    state(app, "hmm_p_high", |a| a.hmm.p_high());
    state(app, "hmm_state", |a| a.hmm.state().map(|s| s as f64));
    state(app, "hmm_volatility", |a| a.hmm.predicted_deviation());
    let (threshold, baseline) = (settings.changes.threshold, settings.changes.baseline);
    state(app, "cusum_drift", move |a| a.drift.level(threshold, baseline));
    state(app, "cusum_volatility", move |a| a.dispersion.level(threshold, baseline));
    state(app, "change_point_age", |a| a.change_age.map(|age| age as f64));
    let (s, warmup) = (settings.clone(), settings.regime_warmup());
    state(app, "trend_score", move |a| {
        trend_score(&a.all_evidence(&s), &s.rules).filter(|_| a.bars >= warmup)
    });
    let s = settings.clone();
    state(app, "volatility_score", move |a| {
        let score = volatility_score(&a.all_evidence(&s), &s.rules, s.hmm.weight);
        score.filter(|_| a.bars >= warmup)
    });
    for regime in Regime::ALL {
        let name = format!("market_analysis.p_{}", regime.name());
        app.feature(&name, move |m: &MarketRegime| m.probability(regime));
    }
    app.feature("market_analysis.regime", |m: &MarketRegime| m.regime.map(|r| r.index() as f64));
    let age = |m: &MarketRegime| m.regime.map(|_| m.bars as f64);
    app.feature("market_analysis.regime_age", age);
}
