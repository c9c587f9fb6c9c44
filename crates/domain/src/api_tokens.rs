//! API tokens: standing permissions of programs to call the REST API.
//!
//! What a token may do is never written into it: it follows, at each request, from the token, the person behind it,
//! both user types, the department and the organisation as they are then.

mod explained;
mod forms;
mod policy;
mod rows;

pub use explained::{Asked, Explained, Question, Request, Rule, Subject};
pub use forms::{ApiTokenForm, Lifetime, NewApiToken, RotateForm, networks};
pub use policy::{Policy, PolicyForm, PolicyView};
pub use rows::{
    ApiTokenList, ApiTokenOrder, ApiTokenQuery, ApiTokenRow, ApiTokenView, Bulk, BulkPreview, BulkResult,
    Choices, IssuedApiToken, Reach, SelfView, UserTypeChoice,
};
