//! Progress of long work: a bar on a terminal, plain lines otherwise.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Time until the first plain line: a short run needs none.
const FIRST_LINE: Duration = Duration::from_secs(1);
/// Time between plain lines.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Shows how far something is.
pub(super) struct Progress {
    what: String,
    unit: &'static str,
    total: u64,
    bar: Option<ProgressBar>,
    began: Instant,
    next_line: Instant,
    silent: bool,
}

impl Progress {
    /// Progress of `what` towards `total` units.
    pub(super) fn new(what: &str, unit: &'static str, total: u64, silent: bool) -> Self {
        let bar = (!silent && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
            let template =
                "{prefix} [{bar:30}] {percent:>3}% {human_pos}/{human_len} {msg} {per_sec} ETA {eta}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(what.to_owned());
            bar
        });
        let now = Instant::now();
        Self { what: what.to_owned(), unit, total, bar, began: now, next_line: now + FIRST_LINE, silent }
    }

    /// It is at `done` now; `at` says where that is.
    pub(super) fn update(&mut self, done: u64, at: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(at());
            bar.set_position(done);
        } else if !self.silent && Instant::now() >= self.next_line {
            self.next_line = Instant::now() + LINE_INTERVAL;
            let seconds = self.began.elapsed().as_secs_f64();
            let rate = done as f64 / seconds;
            let left = if rate > 0.0 { self.total.saturating_sub(done) as f64 / rate } else { 0.0 };
            let percent = 100.0 * done as f64 / self.total.max(1) as f64;
            let (what, unit) = (&self.what, self.unit);
            super::note(&format!("{what}: {percent:.0}% {} {rate:.0} {unit}/s, {left:.0} s left", at()));
        }
    }

    /// It has ended.
    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
