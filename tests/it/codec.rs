//! Codecs: values are encoded wherever they are kept, and read again wherever they come back.

use std::{error::Error, fs, path::Path, time::Duration};

use derive_more::{Display, Error};
use sempre::{
    ActivityContext, ActivityError, Canceled, Engine, Failure, Workflow, WorkflowContext, activity,
    client::{
        RequestError, RequestOutcome, ResultError, SignalWorkflowError, UpdateError,
        WorkflowFailure,
    },
    codec::{Compression, Encryption, Key, KeyProvider, StaticKeys},
    handlers,
    model::{CodecError, Codecs, MemoUpdate, PayloadContext},
    runtime::EngineBuilder,
    testing::ManualClock,
    workflow::ChildError,
};
use sempre_tests::{Outcome, Scenario, Veil, World, block_on, problems};

/// In every value that the tests give to an engine, and in nothing else.
const MARK: &str = "4111-SECRET";

/// What goes wrong with a card; it says which card.
#[derive(Clone, PartialEq, Debug, Display, Error, Failure)]
enum CardError {
    /// The card is not good.
    #[display("card {card} is declined")]
    Unpaid {
        /// The card.
        card: String,
    },
    /// Charging it failed.
    #[display("charging failed: {_0}")]
    Charge(#[failure(cause)] ActivityError<Declined>),
    /// The child failed.
    #[display("checking failed: {_0}")]
    Check(#[failure(cause)] ChildError<Declined>),
    /// Somebody canceled it.
    #[display("canceled")]
    Canceled(#[failure(cause)] Canceled),
}

/// A card is not good.
#[derive(Clone, PartialEq, Debug, Display, Error, Failure)]
#[display("card {card} is declined")]
struct Declined {
    card: String,
}

impl From<ActivityError<Declined>> for CardError {
    fn from(error: ActivityError<Declined>) -> Self {
        Self::Charge(error)
    }
}

impl From<ChildError<Declined>> for CardError {
    fn from(error: ChildError<Declined>) -> Self {
        Self::Check(error)
    }
}

impl From<Canceled> for CardError {
    fn from(canceled: Canceled) -> Self {
        Self::Canceled(canceled)
    }
}

/// Says how far it got, fails, and succeeds where the first attempt got to.
#[activity(start_to_close = "10s", heartbeat = "5s", retry(max_attempts = 2))]
async fn charge(ctx: ActivityContext, card: String) -> Result<String, Declined> {
    if ctx.info().attempt == 1 {
        let said = ctx.heartbeat(&format!("checked {card}"));
        return match said {
            Ok(()) => Err(Declined { card }),
            Err(error) => Ok(error.to_string()),
        };
    }
    let before: Option<String> = ctx.heartbeat_details().unwrap_or_default();
    Ok(format!("{} and charged", before.unwrap_or_default()))
}

/// Never succeeds.
#[activity(start_to_close = "10s", retry(max_attempts = 1))]
async fn decline(card: String) -> Result<(), Declined> {
    Err(Declined { card })
}

/// A child that checks a card.
#[derive(Workflow, Default)]
struct Check {
    asked: Vec<String>,
}

#[handlers]
impl Check {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, card: String) -> Result<String, Declined> {
        if card.is_empty() {
            return Err(Declined {
                card: MARK.to_owned(),
            });
        }
        let _ended = ctx.wait_until(|check| !check.asked.is_empty()).await;
        Ok(format!(
            "{card} checked: {}",
            ctx.state(|check| check.asked.join(","))
        ))
    }

    #[signal]
    fn ask(&mut self, question: String) {
        self.asked.push(question);
    }
}

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; Key::BYTES])
}

/// Has a value in everything that a workflow can say and be told.
#[derive(Workflow, Default)]
struct Till {
    said: Vec<String>,
    closed: bool,
}

#[handlers]
impl Till {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, card: String) -> Result<String, CardError> {
        let charged = ctx.activity(charge, card.clone()).await?;
        let again = ctx.local_activity(charge, card.clone()).await?;
        ctx.upsert_memo([MemoUpdate::set("card", card.clone())]);
        let check = ctx.child::<Check>(..).start(card.clone()).await?;
        let _sent = check.ask(format!("is {card} good?")).await;
        let checked = check.result().await?;
        ctx.update(|till| till.said.extend([charged, again, checked]));
        let refused = ctx.activity(decline, card.clone()).await;
        let refused = refused.err().map(|error| error.to_string());
        ctx.update(|till| till.said.extend(refused));
        ctx.wait_until(|till| till.closed).await?;
        let said = ctx.state(|till| till.said.join("; "));
        if card.ends_with("bad") {
            return Err(CardError::Unpaid { card });
        }
        Ok(said)
    }

    #[signal]
    fn note(&mut self, text: String) {
        self.said.push(text);
    }

    #[signal]
    fn close(&mut self) {
        self.closed = true;
    }

    #[query]
    fn said(&self, prefix: String) -> Vec<String> {
        let said = self.said.iter().map(|text| format!("{prefix}{text}"));
        said.collect()
    }

    #[update]
    fn correct(&mut self, text: String) -> Result<String, Declined> {
        if text.ends_with("bad") {
            return Err(Declined { card: text });
        }
        self.said.push(text.clone());
        Ok(text)
    }

    #[expect(clippy::ptr_arg, reason = "a validator is lent its input")]
    #[validate(correct)]
    fn check_correct(&self, text: &String) -> Result<(), Declined> {
        if text.ends_with("refused") {
            return Err(Declined { card: text.clone() });
        }
        Ok(())
    }
}

fn with_activities(engine: EngineBuilder) -> EngineBuilder {
    engine.activities(charge).activities(decline)
}

/// Tells a till everything that it can be told.
async fn tell_all(engine: &Engine, id: &str, card: &str) -> Outcome {
    let till = engine.workflow::<Till>(id).start(card.to_owned());
    let till = till.memo("first", format!("first {card}")).await?;
    till.note(format!("note {card}")).await?;
    assert_eq!(
        till.correct(format!("{card} right")).await?,
        format!("{card} right")
    );
    let failed = till.correct(format!("{MARK} bad")).await;
    let failed = failed.err().ok_or("the handler fails")?;
    assert!(
        matches!(&failed, UpdateError::Failed(it) if it.card == format!("{MARK} bad")),
        "{failed:?}"
    );
    let refused = till.correct(format!("{MARK} refused")).await;
    let refused = refused.err().ok_or("the validator refuses it")?.to_string();
    assert!(
        refused.contains(&format!("card {MARK} refused is declined")),
        "{refused}"
    );
    Ok(())
}

#[test]
fn every_value_is_kept_encoded_and_read_decoded() -> Outcome {
    let codecs = Codecs::default().and(Veil::default());
    let scenario = Scenario::of::<Till>().and::<Check>();
    let scenario = scenario.with(with_activities).codec(Veil::default());
    scenario.run_in_any_order(async |world| {
        for (id, card) in [("good", MARK.to_owned()), ("bad", format!("{MARK} bad"))] {
            tell_all(&world.engine(), id, &card).await?;
            let till = world.workflow::<Till>(id);
            // The second attempts are a second later, each.
            world.pass_seconds(1).await;
            world.pass_seconds(1).await;
            world
                .until(&till, |it| it.memo.len() == 2 && it.activities.is_empty())
                .await?;
            loop {
                let said = till.said("> ".into()).await?;
                if said.len() >= 6 {
                    assert_eq!(said.first(), Some(&format!("> note {card}")));
                    break;
                }
            }
            let described = till.describe().await?;
            assert_eq!(
                described.memo.get::<String>("first")?,
                Some(format!("first {card}"))
            );
            assert_eq!(described.memo.get::<String>("card")?, Some(card.clone()));
            till.close().await?;
            let ended = till.result().await;
            if card.ends_with("bad") {
                let failure = ended.expect_err("it fails");
                let ResultError::Workflow(WorkflowFailure::Failed(error)) = failure else {
                    return Err(failure.into());
                };
                assert_eq!(error, CardError::Unpaid { card });
            } else {
                let said = ended?;
                for part in [
                    format!("checked {card} and charged"),
                    format!("{card} checked: is {card} good?"),
                    format!("card {card} is declined"),
                ] {
                    assert!(said.contains(&part), "{part} in {said}");
                }
            }
        }
        for execution in world.started() {
            let history = world.history(execution.clone()).await?;
            let shown = format!("{history:?}");
            assert!(!shown.contains(MARK), "{shown}");
            let mut readable = history.clone();
            codecs.decode(&mut readable, &execution.workflow_id)?;
            assert!(format!("{readable:?}").contains(MARK));
            let run = world.workflow::<Till>(execution.workflow_id.clone());
            let run = run.at_run(execution.run_id);
            assert_eq!(run.readable_history().await?, readable);
        }
        Ok(())
    })
}

/// Everything that is in the files of a folder.
fn bytes_in(folder: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            bytes.extend(bytes_in(&path)?);
        } else {
            bytes.extend(fs::read(path)?);
        }
    }
    Ok(bytes)
}

fn contains(bytes: &[u8], mark: &str) -> bool {
    bytes.windows(mark.len()).any(|it| it == mark.as_bytes())
}

#[test]
fn nobody_finds_a_value_in_the_files_of_an_encrypted_store() -> Outcome {
    for is_encrypted in [false, true] {
        let folder = tempfile::tempdir()?;
        block_on(async {
            let clock = ManualClock::new();
            let engine = with_activities(Engine::open(folder.path()))
                .clock(clock.clone())
                .workflow::<Till>()
                .workflow::<Check>();
            let engine = if is_encrypted {
                let encryption = Encryption::new(StaticKeys::new("k1", key(1)));
                engine.codec(Compression::default()).codec(encryption)
            } else {
                engine
            };
            let engine = engine.start().await?;
            tell_all(&engine, "till", MARK).await?;
            let till = engine.workflow::<Till>("till");
            till.close().await?;
            for _ in 0..2 {
                let then = clock.now().after(Duration::from_secs(1));
                clock.sleeping_until(then).await;
                clock.set(then);
            }
            let said = till.result().await?;
            assert!(
                said.contains(&format!("checked {MARK} and charged")),
                "{said}"
            );
            engine.shutdown().await;
            Ok(())
        })?;
        assert_eq!(contains(&bytes_in(folder.path())?, MARK), !is_encrypted);
    }
    Ok(())
}

/// Keeps the value that it is given until it is closed.
#[derive(Workflow, Default)]
struct Safe {
    closed: bool,
}

#[handlers]
impl Safe {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, value: String) -> Result<String, Canceled> {
        ctx.wait_until(|safe| safe.closed).await?;
        Ok(value)
    }

    #[signal]
    fn close(&mut self) {
        self.closed = true;
    }

    #[signal]
    fn note(&mut self, _: String) {}
}

fn encrypted(key_id: &'static str, byte: u8) -> impl Fn(EngineBuilder) -> EngineBuilder {
    move |engine| engine.codec(Encryption::new(StaticKeys::new(key_id, key(byte))))
}

/// What is said of a safe that was made with one key and is closed where there is another.
async fn closed_without_its_key(
    world: &World,
    other: impl FnOnce(EngineBuilder) -> EngineBuilder,
) -> Result<String, Box<dyn Error>> {
    world.restart_with(encrypted("k1", 1)).await?;
    let safe = world.workflow::<Safe>("safe");
    safe.start(MARK.to_owned()).await?;
    world.restart_with(other).await?;
    let safe = world.workflow::<Safe>("safe");
    safe.close().await?;
    let stuck = world.until(&safe, |it| !it.problems.is_empty()).await?;
    Ok(problems(&stuck).join("; "))
}

#[test]
fn a_run_whose_key_is_missing_waits_for_it_and_loses_nothing() -> Outcome {
    Scenario::of::<Safe>().run_unchecked(async |world| {
        let said = closed_without_its_key(world, encrypted("k2", 2)).await?;
        assert!(
            said.contains("a payload cannot be decoded: key `k1` is not known"),
            "{said}"
        );
        let attention = world.engine().needs_attention();
        let attention: Vec<_> = attention.iter().map(|it| it.problem.to_string()).collect();
        assert!(
            attention.join("; ").contains("key `k1` is not known"),
            "{attention:?}"
        );

        let both = StaticKeys::new("k1", key(1)).and("k2", key(2));
        world
            .restart_with(move |engine| engine.codec(Encryption::new(both)))
            .await?;
        let safe = world.workflow::<Safe>("safe");
        // The task may be on its way already.
        let _tried = safe.retry_now().await;
        assert_eq!(safe.result().await?, MARK);

        // Who reads the result without the key is told which one it takes.
        world.restart_with(encrypted("k2", 2)).await?;
        let unread = world.workflow::<Safe>("safe").result().await;
        let unread = unread.expect_err("nobody can read it").to_string();
        assert!(unread.contains("key `k1` is not known"), "{unread}");
        Ok(())
    })
}

#[test]
fn a_forged_payload_is_refused_and_its_run_is_set_aside() -> Outcome {
    Scenario::of::<Safe>().run_unchecked(async |world| {
        // Another key of the same name, as somebody would have who forges what is kept.
        let said = closed_without_its_key(world, encrypted("k1", 2)).await?;
        assert!(
            said.contains("it is not what was written: it does not decrypt with key `k1`"),
            "{said}"
        );
        Ok(())
    })
}

/// Has no key for anybody.
struct NoKeys;

impl KeyProvider for NoKeys {
    fn key_for(&self, context: PayloadContext<'_>) -> Result<(String, Key), CodecError> {
        Err(CodecError::unknown_key(format!(
            "of {}",
            context.workflow_id
        )))
    }

    fn key(&self, _: &str) -> Option<Key> {
        None
    }
}

#[test]
fn nothing_is_written_without_a_key() -> Outcome {
    Scenario::of::<Safe>().run_unchecked(async |world| {
        let open = world
            .workflow::<Safe>("open")
            .start("readable".to_owned())
            .await?;
        world
            .restart_with(|engine| engine.codec(Encryption::new(NoKeys)))
            .await?;
        let refused = world.workflow::<Safe>("safe").start(MARK.to_owned()).await;
        let refused = refused.expect_err("there is no key");
        assert_eq!(refused.outcome(), RequestOutcome::NotDone);
        assert!(
            refused.to_string().contains("key `of safe` is not known"),
            "{refused}"
        );
        assert!(world.workflow::<Safe>("safe").describe().await.is_err());

        let open = world.workflow::<Safe>(open.workflow_id().clone());
        let refused = open
            .note(MARK.to_owned())
            .await
            .expect_err("there is no key");
        assert!(
            matches!(
                &refused,
                SignalWorkflowError::Request(RequestError::NotEncoded(_))
            ),
            "{refused:?}"
        );
        // What is no value needs no key; but the result does.
        open.close().await?;
        let stuck = world.until(&open, |it| !it.problems.is_empty()).await?;
        let said = problems(&stuck).join("; ");
        assert!(
            said.contains("a payload cannot be encoded: key `of open`"),
            "{said}"
        );
        Ok(())
    })
}

#[test]
fn values_from_before_the_codec_stay_readable() -> Outcome {
    Scenario::of::<Safe>().run_unchecked(async |world| {
        world
            .workflow::<Safe>("safe")
            .start(MARK.to_owned())
            .await?;
        world.restart_with(encrypted("k1", 1)).await?;
        let safe = world.workflow::<Safe>("safe");
        safe.close().await?;
        assert_eq!(safe.result().await?, MARK);
        Ok(())
    })
}

/// Panics where it is asked for a key.
struct Broken;

impl KeyProvider for Broken {
    #[expect(clippy::panic, reason = "that is what is tested")]
    fn key_for(&self, _: PayloadContext<'_>) -> Result<(String, Key), CodecError> {
        panic!("the vault is shut")
    }

    fn key(&self, _: &str) -> Option<Key> {
        None
    }
}

#[test]
fn a_codec_that_panics_has_failed_and_harms_nobody() -> Outcome {
    Scenario::of::<Safe>().run_unchecked(async |world| {
        let safe = world.workflow::<Safe>("safe");
        safe.start(MARK.to_owned()).await?;
        world
            .restart_with(|engine| engine.codec(Encryption::new(Broken)))
            .await?;
        let refused = world.workflow::<Safe>("other").start(MARK.to_owned());
        let refused = refused.await.err().ok_or("there is no key")?;
        assert_eq!(refused.outcome(), RequestOutcome::NotDone);
        assert!(
            refused.to_string().contains("the vault is shut"),
            "{refused}"
        );
        let safe = world.workflow::<Safe>("safe");
        safe.close().await?;
        let stuck = world.until(&safe, |it| !it.problems.is_empty()).await?;
        let said = problems(&stuck).join("; ");
        assert!(
            said.contains("the codec panicked: the vault is shut"),
            "{said}"
        );
        Ok(())
    })
}
