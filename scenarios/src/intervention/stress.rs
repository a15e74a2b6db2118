//! The library of historical stress scenarios: what public sources say happened, as interventions relative to a beginning, for
//! any symbol and tape.
//!
//! A scenario applies one by `stress: [(name: "2020-03-12", at: "2023-02-01")]`; what it consists of becomes interventions of
//! the scenario, and `check` prints them. `name` may also be the path of a file of one's own, relative to the scenario's.

use manyworlds_components::time::{Frame, Timestamp};
use serde::{Deserialize, Serialize};

use super::schema::{Intervention, Place, Target, What};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::nearest::hint;
use crate::scenario::read::Reader;
use crate::scenario::schema::time;
use crate::scenario::syntax::parse::parse;
use crate::scenario::syntax::{Node, Source};

macro_rules! library {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../library/stress/", $name, ".ron")))),*]
    };
}

/// The files that come along: name and text.
const LIBRARY: &[(&str, &str)] = library![
    "2010-05-06-flash-crash",
    "2020-03-12-covid",
    "2021-05-19-deleveraging",
    "2022-05-luna",
    "2022-11-ftx",
    "2024-08-05-carry-unwind",
];

/// A stress scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stress {
    /// Its name.
    pub name: String,
    /// What happened, and which of it is told here.
    pub facts: Vec<String>,
    /// Where that is said.
    pub sources: Vec<String>,
    /// What is done.
    pub interventions: Vec<StressPart>,
}

/// A part of a stress scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StressPart {
    /// How long after the beginning. Default: at once.
    #[serde(default)]
    pub after: Option<Frame>,
    /// How long, for what lasts. Default: to the end of the run.
    #[serde(default)]
    pub lasts: Option<Frame>,
    /// What happens: to market data or terms of trade.
    pub what: What,
}

/// A stress scenario that a scenario applies.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StressUse {
    /// Its name in the library, or the path of a file (`*.ron`).
    pub name: String,
    /// Its beginning.
    #[serde(with = "time::one")]
    pub at: Timestamp,
    /// On whom: all, symbols or venues. Default: all.
    #[serde(default)]
    pub on: Target,
}

/// The names of the library.
pub fn names() -> Vec<&'static str> {
    LIBRARY.iter().map(|(name, _)| *name).collect()
}

/// A stress scenario of the library; the name may be cut short where that is clear, e.g. `2020-03-12`.
pub fn named(name: &str) -> Option<Stress> {
    let (known, text) = find(name)?;
    read(&Source::new(format!("stress/{known}.ron"), "", text), &mut Reader::default())
}

fn find(name: &str) -> Option<(&'static str, &'static str)> {
    let exact = LIBRARY.iter().find(|(known, _)| *known == name);
    let mut begin = LIBRARY.iter().filter(|(known, _)| name.len() >= 7 && known.starts_with(name));
    exact.or_else(|| begin.next().filter(|_| begin.next().is_none())).copied()
}

fn read(source: &std::sync::Arc<Source>, reader: &mut Reader) -> Option<Stress> {
    match parse(source) {
        Ok(node) => reader.read(&node, ""),
        Err(problem) => {
            reader.note(*problem);
            None
        }
    }
}

impl Stress {
    /// Its parts as interventions from `at` on.
    pub fn at(&self, at: Timestamp, on: &Target, place: &Place) -> Vec<Intervention> {
        let part = |part: &StressPart| {
            let begin = at + part.after.map_or(0, Frame::nanos);
            Intervention {
                name: self.name.clone(),
                at: begin,
                until: part.lasts.map(|lasts| begin + lasts.nanos()),
                on: on.clone(),
                what: part.what.clone(),
                place: place.clone(),
            }
        };
        self.interventions.iter().map(part).collect()
    }
}

impl StressUse {
    /// The interventions that it stands for. `node` is where it is written; what is wrong is noted.
    pub(crate) fn resolve(&self, node: &Node, path: &str, reader: &mut Reader) -> Vec<Intervention> {
        let source = &node.span.source;
        let place = Place(Some((source.name.clone(), node.span.line())));
        let text = match (find(&self.name), self.name.ends_with(".ron")) {
            (Some((known, text)), _) => Ok((format!("stress/{known}.ron"), text.to_owned())),
            (None, true) => {
                let file = source.directory.join(&self.name);
                let text = std::fs::read_to_string(&file);
                text.map(|text| (file.display().to_string(), text))
                    .map_err(|e| (format!("cannot read `{}`: {e}", file.display()), None))
            }
            (None, false) => {
                let help = hint(&self.name, &names(), "stress scenarios");
                Err((format!("unknown stress scenario `{}`", self.name), Some(help)))
            }
        };
        match text {
            Ok((name, text)) => {
                let stress = read(&Source::new(name, "", text), reader);
                stress.map(|stress| stress.at(self.at, &self.on, &place)).unwrap_or_default()
            }
            Err((message, help)) => {
                let at = node.field("name").unwrap_or(node).span.head();
                let problem = Diagnostic::error(at, format!("{path}.name"), message);
                reader.note(Diagnostic { help, ..problem.with_value(self.name.as_str()) });
                Vec::new()
            }
        }
    }
}
