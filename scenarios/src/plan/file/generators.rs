//! Reads what makes branches.

use super::fields::{Fields, count, entries, items, refuse, settings};
use super::{Ablation, Axis, Distribution, Draws, Generator, GeneratorKind};
use crate::scenario::nearest::hint;
use crate::scenario::read::Reader;
use crate::scenario::syntax::{Kind, Node};

const KINDS: [&str; 9] =
    ["Branch", "Grid", "List", "Random", "LatinHypercube", "Ablation", "Swap", "Seeds", "Cross"];

/// Reads all; `None` if one of them cannot be read.
pub(super) fn all(nodes: &[Node], path: &str, reader: &mut Reader) -> Option<Vec<Generator>> {
    let read = |(i, node)| generator(node, format!("{path}[{i}]"), reader);
    // All are read, so that all that is wrong is found.
    let read: Vec<Option<Generator>> = nodes.iter().enumerate().map(read).collect();
    read.into_iter().collect()
}

fn generator(node: &Node, path: String, reader: &mut Reader) -> Option<Generator> {
    let word = match &node.kind {
        Kind::Struct(Some(word), _) | Kind::Tuple(Some(word), _) => word.as_str(),
        _ => {
            let message = format!("expected something that makes branches, found {}", node.describe());
            refuse(node, &path, message, format!("one of: {}", KINDS.join(", ")), reader);
            return None;
        }
    };
    let (name, kind) = match word {
        "Branch" => {
            let fields = Fields::of(node, &path, &["name", "set"], reader)?;
            let name = fields.need("name", "\"eager\"", reader);
            let name = name.and_then(|n| reader.read::<String>(n, &fields.path("name")));
            let set = match fields.get("set") {
                Some(set) => settings(set, &fields.path("set"), reader),
                None => Some(Vec::new()),
            };
            if name.as_ref().is_some_and(String::is_empty) {
                refuse(node, &path, "a branch without a name", "give it one", reader);
                return None;
            }
            (Some(name?), GeneratorKind::Branch(set?))
        }
        "Grid" => {
            let fields = Fields::of(node, &path, &["name", "set"], reader)?;
            let name = fields.or("name", None, reader);
            (name?, GeneratorKind::Grid(axes(&fields, "{\"models[0].fast\": [5, 10]}", reader, list)?))
        }
        "Random" | "LatinHypercube" => {
            let fields = Fields::of(node, &path, &["name", "n", "seed", "set"], reader)?;
            let (name, n) = (fields.or("name", None, reader), fields.count("n", reader));
            let seed = fields.or("seed", 0, reader);
            let axes =
                axes(&fields, "{\"accounts.base.policy.entry\": Uniform(0.4, 0.9)}", reader, distribution);
            let draws = Draws { n: n?, seed: seed?, axes: axes? };
            let latin = word == "LatinHypercube";
            (name?, if latin { GeneratorKind::LatinHypercube(draws) } else { GeneratorKind::Random(draws) })
        }
        "List" => {
            let (name, list, at) = match &node.kind {
                Kind::Tuple(_, parts) if parts.len() == 1 => (None, &parts[0], path.clone()),
                _ => {
                    let fields = Fields::of(node, &path, &["name", "set"], reader)?;
                    let set = fields.need("set", "[{\"seed\": 1}, {\"seed\": 2}]", reader)?;
                    (fields.or("name", None, reader)?, set, fields.path("set"))
                }
            };
            let maps = items(list, &at, "maps", reader)?;
            let read = |(i, map)| settings(map, &format!("{at}[{i}]"), reader);
            let read: Vec<Option<_>> = maps.iter().enumerate().map(read).collect();
            (name, GeneratorKind::List(read.into_iter().collect::<Option<_>>()?))
        }
        "Ablation" => (None, GeneratorKind::Ablation(ablation(only(node, &path, reader)?, &path, reader)?)),
        "Swap" => swap(node, &path, reader)?,
        "Seeds" => {
            let inner = only(node, &path, reader)?;
            let kind = match &inner.kind {
                Kind::Tuple(Some(word), k) if k.len() == 1 && word == "Fills" => {
                    GeneratorKind::Fills(count(&k[0], &path, reader)?)
                }
                Kind::Tuple(Some(word), k) if k.len() == 1 && word == "Markets" => {
                    GeneratorKind::Markets(count(&k[0], &path, reader)?)
                }
                _ => {
                    let help = "write `Seeds(Fills(10))`, the same market and 10 draws of latency, or \
                                `Seeds(Markets(10))`, 10 synthetic markets";
                    refuse(
                        inner,
                        &path,
                        format!("expected what is drawn, found {}", inner.describe()),
                        help,
                        reader,
                    );
                    return None;
                }
            };
            (None, kind)
        }
        "Cross" => {
            let list = items(only(node, &path, reader)?, &path, "things that make branches", reader)?;
            (None, GeneratorKind::Cross(all(list, &path, reader)?))
        }
        _ => {
            let message = format!("unknown name `{word}`");
            refuse(node, &path, message, hint(word, &KINDS, "known names"), reader);
            return None;
        }
    };
    Some(Generator { name, span: node.span.head(), path, kind })
}

/// The only part in the parentheses.
fn only<'a>(node: &'a Node, path: &str, reader: &mut Reader) -> Option<&'a Node> {
    match &node.kind {
        Kind::Tuple(_, parts) if parts.len() == 1 => Some(&parts[0]),
        _ => {
            let help = "write e.g. `Ablation(LeaveOneOut)`, `Seeds(Fills(10))` or `Cross([...])`";
            refuse(node, path, "exactly one thing stands in these parentheses", help, reader);
            None
        }
    }
}

/// `set: {"path": what it may be}`.
fn axes<T>(
    fields: &Fields<'_>,
    example: &str,
    reader: &mut Reader,
    read: fn(&Node, &str, &mut Reader) -> Option<T>,
) -> Option<Vec<Axis<T>>> {
    let set = fields.need("set", example, reader)?;
    let path = fields.path("set");
    let found = entries(set, &path, reader)?;
    if found.is_empty() {
        refuse(set, &path, "nothing is varied", format!("write e.g. `set: {example}`"), reader);
        return None;
    }
    let axis = |(name, at, node): (String, _, &Node)| {
        let values = read(node, &format!("{path}[{name:?}]"), reader)?;
        Some(Axis { path: name, at, values, span: node.span.head() })
    };
    let axes: Vec<Option<Axis<T>>> = found.into_iter().map(axis).collect();
    axes.into_iter().collect()
}

fn list(node: &Node, path: &str, reader: &mut Reader) -> Option<Vec<Node>> {
    items(node, path, "values", reader).map(<[Node]>::to_vec)
}

fn distribution(node: &Node, path: &str, reader: &mut Reader) -> Option<Distribution> {
    const NAMES: [&str; 4] = ["Uniform", "LogUniform", "Integer", "Choice"];
    let help = "write `Uniform(a, b)`, `LogUniform(a, b)`, `Integer(a, b)` or `Choice([a, b])`";
    let (word, parts) = match &node.kind {
        Kind::Tuple(Some(word), parts) => (word.as_str(), parts.as_slice()),
        _ => {
            refuse(node, path, format!("expected a distribution, found {}", node.describe()), help, reader);
            return None;
        }
    };
    let wrong = |reader: &mut Reader, message: String| {
        refuse(node, path, message, help, reader);
        None
    };
    match (word, parts) {
        ("Choice", [list]) => Some(Distribution::Choice(items(list, path, "values", reader)?.to_vec())),
        ("Integer", [a, b]) => match (reader.read(a, path)?, reader.read(b, path)?) {
            (a, b) if a <= b => Some(Distribution::Integer(a, b)),
            (a, b) => wrong(reader, format!("the range is empty: {b} is below {a}")),
        },
        ("Uniform" | "LogUniform", [a, b]) => {
            let (a, b): (f64, f64) = (reader.read(a, path)?, reader.read(b, path)?);
            let logarithmic = word == "LogUniform";
            if !(a.is_finite() && b.is_finite() && a < b) {
                return wrong(reader, format!("the range is empty: {b} is not above {a}"));
            }
            if logarithmic && a <= 0.0 {
                return wrong(reader, format!("{a} has no logarithm: both ends must be above 0"));
            }
            Some(if logarithmic { Distribution::LogUniform(a, b) } else { Distribution::Uniform(a, b) })
        }
        (word, _) if NAMES.contains(&word) => {
            wrong(reader, format!("`{word}` has {} parts here", parts.len()))
        }
        (word, _) => {
            refuse(node, path, format!("unknown name `{word}`"), hint(word, &NAMES, "distributions"), reader);
            None
        }
    }
}

fn ablation(node: &Node, path: &str, reader: &mut Reader) -> Option<Ablation> {
    const NAMES: [&str; 3] = ["LeaveOneOut", "OneOnly", "Shapley"];
    let word = match &node.kind {
        Kind::Struct(Some(word), _) | Kind::Tuple(Some(word), _) => word.clone(),
        _ => node.as_word().unwrap_or_default(),
    };
    match word.as_str() {
        "LeaveOneOut" => Some(Ablation::LeaveOneOut),
        "OneOnly" => Some(Ablation::OneOnly),
        "Shapley" => {
            let fields = Fields::of(node, path, &["permutations", "seed"], reader)?;
            let (permutations, seed) = (fields.count("permutations", reader), fields.or("seed", 0, reader));
            Some(Ablation::Shapley { permutations: permutations?, seed: seed? })
        }
        _ => {
            let message = format!("unknown ablation {}", node.describe());
            refuse(node, path, message, hint(&word, &NAMES, "ablations"), reader);
            None
        }
    }
}

fn swap(node: &Node, path: &str, reader: &mut Reader) -> Option<(Option<String>, GeneratorKind)> {
    let fields = Fields::of(node, path, &["name", "model", "module", "with"], reader)?;
    let name = fields.or("name", None, reader);
    let with = fields.need("with", "[EmaCross(fast: 10, slow: 30)]", reader);
    let with =
        with.and_then(|n| items(n, &fields.path("with"), "replacements", reader)).map(<[Node]>::to_vec);
    let kind = match (fields.get("model"), fields.get("module")) {
        (Some(which), None) => GeneratorKind::SwapModel { which: which.clone(), with: with? },
        (None, Some(which)) => GeneratorKind::SwapModule { which: which.clone(), with: with? },
        _ => {
            let help = "write `Swap(model: 0, with: [...])` or `Swap(module: \"name\", with: [...])`";
            refuse(node, path, "either a model or a module is swapped", help, reader);
            return None;
        }
    };
    Some((name?, kind))
}
