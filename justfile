# Thin: what is checked stands in the tests and in `.ci/run`.

# What a change has to pass.
verify:
    .ci/run

# Formats, and applies what clippy can mend itself.
fix:
    cargo fmt --all
    cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged

# Writes the goldens anew; read the diff before you commit it.
bless:
    BLESS=1 UPDATE_EXPECT=1 TRYBUILD=overwrite cargo test --workspace

# Runs every example.
examples:
    cargo run --example hello_world
    cargo run --example without_macros
    cargo run --example updates
    cargo run --example order_fulfilment -- --demo
    cargo run --example service_actix -- --demo
    cargo run --example service_axum -- --demo
    cargo run --example local_activities
    cargo run --example progress
    cargo run --example search
    cargo run --example tenants
    cargo run --example traced_order
    cargo run --example messages
    cargo run --example cancellation
    cargo run --example saga
    cargo run --example child_workflows
    cargo run --example continue_as_new
    cargo run --example schedules
    cargo run --example patching
    cargo run --example versions
    cargo run --example encryption
    cargo run --example large_values
    cargo run --example reset_and_retry
    cargo run --example crash_and_resume

# Measures the scenarios, or says which there are: `just bench step --runs 5`.
bench *scenarios:
    cargo run --release -p sempre-bench -- {{scenarios}}

# Counts the instructions of the hot paths; needs valgrind.
instructions:
    cargo run --release -p sempre-bench-instructions

# Kills a process that does everything, and gives it disks that refuse what it writes; needs strace.
campaign kills="1000":
    cargo run --release -p sempre-tests --bin campaign -- --kills {{kills}}
    cargo run --release -p sempre-tests --bin campaign -- --kills {{kills}} --fault enospc
    cargo run --release -p sempre-tests --bin campaign -- --kills {{kills}} --fault eio

# What takes hours: seeds that nobody has tried, by the day.
nightly:
    cargo run --release -p sempre-tests --bin campaign -- --kills 5000 --from "$(date +%s)"
    cargo run --release -p sempre-tests --bin campaign -- --kills 1000 --from "$(date +%s)" --fault enospc
    cargo run --release -p sempre-tests --bin campaign -- --kills 1000 --from "$(date +%s)" --fault eio
    cargo run --release -p sempre-tests --bin powercut -- --states 10000 --from "$(date +%s)"
    cargo run --release -p sempre-tests --bin simulate -- --seeds 200000 --from "$(date +%s)"

# Opens what power cuts leave of recorded processes; needs strace.
powercut states="10000":
    cargo run --release -p sempre-tests --bin powercut -- --states {{states}}

# Goes through simulated worlds, one seed each.
simulate seeds="20000":
    cargo run --release -p sempre-tests --bin simulate -- --seeds {{seeds}}

# Licenses, advisories and bans of dependencies; needs cargo-deny.
deny:
    cargo deny check
