//! Quotes of a risk-averse dealer: M. Avellaneda and S. Stoikov, "High-frequency trading in a limit order book",
//! Quantitative Finance 8 (2008) 217-224.

/// The model's parameters at one moment. Units are the caller's, as long as they agree: prices in one unit, time in another, the
/// position in sizes of a quote. Systems use ticks and seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dealer {
    /// Risk aversion, per unit of money.
    pub gamma: f64,
    /// Decay of the rate of fills with the distance of a quote, per unit of price.
    pub k: f64,
    /// Variance of the price per unit of time.
    pub variance: f64,
    /// Time that is left, T - t.
    pub time_left: f64,
}

impl Dealer {
    /// The price at which a dealer who holds `position` sizes is indifferent to one more, less the mid:
    /// r - s = -q gamma sigma^2 (T - t) (equation 29).
    pub fn reservation_shift(&self, position: f64) -> f64 {
        -position * self.gamma * self.variance * self.time_left
    }

    /// Half of the distance between the quotes: (gamma sigma^2 (T - t) + 2 / gamma ln(1 + gamma / k)) / 2 (equation 30).
    pub fn half_spread(&self) -> f64 {
        0.5 * self.gamma * self.variance * self.time_left + (self.gamma / self.k).ln_1p() / self.gamma
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bar_world::Uniform;

    const PAPER: Dealer = Dealer { gamma: 0.1, k: 1.5, variance: 4.0, time_left: 1.0 };

    #[test]
    fn the_papers_example() {
        // gamma .1, k 1.5, sigma 2, T 1: the spread falls from 1.69 to 1.29 and is 1.49 in the mean, as in table 1.
        assert!((2.0 * PAPER.half_spread() - 1.690_770_4).abs() < 1e-6);
        let end = Dealer { time_left: 0.0, ..PAPER };
        assert!((2.0 * end.half_spread() - 1.290_770_4).abs() < 1e-6);
        assert!((PAPER.half_spread() + end.half_spread() - 1.49).abs() < 0.005);
        assert!(
            (PAPER.reservation_shift(3.0) + 1.2).abs() < 1e-12
                && (PAPER.reservation_shift(-3.0) - 1.2).abs() < 1e-12
        );
        assert_eq!(end.reservation_shift(5.0), 0.0, "nothing left to be risked");
        // Risk neutral: the monopolist's 1 / k.
        let neutral = Dealer { gamma: 1e-9, ..PAPER };
        assert!((neutral.half_spread() - 1.0 / 1.5).abs() < 1e-6);
    }

    /// Section 3.3 of the paper: s 100, A 140, dt .005, 1,000 paths. Published (table 1, gamma .1): inventory strategy profit
    /// 65.0 with a standard deviation of 6.6 and final positions of 2.9; symmetric strategy 68.4, 12.7 and 8.4.
    #[test]
    fn the_papers_simulation() {
        let mut random = Uniform(11);
        let mut paths = |skewed: f64| {
            let (mut profits, mut positions) = (Vec::new(), Vec::new());
            for _ in 0..1_000 {
                let (mut price, mut cash, mut position) = (100.0, 0.0, 0.0);
                for step in 0..200 {
                    let dealer = Dealer { time_left: 1.0 - step as f64 * 0.005, ..PAPER };
                    let shift = skewed * dealer.reservation_shift(position);
                    let (down, up) = (dealer.half_spread() - shift, dealer.half_spread() + shift);
                    let rate = |distance: f64| 140.0 * (-1.5 * distance).exp() * 0.005;
                    if random.draw() < rate(down) {
                        (cash, position) = (cash - (price - down), position + 1.0);
                    }
                    if random.draw() < rate(up) {
                        (cash, position) = (cash + price + up, position - 1.0);
                    }
                    price += if random.draw() < 0.5 { 2.0 } else { -2.0 } * 0.005f64.sqrt();
                }
                profits.push(cash + position * price);
                positions.push(position);
            }
            let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
            let deviation = |x: &[f64]| {
                let m = mean(x);
                (x.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / x.len() as f64).sqrt()
            };
            (mean(&profits), deviation(&profits), deviation(&positions))
        };
        let (profit, risk, left) = paths(1.0);
        assert!(
            (profit - 65.0).abs() < 1.5 && (risk - 6.6).abs() < 0.7 && (left - 2.9).abs() < 0.4,
            "{profit} {risk} {left}"
        );
        let (profit, risk, left) = paths(0.0);
        assert!(
            (profit - 68.4).abs() < 1.5 && (risk - 12.7).abs() < 1.5 && (left - 8.4).abs() < 0.7,
            "{profit} {risk} {left}"
        );
    }
}
