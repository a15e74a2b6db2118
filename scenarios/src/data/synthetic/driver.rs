//! The hidden process that drives a symbol: regime, volatility, innovation and jump of each bar, and the link to a leader.

use manyworlds_components::time::Timestamp;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};

use super::reference::ReferenceCursor;
use super::regime::RegimeChain;
use super::spec::SyntheticSpec;
use super::streams::Stream;
use super::volatility::VolatilityCascade;

/// What drives one bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Latent {
    /// Index of the regime.
    pub(super) regime: usize,
    /// Expected log return of this bar in this regime, on top of the symbol's own.
    pub(super) regime_drift: f64,
    /// Log volatility that all linked symbols share, relative to their own level.
    pub(super) shared_log_volatility: f64,
    /// The cascade, standardized: normal with variance 1.
    pub(super) cascade: f64,
    /// The return innovation, variance 1; `None` where a reference has no bar.
    pub(super) innovation: Option<f64>,
    /// The variance with which the innovation was drawn, mean 1: how active the bar was (Clark's subordinator).
    pub(super) activity: f64,
    /// The size of a jump in standard deviations, where there is one.
    pub(super) jump: Option<f64>,
}

/// Where the latent process of a leader comes from.
#[derive(Debug, Clone)]
pub(super) enum Leader {
    /// Another synthetic symbol, simulated again from its own streams.
    Symbol(Box<Driver>),
    /// Bars that are given.
    Bars(ReferenceCursor),
}

/// How a symbol takes part in its leader's latent process.
#[derive(Debug, Clone)]
struct Link {
    leader: Leader,
    innovation: f64,
    cascade: f64,
    keep_jump: f64,
    sign: f64,
}

/// The latent process of one symbol.
#[derive(Debug, Clone)]
pub(super) struct Driver {
    regimes: Option<RegimeChain>,
    cascade: VolatilityCascade,
    cascade_sd: f64,
    innovation: Innovation,
    jump_rng: ChaCha8Rng,
    jump_probability: f64,
    own_jump_probability: f64,
    link: Option<Link>,
}

/// Student-t or Gaussian innovations with variance 1, and the mixing variance behind each.
#[derive(Debug, Clone)]
struct Innovation {
    rng: ChaCha8Rng,
    tail: Option<(f64, ChiSquared<f64>)>,
}

impl Innovation {
    fn new(degrees_of_freedom: Option<f64>, rng: ChaCha8Rng) -> Self {
        let tail = degrees_of_freedom.and_then(|df| ChiSquared::new(df).ok().map(|chi| (df - 2.0, chi)));
        Self { rng, tail }
    }

    #[inline]
    fn next(&mut self) -> (f64, f64) {
        let normal: f64 = self.rng.sample(StandardNormal);
        let variance = match &self.tail {
            None => 1.0,
            // Bounded so that a draw of almost zero cannot carry the price out of the world.
            Some((scale, chi)) => (scale / chi.sample(&mut self.rng)).min(1e4),
        };
        (variance.sqrt() * normal, variance)
    }
}

impl Driver {
    /// The process of `symbol`, linked to `leader` where there is one. `spec` has been validated.
    pub(super) fn new(symbol: &str, spec: &SyntheticSpec, seed: u64, leader: Option<Leader>) -> Self {
        let frame_ns = spec.frame.nanos();
        let standard = super::spec::VolatilitySpec { log_sd: 1.0, ..spec.volatility.clone() };
        // Below given bars volatility follows theirs, and nothing is added.
        let cascade_sd = match &leader {
            Some(Leader::Bars(_)) => 0.0,
            Some(Leader::Symbol(driver)) if driver.follows_bars() => 0.0,
            _ => spec.volatility.log_sd,
        };
        let bar_days = frame_ns as f64 / manyworlds_components::time::NANOS_PER_DAY as f64;
        let jump_probability = spec.jumps.per_day * bar_days;
        let link = leader.map(|leader| Link::new(leader, spec.correlation, cascade_sd, jump_probability));
        let shared_jumps = link.as_ref().map_or(0.0, Link::jump_probability);
        let regimes = link
            .is_none()
            .then(|| RegimeChain::new(&spec.regime_list(), frame_ns, Stream::Regime.rng(seed, symbol)));
        Self {
            regimes,
            cascade: VolatilityCascade::new(&standard, frame_ns, Stream::Volatility.rng(seed, symbol)),
            cascade_sd,
            innovation: Innovation::new(spec.tail_degrees_of_freedom, Stream::Innovation.rng(seed, symbol)),
            jump_rng: Stream::Jump.rng(seed, symbol),
            jump_probability,
            own_jump_probability: (jump_probability - shared_jumps).max(0.0),
            link,
        }
    }

    /// Standard deviation of the log volatility that the cascade contributes.
    pub(super) fn cascade_sd(&self) -> f64 {
        self.cascade_sd
    }

    /// Moves one bar on.
    pub(super) fn next(&mut self, open: Timestamp) -> Latent {
        let cascade = self.cascade.next();
        let (innovation, activity) = self.innovation.next();
        let mut jump = self.draw_jump(self.own_jump_probability);
        let Some(link) = &mut self.link else {
            let (regime, log_volatility, drift) =
                self.regimes.as_mut().map_or((0, 0.0, 0.0), RegimeChain::next);
            return Latent {
                regime,
                regime_drift: drift,
                shared_log_volatility: log_volatility,
                cascade,
                innovation: Some(innovation),
                activity,
                jump,
            };
        };
        let leader = match &mut link.leader {
            Leader::Symbol(driver) => driver.next(open),
            Leader::Bars(cursor) => cursor.at(open),
        };
        if let Some(size) = leader.jump {
            let kept = self.jump_rng.random::<f64>() < link.keep_jump;
            jump = if kept { Some(link.sign * size) } else { jump };
        }
        let rest = 1.0 - link.innovation * link.innovation;
        let (innovation, activity) = match leader.innovation {
            None => (innovation, activity),
            Some(leading) => (
                link.innovation * leading + rest.sqrt() * innovation,
                (1.0 - rest) * leader.activity + rest * activity,
            ),
        };
        Latent {
            regime: leader.regime,
            regime_drift: link.sign * leader.regime_drift,
            shared_log_volatility: leader.shared_log_volatility,
            cascade: link.cascade * leader.cascade + (1.0 - link.cascade * link.cascade).sqrt() * cascade,
            innovation: Some(innovation),
            activity,
            jump,
        }
    }

    #[inline]
    fn draw_jump(&mut self, probability: f64) -> Option<f64> {
        (self.jump_rng.random::<f64>() < probability).then(|| self.jump_rng.sample(StandardNormal))
    }

    fn follows_bars(&self) -> bool {
        match &self.link {
            None => false,
            Some(Link { leader: Leader::Bars(_), .. }) => true,
            Some(Link { leader: Leader::Symbol(driver), .. }) => driver.follows_bars(),
        }
    }
}

impl Link {
    /// Loadings that give the asked correlation of returns.
    ///
    /// With log volatilities of deviations `a` and `b` and correlation `c`, returns correlate by
    /// `innovation * exp(a b c - (a^2 + b^2)/2)`. Volatility is shared so far that this factor is `sqrt(|correlation|)`
    /// (or not at all, if that is enough), and the innovations make up the rest.
    fn new(leader: Leader, correlation: f64, cascade_sd: f64, jump_probability: f64) -> Self {
        let (leader_sd, leader_jumps) = match &leader {
            Leader::Symbol(driver) => (driver.cascade_sd, driver.jump_probability),
            Leader::Bars(_) => (0.0, 0.0),
        };
        let (product, spread) = (leader_sd * cascade_sd, 0.5 * (leader_sd.powi(2) + cascade_sd.powi(2)));
        let strength = correlation.abs();
        let cascade = if product > 0.0 && strength > 0.0 {
            ((0.5 * strength.ln() + spread) / product).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let innovation = (correlation * (spread - product * cascade).exp()).clamp(-1.0, 1.0);
        let keep_jump =
            if leader_jumps > 0.0 { strength * (jump_probability / leader_jumps).min(1.0) } else { 0.0 };
        Self { leader, innovation, cascade, keep_jump, sign: if correlation < 0.0 { -1.0 } else { 1.0 } }
    }

    /// The probability per bar of a jump that came from the leader.
    fn jump_probability(&self) -> f64 {
        match &self.leader {
            Leader::Symbol(driver) => self.keep_jump * driver.jump_probability,
            Leader::Bars(_) => 0.0,
        }
    }
}
