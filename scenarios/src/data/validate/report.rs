//! What an import met, counted per defect.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::policy::Defect;

/// Examples kept per defect.
pub const MAX_EXAMPLES: usize = 3;

/// One place where a defect was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The file's name, without its folder.
    pub file: String,
    /// The archive member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Line of a text file or row of a Parquet file, from 1.
    pub row: u64,
    /// `ts_event` of the row, ns.
    pub ts: i64,
    /// The offending value in context.
    pub value: String,
}

/// How often a defect was met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefectCount {
    /// Rows that have it; for `gap`, the bars or trade ids that are missing.
    pub count: u64,
    /// Rows that were left out because of it.
    #[serde(default)]
    pub skipped: u64,
    /// The first few.
    #[serde(default)]
    pub examples: Vec<Example>,
}

/// Rows and defects of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefectReport {
    /// Rows read.
    pub rows_read: u64,
    /// Rows on the tape.
    pub rows_kept: u64,
    /// Per defect; a defect that was not met is absent.
    pub defects: BTreeMap<Defect, DefectCount>,
}

impl DefectReport {
    /// How often `defect` was met.
    pub fn count(&self, defect: Defect) -> u64 {
        self.defects.get(&defect).map_or(0, |d| d.count)
    }

    /// The counts alone, by name, for `summary.json`.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.defects.iter().map(|(defect, met)| (defect.name(), met.count)).collect()
    }

    pub(super) fn add(
        &mut self,
        defect: Defect,
        count: u64,
        skipped: u64,
        example: impl FnOnce() -> Example,
    ) {
        let met = self.defects.entry(defect).or_default();
        met.count += count;
        met.skipped += skipped;
        if met.examples.len() < MAX_EXAMPLES {
            met.examples.push(example());
        }
    }
}
