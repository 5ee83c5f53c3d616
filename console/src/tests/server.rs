//! The server for those who have none.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::world::{Outcome, World};
use crate::Console;

async fn ask(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[actix::test]
async fn it_shows_the_console_to_this_machine_until_it_is_stopped() -> Outcome {
    let world = World::new().await?;
    let server = Console::new(&world.engine).serve("127.0.0.1:0")?;
    let address = server.address();
    assert_eq!(server.url(), format!("http://{address}/"));
    let request =
        |host: &str| format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let page = ask(address, &request("localhost")).await?;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("read only"), "{page}");
    let page = ask(address, &request("evil.example")).await?;
    assert!(page.starts_with("HTTP/1.1 403"), "{page}");
    // Somebody looks at a live view meanwhile; it does not hold the server up.
    let mut live = TcpStream::connect(address).await?;
    live.write_all(b"GET /?live=1 HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await?;
    let mut first = [0; 12];
    live.read_exact(&mut first).await?;
    assert_eq!(&first, b"HTTP/1.1 200");
    let taken = Console::new(&world.engine).serve(address);
    assert!(taken.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse));
    server.stop().await;
    // It has ended, and in order: with the last piece.
    let mut rest = Vec::new();
    live.read_to_end(&mut rest).await?;
    assert!(rest.ends_with(b"0\r\n\r\n"), "{rest:?}");
    assert!(TcpStream::connect(address).await.is_err());
    world.engine.shutdown().await;
    Ok(())
}
