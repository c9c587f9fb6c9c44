//! Where the rows of the Token Manager and of a multi token's page come from.

use domain::access_tokens::{CodeFilter, CodeQuery, CodeRow, TokenList, TokenQuery, TokenRow};
use domain::feed::Change;
use domain::tokens::Family;
use domain::{Cursor, Page, TokenId};
use uuid::Uuid;

use super::api;
use crate::error::ApiError;
use crate::rpc::Coming;
use crate::ui::list::{About, First, Row, Source};
use crate::ui::opening::both;
use crate::ui::search::contains;

impl Row for TokenRow {
    fn key(&self) -> Uuid {
        self.id.0
    }
}

impl Row for CodeRow {
    fn key(&self) -> Uuid {
        self.id.0
    }
}

/// Tokens that fit a question.
pub struct Tokens(pub TokenQuery);

impl Tokens {
    /// The first page.
    pub async fn first(query: TokenQuery) -> Result<First<TokenRow>, ApiError> {
        let (page, total) = both(api::list_tokens(query.clone()), api::count_tokens(query)).await?;
        Ok(First { page, total })
    }
}

impl Source<TokenRow> for Tokens {
    fn page(&self, after: Option<Cursor>) -> Coming<Page<TokenRow>> {
        Box::pin(api::list_tokens(TokenQuery {
            after,
            ..self.0.clone()
        }))
    }

    fn count(&self) -> Coming<i64> {
        Box::pin(api::count_tokens(self.0.clone()))
    }

    fn rows(&self, keys: Vec<Uuid>) -> Coming<Vec<TokenRow>> {
        Box::pin(api::token_rows(keys.into_iter().map(TokenId).collect()))
    }

    /// Which departments stand below the one that is asked for, the server knows: a row that is shown stays, and for one
    /// that comes the list is read anew.
    fn belongs(&self, row: &TokenRow) -> bool {
        let query = &self.0;
        let in_list = match query.list {
            TokenList::Active => !row.is_deleted() && row.state.is_active(),
            TokenList::Expired => !row.is_deleted() && !row.state.is_active(),
            TokenList::Deleted => row.is_deleted(),
        };
        in_list
            && query
                .token_type
                .is_none_or(|token_type| token_type == row.token_type)
            && query
                .collection
                .is_none_or(|collection| collection == row.collection)
            && query.state.is_none_or(|state| state == row.state)
    }

    fn welcomes(&self, row: &TokenRow) -> bool {
        self.belongs(row) && contains(&row.name, &self.0.search)
    }
}

/// Which token a change is about.
pub fn about(change: &Change) -> About {
    match *change {
        Change::Token {
            id,
            family: Family::Access,
            code,
            new,
            ..
        } => About::row(id.0, new && code.is_none()),
        Change::Everything => About::All,
        _ => About::Nothing,
    }
}

/// Codes of a multi token that fit a question.
pub struct Codes {
    /// The multi token.
    pub token: TokenId,
    /// The question.
    pub query: CodeQuery,
}

impl Codes {
    /// The first page.
    pub async fn first(token: TokenId, query: CodeQuery) -> Result<First<CodeRow>, ApiError> {
        let (page, total) = both(
            api::list_codes(token, query.clone()),
            api::count_codes(token, query),
        )
        .await?;
        Ok(First { page, total })
    }
}

impl Source<CodeRow> for Codes {
    fn page(&self, after: Option<Cursor>) -> Coming<Page<CodeRow>> {
        Box::pin(api::list_codes(
            self.token,
            CodeQuery {
                after,
                ..self.query.clone()
            },
        ))
    }

    fn count(&self) -> Coming<i64> {
        Box::pin(api::count_codes(self.token, self.query.clone()))
    }

    fn rows(&self, keys: Vec<Uuid>) -> Coming<Vec<CodeRow>> {
        Box::pin(api::code_rows(
            self.token,
            keys.into_iter().map(TokenId).collect(),
        ))
    }

    fn belongs(&self, row: &CodeRow) -> bool {
        match self.query.show {
            CodeFilter::All => true,
            CodeFilter::Free => row.assigned.is_none() && row.used_by.is_none(),
            CodeFilter::Assigned => row.assigned.is_some() && row.used_by.is_none(),
            CodeFilter::Used => row.used_by.is_some(),
        }
    }
}
