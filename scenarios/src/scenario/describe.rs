//! The resolved scenario with where each value comes from.

use super::load::Loaded;
use super::syntax::parse::parse;
use super::syntax::print::annotated;
use super::syntax::{Kind, Node, Source};

impl Loaded {
    /// The whole scenario as RON, each value that the file does not say marked with where it comes from: `default`, the
    /// file that it extends, or the flag.
    pub fn describe_defaults(&self) -> String {
        let text = self.scenario.to_ron();
        let Ok(resolved) = parse(&Source::new("resolved", "", text.as_str())) else { return text };
        let home = &self.root.span.source.name;
        annotated(&resolved, &|path: &str, node: &Node| {
            let Some(written) = self.root.at(path) else { return Some("default".to_owned()) };
            // What has parts is said of the parts.
            let whole = !matches!(&node.kind, Kind::Leaf(..) | Kind::Tuple(..));
            let source = &written.span.source.name;
            if whole || source == home {
                return None;
            }
            let flag = source.starts_with("--");
            Some(if flag { source.clone() } else { format!("{source}:{}", written.span.line()) })
        })
    }
}
