//! `${VAR}` in paths.

use std::collections::BTreeMap;

/// Where variables are looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Environment {
    /// The environment of the process.
    #[default]
    Process,
    /// These, and no others.
    Fixed(BTreeMap<String, String>),
}

impl Environment {
    /// These, and no others.
    pub fn fixed<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::Fixed(variables.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
    }

    fn get(&self, name: &str) -> Option<String> {
        match self {
            Self::Process => std::env::var(name).ok(),
            Self::Fixed(variables) => variables.get(name).cloned(),
        }
    }

    /// The text with its variables replaced.
    ///
    /// # Errors
    /// The variable that is not set, or is not closed by `}`.
    pub fn expand(&self, text: &str) -> Result<String, String> {
        let (mut done, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) =
                after.split_once('}').ok_or_else(|| format!("`${{{after}` is never closed with `}}`"))?;
            let value =
                self.get(name).ok_or_else(|| format!("the environment variable `{name}` is not set"))?;
            done.push_str(before);
            done.push_str(&value);
            rest = tail;
        }
        Ok(done + rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_once() {
        let environment = Environment::fixed([("A", "x"), ("B", "${A}")]);
        assert_eq!(environment.expand("p/${A}/${B}/$A").as_deref(), Ok("p/x/${A}/$A"));
        assert!(environment.expand("${C}").unwrap_err().contains("`C` is not set"));
        assert!(environment.expand("${A").unwrap_err().contains("never closed"));
    }
}
