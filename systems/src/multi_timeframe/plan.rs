//! The settings applied to a run: which frames each symbol keeps, and where the adapter finds its series.

use std::collections::BTreeSet;

use manyworlds_components::frame_series::FrameRequest;
use manyworlds_components::time::{Frame, Timestamp};
use manyworlds_engine::{Kind, ModuleContext, Roster, nearest};

use super::align_series::{Alignment, AlignmentPlan};
use super::aligned::{KEPT, SERIES};
use super::settings::{AdapterSettings, MultiTimeframeSettings, SeriesSource};
use super::timeframes::TimeframeRule;
use super::trend::TrendRule;
use crate::market::SeriesFrame;

/// What the module builds. By symbol where it is a list.
pub(super) struct Plan {
    pub requests: Vec<Vec<FrameRequest>>,
    pub session_start_ns: Vec<i64>,
    pub rule: TimeframeRule,
    /// The frames of the adapter, for the symbols that have one.
    pub aligned: Vec<Option<[Frame; SERIES]>>,
    pub alignment: AlignmentPlan,
}

impl Plan {
    /// Says what does not fit the run, where something does not.
    pub fn new(settings: &MultiTimeframeSettings, app: &mut ModuleContext<'_>) -> Result<Self, String> {
        let roster = app.roster().clone();
        let world = app.world();
        let entities = roster.entities(Kind::Symbol).iter();
        let decision: Vec<Option<Frame>> =
            entities.map(|symbol| world.get::<SeriesFrame>(*symbol).map(|frame| frame.0)).collect();
        Self::of(settings, &roster, &decision)
    }

    /// `decision`: the frame of the market's series, by symbol.
    fn of(
        settings: &MultiTimeframeSettings,
        roster: &Roster,
        decision: &[Option<Frame>],
    ) -> Result<Self, String> {
        let symbols = roster.symbols.len();
        let mut session_start_ns = vec![0; symbols];
        for (symbol, start) in &settings.sessions {
            session_start_ns[find(roster, "sessions", symbol)?] = start.nanos();
        }
        let adapter = settings.adapter.as_ref();
        let aligned_frames = adapter.iter().flat_map(|a| a.series.iter().map(SeriesSource::frame));
        let frames: BTreeSet<Frame> = settings.frames.keys().copied().chain(aligned_frames).collect();
        let frames: Vec<Frame> = frames.into_iter().collect();
        let (aligned, alignment) = align(adapter, roster, &frames)?;
        let kept = |symbol: usize, position: usize| {
            let feeds = alignment.0.iter().any(|a| a.series.contains(&(symbol, position)));
            settings.bars_kept.max(adapter.filter(|_| feeds).map_or(0, |a| KEPT * a.rows))
        };
        let request = |symbol: usize, position: usize| {
            let frame = frames[position];
            let own = decision[symbol] == Some(frame) && is_border(frame, session_start_ns[symbol]);
            FrameRequest { frame, rows: (!own).then(|| kept(symbol, position)) }
        };
        let requests = |symbol| (0..frames.len()).map(|position| request(symbol, position)).collect();
        let scored_at = |frame: &Frame| settings.frames.keys().position(|scored| scored == frame);
        let position = |frame: &Frame| frames.iter().position(|f| f == frame);
        let scored = settings.frames.iter().filter_map(|(frame, weight)| Some((position(frame)?, *weight)));
        Ok(Self {
            requests: (0..symbols).map(requests).collect(),
            rule: TimeframeRule {
                trend: TrendRule { ema: settings.ema, slope: settings.slope },
                scored: scored.collect(),
                scored_at: frames.iter().map(scored_at).collect(),
                weights: settings.frames.values().sum(),
            },
            aligned,
            alignment,
            session_start_ns,
        })
    }
}

/// Whether the grid of a frame is the same when days begin that long after midnight.
fn is_border(frame: Frame, session_start_ns: i64) -> bool {
    let origin = frame.floor(Timestamp(0));
    let shifted = origin + session_start_ns;
    frame.floor(shifted) == shifted
}

/// The row of a symbol by its name.
fn find(roster: &Roster, setting: &str, symbol: &str) -> Result<usize, String> {
    roster.symbol_id(symbol).map(|id| id.index()).ok_or_else(|| {
        let near = nearest(symbol, roster.symbols.iter().map(String::as_str));
        let hint = near.map(|n| format!(": did you mean `{n}`?")).unwrap_or_default();
        format!("{setting} names `{symbol}`, which is no symbol of the run{hint}")
    })
}

/// The frames and places of the adapter's series.
type Aligned = (Vec<Option<[Frame; SERIES]>>, AlignmentPlan);

fn align(adapter: Option<&AdapterSettings>, roster: &Roster, frames: &[Frame]) -> Result<Aligned, String> {
    let mut aligned = vec![None; roster.symbols.len()];
    let mut plan = AlignmentPlan::default();
    let Some(adapter) = adapter else { return Ok((aligned, plan)) };
    let primaries = adapter.symbols.iter().map(|symbol| find(roster, "adapter.symbols", symbol));
    let primaries = match adapter.symbols.is_empty() {
        true => (0..roster.symbols.len()).collect(),
        false => primaries.collect::<Result<BTreeSet<usize>, _>>()?,
    };
    for symbol in primaries {
        let (mut series, mut of) = ([(0, 0); SERIES], [Frame::SECOND; SERIES]);
        for ((place, frame), source) in series.iter_mut().zip(&mut of).zip(&adapter.series) {
            let whose = match source {
                SeriesSource::Own(_) => symbol,
                SeriesSource::First(_) => 0,
                SeriesSource::Of(name, _) => find(roster, "adapter.series", name)?,
            };
            *frame = source.frame();
            *place = (whose, frames.iter().position(|f| f == frame).unwrap_or_default());
        }
        aligned[symbol] = Some(of);
        plan.0.push(Alignment { symbol, series });
    }
    Ok((aligned, plan))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str, symbols: &[&str], decision: Frame) -> Result<Plan, String> {
        let names = symbols.iter().map(|s| (*s).to_owned()).collect();
        let roster = Roster::new(vec![], names, vec![], vec![]);
        Plan::of(&ron::from_str(text).unwrap(), &roster, &vec![Some(decision); symbols.len()])
    }

    #[test]
    fn what_the_market_keeps_is_not_kept_twice() {
        let rows = |text, decision| {
            let plan = plan(text, &["BTC"], decision).unwrap();
            plan.requests[0].iter().map(|r| (r.frame.to_string(), r.rows)).collect::<Vec<_>>()
        };
        let own = |list: &[(&str, Option<usize>)]| {
            list.iter().map(|(f, r)| ((*f).to_owned(), *r)).collect::<Vec<_>>()
        };
        assert_eq!(rows("()", Frame::MINUTE), own(&[("1m", None), ("1h", Some(100)), ("1d", Some(100))]));
        assert_eq!(
            rows("()", "5m".parse().unwrap()),
            own(&[("1m", Some(100)), ("1h", Some(100)), ("1d", Some(100))])
        );
        // A day that begins at 22:00 is not the market's day; its hours are the market's hours.
        assert_eq!(rows("(sessions: {\"BTC\": \"22h\"})", Frame::DAY)[2].1, Some(100));
        assert_eq!(rows("(sessions: {\"BTC\": \"22h\"})", Frame::HOUR)[1].1, None);
        assert!(is_border(Frame::WEEK, 0) && !is_border(Frame::WEEK, Frame::DAY.nanos()));
    }

    #[test]
    fn the_adapter_adds_its_frames_and_rows_where_they_are_read() {
        let text = r#"(frames: {"1m": 1.0}, adapter: (rows: 50, symbols: ["ETH"]))"#;
        let plan = plan(text, &["BTC", "ETH", "SOL"], Frame::MINUTE).unwrap();
        let rows: Vec<Vec<Option<usize>>> =
            plan.requests.iter().map(|s| s.iter().map(|r| r.rows).collect()).collect();
        assert_eq!(rows[0], [Some(150), None, Some(100), Some(100)], "the reference: its seconds are read");
        assert_eq!(rows[1], [Some(150), None, Some(150), Some(150)]);
        assert_eq!(rows[2], [Some(100), None, Some(100), Some(100)]);
        assert_eq!(
            plan.alignment.0,
            [Alignment { symbol: 1, series: [(1, 0), (1, 1), (1, 2), (1, 3), (0, 0)] }]
        );
        assert_eq!((plan.aligned[0], plan.aligned[1].map(|f| f[4])), (None, Some(Frame::SECOND)));
        assert_eq!(
            (plan.rule.scored, plan.rule.scored_at),
            (vec![(1, 1.0)], vec![None, Some(0), None, None])
        );
    }

    #[test]
    fn names_that_the_run_lacks_are_said() {
        for (text, said) in [
            (r#"(sessions: {"ETX": "1h"})"#, "sessions names `ETX`"),
            (r#"(adapter: (symbols: ["ETX"]))"#, "adapter.symbols names `ETX`"),
            (
                r#"(adapter: (series: [Own("1s"), Own("1m"), Own("1h"), Own("1d"), Of("ETX", "1s")]))"#,
                "adapter.series names `ETX`",
            ),
        ] {
            let error = plan(text, &["BTC", "ETH"], Frame::MINUTE).err().unwrap();
            assert_eq!(error, format!("{said}, which is no symbol of the run: did you mean `ETH`?"));
        }
    }
}
