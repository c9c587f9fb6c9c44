//! What recipients ask for: all links of their address, another name, that their data is deleted.
//!
//! Nobody is told whether an address is known: the answer is the same, and what there is goes to the mailbox.

use std::collections::BTreeMap;

use database::WriteTx;
use domain::campaigns::actions::RecipientAction;
use domain::campaigns::claims::ClaimLink;
use domain::campaigns::{NewRecipient, RecipientForm};
use domain::tokens::Family;
use domain::{Code, EmailAddress, OrganisationId, Permission, RecipientId, Refusal};
use serde_json::json;
use uuid::Uuid;

use super::claim::{self, Behind};
use super::drawable::Boxes;
use super::{Campaigns, CodeSent, actions, sending, sql};
use crate::attempts::{self, Budget};
use crate::audit::{Entry, Event, Who};
use crate::error::{Result, corrupt};
use crate::mail::{Class, NewMail, Template};
use crate::{Caller, Client, Scope, Secret, tokens};

/// The most links that are sent to an address at once.
const MOST_LINKS: i64 = 20;

impl Campaigns<'_> {
    /// Sends an address all its links that open something, in one mail of each organisation.
    ///
    /// # Errors
    /// Refused at `email`, or because of too many tries.
    pub async fn send_links(&self, email: &str, client: &Client) -> Result<()> {
        let email: EmailAddress = email
            .parse()
            .map_err(|error: domain::email::BadEmail| Refusal::at("email", error.to_string()))?;
        let tries = [
            self.0.try_on(Budget::CLAIM_MAILBOX, email.as_str()),
            self.0.try_from(Budget::CLAIM_ADDRESS, client),
        ];
        let now = self.0.clock.now();
        attempts::check(&mut self.0.db.read().await?, &tries, now).await?;
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, now).await?;
        let links = sql::links_of(&mut tx, &email, MOST_LINKS).await?;
        let mut of: BTreeMap<OrganisationId, Vec<sql::LinkOf>> = BTreeMap::new();
        for one in links {
            of.entry(one.organisation_id).or_default().push(one);
        }
        for (organisation, links) in of {
            self.mail_links(&mut tx, organisation, &email, &links, client)
                .await?;
        }
        self.0.commit(tx).await
    }

    /// Queues one mail with the links of an organisation's campaigns.
    async fn mail_links(
        &self,
        tx: &mut WriteTx,
        organisation: OrganisationId,
        email: &EmailAddress,
        links: &[sql::LinkOf],
        client: &Client,
    ) -> Result<()> {
        let Some(newest) = links.first() else {
            return Ok(());
        };
        let mut told = Vec::with_capacity(links.len());
        let mut letterhead = None;
        for one in links {
            let scope = Scope::new(organisation, None);
            let campaign = sql::by_id(tx, &scope, one.campaign_id)
                .await?
                .ok_or_else(|| corrupt("campaign_recipients", "campaign_id", one.recipient_id))?;
            let code = tokens::reveal(tx, self.0, one.token_id).await?;
            let state = if one.is_claimed {
                "claimed"
            } else {
                "waits for you"
            };
            told.push(format!(
                "{} ({}), {state}:\n{}/r/{}",
                // A title with a line break in it would make a link of its own.
                campaign.title.replace(char::is_control, " "),
                campaign.kind()?.label().to_lowercase(),
                self.0.settings.public_url,
                code.reveal(),
            ));
            letterhead.get_or_insert(campaign);
            let who = Who {
                address: client.address_text(),
                ..Who::program(organisation)
            };
            let facts = json!({
                "campaign": one.campaign_id, "recipient": one.recipient_id, "email": one.email,
            });
            let entry = Entry::token(Event::LinksAsked, Family::Claim, one.token_id, facts);
            self.0.record(tx, who, entry).await?;
        }
        let Some(campaign) = letterhead else { return Ok(()) };
        let replies = sending::replies(tx, &campaign).await?;
        let mail = NewMail {
            to_name: newest.name.clone(),
            facts: json!({"organisation": campaign.organisation, "reply_to": replies}),
            link: Some(Secret::new(told.join("\n\n"))),
            // Its reader waits for it, and asked for it.
            class: Class::Single,
            language: newest.language.clone(),
            ..NewMail::to(organisation, email.clone(), Template::ClaimLinks)
        };
        self.0.queue_mail(tx, mail).await?;
        Ok(())
    }

    /// Notes the name that the reader of a link asks for. The issuer decides.
    ///
    /// # Errors
    /// Refused at `name`, because of too many tries, or not found: the link opens nothing.
    pub async fn ask_for_name(&self, token: &str, name: &str, client: &Client) -> Result<()> {
        let code = token.parse::<Code>().map_err(|_| Refusal::NotFound)?;
        let tries = [self.0.try_from(Budget::CLAIM_ADDRESS, client)];
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        attempts::count(&mut tx, &tries, now).await?;
        let behind = self.open_behind(&mut tx, &code).await?;
        let row = &behind.row;
        let form = RecipientForm {
            name: name.to_owned(),
            email: row.email.clone(),
        };
        let wanted = form.parse()?.name;
        if wanted == row.name {
            return Err(Refusal::at("name", "This is the name as it is.").into());
        }
        sql::set_wanted_name(&mut tx, row.recipient_id, Some(&wanted), now).await?;
        let who = Who {
            address: client.address_text(),
            ..Who::program(row.organisation_id)
        };
        let facts = json!({"campaign": row.campaign_id, "recipient": row.recipient_id, "name": wanted});
        let entry = Entry::token(Event::NameAsked, Family::Claim, row.token_id, facts);
        self.0.record(&mut tx, who, entry).await?;
        self.0.commit(tx).await
    }

    /// Gives a recipient the name they ask for, or does not. What was issued is signed anew under the same id.
    ///
    /// # Errors
    /// Forbidden, not found, or a conflict: they ask for none, or no font has its letters.
    pub async fn answer_name(&self, caller: &Caller, id: RecipientId, approve: bool) -> Result<()> {
        caller.may(Permission::CampaignsManage)?;
        let mut tx = self.0.db.write().await?;
        let recipient = self.locked(&mut tx, &caller.scope, id).await?;
        let Some(wanted) = recipient.wanted_name.clone() else {
            return Err(Refusal::Conflict("This recipient asks for no other name.".into()).into());
        };
        sql::set_wanted_name(&mut tx, id, None, self.0.clock.now()).await?;
        let who = Who::from(caller);
        if approve {
            let email = recipient
                .email
                .parse()
                .map_err(|_| corrupt("campaign_recipients", "email", id))?;
            let corrected = NewRecipient::new(wanted.clone(), email);
            // Nobody is given boxes for a name by one click.
            let way = "give the name all the same with Correct name or address.";
            if let Some(sentence) = Boxes::of(std::slice::from_ref(&corrected)).sentence(way) {
                return Err(Refusal::Conflict(sentence).into());
            }
            sql::correct(&mut tx, id, &corrected).await?;
            actions::sign_again(&mut tx, self.0, &recipient, &corrected).await?;
            let facts = json!({
                "name": wanted, "email": recipient.email,
                "before": {"name": recipient.name, "email": recipient.email},
            });
            self.note(&mut tx, &who, Event::RecipientCorrected, &recipient, facts)
                .await?;
        } else {
            self.note(
                &mut tx,
                &who,
                Event::NameRefused,
                &recipient,
                json!({"name": wanted}),
            )
            .await?;
        }
        self.0.commit(tx).await
    }

    /// Sends a code to the recipient's own mailbox, with which they delete what is kept of them.
    ///
    /// # Errors
    /// Refused because of too many tries, or not found: the link opens nothing.
    pub async fn send_deletion_code(&self, token: &str, client: &Client) -> Result<CodeSent> {
        let code = token.parse::<Code>().map_err(|_| Refusal::NotFound)?;
        let email = {
            let mut conn = self.0.db.read().await?;
            self.open_behind(&mut conn, &code).await?.row.email
        };
        self.mail_code(token, &email, Template::DeletionCode, client)
            .await
    }

    /// Deletes the recipient of a link, when the code was sent to their own mailbox: the table's own row, asked for by
    /// whom it is about.
    ///
    /// # Errors
    /// Refused at `code`, or not found.
    pub async fn delete_own_data(
        &self,
        token: &str,
        attempt: Uuid,
        typed: &str,
        client: &Client,
    ) -> Result<()> {
        let code = token.parse::<Code>().map_err(|_| Refusal::NotFound)?;
        let mut tx = self.0.db.write().await?;
        let Some(sent) = claim::used_code(self.0, &mut tx, attempt, typed, true).await? else {
            self.0.commit(tx).await?;
            return Err(claim::wrong_code().into());
        };
        let behind = self.open_behind(&mut tx, &code).await?;
        let row = &behind.row;
        if sent.recipient_id != row.recipient_id || sent.email != row.email {
            return Err(claim::wrong_code().into());
        }
        let who = Who {
            address: client.address_text(),
            ..Who::program(row.organisation_id)
        };
        let scope = Scope::new(row.organisation_id, None);
        self.act_in(
            &mut tx,
            &who,
            &scope,
            row.recipient_id,
            RecipientAction::DeleteRecipient,
            "",
        )
        .await?;
        self.0.commit(tx).await
    }

    /// What stands behind a link that its reader may still do something about.
    async fn open_behind(&self, conn: &mut database::Conn, code: &Code) -> Result<Behind> {
        let behind = self.behind(conn, code).await?.ok_or(Refusal::NotFound)?;
        match behind.link(self.0.clock.now())? {
            ClaimLink::Unknown | ClaimLink::TooMany { .. } => Err(Refusal::NotFound.into()),
            _ => Ok(behind),
        }
    }
}
