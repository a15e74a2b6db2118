//! Makes bars of a frame from prints or from finer bars, one event at a time.

use bevy_ecs::component::Component;
use serde::{Deserialize, Serialize};

use crate::bar::Bar;
use crate::time::{Frame, Timestamp};

/// Builds the bars of one symbol and frame. A bar is finished by the first event at or after its close, or by
/// [`BarBuilder::close_until`]; frames without an event make no bar.
#[derive(Debug, Clone, PartialEq, Component, Serialize, Deserialize)]
pub struct BarBuilder {
    frame: Frame,
    open_bar: Option<Bar>,
}

impl BarBuilder {
    /// A builder of bars of `frame`.
    pub fn new(frame: Frame) -> Self {
        Self { frame, open_bar: None }
    }

    /// The frame of the bars.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// Whether a bar is being built.
    #[inline]
    pub fn is_open(&self) -> bool {
        self.open_bar.is_some()
    }

    /// Takes in a print; returns the bar that it finishes, if any.
    #[inline]
    pub fn add_trade(&mut self, ts_event: Timestamp, price: f64, quantity: f64) -> Option<Bar> {
        // Mostly it belongs to the bar that is open: no division is needed to tell.
        if let Some(open) = &mut self.open_bar
            && ts_event >= open.open_time
            && ts_event < open.close_time
        {
            open.absorb(&Bar {
                open: price,
                high: price,
                low: price,
                close: price,
                volume: quantity,
                ..*open
            });
            return None;
        }
        let open_time = self.frame.floor(ts_event);
        self.add_aligned(Bar::new(open_time, self.frame, [price, price, price, price, quantity]))
    }

    /// Takes in a finer bar; returns the bar that it finishes, if any.
    #[inline]
    pub fn add_bar(&mut self, bar: &Bar) -> Option<Bar> {
        let open_time = self.frame.floor(bar.open_time);
        self.add_aligned(Bar { open_time, close_time: open_time + self.frame.nanos(), ..*bar })
    }

    /// Takes in a piece that is stamped with the frame that it belongs to, by whatever grid the caller keeps; returns
    /// the bar that it finishes, if any.
    #[inline]
    pub fn add_aligned(&mut self, piece: Bar) -> Option<Bar> {
        match &mut self.open_bar {
            Some(open) if open.open_time == piece.open_time => {
                open.absorb(&piece);
                None
            }
            open => open.replace(piece),
        }
    }

    /// Finishes the open bar if its frame has ended by `now`.
    #[inline]
    pub fn close_until(&mut self, now: Timestamp) -> Option<Bar> {
        self.open_bar.take_if(|bar| bar.close_time <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// 60 x 1s = 1m, against a plain grouping of the same prints.
        #[test]
        fn bars_of_bars_are_bars_of_prints(prints in prop::collection::vec((0i64..400, 1u32..1_000, 1u32..50), 1..200)) {
            let mut prints = prints;
            prints.sort_by_key(|p| p.0);
            let (mut seconds, mut minutes, mut direct) =
                (BarBuilder::new(Frame::SECOND), BarBuilder::new(Frame::MINUTE), BarBuilder::new(Frame::MINUTE));
            let (mut nested, mut flat) = (vec![], vec![]);
            for (s, p, q) in &prints {
                let t = Timestamp::from_seconds(*s);
                if let Some(second) = seconds.add_trade(t, f64::from(*p), f64::from(*q)) {
                    nested.extend(minutes.add_bar(&second));
                }
                flat.extend(direct.add_trade(t, f64::from(*p), f64::from(*q)));
            }
            if let Some(second) = seconds.close_until(Timestamp::MAX) {
                nested.extend(minutes.add_bar(&second));
            }
            nested.extend(minutes.close_until(Timestamp::MAX));
            flat.extend(direct.close_until(Timestamp::MAX));
            prop_assert_eq!(&nested, &flat);

            let mut groups: Vec<(i64, Vec<(u32, u32)>)> = vec![];
            for (s, p, q) in &prints {
                match groups.last_mut() {
                    Some((m, rows)) if *m == s / 60 => rows.push((*p, *q)),
                    _ => groups.push((s / 60, vec![(*p, *q)])),
                }
            }
            prop_assert_eq!(flat.len(), groups.len());
            for (bar, (minute, rows)) in flat.iter().zip(&groups) {
                prop_assert_eq!(bar.open_time, Timestamp::from_seconds(minute * 60));
                prop_assert_eq!(bar.close_time, Timestamp::from_seconds(minute * 60 + 60));
                prop_assert_eq!(bar.open, f64::from(rows[0].0));
                prop_assert_eq!(bar.close, f64::from(rows[rows.len() - 1].0));
                prop_assert_eq!(bar.high, f64::from(rows.iter().map(|r| r.0).max().unwrap()));
                prop_assert_eq!(bar.low, f64::from(rows.iter().map(|r| r.0).min().unwrap()));
                prop_assert_eq!(bar.volume, f64::from(rows.iter().map(|r| r.1).sum::<u32>()));
            }
        }
    }
}
