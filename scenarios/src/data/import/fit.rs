//! Whether files fit each other, and what is said of them.

use std::path::{Path, PathBuf};

use manyworlds_components::time::Frame;

use super::load::file_name;
use super::peek::Peek;
use super::spec::SourceFormat;
use crate::data::error::{DataError, Location};

/// The symbol that a file is named after: what stands before the first `-`, `_` or `.`; the folder of Lean's.
pub(super) fn named_after(path: &Path, format: SourceFormat) -> String {
    let folder = path.parent().filter(|_| format == SourceFormat::LeanMinute);
    let name = folder.map_or_else(|| file_name(path), |folder| file_name(folder).to_uppercase());
    name.split(['-', '_', '.']).next().unwrap_or_default().to_owned()
}

/// The symbol in the name of an exchange's dump, such as `BTCUSDT-1m-2023-01.zip`; none in other names.
pub(crate) fn dumped_symbol(name: &str) -> Option<&str> {
    let (symbol, rest) = name.split_once('-')?;
    let kind = rest.split(['-', '.']).next()?;
    let is_kind = matches!(kind, "trades" | "aggTrades") || kind.parse::<Frame>().is_ok();
    let is_symbol = symbol.len() >= 5
        && symbol.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && symbol.chars().any(|c| c.is_ascii_uppercase());
    (is_symbol && is_kind).then_some(symbol)
}

/// Refuses dumps of several symbols: they would become one series.
pub(super) fn check_symbols(files: &[(PathBuf, Peek)]) -> Result<(), DataError> {
    let mut first: Option<(&Path, String)> = None;
    for (path, _) in files {
        let name = file_name(path);
        let Some(symbol) = dumped_symbol(&name) else { continue };
        match &first {
            None => first = Some((path, symbol.to_owned())),
            Some((_, known)) if known == symbol => {}
            Some((before, known)) => {
                return Err(DataError::Format {
                    at: Location::file(path),
                    reason: format!(
                        "by its name it is of `{symbol}`, but {} is of `{known}`",
                        before.display()
                    ),
                    hint: "name the files of one symbol only".to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// The symbol that all of the files are named after.
pub(super) fn common_symbol(files: &[(PathBuf, Peek)]) -> Result<String, DataError> {
    let setting = |value: String, hint: String| DataError::Setting { field: "symbol", value, hint };
    let mut names: Vec<String> =
        files.iter().map(|(path, peek)| named_after(path, peek.detected.format)).collect();
    names.dedup();
    match &names[..] {
        [] => Ok(String::new()),
        [name] if name.is_empty() => {
            Err(setting(String::new(), "it cannot be told from the file's name: set it".to_owned()))
        }
        [name] => Ok(name.clone()),
        [first, second, ..] => Err(setting(
            format!("{first}, {second}"),
            "the files are named after several symbols: set the one that all of them are of".to_owned(),
        )),
    }
}

/// Refuses a frame that is shorter than the bars: they would be known before they close.
pub(super) fn check_frame(files: &[(PathBuf, Peek)], frame: Frame) -> Result<(), DataError> {
    for (path, peek) in files {
        let Some(grid) = peek.grid.filter(|grid| *grid > frame.nanos()) else { continue };
        let apart = Frame::from_nanos(grid).map(|frame| frame.to_string()).unwrap_or_default();
        return Err(DataError::Format {
            at: Location::file(path),
            reason: format!(
                "bars of {frame} were asked for, but no two of its bars are less than {apart} apart"
            ),
            hint: format!("leave the frame out, or say \"{apart}\": a bar would be known before it closes"),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_are_named_after_their_symbol() {
        for (name, symbol) in [
            ("BTCUSDT-1m-2023-01.tar.xz", Some("BTCUSDT")),
            ("1000SHIBUSDT-aggTrades-2024-01-15.zip", Some("1000SHIBUSDT")),
            ("ETHUSDT-trades-2024.csv", Some("ETHUSDT")),
            ("btc-1m.csv", None),
            ("SPY500-daily.csv", None),
            ("bars.csv", None),
            ("20131-1m.csv", None),
        ] {
            assert_eq!(dumped_symbol(name), symbol, "{name}");
        }
    }
}
