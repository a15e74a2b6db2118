//! The kinds of defects, and the policy for each.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::data::error::DataError;

/// Something wrong, or at least noteworthy, about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// The row is earlier than the one before (for trades: or has a lower id).
    Unsorted,
    /// A second bar with the same open time, or a second trade with the same id, right after the first.
    Duplicate,
    /// Bars, or trade ids, are missing before this row. Counts what is missing, not the holes.
    Gap,
    /// A price or volume is NaN, infinite or absent.
    NotFinite,
    /// A price is zero or negative (for trades: or a quantity).
    NonPositive,
    /// `high < low`, or open or close outside of low and high.
    HighLow,
    /// The close (for trades: the price) moved by more than the limit, in absolute log return, against the row before.
    PriceJump,
    /// The bar does not open on its frame's grid.
    OffFrame,
    /// The source's close time is not the end of the frame: the bar was cut short (a venue halt) or runs over.
    /// A kept bar becomes visible at the end of its frame, or at the source's close if that is later.
    CloseTime,
    /// The bar has no volume.
    ZeroVolume,
    /// The volume is below zero.
    NegativeVolume,
    /// A price is not a multiple of the tick size. Looked for when the tick size is known.
    OffTick,
    /// A volume or quantity is not a multiple of the lot size (or is below it). Looked for when the lot size is known.
    OffLot,
    /// Updates of a book are missing before this one. Counts what is missing, where the source numbers them.
    SequenceGap,
    /// An update of a book before any snapshot of it.
    BeforeSnapshot,
    /// An update that the snapshot which came after it holds already. No policy: it is left out, as it has to be.
    Stale,
    /// A change of an order that was never added.
    UnknownOrder,
    /// Levels of an order book file are not what its messages say: orders from before the file, or from below its levels.
    /// Counts levels.
    UnseenOrder,
    /// The bid of a quote is not below its ask.
    Crossed,
    /// A row was received before it happened: the clocks of venue and recorder differ.
    NegativeLatency,
    /// A row happened before the one before it, though it was received later.
    EventOrder,
}

impl Defect {
    /// The name, as in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unsorted => "unsorted",
            Self::Duplicate => "duplicate",
            Self::Gap => "gap",
            Self::NotFinite => "not_finite",
            Self::NonPositive => "non_positive",
            Self::HighLow => "high_low",
            Self::PriceJump => "price_jump",
            Self::OffFrame => "off_frame",
            Self::CloseTime => "close_time",
            Self::ZeroVolume => "zero_volume",
            Self::NegativeVolume => "negative_volume",
            Self::OffTick => "off_tick",
            Self::OffLot => "off_lot",
            Self::SequenceGap => "sequence_gap",
            Self::BeforeSnapshot => "before_snapshot",
            Self::Stale => "stale",
            Self::UnknownOrder => "unknown_order",
            Self::UnseenOrder => "unseen_order",
            Self::Crossed => "crossed",
            Self::NegativeLatency => "negative_latency",
            Self::EventOrder => "event_order",
        }
    }

    /// The policies that let an import go on.
    pub(crate) fn way_out(self) -> &'static str {
        match self {
            // A tape is sorted and holds no NaN.
            Self::Unsorted | Self::NotFinite => "`skip`",
            // There is no row to leave out.
            Self::Gap => "`flag`",
            _ => "`skip` or `flag`",
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What to do about a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Stop the import with an error that names the place.
    Reject,
    /// Leave the row out and count it.
    Skip,
    /// Keep the row and count it.
    Flag,
}

/// A policy per defect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// Default `reject`; `flag` is refused.
    pub unsorted: Policy,
    /// Default `reject`.
    pub duplicate: Policy,
    /// Default `flag`; `skip` is refused, for there is no row to leave out.
    pub gap: Policy,
    /// Default `reject`; `flag` is refused.
    pub not_finite: Policy,
    /// Default `reject`.
    pub non_positive: Policy,
    /// Default `reject`.
    pub high_low: Policy,
    /// Default `flag`.
    pub price_jump: Policy,
    /// Default `reject`.
    pub off_frame: Policy,
    /// Default `flag`.
    pub close_time: Policy,
    /// Default `flag`.
    pub zero_volume: Policy,
    /// Default `reject`.
    pub negative_volume: Policy,
    /// Default `flag`. On the tape of a book `flag` rejects, for a rounded price would be another level.
    pub off_tick: Policy,
    /// Default `flag`. Sizes on the tape of a book are then rounded to the nearest lot.
    pub off_lot: Policy,
    /// Default `reject`; `skip` empties the book and leaves updates out until the next snapshot, `flag` goes on.
    pub sequence_gap: Policy,
    /// Default `skip`; `flag` begins with an empty book.
    pub before_snapshot: Policy,
    /// Default `flag`.
    pub unknown_order: Policy,
    /// Default `flag`: an order is added or taken off that stands for them; `skip` goes by the messages alone.
    pub unseen_order: Policy,
    /// Default `flag`.
    pub crossed: Policy,
    /// Default `flag`: both times are kept as they are.
    pub negative_latency: Policy,
    /// Default `flag`.
    pub event_order: Policy,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            unsorted: Policy::Reject,
            duplicate: Policy::Reject,
            gap: Policy::Flag,
            not_finite: Policy::Reject,
            non_positive: Policy::Reject,
            high_low: Policy::Reject,
            price_jump: Policy::Flag,
            off_frame: Policy::Reject,
            close_time: Policy::Flag,
            zero_volume: Policy::Flag,
            negative_volume: Policy::Reject,
            off_tick: Policy::Flag,
            off_lot: Policy::Flag,
            sequence_gap: Policy::Reject,
            before_snapshot: Policy::Skip,
            unknown_order: Policy::Flag,
            unseen_order: Policy::Flag,
            crossed: Policy::Flag,
            negative_latency: Policy::Flag,
            event_order: Policy::Flag,
        }
    }
}

impl Policies {
    /// The defaults for order-book feeds: prices and sizes off their grids are rejected, for rounded they would be other
    /// levels, or none.
    pub fn of_feeds() -> Self {
        Self { off_tick: Policy::Reject, off_lot: Policy::Reject, ..Self::default() }
    }

    /// Refuses what cannot be carried out for order-book feeds.
    ///
    /// # Errors
    /// Those of [`Policies::check`], and `off_tick`, `off_lot` or `negative_volume` set to `flag`: the tape of a book takes no
    /// such value.
    pub fn check_feed(&self) -> Result<(), DataError> {
        let flagged = [
            ("policies.off_tick", self.off_tick),
            ("policies.off_lot", self.off_lot),
            ("policies.negative_volume", self.negative_volume),
        ];
        if let Some((field, _)) = flagged.into_iter().find(|(_, policy)| *policy == Policy::Flag) {
            let hint = "the tape of a book takes no such value: choose `reject` or `skip`".to_owned();
            return Err(DataError::Setting { field, value: "flag".to_owned(), hint });
        }
        self.check()
    }

    /// The policy for a defect.
    #[inline]
    pub fn of(&self, defect: Defect) -> Policy {
        match defect {
            Defect::Unsorted => self.unsorted,
            Defect::Duplicate => self.duplicate,
            Defect::Gap => self.gap,
            Defect::NotFinite => self.not_finite,
            Defect::NonPositive => self.non_positive,
            Defect::HighLow => self.high_low,
            Defect::PriceJump => self.price_jump,
            Defect::OffFrame => self.off_frame,
            Defect::CloseTime => self.close_time,
            Defect::ZeroVolume => self.zero_volume,
            Defect::NegativeVolume => self.negative_volume,
            Defect::OffTick => self.off_tick,
            Defect::OffLot => self.off_lot,
            Defect::SequenceGap => self.sequence_gap,
            Defect::BeforeSnapshot => self.before_snapshot,
            Defect::Stale => Policy::Skip,
            Defect::UnknownOrder => self.unknown_order,
            Defect::UnseenOrder => self.unseen_order,
            Defect::Crossed => self.crossed,
            Defect::NegativeLatency => self.negative_latency,
            Defect::EventOrder => self.event_order,
        }
    }

    /// Refuses the combinations that cannot be carried out.
    ///
    /// # Errors
    /// `unsorted` or `not_finite` set to `flag`, `gap` set to `skip`.
    pub fn check(&self) -> Result<(), DataError> {
        let error = |field, value: &str, hint: &str| {
            Err(DataError::Setting { field, value: value.to_owned(), hint: hint.to_owned() })
        };
        if self.unsorted == Policy::Flag {
            return error("policies.unsorted", "flag", "a tape is sorted: choose `reject` or `skip`");
        }
        if self.not_finite == Policy::Flag {
            return error("policies.not_finite", "flag", "a tape holds no NaN: choose `reject` or `skip`");
        }
        if self.gap == Policy::Skip {
            return error("policies.gap", "skip", "a gap has no row to leave out: choose `reject` or `flag`");
        }
        Ok(())
    }
}
