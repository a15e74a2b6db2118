//! `manyworlds modules`: the catalogue.

use std::fmt::Write as _;

use manyworlds_engine::ModuleInfo;
use manyworlds_systems::orchestrator::ModelSettings;

use super::arguments::ModulesCommand;
use super::failure::Failure;
use super::words;
use crate::run::Setup;

pub(super) fn run(command: &ModulesCommand) -> Result<(), Failure> {
    let setup = Setup::default();
    let mut infos: Vec<(ModuleInfo, bool)> =
        crate::run::core_infos().into_iter().map(|i| (i, true)).collect();
    infos.extend(setup.catalogue.infos().map(|i| (i.clone(), false)));
    if let Some(name) = &command.name {
        let short = name.strip_suffix("_module").unwrap_or(name);
        let known: Vec<String> = infos.iter().map(|(i, _)| i.name.clone()).collect();
        infos.retain(|(i, _)| i.name == *name || i.name == short);
        if infos.is_empty() {
            let nearest = crate::scenario::nearest(short, known.iter().map(String::as_str));
            let hint = nearest.map(|n| format!(": did you mean `{n}`?")).unwrap_or_default();
            return Err(Failure::usage(format!("no module `{name}`{hint} (known: {})", known.join(", "))));
        }
    }
    if command.json {
        let list: Vec<_> = infos.iter().map(|(info, core)| json(info, *core)).collect();
        return super::print(&format!("{}\n", serde_json::Value::from(list)));
    }
    let mut text = String::new();
    for (info, core) in &infos {
        describe(&mut text, info, *core);
    }
    if command.name.is_none() {
        let models: Vec<&str> =
            words::of::<ModelSettings>().iter().copied().chain(setup.models.names()).collect();
        let _ = writeln!(text, "models: {}", models.join(", "));
    }
    super::print(&text)
}

fn describe(text: &mut String, info: &ModuleInfo, core: bool) {
    let kind = if core { " (always there)" } else { "" };
    let stages: Vec<&str> = info.stages.iter().map(|s| s.name()).collect();
    let _ = writeln!(text, "{}{kind}: {}", info.name, info.purpose);
    let _ = writeln!(text, "  stages: {}", stages.join(", "));
    if !info.requires.is_empty() {
        let _ = writeln!(text, "  requires: {}", info.requires.join(", "));
    }
    if info.needs_books {
        text.push_str("  needs: order books\n");
    }
    for feature in &info.features {
        let (name, unit) = (&feature.name, &feature.unit);
        let _ = writeln!(
            text,
            "  feature {name} [{unit}]: {} (after {} bars{})",
            feature.meaning,
            feature.warmup_bars,
            feature.frame.map(|frame| format!(" of {frame}")).unwrap_or_default()
        );
    }
    for setting in &info.settings {
        let (name, default) = (&setting.name, &setting.default);
        let _ = writeln!(text, "  setting {name} = {default} ({}): {}", setting.range, setting.meaning);
    }
    text.push('\n');
}

fn json(info: &ModuleInfo, core: bool) -> serde_json::Value {
    let setting = |s: &manyworlds_engine::SettingSpec| serde_json::json!({ "name": s.name, "default": s.default, "range": s.range, "meaning": s.meaning });
    serde_json::json!({
        "name": info.name,
        "purpose": info.purpose,
        "core": core,
        "stages": info.stages.iter().map(|s| s.name()).collect::<Vec<_>>(),
        "requires": info.requires,
        "needs_books": info.needs_books,
        "features": info.features,
        "settings": info.settings.iter().map(setting).collect::<Vec<_>>(),
    })
}
