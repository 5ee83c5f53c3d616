//! The rules of the house, as tests: each failure says where, what, and what to do about it.
//!
//! Everything here reads the sources as text, with comments and literals told from code, and needs
//! no other tool. What a rule is for stands at the rule.

mod artifact;
#[expect(dead_code, reason = "the program `mutants` says and does the rest")]
#[path = "../mutants/fault.rs"]
mod fault;
mod floor;
mod macro_case;
mod mark;
mod mutant;
mod name;
mod page;
mod promise;
mod purity;
mod source;

/// Fails with every complaint, and with what to do about them.
#[track_caller]
fn report(remedy: &str, complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "\n\n{}\n\nremedy: {remedy}\n",
        complaints.join("\n"),
    );
}
