//! Calmar ratio.

use super::{Conventions, annual_return, finite, max_drawdown_of_returns};

/// Calmar ratio: `annual_return / |max_drawdown|` (T. W. Young, Futures, 1991; `empyrical.calmar_ratio`).
/// `None` without a drawdown.
pub fn calmar(returns: &[f64], conventions: &Conventions) -> Option<f64> {
    let drawdown = max_drawdown_of_returns(returns).filter(|d| *d < 0.0)?;
    finite(annual_return(returns, conventions)? / drawdown.abs())
}
