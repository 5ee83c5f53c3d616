//! Names: one thing has one name, spelled one way, so that what a user learns once holds everywhere.

use crate::{
    report,
    source::{files, rust, words},
};

/// The other spelling of a word, and the one that is used here. Put together, so that this file
/// does not have them.
fn spellings() -> [(String, &'static str); 2] {
    [
        (["cancell", "ed"].concat(), "canceled"),
        (["cancell", "ing"].concat(), "canceling"),
    ]
}

/// Whether a file has names that others have given: those of Temporal's messages and recorded stories,
/// and those of an allocator that counts.
fn has_names_of_others(path: &str) -> bool {
    path.starts_with("temporal/") || path.starts_with("fuzz/tests/")
}

#[test]
fn what_is_canceled_has_one_l() {
    let mut all = Vec::new();
    let sources = files(&["rs", "md"]).into_iter();
    for source in sources.filter(|source| !has_names_of_others(&source.path)) {
        for (index, line) in source.text.lines().enumerate() {
            let lower = line.to_lowercase();
            for (other, ours) in spellings() {
                if lower.contains(&other) {
                    all.push(format!("{}:{}: {other}: {ours}", source.path, index + 1));
                }
            }
        }
    }
    report("write it in American spelling", &all);
}

#[test]
fn a_bound_begins_with_max_or_min_in_its_name() {
    let mut all = Vec::new();
    let sources = rust().into_iter();
    for source in sources.filter(|source| !has_names_of_others(&source.path)) {
        for (line, word) in words(&source.code()) {
            let long = word.starts_with("maximum_") || word.starts_with("minimum_");
            let late = word.ends_with("_max") || word.ends_with("_min");
            if long || late {
                all.push(format!("{}:{line}: {word}", source.path));
            }
        }
    }
    report("name a bound `max_…` or `min_…`", &all);
}

#[test]
fn setters_of_options_have_the_name_of_what_they_set() {
    let mut all = Vec::new();
    for source in rust() {
        let code = source.code();
        let lines: Vec<_> = code.lines().collect();
        let options = |line: &&str| {
            let name = line.strip_prefix("impl ").unwrap_or_default();
            let name = name.trim_end_matches(" {");
            name.ends_with("Options") || name.ends_with("Policy") || name.ends_with("Builder")
        };
        let mut inside = false;
        for (index, line) in lines.iter().enumerate() {
            inside = options(line) || (inside && *line != "}");
            if inside && line.contains("pub fn with_") {
                all.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    report(
        "leave `with_` out: the setter is named like its field",
        &all,
    );
}
