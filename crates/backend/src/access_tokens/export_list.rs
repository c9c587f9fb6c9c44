//! The list of tokens as CSV, as it is searched and filtered, page by page. No secret stands in it.

use domain::access_tokens::{TokenQuery, TokenRow};
use domain::{Permission, TokenId};
use futures::Stream;

use super::AccessTokens;
use crate::caller::Caller;
use crate::error::Result;
use crate::{Backend, csv};

/// Tokens that are read at once.
const PIECE: u16 = 200;

/// Pieces of a CSV file, one after the other.
pub struct ListLines {
    backend: Backend,
    caller: Caller,
    /// The next page; `None` after the last one.
    query: Option<TokenQuery>,
    /// Those that were named one by one and have not been written yet.
    ids: Vec<TokenId>,
    started: bool,
}

impl AccessTokens<'_> {
    /// The tokens that a list shows, as CSV.
    ///
    /// # Errors
    /// [`domain::Refusal::Forbidden`].
    pub fn export_list(&self, caller: &Caller, query: &TokenQuery) -> Result<ListLines> {
        caller.may(Permission::TokensRead)?;
        Ok(ListLines {
            backend: self.0.clone(),
            caller: caller.clone(),
            query: Some(TokenQuery {
                after: None,
                rows: Some(PIECE),
                ..query.clone()
            }),
            ids: Vec::new(),
            started: false,
        })
    }

    /// These tokens, as CSV. Those that are not the caller's to see are left out.
    ///
    /// # Errors
    /// [`domain::Refusal::Forbidden`].
    pub fn export_these(&self, caller: &Caller, ids: Vec<TokenId>) -> Result<ListLines> {
        caller.may(Permission::TokensRead)?;
        Ok(ListLines {
            backend: self.0.clone(),
            caller: caller.clone(),
            query: None,
            ids,
            started: false,
        })
    }
}

impl ListLines {
    async fn next(&mut self) -> Result<Option<String>> {
        let query = self.query.take();
        if query.is_none() && self.ids.is_empty() && self.started {
            return Ok(None);
        }
        let mut text = String::new();
        if !self.started {
            // The mark tells spreadsheets that the text is UTF-8.
            let zone = self.caller.time_zone.name();
            text.push_str(&format!(
                "\u{feff}Name,Type,Collection,State,Uses,Limit,Starts ({zone}),Expires ({zone}),Last used ({zone}),Created \
                 ({zone}),Created by\r\n"
            ));
            self.started = true;
        }
        let tokens = self.backend.access_tokens();
        let Some(query) = query else {
            let rest = self.ids.split_off(self.ids.len().min(PIECE.into()));
            let these = std::mem::replace(&mut self.ids, rest);
            for row in tokens.rows(&self.caller, &these).await? {
                text.push_str(&line(&row));
            }
            return Ok(Some(text));
        };
        let page = tokens.list(&self.caller, &query).await?;
        for row in &page.rows {
            text.push_str(&line(row));
        }
        self.query = page.next.map(|after| TokenQuery {
            after: Some(after),
            ..query
        });
        Ok(Some(text))
    }

    /// The file as a stream of pieces.
    pub fn into_stream(self) -> impl Stream<Item = Result<String>> + Send {
        futures::stream::try_unfold(self, |mut lines| async move {
            let piece = lines.next().await?;
            Ok(piece.map(|piece| (piece, lines)))
        })
    }
}

fn line(row: &TokenRow) -> String {
    let minute =
        |when: &Option<domain::When>| when.as_ref().map(|when| when.minute.clone()).unwrap_or_default();
    let cells = [
        row.name.clone(),
        row.token_type.key().to_owned(),
        row.collection_title.clone(),
        row.state.key().to_owned(),
        row.uses.to_string(),
        row.limit.map(|limit| limit.to_string()).unwrap_or_default(),
        minute(&row.starts),
        minute(&row.expires),
        minute(&row.last_used),
        row.created.minute.clone(),
        row.created_by.clone(),
    ];
    cells.map(|cell| csv::cell(&cell)).join(",") + "\r\n"
}
