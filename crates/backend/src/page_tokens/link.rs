//! The link of a page token: shown again, and given a new secret.

use chrono::{DateTime, Utc};
use domain::page_tokens::forms::PageTokenDraft;
use domain::page_tokens::list::PageTokenLink;
use domain::{DepartmentId, Permission, Refusal, TokenId};
use serde_json::json;

use super::{PageTokens, no_secret, not_deleted, sites, sql};
use crate::audit::Event;
use crate::caller::{Caller, Who};
use crate::error::{Result, corrupt};
use crate::mail::{NewMail, Template};
use crate::tokens;
use crate::{Backend, Secret};

/// The longest grace, in hours: a month.
pub const LONGEST_GRACE: i64 = 31 * 24;

impl PageTokens<'_> {
    /// The link of a token, to be copied. Each time is recorded.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] for a deleted one.
    pub async fn reveal(&self, caller: &Caller, id: TokenId) -> Result<PageTokenLink> {
        caller.may(Permission::TokensReveal)?;
        caller.may(Permission::PageTokensRead)?;
        let mut tx = self.0.db.write().await?;
        let token = self.shown(&mut tx, caller, id).await?;
        not_deleted(&token)?;
        let secret = Secret::new(tokens::reveal(&mut tx, self.0, id).await?.reveal());
        let facts = json!({ "hint": token.hint_text() });
        self.record(&mut tx, caller, Event::TokenRevealed, id, facts)
            .await?;
        let link = self.link(&mut tx, id, &secret).await?;
        self.0.commit(tx).await?;
        Ok(link)
    }

    /// Gives a token a new secret. The old one, and whoever came in with it, is let in for so many hours more.
    ///
    /// # Errors
    /// A sentence at `grace`; [`Refusal::NotFound`]; [`Refusal::Conflict`] for a deleted one.
    pub async fn rotate(&self, caller: &Caller, id: TokenId, grace_hours: i64) -> Result<PageTokenLink> {
        caller.may(Permission::PageTokensManage)?;
        if !(0..=LONGEST_GRACE).contains(&grace_hours) {
            let sentence = format!("The old link stays good for 0 to {LONGEST_GRACE} hours.");
            return Err(Refusal::at("grace", sentence).into());
        }
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let token = self.shown(&mut tx, caller, id).await?;
        not_deleted(&token)?;
        let old = tokens::reveal(&mut tx, self.0, id).await?;
        let secret = Secret::new(tokens::renew(&mut tx, self.0, &token).await?.reveal());
        let until = (grace_hours > 0).then(|| now + chrono::TimeDelta::hours(grace_hours));
        let digested = until.map(|_| {
            let look_up = self.0.keys.look_up(super::kind::PAGES.0, old.reveal());
            (look_up, old.scan_digest())
        });
        sql::set_previous(&mut tx, id, digested, until).await?;
        let facts = json!({ "hint": token.hint_text(), "hours": grace_hours });
        self.record(&mut tx, caller, Event::PageTokenRotated, id, facts)
            .await?;
        let link = self.link(&mut tx, id, &secret).await?;
        self.0.commit(tx).await?;
        self.0.gate.forget();
        Ok(link)
    }

    async fn link(&self, tx: &mut database::WriteTx, id: TokenId, secret: &Secret) -> Result<PageTokenLink> {
        let details = sql::details(tx, id).await?.ok_or_else(no_secret)?;
        let parameter = sites::parameter(tx, details.site_id)
            .await?
            .ok_or_else(|| corrupt("page_tokens", "site_id", id))?;
        Ok(of(id, &details.full_url, &parameter, secret))
    }
}

/// What a mail says of a token besides its link.
pub(super) struct Mailed {
    /// Whose mail it is.
    pub department: Option<DepartmentId>,
    /// When the token begins to open, if that was said.
    pub starts_at: Option<DateTime<Utc>>,
    /// When the token ends, if it does.
    pub expires_at: Option<DateTime<Utc>>,
    /// How often it may be used still, if that is limited.
    pub hits_left: Option<i64>,
}

/// Writes the mail with a link, where it is to be sent to somebody. The note is for admins and the site, which is told it as
/// `Remote-Name`; whoever gets the mail is not.
pub(super) async fn send(
    tx: &mut database::WriteTx,
    backend: &Backend,
    caller: &Caller,
    draft: &PageTokenDraft,
    link: &PageTokenLink,
    mailed: Mailed,
) -> Result<()> {
    let Some(email) = draft.email.clone() else {
        return Ok(());
    };
    let times = backend.times(caller);
    // What a program is called says nothing to anyone who gets the mail.
    let sent_by = match &caller.who {
        Who::Admin(_) => caller.name(),
        _ => caller.organisation_name.as_str(),
    };
    let until = mailed
        .expires_at
        .map(|end| times.with_zone(&times.last_minute(end)));
    let mail = NewMail {
        facts: json!({
            "organisation": caller.organisation_name,
            "page": format!("{}{}", draft.rule.url.site.host(), draft.rule.url.path),
            "sent_by": sent_by,
            "from": mailed
                .starts_at
                .filter(|start| *start > times.now)
                .map(|start| times.with_zone(&times.when(start))),
            "until": until,
            "opens": mailed.hits_left.map(how_often),
        }),
        link: Some(Secret::new(link.link.clone())),
        token: Some(link.id),
        department: mailed.department,
        ..NewMail::to(caller.organisation(), email, Template::PageLink)
    };
    backend.queue_mail(tx, mail).await?;
    Ok(())
}

fn how_often(hits: i64) -> String {
    match hits {
        1 => "once".to_owned(),
        many => format!("{} times", domain::form::grouped(many)),
    }
}

/// The link that opens a page, and lines that use it.
pub(super) fn of(id: TokenId, full_url: &str, parameter: &str, secret: &Secret) -> PageTokenLink {
    let token = secret.reveal();
    let url = encoded(full_url.split_once('#').map_or(full_url, |(url, _)| url));
    let joint = match url.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    let quoted = url.replace('\'', "'\\''");
    // Without --globoff, curl takes the brackets of an array parameter for a range.
    let curl = format!(
        "curl --fail --silent --show-error --globoff --header 'Authorization: Bearer {token}' '{quoted}'"
    );
    PageTokenLink {
        id,
        link: format!("{url}{joint}{parameter}={token}"),
        crontab: format!("15 * * * * {}", curl.replace('%', "\\%")),
        curl,
        token: token.to_owned(),
    }
}

/// A URL as it may travel: what was typed as it is, such as a space, is escaped. That is the same URL.
fn encoded(url: &str) -> String {
    let mut text = String::with_capacity(url.len());
    for c in url.chars() {
        if c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>') {
            text.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                use std::fmt::Write;
                // Writing to a text does not fail.
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_the_url_with_its_token() {
        let id = TokenId(uuid::Uuid::nil());
        let link = |url: &str| of(id, url, "TOKEN", &Secret::new("twp_x")).link;
        assert_eq!(link("http://a/b"), "http://a/b?TOKEN=twp_x");
        assert_eq!(
            link("http://a/b?c=%2C&d[]=1"),
            "http://a/b?c=%2C&d[]=1&TOKEN=twp_x"
        );
        assert_eq!(link("http://a/b?"), "http://a/b?TOKEN=twp_x");
        assert_eq!(link("http://a/b#top"), "http://a/b?TOKEN=twp_x");
    }

    #[test]
    fn what_was_typed_as_it_is_is_escaped_on_its_way() {
        let id = TokenId(uuid::Uuid::nil());
        let link = of(
            id,
            "http://a/one two?n=é \"x\"&f[1]=2",
            "TOKEN",
            &Secret::new("twp_x"),
        );
        let url = "http://a/one%20two?n=%C3%A9%20%22x%22&f[1]=2";
        assert_eq!(link.link, format!("{url}&TOKEN=twp_x"));
        assert!(link.curl.ends_with(&format!("'{url}'")), "{}", link.curl);
    }

    #[test]
    fn brackets_are_no_range_for_curl() {
        let id = TokenId(uuid::Uuid::nil());
        let link = of(id, "http://a/b?filter[1]=2", "TOKEN", &Secret::new("twp_x"));
        assert!(link.curl.contains(" --globoff ") && link.crontab.contains(" --globoff "));
    }

    #[test]
    fn lines_for_shells_and_crontabs_keep_the_url_whole() {
        let id = TokenId(uuid::Uuid::nil());
        let link = of(id, "http://a/b?c=%2C&d='x'", "TOKEN", &Secret::new("twp_x"));
        assert!(
            link.curl.ends_with(r"'http://a/b?c=%2C&d='\''x'\'''"),
            "{}",
            link.curl
        );
        assert!(
            link.crontab.contains(r"\%2C"),
            "cron takes a bare percent sign for the end: {}",
            link.crontab
        );
        assert!(!format!("{link:?}").contains("twp_x"));
    }

    /// What a shell hands to a program that is called like curl, an argument a line.
    fn arguments(line: &str) -> Vec<String> {
        let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\n{line}");
        let shell = std::process::Command::new("sh").args(["-c", &script]).output();
        let said = shell.expect("a shell").stdout;
        String::from_utf8_lossy(&said)
            .lines()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_shell_and_cron_hand_the_url_over_as_it_is() {
        let id = TokenId(uuid::Uuid::nil());
        let url = "http://a/b?c=%2C&d='x'&e=$HOME`id`\\&f[]=1;g";
        let link = of(id, url, "TOKEN", &Secret::new("twp_x"));
        let expected = [
            "--fail",
            "--silent",
            "--show-error",
            "--globoff",
            "--header",
            "Authorization: Bearer twp_x",
            url,
        ];
        assert_eq!(arguments(&link.curl), expected);
        // Five times stand before the command, and cron makes a percent sign of one behind a backslash.
        let command = link.crontab.splitn(6, ' ').nth(5).expect("a command");
        assert_eq!(arguments(&command.replace("\\%", "%")), expected);
    }
}
