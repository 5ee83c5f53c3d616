//! What the macros accept, and what they say about what they do not.
//!
//! A folder for each macro and one for the guard of `#[handlers]`, with one case for each documented form and one for each rule; the
//! answers are written by `TRYBUILD=overwrite`.

#[test]
fn every_documented_form_compiles_and_every_mistake_is_explained() {
    let cases = trybuild::TestCases::new();
    for folder in ["workflow", "guard", "activity", "failure", "handle", "test"] {
        cases.pass(format!("ui/{folder}/pass/*.rs"));
        cases.compile_fail(format!("ui/{folder}/fail/*.rs"));
    }
}
