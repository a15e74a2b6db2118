//! Interventions are told among the facts and marked on the plots of equity and prices.

use super::{assert_well_formed, between, page_of, sample::Sample};

#[test]
fn interventions_are_marked_where_they_begin() {
    let dir = tempfile::tempdir().unwrap();
    Sample::default().write(dir.path());
    assert!(!page_of(dir.path()).contains("class=\"interventions\""));
    let path = dir.path().join("summary.json");
    let mut summary: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let day = "2022-11-20T00:00:00Z";
    let part = |at: &str, name: &str, what: &str| serde_json::json!({"at": at, "until": null, "name": name, "what": what, "on": "symbol <A>"});
    summary["interventions"] = serde_json::json!([
        part(day, "crash", "price shock -20%"),
        part(day, "crash", "outage"),
        part("1999-01-01T00:00:00Z", "", "trading halt"),
        part("not a time", "", "trading halt"),
    ]);
    std::fs::write(&path, summary.to_string()).unwrap();
    let page = page_of(dir.path());
    super::pages::keep(&page, "interventions.html");
    assert_well_formed(&page);
    for id in ["equity", "fills"] {
        let section = between(&page, &format!("<section id=\"{id}\">"), "</section>");
        let drawn = between(section, "<g class=\"interventions\">", "</g>");
        assert_eq!(drawn.matches("<path").count(), 1, "parts of one name and time are one line");
        assert!(
            drawn.contains(">crash</text>") && drawn.contains("price shock -20% on symbol &lt;A&gt;"),
            "{drawn}"
        );
    }
    assert!(page.contains("Intervention 1999-01-01 00:00") && page.contains("crash: outage on symbol"));
}
