//! System calls, read from what strace writes.

use std::{collections::BTreeMap, error::Error};

/// A system call, by the lines of the trace in which it began and ended.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Call {
    pub(crate) began: usize,
    /// `usize::MAX` if the process ended meanwhile.
    pub(crate) ended: usize,
    pub(crate) name: String,
    pub(crate) arguments: Vec<Argument>,
    /// What it returned; `None` if it failed, or did not return.
    pub(crate) result: Option<i64>,
}

/// An argument as strace writes it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Argument {
    /// A number, with the path that a descriptor has.
    Number(i64, Option<String>),
    /// The bytes of a string.
    Bytes(Vec<u8>),
    /// Anything else: flags, structures.
    Text(String),
}

impl Call {
    pub(crate) fn number(&self, position: usize) -> Option<i64> {
        match self.arguments.get(position)? {
            Argument::Number(number, _) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn bytes(&self, position: usize) -> Option<&[u8]> {
        match self.arguments.get(position)? {
            Argument::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn text(&self, position: usize) -> &str {
        match self.arguments.get(position) {
            Some(Argument::Text(text)) => text,
            _ => "",
        }
    }

    /// The path of the descriptor at this position.
    pub(crate) fn path(&self, position: usize) -> Option<&str> {
        match self.arguments.get(position)? {
            Argument::Number(_, path) => path.as_deref(),
            _ => None,
        }
    }
}

/// Reads the calls of a trace, whose lines count from this number on; in the order of their ends.
pub(crate) fn read(trace: &str, first_line: usize) -> Result<Vec<Call>, Box<dyn Error>> {
    const UNFINISHED: &str = " <unfinished ...>";
    let mut calls = Vec::new();
    let mut open: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for (line, text) in (first_line..).zip(trace.lines()) {
        let Some((thread, text)) = text.split_once(' ') else {
            continue;
        };
        let text = text.trim_start();
        if let Some(text) = text.strip_suffix(UNFINISHED) {
            open.insert(thread, (line, text));
        } else if let Some(rest) = text.strip_prefix("<... ") {
            let (_, rest) = rest.split_once(" resumed>").ok_or("a call is resumed")?;
            let (began, text) = open.remove(thread).ok_or("a call is resumed that began")?;
            calls.extend(parse(&format!("{text}{rest}"), began, line)?);
        } else {
            calls.extend(parse(text, line, line)?);
        }
    }
    for (began, text) in open.into_values() {
        calls.extend(parse(text, began, usize::MAX)?);
    }
    Ok(calls)
}

/// Whether the process of a trace ended while a call changed something, so that nobody knows
/// whether it did.
pub(crate) fn leaves_a_change_unknown(trace: &str) -> bool {
    let mut open: BTreeMap<&str, &str> = BTreeMap::new();
    for line in trace.lines() {
        let Some((thread, text)) = line.split_once(' ') else {
            continue;
        };
        let text = text.trim_start();
        let call = if text.starts_with("<... ") {
            open.remove(thread).unwrap_or_default()
        } else {
            text
        };
        if text.ends_with("<unfinished ...>") {
            open.insert(thread, call);
        } else if changes(call) && (text.ends_with("= ?") || is_cut_short(call, text)) {
            return true;
        }
    }
    open.into_values().any(changes)
}

/// Whether more was written than the trace shows of it.
fn is_cut_short(call: &str, text: &str) -> bool {
    // Short lines are padded in front of the sign.
    let written = text.rsplit_once(" = ").map(|(_, result)| result.trim());
    let written = written.and_then(|result| result.parse::<usize>().ok());
    let shown = call.split('"').nth(1).unwrap_or_default();
    call.contains("write") && written.is_some_and(|bytes| bytes > shown.matches("\\x").count())
}

/// Whether a call, with as much of it as is known, changes what is on the disk.
fn changes(call: &str) -> bool {
    const CHANGES: [&str; 7] = [
        "pwrite64",
        "write",
        "ftruncate",
        "fallocate",
        "rename",
        "unlink",
        "mkdir",
    ];
    let makes_a_file = call.starts_with("open") && call.contains("O_CREAT");
    makes_a_file || CHANGES.iter().any(|change| call.starts_with(change))
}

/// Reads one call; `None` for a line about something else.
fn parse(text: &str, began: usize, ended: usize) -> Result<Option<Call>, Box<dyn Error>> {
    let Some((name, rest)) = text.split_once('(') else {
        return Ok(None);
    };
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        return Ok(None);
    }
    let (arguments, rest) = split(rest);
    let result = rest.split_once("= ").and_then(|(_, result)| {
        let end = result.find(|one: char| !one.is_ascii_digit());
        result.get(..end.unwrap_or(result.len()))?.parse().ok()
    });
    let arguments = arguments.into_iter().map(argument);
    Ok(Some(Call {
        began,
        ended,
        name: name.to_owned(),
        arguments: arguments.collect::<Result<_, _>>()?,
        result,
    }))
}

/// Splits the arguments of a call, and what comes after them.
fn split(text: &str) -> (Vec<&str>, &str) {
    let (mut arguments, mut depth, mut begin) = (Vec::new(), 0_usize, 0);
    let mut take = |from: usize, to: usize| {
        let argument = text.get(from..to).unwrap_or_default().trim();
        if !argument.is_empty() {
            arguments.push(argument);
        }
    };
    // Strings and paths are numbers only, so nothing in them looks like punctuation.
    for (position, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                take(begin, position);
                let rest = text.get(position + 1..).unwrap_or_default();
                return (arguments, rest);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                take(begin, position);
                begin = position + 1;
            }
            _ => {}
        }
    }
    take(begin, text.len());
    (arguments, "")
}

fn argument(text: &str) -> Result<Argument, Box<dyn Error>> {
    if let Some(string) = text.strip_prefix('"') {
        let Some(string) = string.strip_suffix('"') else {
            return Err(format!("strace has shortened a string: {text:.80}").into());
        };
        return Ok(Argument::Bytes(decode(string)?));
    }
    if let Some((number, path)) = path_in(text) {
        let path = String::from_utf8(decode(path)?)?;
        return Ok(match number.parse() {
            Ok(number) => Argument::Number(number, Some(path)),
            // `AT_FDCWD`.
            Err(_) => Argument::Number(-100, Some(path)),
        });
    }
    Ok(match text.parse() {
        Ok(number) => Argument::Number(number, None),
        Err(_) => Argument::Text(text.to_owned()),
    })
}

/// What stands before a path, and the path.
fn path_in(text: &str) -> Option<(&str, &str)> {
    let (before, path) = text.split_once('<')?;
    Some((before, path.strip_suffix('>')?))
}

fn decode(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut rest = text.as_bytes();
    while let Some((one, after)) = rest.split_first() {
        rest = after;
        match (one, after) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digit = |digit: u8| char::from(digit).to_digit(16);
                let byte = digit(*high)
                    .zip(digit(*low))
                    .ok_or("a byte has two digits")?;
                bytes.push(u8::try_from(byte.0 * 16 + byte.1)?);
                rest = after;
            }
            (one, _) => bytes.push(*one),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::leaves_a_change_unknown;

    #[test]
    fn what_a_process_was_changing_when_it_ended_is_not_known() {
        let table = [
            ("7 openat(4, \"a\", O_RDWR|O_CREAT|O_EXCL, 0666) = 5", false),
            ("7 openat(4, \"a\", O_RDWR|O_CREAT|O_EXCL, 0666) = ?", true),
            (
                "7 openat(4, \"a\", O_RDWR|O_CREAT|O_EXCL, 0666 <unfinished ...>",
                true,
            ),
            (
                "7 openat(4, \"a\", O_CREAT <unfinished ...>\n7 <... openat resumed>) = ?",
                true,
            ),
            (
                "7 openat(4, \"a\", O_CREAT <unfinished ...>\n7 <... openat resumed>) = 5",
                false,
            ),
            ("7 openat(4, \"a\", O_RDONLY <unfinished ...>", false),
            ("7 pwrite64(4, \"a\", 1, 0 <unfinished ...>", true),
            ("7 pwrite64(4, \"\\x61\\x62\", 2, 0) = 2", false),
            ("7 pwrite64(4, \"\\x61\"..., 2, 0) = 2", true),
            (
                "7 write(4, \"\\x61\" <unfinished ...>\n7 <... write resumed>, 1) = 1",
                false,
            ),
            ("7 write(4, 0x7f00, 1)           = 1", true),
            (
                "7 write(4, \"\\x61\" <unfinished ...>\n7 <... write resumed>, 2)      = 2",
                true,
            ),
            (
                "7 write(4, \"\\x61\", 1) = -1 EIO (Input/output error)",
                false,
            ),
            ("7 fdatasync(4 <unfinished ...>", false),
            ("7 mkdir(\"a\", 0777 <unfinished ...>", true),
            ("7 +++ killed by SIGKILL +++", false),
        ];
        for (trace, unknown) in table {
            assert_eq!(leaves_a_change_unknown(trace), unknown, "{trace}");
        }
    }
}
