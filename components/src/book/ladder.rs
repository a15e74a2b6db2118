//! One side of a book: sizes by price, in a flat window around the best price, with a map for what lies far behind it.

use std::collections::BTreeMap;

/// Cells of the smallest window.
pub(super) const MIN_WINDOW: usize = 1 << 12;
/// Cells of the largest window.
pub(super) const MAX_WINDOW: usize = 1 << 16;
/// The window is doubled when more levels than this lie behind it.
const MANY_FAR: usize = 64;
/// With more levels than this in a word, its cells are summed up as they stand, the empty ones with them.
const FEW: u32 = 6;
/// What `best` is when there is no level.
const NONE: i64 = i64::MAX;

/// Sizes by key. A key is a price, turned around for bids, so that the lowest key is the best price of either side.
///
/// The window covers the keys `base..base + cells.len()`; occupied cells have a bit in `words`, occupied words one in
/// `summary`. The best level lies in the window, unless there is none; so what is far is always behind it.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    best: i64,
    base: i64,
    levels: usize,
    cells: Vec<i64>,
    words: Vec<u64>,
    summary: Vec<u64>,
    far: BTreeMap<i64, i64>,
}

/// The sum of at most 64 cells, of which none is below 0. As many of them are added at once as the processor can, which
/// is right as long as nothing overflows.
#[inline]
fn sum_of(cells: &[i64]) -> i64 {
    let (sum, all) = cells.iter().fold((0i64, 0), |(sum, all), size| (sum.wrapping_add(*size), all | size));
    if all < 1 << 57 { sum } else { cells.iter().fold(0, |sum, size| sum.saturating_add(*size)) }
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            best: NONE,
            base: 0,
            levels: 0,
            cells: Vec::new(),
            words: Vec::new(),
            summary: Vec::new(),
            far: BTreeMap::new(),
        }
    }
}

impl Ladder {
    /// The best key, `i64::MAX` if there is none.
    #[inline]
    pub fn best(&self) -> i64 {
        self.best
    }

    /// How many levels there are.
    #[inline]
    pub fn levels(&self) -> usize {
        self.levels
    }

    #[inline]
    fn offset(&self, key: i64) -> usize {
        // A key before the window wraps around to a number that no window reaches, as the window ends with the last key at most.
        usize::try_from(key.wrapping_sub(self.base) as u64).unwrap_or(usize::MAX)
    }

    /// The size at a key; 0 if there is no level.
    #[inline]
    pub fn get(&self, key: i64) -> i64 {
        match self.cells.get(self.offset(key)) {
            Some(size) => *size,
            None => self.far.get(&key).copied().unwrap_or(0),
        }
    }

    /// Sets the size at a key (0 or less: no level) and returns what it was.
    #[inline]
    pub fn set(&mut self, key: i64, size: i64) -> i64 {
        let size = size.max(0);
        let offset = self.offset(key);
        let Some(cell) = self.cells.get_mut(offset) else { return self.set_far(key, size) };
        let before = std::mem::replace(cell, size);
        if size > 0 {
            if before == 0 {
                self.occupy(offset);
                self.best = self.best.min(key);
            }
        } else if before > 0 {
            self.vacate(offset);
            if key == self.best {
                self.find_best(offset + 1);
            }
        }
        before
    }

    #[inline]
    fn occupy(&mut self, offset: usize) {
        self.words[offset >> 6] |= 1 << (offset & 63);
        self.summary[offset >> 12] |= 1 << ((offset >> 6) & 63);
        self.levels += 1;
    }

    #[inline]
    fn vacate(&mut self, offset: usize) {
        let word = &mut self.words[offset >> 6];
        *word &= !(1 << (offset & 63));
        if *word == 0 {
            self.summary[offset >> 12] &= !(1 << ((offset >> 6) & 63));
        }
        self.levels -= 1;
    }

    /// The first occupied cell from `offset` on.
    #[inline]
    fn next_occupied(&self, offset: usize) -> Option<usize> {
        let word = offset >> 6;
        let bits = self.words.get(word)? & (!0 << (offset & 63));
        if bits != 0 {
            return Some((word << 6) + bits.trailing_zeros() as usize);
        }
        let word = word + 1;
        let mut at = word >> 6;
        let mut bits = self.summary.get(at)? & (!0 << (word & 63));
        while bits == 0 {
            at += 1;
            bits = *self.summary.get(at)?;
        }
        let word = (at << 6) + bits.trailing_zeros() as usize;
        Some((word << 6) + self.words[word].trailing_zeros() as usize)
    }

    #[inline]
    fn find_best(&mut self, from: usize) {
        match self.next_occupied(from) {
            Some(offset) => self.best = self.base + offset as i64,
            None => self.find_best_far(),
        }
    }

    #[cold]
    fn find_best_far(&mut self) {
        match self.far.keys().next().copied() {
            Some(key) => {
                self.best = key;
                self.move_window(self.cells.len());
            }
            None => self.best = NONE,
        }
    }

    /// [`Ladder::set`] outside of the window.
    #[cold]
    #[inline(never)]
    fn set_far(&mut self, key: i64, size: i64) -> i64 {
        if size == 0 {
            let before = self.far.remove(&key).unwrap_or(0);
            self.levels -= usize::from(before > 0);
            return before;
        }
        if self.levels == 0 || key < self.best {
            self.best = key;
            self.move_window(self.cells.len().max(MIN_WINDOW));
            return self.set(key, size);
        }
        let before = self.far.insert(key, size).unwrap_or(0);
        self.levels += usize::from(before == 0);
        let window = self.cells.len();
        if self.offset(self.best) > window / 2 {
            self.move_window(window);
        } else if self.far.len() > MANY_FAR && window < MAX_WINDOW {
            self.move_window(2 * window);
        }
        before
    }

    /// Places a window of `cells` cells with the best key at its first quarter.
    fn move_window(&mut self, cells: usize) {
        let levels = self.levels;
        let mut from = 0;
        while let Some(offset) = self.next_occupied(from) {
            let size = std::mem::take(&mut self.cells[offset]);
            self.vacate(offset);
            self.far.insert(self.base + offset as i64, size);
            from = offset + 1;
        }
        self.cells.resize(cells, 0);
        self.words.resize(cells >> 6, 0);
        self.summary.resize(cells >> 12, 0);
        self.base = self.best.saturating_sub(cells as i64 / 4).min(i64::MAX - (cells as i64 - 1));
        // Nothing is before the window: the best key is in it.
        let mut within = std::mem::take(&mut self.far);
        if let Some(end) = self.base.checked_add(cells as i64) {
            self.far = within.split_off(&end);
        }
        for (key, size) in within {
            let offset = self.offset(key);
            self.cells[offset] = size;
            self.occupy(offset);
        }
        self.levels = levels;
    }

    /// Removes every level up to `key`, included; returns how many.
    pub fn remove_through(&mut self, key: i64) -> usize {
        let before = self.levels;
        while self.levels > 0 && self.best <= key {
            self.set(self.best, 0);
        }
        before - self.levels
    }

    /// Removes every level.
    pub fn clear(&mut self) {
        let mut from = 0;
        while let Some(offset) = self.next_occupied(from) {
            self.cells[offset] = 0;
            self.vacate(offset);
            from = offset + 1;
        }
        self.far.clear();
        self.levels = 0;
        self.best = NONE;
    }

    /// The levels from the best on: (key, size).
    pub fn iter(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let first = if self.levels == 0 { None } else { Some(self.offset(self.best)) };
        let within = std::iter::successors(first, |offset| self.next_occupied(offset + 1));
        within
            .map(|offset| (self.base + offset as i64, self.cells[offset]))
            .chain(self.far.iter().map(|(key, size)| (*key, *size)))
    }

    /// The first `most` levels from the best on.
    #[inline]
    pub fn first(&self, most: usize, mut see: impl FnMut(i64, i64)) {
        let mut left = most.min(self.levels);
        if left == 0 {
            return;
        }
        let mut word = self.offset(self.best) >> 6;
        let mut bits = self.words.get(word).map_or(0, |w| w & (!0 << (self.offset(self.best) & 63)));
        loop {
            while bits != 0 {
                let offset = (word << 6) + bits.trailing_zeros() as usize;
                see(self.base + offset as i64, self.cells[offset]);
                left -= 1;
                if left == 0 {
                    return;
                }
                bits &= bits - 1;
            }
            match self.next_occupied((word + 1) << 6) {
                Some(offset) => {
                    word = offset >> 6;
                    bits = self.words[word];
                }
                None => break,
            }
        }
        self.far.iter().take(left).for_each(|(key, size)| see(*key, *size));
    }

    /// The key of the first level at `from` or behind it.
    #[inline]
    pub fn next_from(&self, from: i64) -> Option<i64> {
        if self.levels == 0 {
            return None;
        }
        let from = from.max(self.best);
        match self.next_occupied(self.offset(from)) {
            Some(offset) => Some(self.base + offset as i64),
            None => self.far.range(from..).next().map(|(key, _)| *key),
        }
    }

    /// The size from the key `from` to the key `to`, both included.
    #[inline]
    pub fn size_between(&self, from: i64, to: i64) -> i64 {
        let from = from.max(self.best);
        if self.levels == 0 || from > to {
            return 0;
        }
        let (first, last) = (self.offset(from), self.offset(to));
        let end = self.cells.len().min(last.saturating_add(1));
        let (mut sum, mut at) = (0i64, first);
        while at < end {
            let stop = end.min((at | 63) + 1);
            let bits = self.words[at >> 6];
            if bits.count_ones() > FEW {
                sum = sum.saturating_add(sum_of(&self.cells[at..stop]));
            } else {
                let mut bits = bits & (!0 << (at & 63)) & (!0 >> (63 - ((stop - 1) & 63)));
                while bits != 0 {
                    sum = sum.saturating_add(self.cells[(at & !63) + bits.trailing_zeros() as usize]);
                    bits &= bits - 1;
                }
            }
            at = stop;
        }
        if last >= self.cells.len() && !self.far.is_empty() {
            sum = self.far.range(from..=to).fold(sum, |sum, (_, size)| sum.saturating_add(*size));
        }
        sum
    }

    /// The size within `ticks` of the best key, that one included.
    pub fn size_within(&self, ticks: i64) -> i64 {
        let Some(last) = (self.levels > 0).then(|| self.best.saturating_add(ticks.max(0))) else { return 0 };
        let first = self.offset(self.best);
        let end = self.offset(last).saturating_add(1).min(self.cells.len());
        let near = self.cells[first..end].iter().fold(0i64, |sum, size| sum.saturating_add(*size));
        self.far.range(..=last).fold(near, |sum, (_, size)| sum.saturating_add(*size))
    }

    /// A ladder of levels as [`Ladder::iter`] gives them.
    pub fn from_levels(levels: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut ladder = Self::default();
        for (key, size) in levels {
            ladder.set(key, size);
        }
        ladder
    }
}
