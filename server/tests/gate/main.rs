//! The gate behind real reverse proxies, each with the very configuration that `docs/gate` has. `cargo xtask test gate`
//! installs the proxies and runs this; a proxy that cannot be had is named, and is an error under CI.

mod attacked;
mod canonical;
mod cases;
mod counting;
mod dice;
mod doctor;
mod frozen;
mod full;
mod http;
mod killed;
mod paths;
mod process;
mod proxies;
mod secret;
mod site;
mod stage;
#[expect(dead_code, reason = "shared with the tests over HTTP, which use all of it")]
#[path = "../it/world.rs"]
mod world;

use proxies::Proxy;

/// The same cases behind each proxy, with a table of what became of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_proxy_guards_alike() {
    let mut wrong = Vec::new();
    for proxy in Proxy::ALL {
        let Some(program) = proxy.program_or_excuse() else {
            continue;
        };
        let results = cases::run(proxy, &program).await;
        let held = results.iter().filter(|(_, result)| result.is_ok()).count();
        println!("{}: {held} of {} cases", proxy.name(), results.len());
        for (case, result) in results {
            match result {
                Ok(()) => println!("  ok    {case}"),
                Err(why) => {
                    println!("  WRONG {case}: {why}");
                    wrong.push(format!("{}: {case}: {why}", proxy.name()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
