//! The name that was probably meant.

/// The candidate that is most like `name`, if any is alike enough to be meant (Jaro-Winkler above 0.75, case ignored).
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let scored = candidates.into_iter().map(|c| (strsim::jaro_winkler(&lower, &c.to_lowercase()), c));
    let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.filter(|(score, _)| *score > 0.75).map(|(_, c)| c)
}
