//! Floors: imports go downwards only, and siblings on a floor do not import each other.
//!
//! The path of a file tells its floor, so a reader knows from the path what a file can depend on.

use crate::{
    report,
    source::{Source, is_word, rust},
};

/// The floor of each module at the root of the framework.
///
/// The code that macros call stands above the authors' floor and beside the actors.
const FLOORS: &[(&str, u8)] = &[
    ("model", 0),
    ("panic", 0),
    ("machine", 1),
    ("interceptor", 1),
    ("definition", 1),
    ("sync", 1),
    ("workflow", 2),
    ("activity", 2),
    ("storage", 2),
    ("clock", 2),
    ("codec", 2),
    ("macro_support", 3),
    ("supervision", 3),
    ("budget", 3),
    ("visibility", 3),
    ("metrics", 3),
    ("actor", 4),
    ("dispatch", 5),
    ("client", 6),
    ("schedule", 7),
    ("operator", 7),
    ("bulk", 7),
    ("runtime", 8),
    ("testing", 9),
];

/// Files at the root, which gather what all floors have to show.
const ROOT: &[&str] = &["lib", "macros", "guide"];

/// Macros that are exported, and that Rust therefore puts at the root wherever they are written.
const EXPORTED_MACROS: &[&str] = &[
    "join",
    "select",
    "try_join",
    "__typed_handle",
    "__log_trace",
    "__log_debug",
    "__log_info",
    "__log_warn",
    "__log_error",
];

/// The floor of a module at the root.
pub(crate) fn floor_of(module: &str) -> Option<u8> {
    let known = FLOORS.iter().find(|(name, _)| *name == module);
    known.map(|(_, floor)| *floor)
}

/// The module at the root that a path inside `framework/src` belongs to.
pub(crate) fn root_module(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// What stands directly behind each `crate::`, with the number of its line.
fn imports(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let before = &code[..at];
        if before.ends_with(|c| is_word(c) || c == '$') {
            continue;
        }
        let line = before.matches('\n').count() + 1;
        let behind = &code[at + path.len()..];
        if let Some(group) = behind.strip_prefix('{') {
            found.extend(group_heads(group).into_iter().map(|name| (line, name)));
        } else {
            found.push((line, head(behind)));
        }
    }
    found
}

/// The name at the beginning of a piece of code.
fn head(code: &str) -> &str {
    let end = code.find(|c| !is_word(c)).unwrap_or(code.len());
    &code[..end]
}

/// The first name of each entry of the group that has just been opened.
fn group_heads(group: &str) -> Vec<&str> {
    let (mut depth, mut heads, mut at_start) = (0, Vec::new(), true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_start = true,
            c if at_start && is_word(c) => {
                heads.push(head(&group[at..]));
                at_start = false;
            }
            _ => {}
        }
    }
    heads
}

fn complaints_about(source: &Source, path: &str) -> Vec<String> {
    let module = root_module(path);
    if ROOT.contains(&module) {
        return Vec::new();
    }
    let Some(floor) = floor_of(module) else {
        return vec![format!("{}: module `{module}` has no floor", source.path)];
    };
    let mut complaints = Vec::new();
    for (line, imported) in imports(&source.code()) {
        if imported == module || EXPORTED_MACROS.contains(&imported) {
            continue;
        }
        let complaint = match floor_of(imported) {
            Some(below) if below < floor => continue,
            Some(same) if same == floor => format!("imports its sibling `{imported}`"),
            Some(above) => format!("imports `{imported}`, floor {above}"),
            None => format!("imports `{imported}` from the root instead of its module"),
        };
        let path = &source.path;
        complaints.push(format!("{path}:{line}: floor {floor} {complaint}"));
    }
    complaints
}

#[test]
fn imports_go_down_and_siblings_do_not_meet() {
    let mut complaints = Vec::new();
    for source in rust() {
        if let Some(path) = source.framework_path() {
            complaints.extend(complaints_about(&source, path));
        }
    }
    report(
        "move what is shared down a floor, or turn the call around: let the lower floor declare a \
         port and the upper one implement it. A new module at the root gets its floor in \
         tests/tidy/floor.rs and in ARCHITECTURE.md",
        &complaints,
    );
}

#[test]
fn every_form_of_an_import_is_seen() {
    let code = "use crate::{\n    a::{b, c},\n    d,\n};\nuse crate::e::f;\n$crate::g!(crate::h)";
    let found = [(1, "a"), (1, "d"), (5, "e"), (6, "h")];
    assert_eq!(imports(code), found);
}

#[test]
fn every_floor_is_inhabited() {
    let sources = rust();
    let inhabited = |module: &str| {
        let mut paths = sources.iter().filter_map(Source::framework_path);
        paths.any(|path| root_module(path) == module)
    };

    let empty = FLOORS.iter().map(|(module, _)| *module);
    let empty = empty.filter(|module| !inhabited(module));
    let complaints: Vec<_> = empty
        .map(|module| format!("no module `{module}`"))
        .collect();
    report("strike it from tests/tidy/floor.rs", &complaints);
}
