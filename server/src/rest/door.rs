//! A handler together with what its types say of it, for the document.

use axum::handler::Handler;
use axum::routing::{self, MethodRouter};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::Problem;
use crate::server::Server;

/// What a handler takes, as the document says it.
pub trait Input {
    /// Adds what it takes to the operation.
    fn describe(operation: &mut Operation<'_>);
}

/// What a handler answers.
pub trait Output {
    /// Adds its answer to the operation.
    fn describe(operation: &mut Operation<'_>);
}

/// A handler whose types say what it takes and answers.
pub trait Described<I, O> {
    /// Adds both to the operation.
    fn describe(operation: &mut Operation<'_>);
}

/// An operation that is being described.
pub struct Operation<'a> {
    /// Parameters of the path, the query and the head.
    pub parameters: Vec<Value>,
    /// What is sent along.
    pub body: Option<Value>,
    /// Answers by their status.
    pub responses: Map<String, Value>,
    /// The schemas of what is sent.
    pub takes: &'a mut SchemaGenerator,
    /// The schemas of what is answered.
    pub gives: &'a mut SchemaGenerator,
}

impl Operation<'_> {
    /// A parameter for each property of a type.
    pub fn parameters_of<T: schemars::JsonSchema>(&mut self, place: &str) {
        let schema = self.takes.root_schema_for::<T>();
        let schema = schema.as_value();
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let mut property = property.clone();
            let description = property
                .as_object_mut()
                .and_then(|property| property.remove("description"));
            let mut parameter = json!({
                "name": name,
                "in": place,
                "required": place == "path" || required.contains(&name.as_str()),
                "schema": property,
            });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            self.parameters.push(parameter);
        }
    }

    /// An answer.
    pub fn answers(&mut self, status: u16, description: &str, schema: Option<Value>) {
        let mut response = json!({ "description": description });
        if let Some(schema) = schema {
            response["content"] = json!({ "application/json": { "schema": schema } });
        }
        self.responses.insert(status.to_string(), response);
    }
}

macro_rules! described {
    ($($input:ident),*) => {
        impl<F, Fut, Answer, $($input),*> Described<($($input,)*), Answer> for F
        where
            F: Fn($($input),*) -> Fut,
            Fut: Future<Output = Result<Answer, Problem>>,
            Answer: Output,
            $($input: Input,)*
        {
            fn describe(operation: &mut Operation<'_>) {
                $($input::describe(operation);)*
                Answer::describe(operation);
            }
        }
    };
}
described!();
described!(A);
described!(A, B);
described!(A, B, C);
described!(A, B, C, D);
described!(A, B, C, D, E);

/// What answers an operation.
pub struct Door {
    /// As axum knows it.
    pub router: MethodRouter<Server>,
    /// As the document says it.
    pub describe: fn(&mut Operation<'_>),
}

macro_rules! doors {
    ($($method:ident)*) => {$(
        /// A door for requests with this method.
        pub fn $method<H, T, I, O>(handler: H) -> Door
        where
            H: Handler<T, Server> + Described<I, O>,
            T: 'static,
        {
            Door { router: routing::$method(handler), describe: H::describe }
        }
    )*};
}
doors!(get post put patch delete);
