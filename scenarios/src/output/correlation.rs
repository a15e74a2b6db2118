//! `correlation.json`: how the symbols of a run moved together, as it stood at the end.

use serde::{Deserialize, Serialize};

/// Its name in the output folder.
pub const CORRELATION_FILE: &str = "correlation.json";

/// How the symbols moved together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CorrelationReport {
    /// The symbols, in the order of rows and columns.
    pub symbols: Vec<String>,
    /// Correlation of returns, N x N, -1 to 1; null where there were too few.
    pub matrix: Vec<Vec<Option<f64>>>,
    /// Who leads whom; a curve per pair that was looked at.
    #[serde(default)]
    pub curves: Vec<LeadLagCurve>,
}

/// The correlation of two symbols' returns, one of them shifted in time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LeadLagCurve {
    /// The symbol that comes first where the curve is high at a positive lag.
    pub leader: String,
    /// The other one.
    pub follower: String,
    /// The lags in seconds, ascending. At a positive lag, the leader's past is compared with the follower's present.
    pub lags_s: Vec<f64>,
    /// The correlation at each lag; null where there were too few returns. Hayashi-Yoshida may exceed 1.
    pub values: Vec<Option<f64>>,
    /// Values within plus and minus this cannot be told from chance; null if not known.
    pub threshold: Option<f64>,
    /// How sure it is that the greatest value is no chance, 0 to 1, all lags considered; null if not known.
    #[serde(default)]
    pub confidence: Option<f64>,
}
