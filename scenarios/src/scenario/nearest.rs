//! The name that was probably meant.

/// The candidate that is most like `name`, if any is alike enough to be meant (Jaro-Winkler above 0.75, case ignored).
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let scored = candidates.into_iter().map(|c| (strsim::jaro_winkler(&lower, &c.to_lowercase()), c));
    let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.filter(|(score, _)| *score > 0.75).map(|(_, c)| c)
}

/// `did you mean ...?`, with all the names there are.
pub fn hint(name: &str, candidates: &[&str], what: &str) -> String {
    let all = match candidates {
        [] => format!("there are no {what}"),
        _ if candidates.len() > 30 => format!("there are {} {what}", candidates.len()),
        _ => format!("{what}: {}", candidates.join(", ")),
    };
    match nearest(name, candidates.iter().copied()) {
        Some(best) => format!("did you mean `{best}`? {all}"),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_find_their_name() {
        let names = ["SmaCross", "EmaCross", "Momentum"];
        assert_eq!(nearest("SmaCros", names), Some("SmaCross"));
        assert_eq!(nearest("momentun", names), Some("Momentum"));
        assert_eq!(nearest("xyz", names), None);
        assert_eq!(nearest("anything", []), None);
    }
}
