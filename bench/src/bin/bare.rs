//! The least that an HTTP answer costs: axum, and a handler that gives the same answer to everything.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use bench::Outcome;
use bench::answer::Answer;
use clap::Parser;

/// Gives the same answer to everything.
#[derive(Parser)]
struct Arguments {
    /// Address and port to listen on
    #[arg(long)]
    listen: SocketAddr,
    /// The answer: a file that `load --sample` wrote
    #[arg(long)]
    answer: PathBuf,
}

#[tokio::main]
async fn main() -> Outcome {
    let arguments = Arguments::parse();
    let answer = Answer::parse(&std::fs::read(&arguments.answer)?).ok_or("an HTTP/1.1 answer")?;
    let router = Router::new().fallback(give).with_state(answer);
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    Ok(axum::serve(listener, router).await?)
}

/// The request is read to its end, as any handler of a form would.
async fn give(State(answer): State<Answer>, _request: Bytes) -> Response {
    answer.give()
}
