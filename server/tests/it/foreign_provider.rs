//! The story of [`crate::connected`] with a provider that others wrote: npm `oidc-provider`, which `cargo xtask test judges`
//! installs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Method;

use crate::connected::{SignIn, Story};
use crate::world::{Browser, World, location, on_each_engine};

/// A provider that runs until it is dropped.
struct Foreign {
    process: Child,
    issuer: String,
}

impl Foreign {
    fn begin(world: &World) -> Self {
        let mut process = Command::new("node")
            .current_dir("../end2end/judges")
            .arg("provider.mjs")
            .env("REDIRECT", format!("{}/r/connected", world.url))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node runs");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let issuer = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening at ").map(str::to_owned));
        Self {
            issuer: issuer.expect("it says where it listens: is it installed?"),
            process,
        }
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl SignIn for Foreign {
    fn issuer(&self) -> String {
        self.issuer.clone()
    }

    /// A browser of its own goes from page to page, until one leads away from the provider.
    async fn sign_in(&self, address: &str, account: &str) -> String {
        let browser = Browser::at(&self.issuer);
        let here = |address: &str| match address.strip_prefix(&self.issuer) {
            Some(path) => Some(path.to_owned()),
            None => address.starts_with('/').then(|| address.to_owned()),
        };
        let mut path = here(address).expect("an address of the provider");
        for _ in 0..10 {
            let mut answer = browser.get(&path).await;
            if location(&answer).is_none() {
                let form = browser.request(Method::POST, &path).form(&[("account", account)]);
                answer = form.send().await.expect("an answer");
            }
            let next = location(&answer).expect("the way on");
            match here(&next) {
                Some(next) => path = next,
                None => return next,
            }
        }
        panic!("the provider leads in circles");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a program of others: cargo xtask test judges"]
async fn a_foreign_provider_vouches_for_who_claims() {
    on_each_engine(async |world| {
        let story = Story::begin(world, Foreign::begin(world)).await;
        story.lives().await;

        // What it said no to binds nothing: a code is good for once.
        let returned = story.return_as("zoe").await;
        let first = returned.browser.get(&returned.path).await;
        assert_eq!(first.status(), 409, "another profile holds it");
        let replayed = returned.browser.get(&returned.path).await;
        assert_eq!(replayed.status(), 409);
        let html = replayed.text().await.expect("a page");
        assert!(html.contains("invalid_grant"), "{html}");
    })
    .await;
}
