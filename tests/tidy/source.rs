//! The source files of the workspace, with comments and literals told from code.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).into()
}

/// One source file.
pub(crate) struct Source {
    /// Its path inside the workspace, with `/` between the parts.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

impl Source {
    /// Its path inside `framework/src`, if it is a source of the framework and not a unit test.
    pub(crate) fn framework_path(&self) -> Option<&str> {
        let path = self.path.strip_prefix("framework/src/")?;
        (!path.contains("tests/")).then_some(path)
    }

    /// The code alone: comments and the content of literals are blank, lines stay where they are.
    pub(crate) fn code(&self) -> String {
        blank(&self.text)
    }
}

/// All files of the workspace with one of these extensions, in the order of their paths.
pub(crate) fn files(extensions: &[&str]) -> Vec<Source> {
    let root = workspace();
    let mut found = Vec::new();
    for part in [
        "framework",
        "macros",
        "cli",
        "console",
        "examples",
        "fuzz",
        "temporal",
        "tests",
        "bench",
        ".ci",
        ".",
    ] {
        collect(&root, &root.join(part), part != ".", extensions, &mut found);
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// All Rust files of the workspace.
pub(crate) fn rust() -> Vec<Source> {
    files(&["rs"])
}

fn collect(root: &Path, folder: &Path, deep: bool, extensions: &[&str], found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            let is_build = path.file_name().is_some_and(|name| name == "target");
            if deep && !is_build {
                collect(root, &path, deep, extensions, found);
            }
            continue;
        }
        let extension = path.extension().unwrap_or_default();
        let wanted = extensions.iter().any(|wanted| extension == *wanted);
        if !wanted {
            continue;
        }
        if let Ok(text) = fs::read_to_string(&path) {
            let inside = path.strip_prefix(root).unwrap_or(&path);
            let path = inside.to_string_lossy().replace('\\', "/");
            found.push(Source { path, text });
        }
    }
}

/// The same text with comments and the content of literals replaced by blanks.
fn blank(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    while let Some(next) = rest.chars().next() {
        let (is_code, length) = match next {
            '/' if rest.starts_with("//") => (false, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (false, block_comment(rest)),
            '"' => (false, string(rest)),
            '\'' => (false, character(rest)),
            'r' if !code.ends_with(is_word) => match raw_string(rest) {
                Some(length) => (false, length),
                None => (true, 1),
            },
            other => (true, other.len_utf8()),
        };
        let (piece, after) = rest.split_at(length);
        if is_code {
            code.push_str(piece);
        } else {
            code.extend(piece.chars().map(|c| if c == '\n' { c } else { ' ' }));
        }
        rest = after;
    }
    code
}

/// Whether a character can stand in a name.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the block comment at the beginning; such comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    for (at, _) in text.char_indices() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
        } else if rest.starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at + 2;
            }
        }
    }
    text.len()
}

/// The length of the string at the beginning.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the raw string at the beginning, if there is one.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text[1..].chars().take_while(|c| *c == '#').count();
    let opened = 1 + hashes;
    if !text[opened..].starts_with('"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let content = &text[opened + 1..];
    let length = content
        .find(&end)
        .map_or(content.len(), |at| at + end.len());
    Some(opened + 1 + length)
}

/// The length of the character at the beginning; of a lifetime, of its tick alone.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            let end = chars.skip(1).find(|(_, c)| *c == '\'');
            end.map_or(text.len(), |(at, _)| at + 1)
        }
        Some((_, _)) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

/// The words of a piece of code, each with the number of its line, from 1.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.lines().enumerate().flat_map(|(index, line)| {
        line.split(|c: char| !is_word(c))
            .filter(|word| !word.is_empty())
            .map(move |word| (index + 1, word))
    })
}

#[test]
fn code_is_told_from_comments_and_literals() {
    let source = Source {
        path: String::new(),
        text: r##"let a = "x // y"; // z
let c = 'q'; let l: &'static str = r#"in " it"#; /* u /* v */ w */ end('\'')"##
            .into(),
    };
    let code = source.code();
    let left: Vec<_> = words(&code).collect();
    let first = [(1, "let"), (1, "a"), (2, "let"), (2, "c")];
    let second = [(2, "let"), (2, "l"), (2, "static"), (2, "str"), (2, "end")];
    assert_eq!(left, [first.as_slice(), second.as_slice()].concat());
}
