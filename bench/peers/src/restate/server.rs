//! The server: started on a folder and free ports, and stopped with its value.

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use reqwest::Client;
use sempre_bench::Outcome;
use serde_json::{Value, json};

/// How long the server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is asked whether it does.
const LOOK: Duration = Duration::from_millis(50);

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    http: Client,
    ingress: SocketAddr,
    admin: SocketAddr,
}

impl Server {
    /// Starts the server, with its default configuration but for folders and ports.
    pub(super) async fn start(program: &Path, folder: &Path) -> Outcome<Self> {
        let [ingress, admin, node] = free_addresses()?;
        let log = File::create(folder.join("restate.log"))?;
        let child = Command::new(program)
            .args(["--no-logo", "--listen-mode", "tcp", "--node-name", "bench"])
            .arg("--base-dir")
            .arg(folder.join("restate"))
            .env("RESTATE_INGRESS__BIND_ADDRESS", ingress.to_string())
            .env("RESTATE_ADMIN__BIND_ADDRESS", admin.to_string())
            .env("RESTATE_BIND_ADDRESS", node.to_string())
            .env("RESTATE_ADVERTISED_ADDRESS", format!("http://{node}"))
            .env("RESTATE_DISABLE_TELEMETRY", "true")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
        let mut server = Self {
            child,
            http: Client::new(),
            ingress,
            admin,
        };
        server.await_ready().await?;
        Ok(server)
    }

    async fn await_ready(&mut self) -> Outcome {
        let begun = sempre_bench::now();
        let places = [
            format!("http://{}/health", self.admin),
            format!("http://{}/restate/health", self.ingress),
        ];
        for place in places {
            loop {
                let answer = self.http.get(&place).send().await;
                if answer.is_ok_and(|answer| answer.status().is_success()) {
                    break;
                }
                if let Some(status) = self.child.try_wait()? {
                    return Err(format!("restate-server has ended: {status}").into());
                }
                if begun.elapsed() > PATIENCE {
                    return Err("restate-server does not answer".into());
                }
                // Another process tells nobody that it is ready; before that it refuses at once.
                tokio::time::sleep(LOOK).await;
            }
        }
        Ok(())
    }

    /// Tells the server of the service at this address.
    pub(super) async fn register(&self, service: SocketAddr) -> Outcome {
        let place = format!("http://{}/deployments", self.admin);
        let uri = json!({ "uri": format!("http://{service}") });
        let answer = self.http.post(place).json(&uri).send().await?;
        if !answer.status().is_success() {
            let text = answer.text().await?;
            return Err(format!("restate-server refuses the service: {text}").into());
        }
        Ok(())
    }

    /// Calls a handler, and waits for what it returns.
    pub(super) async fn call(&self, handler: &str, input: u64) -> Outcome {
        self.post(&format!("Bench/{handler}"), input).await
    }

    /// Has a handler called, and waits until the server has taken note of that.
    pub(super) async fn send(&self, handler: &str, input: u64) -> Outcome {
        self.post(&format!("Bench/{handler}/send"), input).await
    }

    async fn post(&self, path: &str, input: u64) -> Outcome {
        let place = format!("http://{}/{path}", self.ingress);
        let answer = self.http.post(place).json(&input).send().await?;
        let status = answer.status();
        if status.is_success() {
            let _value: Value = answer.json().await?;
            return Ok(());
        }
        Err(format!("{path} failed: {status} {}", answer.text().await?).into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that is gone already needs no end.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Addresses on which nobody listens, as of now.
fn free_addresses() -> Outcome<[SocketAddr; 3]> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    // All are held until all are known, so that they differ.
    let held = [bind()?, bind()?, bind()?];
    let [one, two, three] = &held;
    Ok([one.local_addr()?, two.local_addr()?, three.local_addr()?])
}
