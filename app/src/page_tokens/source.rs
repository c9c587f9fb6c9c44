//! Where the rows of page tokens come from.

use domain::access_tokens::TokenList;
use domain::feed::Change;
use domain::page_tokens::list::{PageTokenQuery, PageTokenRow};
use domain::tokens::Family;
use domain::{Cursor, Page, TokenId};
use uuid::Uuid;

use super::api;
use crate::error::ApiError;
use crate::rpc::Coming;
use crate::ui::list::{About, First, Row, Source};
use crate::ui::listing::Question;
use crate::ui::search::contains;

impl Row for PageTokenRow {
    fn key(&self) -> Uuid {
        self.id.0
    }
}

impl Question for PageTokenQuery {
    fn search(&self) -> &str {
        &self.search
    }
}

/// Page tokens that fit a question.
pub struct PageTokens(pub PageTokenQuery);

impl PageTokens {
    /// The first page.
    pub async fn first(query: PageTokenQuery) -> Result<First<PageTokenRow>, ApiError> {
        Ok(First {
            page: api::list_page_tokens(query.clone()).await?,
            total: api::count_page_tokens(query).await?,
        })
    }
}

impl Source<PageTokenRow> for PageTokens {
    fn page(&self, after: Option<Cursor>) -> Coming<Page<PageTokenRow>> {
        Box::pin(api::list_page_tokens(PageTokenQuery {
            after,
            ..self.0.clone()
        }))
    }

    fn count(&self) -> Coming<i64> {
        Box::pin(api::count_page_tokens(self.0.clone()))
    }

    fn rows(&self, keys: Vec<Uuid>) -> Coming<Vec<PageTokenRow>> {
        Box::pin(api::page_token_rows(keys.into_iter().map(TokenId).collect()))
    }

    /// Which departments are below the selected one is known to the server: a row that is shown stays, and for a new one the
    /// list is read again.
    fn belongs(&self, row: &PageTokenRow) -> bool {
        let query = &self.0;
        let in_list = match query.list {
            TokenList::Active => row.deleted.is_none() && row.state.is_active(),
            TokenList::Expired => row.deleted.is_none() && !row.state.is_active(),
            TokenList::Deleted => row.deleted.is_some(),
        };
        in_list
            && query.site.is_none_or(|site| site == row.site)
            && query.state.is_none_or(|state| state == row.state)
    }

    fn welcomes(&self, row: &PageTokenRow) -> bool {
        self.belongs(row) && contains(&row.full_url, &self.0.search)
    }
}

/// Which page token a change is about.
pub fn about(change: &Change) -> About {
    match *change {
        Change::Token {
            family: Family::Page,
            id,
            new,
            ..
        } => About::row(id.0, new),
        Change::Everything => About::All,
        _ => About::Nothing,
    }
}
