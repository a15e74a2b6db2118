//! What a run leaves behind: tables made of journal rows, the summary, and the folder that holds them.

mod account_series;
mod activity;
mod correlation;
mod equity_curve;
mod features;
mod folder;
mod profit;
mod recorder;
mod result_digest;
mod summary;
mod tables;

pub use account_series::AccountSeries;
pub use activity::{Activity, SymbolActivity};
pub use correlation::{CORRELATION_FILE, CorrelationReport, LeadLagCurve};
pub use equity_curve::EquityCurve;
pub use features::{FEATURES_FILE, FeatureSummary, FeaturesSummary, SymbolFeature};
pub(crate) use folder::write_whole;
pub use folder::{FolderError, OutputFolder};
pub use profit::{ExecutionSummary, ProfitSplit, TradingSummary};
pub use recorder::{ParquetSink, Recording, Sink, TableRecorder};
pub use result_digest::ResultDigest;
pub use summary::{
    AccountSummary, DataSummary, InterventionSummary, ModuleSummary, RunSummary, SourceSummary, Status,
    Timing, ToggleSummary,
};
pub use tables::{Table, Tables};
