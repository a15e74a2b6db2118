//! Bars from the latent process: a simulated path inside each bar, rounded to the price and quantity grids.

use std::sync::Arc;

use manyworlds_components::bar::Bar;
use manyworlds_components::time::Timestamp;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use statrs::function::gamma::ln_gamma;

use super::driver::{Driver, Latent};
use super::pattern::DayTable;
use super::spec::{SyntheticSpec, YEAR_NANOS};
use super::streams::Stream;

/// A bar and the hidden state that made it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SyntheticBar {
    /// What a market would show.
    pub bar: Bar,
    /// Index of the regime in [`super::SyntheticMarket::regimes`].
    pub regime: usize,
    /// Standard deviation of the bar's log return, given regime, volatility and time of day (jumps aside).
    pub volatility: f64,
}

/// The bars of one symbol, one after the other, in memory that does not grow. A clone goes on independently.
#[derive(Debug, Clone)]
pub struct BarStream {
    constants: Arc<Constants>,
    driver: Driver,
    path_rng: ChaCha8Rng,
    volume_rng: ChaCha8Rng,
    log_price: f64,
    next_open: Timestamp,
    left: u64,
    /// Log prices of the last bar's path, `path_steps + 1` of them, the open first.
    path: Vec<f64>,
}

/// What does not change from bar to bar.
#[derive(Debug)]
pub(super) struct Constants {
    pub(super) spec: SyntheticSpec,
    day: DayTable,
    log_volatility: f64,
    drift: f64,
    log_volume: f64,
    log_price_range: (f64, f64),
}

/// The last bar in whole ticks and lots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GridBar {
    pub(super) open_time: Timestamp,
    pub(super) open: i64,
    pub(super) high: i64,
    pub(super) low: i64,
    pub(super) close: i64,
    pub(super) volume: i64,
    regime: usize,
    volatility: f64,
}

/// A bar's volume relative to the time of day is at most this many times the mean.
const LARGEST_ACTIVITY: f64 = 1e3;

impl BarStream {
    /// The bars of `symbol`. `spec` has been validated.
    pub(super) fn new(
        symbol: &str,
        spec: &SyntheticSpec,
        seed: u64,
        driver: Driver,
        regime_power: f64,
    ) -> Self {
        let constants = Constants::new(spec, &driver, regime_power);
        Self {
            log_price: spec.tick_size.to_f64(spec.tick_size.round(spec.initial_price).max(1)).ln(),
            constants: Arc::new(constants),
            driver,
            path_rng: Stream::Path.rng(seed, symbol),
            volume_rng: Stream::Volume.rng(seed, symbol),
            next_open: spec.start,
            left: spec.bar_count(),
            path: vec![0.0; spec.path_steps as usize + 1],
        }
    }

    /// Appends up to `count` bars to `bars`; how many there were.
    pub fn next_chunk(&mut self, count: usize, bars: &mut Vec<Bar>) -> usize {
        let before = bars.len();
        bars.extend(self.by_ref().take(count));
        bars.len() - before
    }

    /// The next bar with the hidden state that made it.
    pub fn next_labeled(&mut self) -> Option<SyntheticBar> {
        let grid = self.next_grid()?;
        Some(SyntheticBar { bar: self.bar(&grid), regime: grid.regime, volatility: grid.volatility })
    }

    /// The next bar in ticks and lots. Its path stays readable until the next call.
    #[inline]
    pub(super) fn next_grid(&mut self) -> Option<GridBar> {
        self.left = self.left.checked_sub(1)?;
        let open_time = self.next_open;
        let constants = Arc::clone(&self.constants);
        self.next_open = open_time + constants.spec.frame.nanos();
        let latent = self.driver.next(open_time);
        let sd = self.driver.cascade_sd();
        let (day_volume, day_volatility) = constants.day.at(open_time);
        let relative = latent.shared_log_volatility + sd * latent.cascade - sd * sd;
        let volatility = (constants.log_volatility + relative + day_volatility).exp();
        let (low, high) = self.simulate_path(&constants, &latent, volatility);
        let open = constants.ticks(self.path[0]);
        let close = constants.ticks(self.log_price);
        let (low, high) = (constants.ticks(low), constants.ticks(high));
        let needed = prices_needed(open, high, low, close);
        let active = relative + 0.5 * latent.activity.max(1e-6).ln();
        let volume = self.draw_volume(&constants, day_volume, active).max(needed as i64);
        Some(GridBar { open_time, open, high, low, close, volume, regime: latent.regime, volatility })
    }

    /// Walks from the last close to the next one by a Brownian bridge; lowest and highest log price on the way.
    #[inline]
    fn simulate_path(&mut self, constants: &Constants, latent: &Latent, volatility: f64) -> (f64, f64) {
        let steps = self.path.len() - 1;
        let spec = &constants.spec;
        let diffusion = constants.drift + latent.regime_drift + volatility * latent.innovation.unwrap_or(0.0);
        let (mut jump, mut jump_at) = (0.0, usize::MAX);
        if let Some(size) = latent.jump {
            jump = spec.jumps.mean + spec.jumps.sd * size;
            jump_at = self.path_rng.random_range(0..steps as u32) as usize;
        }
        let step_sd = volatility * (latent.activity / steps as f64).sqrt();
        let mut walk = 0.0;
        for point in &mut self.path[1..] {
            let shock: f64 = self.path_rng.sample(StandardNormal);
            walk += step_sd * shock;
            *point = walk;
        }
        // Pull the walk's end to the drawn return: the part k/steps of the difference at step k.
        let slope = (diffusion - walk) / steps as f64;
        let (start, (floor, ceiling)) = (self.log_price, constants.log_price_range);
        let (mut low, mut high) = (start, start);
        self.path[0] = start;
        for (k, point) in self.path.iter_mut().enumerate().skip(1) {
            let jumped = if k > jump_at { jump } else { 0.0 };
            *point = (start + *point + slope * k as f64 + jumped).clamp(floor, ceiling);
            low = low.min(*point);
            high = high.max(*point);
        }
        self.log_price = self.path[steps];
        (low, high)
    }

    /// Volume in lots.
    #[inline]
    fn draw_volume(&mut self, constants: &Constants, day_volume: f64, active: f64) -> i64 {
        let spec = &constants.spec.volume;
        let noise: f64 = self.volume_rng.sample(StandardNormal);
        let activity = constants.log_volume + spec.elasticity * active + spec.log_sd * noise + day_volume;
        let units = spec.mean * activity.exp().min(LARGEST_ACTIVITY);
        constants.spec.lot_size.round(units)
    }

    #[inline]
    fn bar(&self, grid: &GridBar) -> Bar {
        let spec = &self.constants.spec;
        let price = |ticks| spec.tick_size.to_f64(ticks);
        let prices = [grid.open, grid.high, grid.low, grid.close].map(price);
        let [open, high, low, close] = prices;
        Bar::new(grid.open_time, spec.frame, [open, high, low, close, spec.lot_size.to_f64(grid.volume)])
    }

    /// The path of the last bar: log prices at equal distances in time.
    pub(super) fn path(&self) -> &[f64] {
        &self.path
    }

    pub(super) fn constants(&self) -> &Constants {
        &self.constants
    }
}

impl Iterator for BarStream {
    type Item = Bar;

    #[inline]
    fn next(&mut self) -> Option<Bar> {
        let grid = self.next_grid()?;
        Some(self.bar(&grid))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).ok();
        (left.unwrap_or(usize::MAX), left)
    }
}

impl Constants {
    /// `regime_power` is the mean of (relative volatility of the regime)^elasticity.
    fn new(spec: &SyntheticSpec, driver: &Driver, regime_power: f64) -> Self {
        let years = spec.frame.nanos() as f64 / YEAR_NANOS;
        let tick = spec.tick_size.value();
        let (power, sd) = (spec.volume.elasticity, driver.cascade_sd());
        // Mean of exp(power * active) over regimes, cascade and mixing variance, and of the noise's exponential.
        let cascade = 0.5 * power * power * sd * sd - power * sd * sd;
        let mixing = spec.tail_degrees_of_freedom.map_or(0.0, |df| {
            0.5 * power * (0.5 * df - 1.0).ln() + ln_gamma(0.5 * (df - power)) - ln_gamma(0.5 * df)
        });
        let noise = 0.5 * spec.volume.log_sd * spec.volume.log_sd;
        Self {
            day: DayTable::new(&spec.volume.pattern, spec.frame, spec.volume.volatility_share),
            log_volatility: (spec.annual_volatility * years.sqrt()).ln(),
            drift: spec.annual_drift * years,
            log_volume: -(regime_power.ln() + cascade + mixing + noise),
            log_price_range: (tick.ln(), (tick * 1e13).ln()),
            spec: spec.clone(),
        }
    }

    /// The tick nearest to a log price, at least 1.
    #[inline]
    pub(super) fn ticks(&self, log_price: f64) -> i64 {
        self.spec.tick_size.round(log_price.exp()).max(1)
    }
}

/// How many trades it takes at least to print these four prices.
#[inline]
pub(super) fn prices_needed(open: i64, high: i64, low: i64, close: i64) -> usize {
    let extremes = usize::from(high > open.max(close)) + usize::from(low < open.min(close));
    if extremes == 0 && open == close { 1 } else { 2 + extremes }
}
