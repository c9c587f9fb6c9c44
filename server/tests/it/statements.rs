//! What each request asked the database, statement by statement: the program says so itself, in its log.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, OnceLock};

use reqwest::Response;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// Where the database driver says what it ran.
const DRIVER: &str = "sqlx::query";

/// The statements by the id of the request that they ran for.
type Heard = Mutex<HashMap<String, Vec<String>>>;

static HEARD: OnceLock<Heard> = OnceLock::new();

/// Listens from here on to every server in this program.
pub fn listen() {
    HEARD.get_or_init(|| {
        let only = Targets::new()
            .with_target(DRIVER, LevelFilter::DEBUG)
            .with_target("server", LevelFilter::INFO);
        let subscriber = tracing_subscriber::registry().with(Listener.with_filter(only));
        tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
        Heard::default()
    });
}

/// What was asked for an answer.
pub fn asked_for(answer: &Response) -> Vec<String> {
    let id = answer.headers()["x-request-id"].to_str().expect("an id");
    let heard = HEARD.get().expect("listening began");
    heard.lock().expect("heard").remove(id).unwrap_or_default()
}

struct Listener;

struct RequestId(String);

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Listener {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let (Some(span), Some(id)) = (context.span(id), fields.0.remove("id")) {
            span.extensions_mut().insert(RequestId(id));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != DRIVER {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let whole = fields.0.remove("db.statement").filter(|whole| !whole.is_empty());
        let statement = whole.or_else(|| fields.0.remove("summary")).unwrap_or_default();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(RequestId(id)) = span.extensions().get() {
                let heard = HEARD.get().expect("listening began");
                let mut heard = heard.lock().expect("heard");
                heard
                    .entry(id.clone())
                    .or_default()
                    .push(statement.trim().to_owned());
                return;
            }
        }
    }
}

#[derive(Default)]
struct Fields(HashMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
