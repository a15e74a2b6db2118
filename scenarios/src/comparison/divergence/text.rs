//! Divergence as text.

use std::fmt::{self, Write as _};

use manyworlds_components::time::Timestamp;

use super::{DiffCounts, Divergence, TradeDiff, Traded};

/// Most rows of a difference that are shown; all are in its JSON.
const MOST_ROWS: usize = 40;

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "`{}` and `{}` over {} steps", self.a, self.b, self.steps)?;
        let settings: Vec<String> = self.settings.iter().map(|p| short(&p.component)).collect();
        if !settings.is_empty() {
            writeln!(f, "  differ before the first step, as they are set up: {}", settings.join(", "))?;
        }
        if self.parts.is_empty() {
            let else_ = if settings.is_empty() { "" } else { "else " };
            return writeln!(f, "  nothing {else_}ever differs");
        }
        writeln!(f, "  {:>9}  {:<30}  {:<34} {:<22} first differs after", "step", "time", "component", "of")?;
        for p in &self.parts {
            let system = p.system.as_deref().map(short).unwrap_or_default();
            let (component, owner) = (short(&p.part.component), &p.part.owner);
            writeln!(f, "  {:>9}  {:<30}  {component:<34} {owner:<22} {system}", p.step, p.ts)?;
        }
        Ok(())
    }
}

/// A name without paths, inside of its angle brackets, too.
fn short(name: &str) -> String {
    let mut made = String::new();
    let mut begun = 0;
    for c in name.chars() {
        if c == ':' {
            made.truncate(begun);
            continue;
        }
        made.push(c);
        if !(c.is_alphanumeric() || c == '_') {
            begun = made.len();
        }
    }
    made
}

impl fmt::Display for TradeDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, n) in [("orders", self.orders), ("fills", self.fills)] {
            let DiffCounts { same, differing, only_a, only_b } = n;
            writeln!(
                f,
                "  {what}: {same} the same, {differing} differ, {only_a} in `{}` only, {only_b} in `{}` only",
                self.a, self.b
            )?;
        }
        if self.rows.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "  {:<30}  {:<5}  {:<12} {:<10} {:<4}  a | b",
            "time", "what", "account", "symbol", "side"
        )?;
        for row in self.rows.iter().take(MOST_ROWS) {
            let ts = Timestamp(row.ts).to_string();
            let (account, symbol) = (&row.account, &row.symbol);
            let (a, b) = (cell(row.a), cell(row.b));
            writeln!(
                f,
                "  {ts:<30}  {:<5}  {account:<12} {symbol:<10} {:<4}  {a} | {b}",
                row.kind, row.side
            )?;
        }
        match self.rows.len().saturating_sub(MOST_ROWS) {
            0 => Ok(()),
            more => writeln!(f, "  ... and {more} more (--json has all)"),
        }
    }
}

fn cell(traded: Option<Traded>) -> String {
    let Some(Traded { quantity, price, fee }) = traded else { return "-".to_owned() };
    let mut text = format!("{quantity:.8}");
    if let Some(price) = price {
        let _ = write!(text, " at {price}");
    }
    if let Some(fee) = fee {
        let _ = write!(text, " fee {fee:.4}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn names_lose_their_paths() {
        assert_eq!(short("a::b::run<c::d::SmaCross, e::F>"), "run<SmaCross, F>");
        assert_eq!(short("Model/ForecasterState<x::Y>"), "Model/ForecasterState<Y>");
        assert_eq!(short("Journal/fills"), "Journal/fills");
    }
}
