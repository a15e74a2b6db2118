//! `manyworlds import`: foreign files into a tape, with a defect report.

use std::cell::RefCell;
use std::fmt::Write as _;

use super::arguments::ImportCommand;
use super::failure::Failure;
use super::progress::Progress;
use super::words;
use crate::data::import::SourceFormat;
use crate::data::{ImportOutcome, ImportSpec, Policies, Policy, feed_format, import, import_feeds};
use manyworlds_components::price::Step;

pub(super) fn run(command: &ImportCommand) -> Result<(), Failure> {
    let mut spec = spec(command)?;
    if spec.format == SourceFormat::Auto
        && let Some(first) = command.files.first()
        && let Ok(Some(found)) = feed_format(first, &spec)
    {
        spec.format = found;
    }
    let is_feed = spec.format.is_feed();
    spec.policies =
        policies(&command.defect, if is_feed { Policies::of_feeds() } else { Policies::default() })?;
    let feed = if is_feed { spec.policies.check_feed() } else { Ok(()) };
    spec.check().and(feed).map_err(|e| Failure::usage(e.to_string()))?;
    let total = command.files.iter().filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum();
    let progress = RefCell::new(Progress::new("import", "bytes", total, command.quiet || command.json));
    std::fs::create_dir_all(&command.out)
        .map_err(|e| Failure::usage(format!("{}: {e}", command.out.display())))?;
    let told = |done, _| progress.borrow_mut().update(done, String::new);
    let outcomes = if is_feed {
        import_feeds(&command.files, &command.out, &spec, &told)?
    } else {
        vec![import(&command.files, &command.out, &spec, &told)?]
    };
    progress.into_inner().finish();
    if command.json {
        let report = match outcomes.as_slice() {
            [outcome] if !is_feed => as_json(outcome),
            _ => serde_json::json!({ "tapes": outcomes.iter().map(as_json).collect::<Vec<_>>() }),
        };
        return super::print(&format!("{report}\n"));
    }
    super::print(&describe(&outcomes))
}

fn as_json(outcome: &ImportOutcome) -> serde_json::Value {
    serde_json::json!({
        "tape": outcome.path,
        "rows": outcome.rows,
        "symbol": outcome.meta.symbol,
        "venue": outcome.meta.venue,
        "kind": outcome.meta.kind.to_string(),
        "frame": outcome.meta.frame.map(|f| f.to_string()),
        "report": outcome.report,
    })
}

fn describe(outcomes: &[ImportOutcome]) -> String {
    let mut text = String::new();
    for (path, detected) in outcomes.iter().take(1).flat_map(|outcome| &outcome.files) {
        let header = if detected.has_header { ", with a header" } else { "" };
        let (format, time) = (detected.format.name(), &detected.time);
        let _ = writeln!(text, "{}: {format}, time in {time}{header}", path.display());
    }
    outcomes.iter().for_each(|outcome| describe_tape(outcome, &mut text));
    text
}

fn describe_tape(outcome: &ImportOutcome, text: &mut String) {
    let meta = &outcome.meta;
    let frame = meta.frame.map(|f| format!(" {f}")).unwrap_or_default();
    let _ = writeln!(
        text,
        "{} {}{frame} {}: {} rows read, {} kept",
        meta.venue, meta.symbol, meta.kind, outcome.report.rows_read, outcome.report.rows_kept
    );
    for (defect, met) in &outcome.report.defects {
        let _ = writeln!(text, "  {}: {}", defect.name(), met.count);
        for example in &met.examples {
            let member = example.member.as_deref().map(|m| format!(" {m}")).unwrap_or_default();
            let at = manyworlds_components::time::Timestamp(example.ts);
            let _ =
                writeln!(text, "    {}{member}, row {}, {at}: {}", example.file, example.row, example.value);
        }
    }
    let _ = writeln!(text, "{}", outcome.path.display());
}

fn spec(command: &ImportCommand) -> Result<ImportSpec, Failure> {
    let step = |flag: &str, size: Option<f64>| {
        size.map(Step::new).transpose().map_err(|e| Failure::usage(format!("{flag}: {e}")))
    };
    let frame = command.frame.as_deref().map(str::parse).transpose();
    let behind = command.recorder_behind.as_deref().map(str::parse).transpose();
    let spec = ImportSpec {
        format: words::parse("KIND", &command.kind)?,
        venue: command.venue.clone(),
        symbol: command.symbol.clone(),
        frame: frame.map_err(|e| Failure::usage(format!("--frame: {e}")))?,
        stamp: words::parse("--stamp", &command.stamp)?,
        tick_size: step("--tick-size", command.tick_size)?,
        lot_size: step("--lot-size", command.lot_size)?,
        recorder_behind: behind.map_err(|e| Failure::usage(format!("--recorder-behind: {e}")))?,
        contract_value: command.contract_value,
        source_symbol: command.source_symbol.clone(),
        member: command.member.clone(),
        date: command.date.clone(),
        time_zone: command.time_zone.clone(),
        ..ImportSpec::default()
    };
    Ok(spec)
}

/// The defaults with the flags' changes: `--defect duplicate=skip`.
fn policies(flags: &[String], defaults: Policies) -> Result<Policies, Failure> {
    let mut map = match serde_json::to_value(defaults) {
        Ok(serde_json::Value::Object(map)) => map,
        _ => return Err(Failure::run("defaults of policies")),
    };
    for flag in flags {
        let (defect, policy) = flag
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("--defect {flag}: write DEFECT=POLICY")))?;
        words::known("--defect", defect, words::of::<Policies>())?;
        words::parse::<Policy>("--defect", policy)?;
        map.insert(defect.to_owned(), policy.into());
    }
    serde_json::from_value(map.into()).map_err(|e| Failure::usage(format!("--defect: {e}")))
}
