//! *Log refusals*: the server's log names the rule where a site asks for it, never the token, and nothing where it does not.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;

/// Everything that is logged while it listens, a line each.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<String>>);

impl Listener {
    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The fields of a line.
struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a text does not fail.
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().contains("page_tokens")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        event.record(&mut Line(&mut said));
        said.push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_refusal_is_logged_by_its_rule_where_the_site_asks_for_it() {
    let listener = Listener::default();
    let _listens = tracing::subscriber::set_default(listener.clone());
    on_each_engine(async |world| {
        let backend = &world.backend;
        let tokens = backend.page_tokens();
        let caller = admin(world).await;
        let site = tokens.sites(&caller).await.expect("sites")[0].id;
        let (_, secret) = token(backend, &caller, "/page", |_| {}).await;
        let refused = format!("{HOST}/other?TOKEN={secret}");
        let untrusted = Asked {
            site_secret: Some(crate::Secret::new("canary-secret")),
            ..asked(&refused, None)
        };
        for (log, is_logged) in [("", false), ("on", true), ("", false)] {
            let change = |form: &mut SiteForm| form.log_refusals = log.into();
            tokens.edit_site(&caller, site, change).await.expect("edited");
            listener.take();
            assert_eq!(rule(&ask(backend, &refused).await), Some(Rule::Path));
            let said = listener.take();
            assert_eq!(said.contains("rule=\"path\""), is_logged, "{said}");
            assert_eq!(said.contains(HOST), is_logged, "{said}");
            assert!(!said.contains(&secret), "{said}");

            let verdict = backend.gate().decide(&untrusted).await.expect("a verdict");
            assert!(matches!(verdict, Verdict::Untrusted), "{verdict:?}");
            let said = listener.take();
            assert_eq!(said.contains("is not this site's"), is_logged, "{said}");
            assert!(
                !said.contains("canary-secret") && !said.contains(&secret),
                "{said}"
            );

            let verdict = ask(backend, &format!("{HOST}/page?TOKEN={secret}")).await;
            assert!(matches!(verdict, Verdict::Allowed(_)), "{verdict:?}");
            assert_eq!(listener.take(), "", "who is let in is nobody's business");
        }
    })
    .await;
}
