//! The service: an engine and an HTTP server side by side.

use std::{error::Error, io, net::SocketAddr, path::Path};

use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    rt,
    web::Data,
};
use sempre::Engine;
use sempre_console::{Console, adapter::actix::scope};

use crate::{activity::Shop, api, workflow::OrderFulfilment};

/// A service that runs.
pub(crate) struct Service {
    engine: Engine,
    address: SocketAddr,
    server: ServerHandle,
    running: rt::task::JoinHandle<io::Result<()>>,
}

impl Service {
    /// Starts a service; port 0 is any free one.
    pub(crate) async fn start(store: &Path, port: u16) -> Result<Self, Box<dyn Error>> {
        let engine = Engine::open(store)
            .workflow::<OrderFulfilment>()
            .activities(Shop)
            .start()
            .await?;
        match listen(&engine, port) {
            Ok((address, server)) => Ok(Self {
                engine,
                address,
                server: server.handle(),
                running: rt::spawn(server),
            }),
            Err(error) => {
                engine.shutdown().await;
                Err(error.into())
            }
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the console is, for readers on this machine.
    pub(crate) fn console_url(&self) -> String {
        format!("{}/console/", self.url())
    }

    /// Serves until the server is told to stop, which it does by itself on Ctrl-C.
    pub(crate) async fn run_until_ctrl_c(self) -> Result<(), Box<dyn Error>> {
        self.running.await??;
        // No request is under way any more. Attempts get their time to end.
        self.engine.shutdown().await;
        Ok(())
    }

    /// Stops as Ctrl-C does.
    pub(crate) async fn stop(self) -> Result<(), Box<dyn Error>> {
        self.server.stop(true).await;
        self.run_until_ctrl_c().await
    }
}

fn listen(engine: &Engine, port: u16) -> io::Result<(SocketAddr, Server)> {
    // An engine is a cheap clone, one for each worker.
    let console = Console::new(engine).title("orders");
    let engine = Data::new(engine.clone());
    let app = move || {
        App::new()
            .app_data(engine.clone())
            .configure(api::routes)
            .service(scope("/console", &console))
    };
    let server = HttpServer::new(app)
        .workers(2)
        .shutdown_timeout(5)
        .bind(("127.0.0.1", port))?;
    let address = server.addrs().first().copied();
    let address = address.ok_or_else(|| io::Error::other("the server has no address"))?;
    Ok((address, server.run()))
}
