//! Numbers, times and text as the page shows them. An undefined value is an en dash, never `NaN`.

use super::calendar::{DAY_NS, civil_time};

/// What an undefined value prints as.
pub(super) const UNDEFINED: &str = "\u{2013}";

/// Escapes text for HTML content and quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters are not allowed in the page, and bidirectional overrides could disguise text.
            c if (c.is_control() && c != '\n' && c != '\t')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}

/// `text` cut to `max` characters with an ellipsis, not yet escaped.
pub(super) fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['\u{2026}']).collect()
}

/// How a number is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A fraction, shown in percent.
    Percent,
    /// A plain ratio.
    Ratio,
    /// An amount of money in the account's currency.
    Money,
    /// A count.
    Count,
    /// Anything else: as many digits as it needs.
    Plain,
}

/// A number in the given kind.
pub(super) fn number(value: Option<f64>, kind: Kind) -> String {
    let Some(value) = value.filter(|v| v.is_finite()) else { return UNDEFINED.to_owned() };
    match kind {
        Kind::Percent => percent(value),
        Kind::Ratio => fixed(value, if value.abs() >= 1000.0 { 0 } else { 2 }),
        Kind::Money => fixed(value, if value.abs() >= 1e7 { 0 } else { 2 }),
        Kind::Count => fixed(value, 0),
        Kind::Plain => plain(value),
    }
}

fn percent(value: f64) -> String {
    let scaled = value * 100.0;
    let digits = if scaled.abs() >= 1000.0 { 0 } else { 2 };
    format!("{}%", fixed(scaled, digits))
}

/// A fixed number of decimals, thousands separated by commas, a true minus sign, no negative zero.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return UNDEFINED.to_owned();
    }
    if value.abs() >= 1e15 {
        return format!("{value:.3e}").replace('-', "\u{2212}");
    }
    let text = format!("{:.*}", decimals, value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::with_capacity(text.len() + 6);
    if value < 0.0 && text.bytes().any(|b| b.is_ascii_digit() && b != b'0') {
        out.push('\u{2212}');
    }
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out.push_str(rest);
    out
}

/// About six significant digits without trailing zeros.
pub(super) fn plain(value: f64) -> String {
    if !value.is_finite() {
        return UNDEFINED.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    if !(-5..15).contains(&magnitude) {
        return format!("{value:.3e}").replace('-', "\u{2212}");
    }
    let decimals = (5 - magnitude).clamp(0, 10) as usize;
    let text = fixed(value, decimals);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A signed percent with one decimal, for cells: `+1.2%`.
pub(super) fn signed_percent(value: f64, decimals: usize) -> String {
    let text = fixed(value * 100.0, decimals);
    let plus = if value > 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "+" } else { "" };
    format!("{plus}{text}%")
}

/// A size in bytes with a binary unit.
pub(super) fn bytes(value: f64) -> String {
    let mut value = value;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value.abs() < 1024.0 {
            return format!("{} {unit}", fixed(value, if unit == "B" { 0 } else { 1 }));
        }
        value /= 1024.0;
    }
    format!("{} TiB", fixed(value, 1))
}

/// A duration given in ms, in a unit that fits.
pub(super) fn duration_ms(ms: f64) -> String {
    match ms.abs() {
        x if x < 1.0 => format!("{} \u{b5}s", fixed(ms * 1000.0, 0)),
        x if x < 1000.0 => format!("{} ms", fixed(ms, 1)),
        x if x < 120_000.0 => format!("{} s", fixed(ms / 1000.0, 2)),
        _ => format!("{} min", fixed(ms / 60_000.0, 1)),
    }
}

/// A span of time in ns in words: `89.9 days`.
pub(super) fn span(ns: i64) -> String {
    let days = ns as f64 / DAY_NS as f64;
    match days {
        d if d >= 730.0 => format!("{} years", fixed(d / 365.25, 1)),
        d if d >= 2.0 => format!("{} days", fixed(d, 1)),
        d if d * 24.0 >= 2.0 => format!("{} hours", fixed(d * 24.0, 1)),
        d if d * 1440.0 >= 2.0 => format!("{} minutes", fixed(d * 1440.0, 1)),
        d => format!("{} seconds", fixed(d * 86_400.0, 1)),
    }
}

/// A time in ns as `2023-01-31 12:00`, with seconds and fraction only where they are not zero.
pub(super) fn time(ts: i64) -> String {
    let t = civil_time(ts);
    let mut out = t.strftime("%Y-%m-%d %H:%M").to_string();
    if t.second() != 0 || t.subsec_nanosecond() != 0 {
        out.push_str(&format!(":{:02}", t.second()));
    }
    if t.subsec_nanosecond() != 0 {
        out.push_str(format!(".{:09}", t.subsec_nanosecond()).trim_end_matches('0'));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(number(Some(0.12345), Kind::Percent), "12.35%");
        assert_eq!(number(Some(-0.5), Kind::Percent), "\u{2212}50.00%");
        assert_eq!(number(Some(1_234_567.891), Kind::Money), "1,234,567.89");
        assert_eq!(number(Some(-0.0001), Kind::Ratio), "0.00");
        assert_eq!(number(Some(999.0), Kind::Count), "999");
        assert_eq!(plain(0.000123456789), "0.000123457");
        assert_eq!(plain(1200.0), "1,200");
        assert_eq!(plain(1e20), "1.000e20");
        assert_eq!(signed_percent(0.0, 1), "0.0%");
        assert_eq!(signed_percent(0.0123, 1), "+1.2%");
    }

    #[test]
    fn undefined_is_an_en_dash() {
        for value in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            assert_eq!(number(value, Kind::Ratio), "\u{2013}");
        }
        assert_eq!(plain(f64::NAN), "\u{2013}");
    }

    #[test]
    fn markup_and_control_characters_are_made_harmless() {
        assert_eq!(
            escape("<a href='x'>\"&\u{0}\u{202e}"),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;\u{fffd}\u{fffd}"
        );
        assert_eq!(shorten("abcdef", 4), "abc\u{2026}");
    }

    #[test]
    fn times_and_sizes() {
        assert_eq!(time(1_675_209_600_000_000_000), "2023-02-01 00:00");
        assert_eq!(time(1_675_209_601_500_000_000), "2023-02-01 00:00:01.5");
        assert_eq!(bytes(1536.0), "1.5 KiB");
        assert_eq!(duration_ms(2500.0), "2.50 s");
        assert_eq!(span(3 * DAY_NS), "3.0 days");
    }
}
