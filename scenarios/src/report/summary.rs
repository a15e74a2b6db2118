//! `summary.json`, read leniently: known keys are typed, all others are kept and shown.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value};

use super::{error::ReportError, format::time};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Complete,
    Interrupted,
    Failed,
    /// Missing, or a word that this version does not know.
    Other(String),
}

impl Status {
    pub(super) fn parse(text: Option<&str>) -> Self {
        match text {
            Some("complete") => Self::Complete,
            Some("interrupted") => Self::Interrupted,
            Some("failed") => Self::Failed,
            Some(other) => Self::Other(other.to_owned()),
            None => Self::Other("unknown".to_owned()),
        }
    }

    pub(super) fn word(&self) -> &str {
        match self {
            Self::Complete => "complete",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Other(word) => word,
        }
    }
}

/// One account of the summary.
#[derive(Clone, Debug)]
pub(super) struct AccountSummary {
    pub(super) name: String,
    /// Every numeric (or null) key, those under `statistics` included.
    pub(super) metrics: BTreeMap<String, Option<f64>>,
    /// Every other key, as text.
    pub(super) texts: BTreeMap<String, String>,
}

impl AccountSummary {
    pub(super) fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.get(name).copied().flatten().filter(|v| v.is_finite())
    }
}

/// Something that happened because the scenario said so.
#[derive(Clone, Debug)]
pub(super) struct Intervention {
    pub(super) at: i64,
    /// May be empty.
    pub(super) name: String,
    pub(super) what: String,
    on: String,
    until: Option<i64>,
}

impl Intervention {
    /// Name, what, on whom, until when.
    pub(super) fn words(&self) -> String {
        let name = if self.name.is_empty() { String::new() } else { format!("{}: ", self.name) };
        let until = self.until.map_or_else(String::new, |until| format!(" until {}", time(until)));
        format!("{name}{} on {}{until}", self.what, self.on)
    }
}

/// The whole summary of a run.
#[derive(Clone, Debug)]
pub(super) struct Summary {
    pub(super) name: String,
    pub(super) status: Status,
    pub(super) accounts: Vec<AccountSummary>,
    /// The object as it stands in the file.
    pub(super) raw: Map<String, Value>,
}

impl Summary {
    pub(super) fn load(path: &Path, fallback_name: &str) -> Result<Self, ReportError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ReportError::Read { path: path.to_path_buf(), source })?;
        Self::parse(&text, fallback_name)
            .map_err(|message| ReportError::Summary { path: path.to_path_buf(), message })
    }

    pub(super) fn parse(text: &str, fallback_name: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let Value::Object(raw) = value else {
            return Err(format!("the top level is {}, not an object", kind_of(&value)));
        };
        let name = raw.get("name").and_then(Value::as_str).unwrap_or(fallback_name).to_owned();
        let status = Status::parse(raw.get("status").and_then(Value::as_str));
        let accounts = match raw.get("accounts") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items.iter().enumerate().map(|(i, v)| account(i, v)).collect(),
            Some(other) => return Err(format!("`accounts` is {}, not a list", kind_of(other))),
        };
        Ok(Self { name, status, accounts, raw })
    }

    /// A value by path, `None` when absent or null.
    pub(super) fn get(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        let mut value = self.raw.get(*first)?;
        for key in rest {
            value = value.get(key)?;
        }
        (!value.is_null()).then_some(value)
    }

    /// What was intervened with, in time order; what cannot be read is left out.
    pub(super) fn interventions(&self) -> Vec<Intervention> {
        let list = self.get(&["interventions"]).and_then(Value::as_array);
        let read = |value: &Value| {
            let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let moment = |key: &str| {
                let time: jiff::Timestamp = text(key).parse().ok()?;
                i64::try_from(time.as_nanosecond()).ok()
            };
            Some(Intervention {
                at: moment("at")?,
                name: text("name"),
                what: text("what"),
                on: text("on"),
                until: moment("until"),
            })
        };
        list.into_iter().flatten().filter_map(read).collect()
    }

    pub(super) fn number(&self, path: &[&str]) -> Option<f64> {
        self.get(path).and_then(Value::as_f64)
    }
}

fn account(index: usize, value: &Value) -> AccountSummary {
    let mut out = AccountSummary {
        name: value
            .get("name")
            .and_then(Value::as_str)
            .map_or_else(|| format!("account {index}"), str::to_owned),
        metrics: BTreeMap::new(),
        texts: BTreeMap::new(),
    };
    let Value::Object(map) = value else { return out };
    // Shown elsewhere.
    const APART: [&str; 5] = ["name", "statistics", "profit", "trading", "execution"];
    for (key, value) in map.iter().filter(|(key, _)| !APART.contains(&key.as_str())) {
        out.insert(key, value);
    }
    if let Some(statistics) = map.get("statistics") {
        match statistics {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let known = out.metrics.get(key).copied();
                    if known.is_some_and(|k| k.is_some() && k != value.as_f64() && !value.is_null()) {
                        out.insert(&format!("{key} (statistics)"), value);
                    } else if known.flatten().is_none() {
                        out.insert(key, value);
                    }
                }
            }
            other => out.insert("statistics", other),
        }
    }
    out
}

impl AccountSummary {
    fn insert(&mut self, key: &str, value: &Value) {
        match value {
            Value::Number(n) => {
                self.metrics.insert(key.to_owned(), n.as_f64());
            }
            Value::Null => {
                self.metrics.insert(key.to_owned(), None);
            }
            other => {
                self.texts.insert(key.to_owned(), text_of(other));
            }
        }
    }
}

/// A JSON value as plain text: strings bare, all else compact JSON.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Null => super::format::UNDEFINED.to_owned(),
        other => other.to_string(),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_join_the_metrics_and_contradictions_stay_visible() {
        let text = r#"{"status": "complete", "accounts": [{"name": "a", "sharpe": 1.5, "sortino": null,
            "policy": "long", "statistics": {"sharpe": 1.6, "sortino": 2.0, "omega": null}}]}"#;
        let summary = Summary::parse(text, "folder").unwrap();
        assert_eq!(summary.name, "folder");
        let account = &summary.accounts[0];
        assert_eq!(account.metric("sharpe"), Some(1.5));
        assert_eq!(account.metric("sharpe (statistics)"), Some(1.6));
        assert_eq!(account.metric("sortino"), Some(2.0));
        assert!(account.metrics.contains_key("omega") && account.metric("omega").is_none());
        assert_eq!(account.texts["policy"], "long");
    }

    #[test]
    fn what_is_no_summary_is_refused_with_a_reason() {
        assert!(Summary::parse("[1]", "x").unwrap_err().contains("a list"));
        assert!(Summary::parse("{\"accounts\": 3}", "x").unwrap_err().contains("a number"));
        assert!(Summary::parse("{", "x").unwrap_err().contains("line 1"));
        assert_eq!(Summary::parse("{}", "x").unwrap().status.word(), "unknown");
    }
}
