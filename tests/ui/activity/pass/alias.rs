//! What a type is decides, and not how it is written.

use sempre::{
    ActivityContext, ApplicationFailure, activities, activity,
    definition::{Activity, NamesActivity},
};

type Outcome<T> = Result<T, ApplicationFailure>;
type Ctx = ActivityContext;
type Nothing = ();

#[activity(start_to_close = "1s")]
fn greet(name: String) -> Outcome<String> {
    Ok(name)
}

#[activity(start_to_close = "1s")]
async fn attempt(ctx: Ctx) -> u32 {
    ctx.info().attempt
}

#[activity(start_to_close = "1s")]
async fn both(_ctx: Ctx, _input: u8) -> Outcome<Nothing> {
    Ok(())
}

mod module {
    pub type Result<T> = std::result::Result<T, sempre::ApplicationFailure>;
    /// A value that is only called so.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct SearchResult;
}

struct Shop;

#[activities]
impl Shop {
    #[activity(start_to_close = "1s")]
    async fn find(&self, ctx: Ctx) -> module::Result<module::SearchResult> {
        drop(ctx);
        Ok(module::SearchResult)
    }

    #[activity(start_to_close = "1s")]
    fn look(&self) -> module::SearchResult {
        module::SearchResult
    }
}

fn types<A, Form>(_: A) -> [&'static str; 3]
where
    A: NamesActivity<Form>,
{
    use std::any::type_name;
    type Of<A, Form> = <A as NamesActivity<Form>>::Activity;
    [
        type_name::<<Of<A, Form> as Activity>::Input>(),
        type_name::<<Of<A, Form> as Activity>::Output>(),
        type_name::<<Of<A, Form> as Activity>::Error>(),
    ]
}

fn main() {
    let failure = std::any::type_name::<ApplicationFailure>();
    let never = std::any::type_name::<std::convert::Infallible>();
    assert_eq!(
        types(greet),
        ["alloc::string::String", "alloc::string::String", failure]
    );
    assert_eq!(types(attempt), ["()", "u32", never]);
    assert_eq!(types(both), ["u8", "()", failure]);
    assert_eq!(types(Shop::find)[0], "()");
    assert_eq!(types(Shop::find)[2], failure);
    assert_eq!(types(Shop::look)[2], never);
}
