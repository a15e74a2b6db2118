//! The tree agrees with `ron`, and knows its places.

use proptest::prelude::*;

use super::merge::{merge, set};
use super::parse::parse;
use super::path::segments;
use super::print::compact;
use super::{Class, Kind, Node, Source};

fn tree(text: &str) -> Node {
    parse(&Source::new("test", "", text)).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// What `ron` makes of a tree.
fn value(node: &Node) -> ron::Value {
    let entry = |name: &str, node: &Node| (ron::Value::String(name.to_owned()), value(node));
    match &node.kind {
        Kind::Leaf(Class::Name, name) => match name.as_str() {
            "true" => ron::Value::Bool(true),
            "false" => ron::Value::Bool(false),
            "None" => ron::Value::Option(None),
            "inf" | "NaN" => ron::from_str(name).unwrap(),
            _ => ron::Value::Unit,
        },
        Kind::Leaf(_, text) => ron::from_str(text).unwrap(),
        Kind::List(items) => ron::Value::Seq(items.iter().map(value).collect()),
        Kind::Map(entries) => ron::Value::Map(entries.iter().map(|(k, v)| (value(k), value(v))).collect()),
        Kind::Tuple(Some(name), items) if name == "Some" => {
            ron::Value::Option(Some(Box::new(value(&items[0]))))
        }
        Kind::Tuple(_, items) if items.is_empty() => ron::Value::Unit,
        Kind::Tuple(_, items) => ron::Value::Seq(items.iter().map(value).collect()),
        Kind::Struct(_, fields) => ron::Value::Map(fields.iter().map(|f| entry(&f.name, &f.value)).collect()),
    }
}

fn blank() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        2 => "[ \n\t]{1,3}",
        1 => Just(" // a ( comment [\n".to_owned()),
        1 => Just("/* one /* in */ \" another */".to_owned()),
    ]
}

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(|x| format!("{x:?}")),
        any::<u16>().prop_map(|n| format!("0x{n:x}")),
        Just("100_000.0".to_owned()),
        Just("-.5".to_owned()),
        any::<String>().prop_map(|s| ron::to_string(&s).unwrap()),
        any::<char>().prop_map(|c| ron::to_string(&c).unwrap()),
        Just(r##"r#"raw " text"#"##.to_owned()),
        Just("true".to_owned()),
        Just("None".to_owned()),
        Just("()".to_owned()),
    ]
}

/// RON texts with all the structure that `ron::Value` can hold.
fn document() -> impl Strategy<Value = String> {
    let spaced =
        |inner: BoxedStrategy<String>| (blank(), inner, blank()).prop_map(|(a, b, c)| format!("{a}{b}{c}"));
    leaf().boxed().prop_recursive(4, 40, 5, move |inner| {
        let inner = spaced(inner.boxed()).boxed();
        let fields = prop::collection::btree_map("[a-z_][a-z0-9_]{0,5}", inner.clone(), 1..4);
        let fields =
            fields.prop_filter("reserved", |f| f.keys().all(|k| !["true", "false"].contains(&k.as_str())));
        let list = |items: Vec<String>, comma: bool| {
            let end = if comma && !items.is_empty() { "," } else { "" };
            items.join(",") + end
        };
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..4), any::<bool>())
                .prop_map(move |(items, comma)| format!("[{}]", list(items, comma))),
            (prop::collection::vec(inner.clone(), 2..4), any::<bool>())
                .prop_map(move |(items, comma)| format!("({})", list(items, comma))),
            fields.clone().prop_map(|f| {
                let f: Vec<String> = f.iter().map(|(k, v)| format!("{k} :{v}")).collect();
                format!("( {} )", f.join(","))
            }),
            fields.prop_map(|f| {
                let f: Vec<String> = f.iter().map(|(k, v)| format!("{k:?}:{v}")).collect();
                format!("{{{}}}", f.join(","))
            }),
            inner.prop_map(|x| format!("Some({x})")),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_read_is_what_ron_reads(text in document()) {
        let expected: ron::Value = ron::from_str(&text).unwrap();
        let node = tree(&text);
        prop_assert_eq!(value(&node), expected.clone());
        prop_assert_eq!(value(&tree(&compact(&node))), expected);
        prop_assert_eq!(value(&tree(node.span.text())), value(&node), "the span holds the value");
    }

    #[test]
    fn what_ron_refuses_is_refused(
        text in document(),
        at in any::<prop::sample::Index>(),
        put in "[\\[\\](){},:\"a1. ]{0,2}",
    ) {
        // One character replaced by up to two others, somewhere.
        let starts: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
        let at = starts[at.index(starts.len())];
        let rest: String = text[at..].chars().skip(1).collect();
        let broken = format!("{}{put}{rest}", &text[..at]);
        let ours = parse(&Source::new("test", "", broken.as_str())).map_err(|e| e.to_string());
        let theirs = ron::from_str::<ron::Value>(&broken);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}: {:?} {:?}", broken, ours.err(), theirs.err());
    }

    #[test]
    fn no_text_makes_it_panic(text in "[\\[\\](){},:\"'/*\\\\#!ra-c0-9. \n\u{e9}-]{0,40}") {
        let _ = parse(&Source::new("test", "", text));
    }
}

#[test]
fn places_count_characters_and_lines() {
    let node = tree("(\n  é: 1, b: [\n    7, 8],\n)");
    let place = |path: &str| {
        let span = node.at(path).unwrap().span.clone();
        (span.line(), span.column(), span.text().to_owned())
    };
    assert_eq!(place("é"), (2, 6, "1".to_owned()));
    assert_eq!(place("b[1]"), (3, 8, "8".to_owned()));
    assert_eq!(node.locate("b[7].x").line(), 2, "the nearest thing around it");
}

#[test]
fn failures_have_places() {
    for (text, line, column, message) in [
        ("(a: 1\n b: 2)", 2, 2, "`,` or `)` was expected"),
        ("(a: [1, 2)", 1, 10, "`,` or `]` was expected"),
        ("\n(a: 1", 2, 1, "never closed"),
        ("(a: \"x)", 1, 5, "never closed"),
        ("(a: 1) x", 1, 8, "nothing may follow"),
        ("(a: 1.2.3)", 1, 5, "1.2.3"),
        ("(a: )", 1, 5, "a value was expected"),
        ("", 1, 1, "nothing here"),
        ("/* ", 1, 1, "never closed"),
    ] {
        let error = parse(&Source::new("test", "", text)).unwrap_err();
        assert_eq!((error.line(), error.column()), (Some(line), Some(column)), "{text}: {error}");
        assert!(error.message.contains(message), "{text}: {error}");
    }
    let deep = "[".repeat(100_000);
    assert!(parse(&Source::new("test", "", deep)).unwrap_err().message.contains("levels of nesting"));
}

#[test]
fn merging_goes_by_field_and_replaces_lists() {
    let merged = |base: &str, over: &str| compact(&merge(tree(base), tree(over)));
    assert_eq!(merged("(a: 1, b: (c: 2, d: 3))", "(b: (d: 4), e: 5)"), "(a: 1, b: (c: 2, d: 4), e: 5)");
    assert_eq!(merged("(a: [1, 2])", "(a: [3])"), "(a: [3])");
    assert_eq!(merged("{\"a\": (x: 1)}", "{\"a\": (y: 2), \"b\": ()}"), "{\"a\": (x: 1, y: 2), \"b\": ()}");
    assert_eq!(merged("(l: Constant(ms: 1))", "(l: Uniform(a: 1))"), "(l: Uniform(a: 1))");
    assert_eq!(merged("(o: (type: preset, name: \"x\"))", "(o: (type: basic))"), "(o: (type: basic))");
    assert_eq!(merged("(a: (b: 1))", "(a: ())"), "(a: (b: 1))");
    assert_eq!(merged("(a: ())", "(a: (b: 1))"), "(a: (b: 1))");
}

#[test]
fn values_are_set_by_place_and_by_name() {
    let mut node = tree(
        "(list: [(name: \"a\", x: 1), (symbol: \"b\", x: 2)], map: {\"k\": (y: 1)}, some: Some((z: 1)))",
    );
    let new = tree("9");
    for path in ["list[0].x", "list.b.x", "list.b.new.deep", "map.k.y", "some.z"] {
        set(&mut node, &segments(path).unwrap(), new.clone(), &new.span).unwrap();
    }
    assert_eq!(
        compact(&node),
        "(list: [(name: \"a\", x: 9), (symbol: \"b\", x: 9, new: (deep: 9))], map: {\"k\": (y: 9)}, some: Some((z: 9)))"
    );
    let names =
        |path: &str| set(&mut node.clone(), &segments(path).unwrap(), new.clone(), &new.span).unwrap_err().1;
    assert_eq!(names("list.c.x"), ["a", "b"]);
    assert_eq!(names("list[2]"), ["[0]", "[1]"]);
    assert_eq!(names("map.l.y"), ["k"]);
    assert!(segments("a..b").is_err());
    assert!(segments("a[x]").is_err());
}
