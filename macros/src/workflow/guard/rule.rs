//! The table of what is refused, and what is said about it.

/// What is wrong with a path, a method or a macro in workflow code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Clock,
    Timer,
    Random,
    Uuid,
    Spawn,
    Thread,
    Environment,
    Process,
    File,
    Network,
    Hash,
    Select,
}

impl Kind {
    /// Why a replay does not repeat it, and what to write instead.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::Clock => {
                "reads the clock of the machine, which has moved on when this code is replayed: \
                 use `ctx.now()`"
            }
            Self::Timer => {
                "waits by the clock of the process, and no history knows when that is over: use \
                 `ctx.sleep(…)`, or `.timeout(…)` behind `ctx.wait_until(…)`"
            }
            Self::Random => "draws other numbers when this code is replayed: use `ctx.random()`",
            Self::Uuid => "makes another id when this code is replayed: use `ctx.uuid()`",
            Self::Spawn => {
                "starts a task that no history knows of: use `ctx.spawn(…)`, or wait for several \
                 futures at once with `join!` or `join_all` of `sempre::workflow::combinator`"
            }
            Self::Thread => {
                "leaves the thread of the workflow, and no history knows of any other: put the \
                 work into an activity"
            }
            Self::Environment => {
                "differs from process to process: make it part of the workflow's input, or read \
                 it in an activity"
            }
            Self::Process => {
                "acts on a process, and does so again whenever this code is replayed: put it into \
                 an activity"
            }
            Self::File => {
                "touches files, which may differ when this code is replayed: put it into an \
                 activity"
            }
            Self::Network => {
                "uses the network, and does so again whenever this code is replayed: put it into \
                 an activity"
            }
            Self::Hash => {
                "is iterated in another order in each process: use `BTreeMap` or `BTreeSet`"
            }
            Self::Select => {
                "begins at another branch each time: use the macro of this name in \
                 `sempre::workflow::combinator`, which goes by the order of the branches"
            }
        }
    }
}

/// Some names of one kind, and the module that they live in.
///
/// A path is meant if it begins with a name, or with the name behind any part of its module:
/// `Instant::now` of `std::time` is also `time::Instant::now` and `std::time::Instant::now`. The
/// segment `*` stands for any one, and a `!` at the end for a macro.
struct Rule {
    kind: Kind,
    module: &'static str,
    names: &'static [&'static str],
}

const fn rule(kind: Kind, module: &'static str, names: &'static [&'static str]) -> Rule {
    Rule {
        kind,
        module,
        names,
    }
}

const RULES: &[Rule] = &[
    rule(
        Kind::Clock,
        "std::time",
        &["Instant::now", "SystemTime::now"],
    ),
    rule(Kind::Clock, "tokio::time", &["Instant::now"]),
    rule(Kind::Clock, "chrono", &["Utc::now", "Local::now"]),
    rule(
        Kind::Clock,
        "time",
        &["OffsetDateTime::now_utc", "OffsetDateTime::now_local"],
    ),
    rule(Kind::Clock, "jiff", &["Zoned::now"]),
    rule(Kind::Clock, "", &["jiff::Timestamp::now"]),
    rule(Kind::Timer, "tokio", TIMERS),
    rule(Kind::Timer, "actix_rt", TIMERS),
    rule(Kind::Timer, "actix_web::rt", TIMERS),
    rule(
        Kind::Timer,
        "actix",
        &[
            "clock::sleep",
            "clock::sleep_until",
            "clock::timeout",
            "clock::interval",
        ],
    ),
    rule(
        Kind::Timer,
        "std",
        &["thread::sleep", "thread::sleep_until"],
    ),
    rule(
        Kind::Timer,
        "",
        &["async_std::task::sleep", "futures_timer::*"],
    ),
    rule(Kind::Random, "rand", &["random", "thread_rng"]),
    rule(
        Kind::Random,
        "",
        &[
            "rand::rng",
            "rand::random_range",
            "rand::random_bool",
            "rand::random_ratio",
            "rand::random_iter",
            "rand::fill",
            "rand::make_rng",
            "fastrand::*",
            "getrandom::*",
        ],
    ),
    rule(
        Kind::Random,
        "rand::rngs",
        &[
            "ThreadRng",
            "OsRng",
            "SysRng",
            "StdRng::from_entropy",
            "StdRng::from_os_rng",
            "SmallRng::from_entropy",
            "SmallRng::from_os_rng",
        ],
    ),
    rule(
        Kind::Uuid,
        "uuid",
        &[
            "Uuid::new_v4",
            "Uuid::now_v1",
            "Uuid::now_v6",
            "Uuid::now_v7",
        ],
    ),
    rule(
        Kind::Spawn,
        "",
        &[
            "tokio::spawn",
            "actix::spawn",
            "actix_rt::spawn",
            "async_std::task::spawn",
            "smol::spawn",
        ],
    ),
    rule(Kind::Spawn, "actix_web", &["rt::spawn"]),
    rule(
        Kind::Spawn,
        "tokio::task",
        &["spawn_local", "JoinSet::new", "LocalSet::new"],
    ),
    rule(Kind::Spawn, "tokio", &["task::spawn"]),
    rule(
        Kind::Thread,
        "tokio::task",
        &["spawn_blocking", "block_in_place"],
    ),
    rule(
        Kind::Thread,
        "std",
        &[
            "thread::spawn",
            "thread::scope",
            "thread::Builder",
            "thread::current",
            "thread::park",
            "thread::park_timeout",
            "thread::yield_now",
            "thread::available_parallelism",
        ],
    ),
    rule(Kind::Thread, "", &["std::thread::*", "rayon::*"]),
    rule(
        Kind::Environment,
        "std",
        &[
            "env::var",
            "env::var_os",
            "env::vars",
            "env::vars_os",
            "env::args",
            "env::args_os",
            "env::current_dir",
            "env::current_exe",
            "env::home_dir",
            "env::temp_dir",
        ],
    ),
    rule(Kind::Environment, "", &["std::env::*"]),
    rule(
        Kind::Process,
        "std",
        &["process::Command", "process::id", "process::exit"],
    ),
    rule(Kind::Process, "", &["std::process::*", "tokio::process::*"]),
    rule(Kind::File, "std::fs", FILES),
    rule(Kind::File, "tokio::fs", FILES),
    rule(Kind::File, "std", FILE_FUNCTIONS),
    rule(Kind::File, "tokio", FILE_FUNCTIONS),
    rule(Kind::File, "", &["std::fs::*", "tokio::fs::*"]),
    rule(Kind::Network, "std::net", SOCKETS),
    rule(Kind::Network, "tokio::net", SOCKETS),
    rule(Kind::Network, "", &["tokio::net::*"]),
    rule(Kind::Hash, "std::collections", &["HashMap", "HashSet"]),
    rule(Kind::Hash, "hashbrown", &["HashMap", "HashSet"]),
    rule(Kind::Hash, "ahash", &["AHashMap", "AHashSet"]),
    rule(Kind::Hash, "std::hash", &["RandomState"]),
    rule(
        Kind::Select,
        "",
        &[
            "tokio::select!",
            "tokio::join!",
            "tokio::try_join!",
            "futures::select!",
            "futures_util::select!",
        ],
    ),
];

const TIMERS: &[&str] = &[
    "time::sleep",
    "time::sleep_until",
    "time::timeout",
    "time::timeout_at",
    "time::interval",
    "time::interval_at",
];

const FILES: &[&str] = &[
    "File::open",
    "File::create",
    "File::create_new",
    "File::options",
    "OpenOptions::new",
];

const FILE_FUNCTIONS: &[&str] = &[
    "fs::canonicalize",
    "fs::copy",
    "fs::create_dir",
    "fs::create_dir_all",
    "fs::exists",
    "fs::File",
    "fs::metadata",
    "fs::OpenOptions",
    "fs::read",
    "fs::read_dir",
    "fs::read_to_string",
    "fs::remove_dir_all",
    "fs::remove_file",
    "fs::rename",
    "fs::write",
];

const SOCKETS: &[&str] = &[
    "TcpStream::connect",
    "TcpStream::connect_timeout",
    "TcpListener::bind",
    "UdpSocket::bind",
    "UnixStream::connect",
    "UnixListener::bind",
    "net::TcpStream",
    "net::TcpListener",
    "net::UdpSocket",
];

/// Methods that are known by their name, because few other types have them.
const METHODS: &[(Kind, &[&str])] = &[
    (
        Kind::Thread,
        &["par_iter", "par_iter_mut", "into_par_iter", "par_bridge"],
    ),
    (Kind::Network, &["to_socket_addrs"]),
    (Kind::File, &["read_dir", "try_exists"]),
];

/// Which segments of a rule may stand for any one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wildcard {
    Counts,
    /// Where the beginning of the path is a guess.
    Ignored,
}

/// What is wrong with a path; `None` if nothing is.
pub(super) fn of_path(path: &[String], wildcard: Wildcard) -> Option<Kind> {
    RULES
        .iter()
        .find(|rule| {
            let mut names = rule.names.iter();
            names.any(|name| is_meant(path, rule.module, name, wildcard))
        })
        .map(|rule| rule.kind)
}

/// What is wrong with a method; `None` if nothing is.
pub(super) fn of_method(name: &str) -> Option<Kind> {
    METHODS
        .iter()
        .find(|(_, names)| names.contains(&name))
        .map(|(kind, _)| *kind)
}

fn is_meant(path: &[String], module: &str, name: &str, wildcard: Wildcard) -> bool {
    let module: Vec<&str> = module.split("::").filter(|it| !it.is_empty()).collect();
    (0..=module.len()).any(|skipped| {
        let parents = module.iter().skip(skipped).copied();
        let mut written = path.iter();
        parents.chain(name.split("::")).all(|wanted| {
            written.next().is_some_and(|segment| {
                segment == wanted || wanted == "*" && wildcard == Wildcard::Counts
            })
        })
    })
}
