//! The way round the guard, wherever it can stand.
#![deny(warnings)]

use std::{collections::HashMap, env, time::Instant};

use sempre::{Workflow, WorkflowContext, handlers};

#[derive(Workflow)]
struct Order {
    args: usize,
}

#[handlers]
impl Order {
    #[allow_nondeterminism(reason = "a test never replays it")]
    #[init]
    fn init() -> Self {
        Self {
            args: env::args().count(),
        }
    }

    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> u8 {
        #[allow_nondeterminism(reason = "only measured")]
        let begun = Instant::now();
        let mut args = 0;
        #[allow_nondeterminism(reason = "only logged")]
        args = args + env::args().count();
        #[allow_nondeterminism(reason = "only logged")]
        drop(env::args());
        #[allow_nondeterminism(reason = "only logged")]
        if env::args().count() > args {
            assert!(begun <= Instant::now(), "{}", env::args().count());
        }
        #[allow_nondeterminism(reason = "only logged")]
        assert!(begun <= Instant::now());
        let _ = vec![{
            #[allow_nondeterminism(reason = "only logged")]
            let counted: HashMap<u8, u8> = HashMap::new();
            counted.len()
        }];
        ctx.state(|state| {
            #[allow_nondeterminism(reason = "only logged")]
            match state.args {
                0 => env::args().count(),
                _ => 1,
            };
            match state.args {
                #[allow_nondeterminism(reason = "only logged")]
                0 => env::args().count(),
                _ => 1,
            }
        });
        Self::keys().count() as u8
    }

    /// Looked up and never iterated.
    #[allow_nondeterminism(reason = "there is one key")]
    fn keys() -> impl Iterator<Item = u8> {
        let keys: HashMap<u8, u8> = HashMap::from([(1, 2)]);
        keys.into_keys()
    }
}

fn main() {
    let _ = sempre::Engine::open("never").workflow::<Order>();
}
