//! The guide's page of promises names tests that exist, and leaves no guarantee of the README out.

use std::{collections::BTreeSet, fs, io};

use crate::{
    report,
    source::{rust, workspace},
};

/// The page that says which test holds which promise.
const PAGE: &str = "framework/docs/guide/promises.md";

/// The names in backticks that read like tests: several words in small letters.
fn tests_named(page: &str) -> impl Iterator<Item = &str> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted.filter(|name| {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        name.matches('_').count() >= 2 && name.chars().all(is_word)
    })
}

/// The sentences in bold under a heading.
fn in_bold<'t>(text: &'t str, heading: &str) -> Vec<&'t str> {
    let section = text.split("\n## ").find(|part| part.starts_with(heading));
    let lines = section.unwrap_or_default().lines();
    lines
        .filter_map(|line| line.strip_prefix("* **")?.split_once("**"))
        .map(|(sentence, _)| sentence)
        .collect()
}

#[test]
fn every_test_on_the_page_of_promises_exists() -> io::Result<()> {
    let page = fs::read_to_string(workspace().join(PAGE))?;
    let sources = rust();
    let functions: BTreeSet<&str> = sources
        .iter()
        .flat_map(|source| source.text.split("fn ").skip(1))
        .filter_map(|rest| rest.split(['(', '<']).next())
        .collect();
    let named: Vec<&str> = tests_named(&page).collect();
    assert!(named.len() > 10, "the page names hardly any tests");
    let missing = named.into_iter().filter(|name| !functions.contains(name));
    let complaints: Vec<String> = missing.map(|name| format!("{PAGE}: {name}")).collect();
    report("name the test as it is called now", &complaints);
    Ok(())
}

#[test]
fn every_guarantee_of_the_readme_is_on_the_page_of_promises() -> io::Result<()> {
    let readme = fs::read_to_string(workspace().join("README.md"))?;
    let page = fs::read_to_string(workspace().join(PAGE))?;
    let guarantees = in_bold(&readme, "Guarantees");
    assert!(guarantees.len() > 3, "the README has hardly any guarantees");
    let missing = guarantees
        .into_iter()
        .filter(|sentence| !page.contains(&format!("**{sentence}**")));
    let complaints: Vec<String> = missing.map(|it| format!("{PAGE}: {it}")).collect();
    report("give it a row with the tests that hold it", &complaints);
    Ok(())
}
