//! The name that was probably meant.

pub use manyworlds_engine::nearest;

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
