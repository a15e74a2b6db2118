//! Annual volatility.

use super::{Conventions, Moments, finite};

/// `std(r, ddof) * sqrt(N)` (`empyrical.annual_volatility`, alpha 2); `None` with too few returns.
pub fn annual_volatility(returns: &[f64], conventions: &Conventions) -> Option<f64> {
    let deviation = Moments::of(returns).standard_deviation(conventions.ddof)?;
    finite(deviation * conventions.periods_per_year.sqrt())
}
