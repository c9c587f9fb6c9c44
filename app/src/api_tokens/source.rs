//! Where the rows of API tokens come from.

use domain::api_tokens::{ApiTokenList, ApiTokenQuery, ApiTokenRow};
use domain::feed::Change;
use domain::tokens::Family;
use domain::{Cursor, Page, TokenId};
use uuid::Uuid;

use super::api;
use crate::error::ApiError;
use crate::rpc::Coming;
use crate::ui::list::{About, First, Row, Source};
use crate::ui::listing::Question;
use crate::ui::opening::both;
use crate::ui::search::contains;

impl Row for ApiTokenRow {
    fn key(&self) -> Uuid {
        self.id.0
    }
}

impl Question for ApiTokenQuery {
    fn search(&self) -> &str {
        &self.search
    }
}

/// API tokens that fit a question.
pub struct ApiTokens(pub ApiTokenQuery);

impl ApiTokens {
    /// The first page.
    pub async fn first(query: ApiTokenQuery) -> Result<First<ApiTokenRow>, ApiError> {
        let (page, total) = both(api::list_tokens(query.clone()), api::count_tokens(query)).await?;
        Ok(First { page, total })
    }
}

impl Source<ApiTokenRow> for ApiTokens {
    fn page(&self, after: Option<Cursor>) -> Coming<Page<ApiTokenRow>> {
        Box::pin(api::list_tokens(ApiTokenQuery {
            after,
            ..self.0.clone()
        }))
    }

    fn count(&self) -> Coming<i64> {
        Box::pin(api::count_tokens(self.0.clone()))
    }

    fn rows(&self, keys: Vec<Uuid>) -> Coming<Vec<ApiTokenRow>> {
        Box::pin(api::token_rows(keys.into_iter().map(TokenId).collect()))
    }

    /// Whether a department or permission fits, the server knows: a row that is shown stays, and for one that comes the
    /// list is read anew.
    fn belongs(&self, row: &ApiTokenRow) -> bool {
        let query = &self.0;
        row.state.is_active() == (query.list == ApiTokenList::Active)
            && query.state.is_none_or(|state| state == row.state)
            && query.person.is_none_or(|person| person == row.person)
            && query
                .user_type
                .is_none_or(|user_type| user_type == row.user_type.0)
            && !(query.never_used && row.last_used.is_some())
    }

    fn welcomes(&self, row: &ApiTokenRow) -> bool {
        let searched = &self.0.search;
        let fits = contains(&row.name, searched) || contains(row.reached_at(), searched);
        self.belongs(row) && fits
    }
}

/// Which API token a change is about.
pub fn about(change: &Change) -> About {
    match *change {
        Change::Token {
            family: Family::Api,
            id,
            new,
            ..
        } => About::row(id.0, new),
        Change::Everything => About::All,
        _ => About::Nothing,
    }
}
