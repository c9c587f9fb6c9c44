//! What each action does to the link, the lock, the public page and the status: one table.
//!
//! Use cases carry out what stands here, and screens say it before anybody presses: neither can disagree.

use serde::{Deserialize, Serialize};

/// Something that happens to a recipient's token or credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientAction {
    /// An admin copies the token.
    CopyToken,
    /// The mail with the link is sent once more.
    SendAgain,
    /// Name or address are corrected.
    Correct,
    /// The campaign is paused.
    PauseCampaign,
    /// The campaign is ended.
    EndCampaign,
    /// The token is unlocked from its profile.
    Reset,
    /// Nobody can claim with the token any more.
    RevokeToken,
    /// A revoked token may be used again.
    EnableToken,
    /// The credential is revoked, in public and for good.
    RevokeCredential,
    /// The credential gets another last day, or none.
    ChangeExpiry,
    /// Time is over.
    Expire,
    /// The recipient is deleted.
    DeleteRecipient,
    /// The organisation is cancelled.
    CancelOrganisation,
    /// A second profile tries to claim.
    SecondProfile,
}

/// What becomes of the mailed link and the typed token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkEffect {
    /// Nothing.
    Unchanged,
    /// It works again, or goes on working.
    Works,
    /// It says that the issuer paused the campaign.
    Paused,
    /// It says that the campaign is over, unless somebody claimed with it.
    Over,
    /// It says what every link says that opens nothing.
    Withdrawn,
    /// It says that the credential was revoked.
    Revoked,
    /// It says that its time is over.
    Expired,
    /// It stays, and says that its time is over when it is.
    Redated,
    /// Another one takes its place, when the address is another one.
    Renewed,
    /// It says that another account uses it.
    Taken,
}

/// What becomes of the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockEffect {
    /// It stays as it is.
    Kept,
    /// The next profile may bind the token.
    Cleared,
    /// It is erased with what it says about a person.
    Erased,
}

/// What the public page says of a claimed credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEffect {
    /// What it said before.
    Unchanged,
    /// That it was revoked, when and why.
    Revoked,
    /// That its time is over.
    Expired,
    /// That it is valid until another day, or for ever; or that its time is over, if that day is.
    Redated,
    /// What it said before, with the name as it is now.
    SignedAnew,
    /// That nothing validates under this address, without a name.
    DoesNotValidate,
}

/// What becomes of the bit in the status list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusEffect {
    /// It stays as it is.
    Unchanged,
    /// It is set, for good.
    Set,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    /// The link.
    pub link: LinkEffect,
    /// The lock.
    pub lock: LockEffect,
    /// The public page.
    pub page: PageEffect,
    /// The status bit.
    pub status: StatusEffect,
    /// How it is undone, if it can be.
    pub undo: Option<&'static str>,
}

impl RecipientAction {
    /// Every row.
    pub const ALL: [Self; 14] = [
        Self::CopyToken,
        Self::SendAgain,
        Self::Correct,
        Self::PauseCampaign,
        Self::EndCampaign,
        Self::Reset,
        Self::RevokeToken,
        Self::EnableToken,
        Self::RevokeCredential,
        Self::ChangeExpiry,
        Self::Expire,
        Self::DeleteRecipient,
        Self::CancelOrganisation,
        Self::SecondProfile,
    ];

    /// The table.
    pub const fn effect(self) -> Effect {
        let nothing = Effect {
            link: LinkEffect::Unchanged,
            lock: LockEffect::Kept,
            page: PageEffect::Unchanged,
            status: StatusEffect::Unchanged,
            undo: None,
        };
        match self {
            Self::CopyToken => Effect {
                undo: Some("Copying is recorded."),
                ..nothing
            },
            Self::SendAgain => Effect {
                undo: Some("A mail that is out cannot be taken back."),
                ..nothing
            },
            Self::Correct => Effect {
                link: LinkEffect::Renewed,
                page: PageEffect::SignedAnew,
                undo: Some("You can correct it again."),
                ..nothing
            },
            Self::PauseCampaign => Effect {
                link: LinkEffect::Paused,
                undo: Some("You can resume the campaign."),
                ..nothing
            },
            Self::EndCampaign => Effect {
                link: LinkEffect::Over,
                undo: Some("You can resume the campaign."),
                ..nothing
            },
            Self::Reset => Effect {
                lock: LockEffect::Cleared,
                ..nothing
            },
            Self::RevokeToken => Effect {
                link: LinkEffect::Withdrawn,
                undo: Some("You can enable it again."),
                ..nothing
            },
            Self::EnableToken => Effect {
                link: LinkEffect::Works,
                undo: Some("You can revoke it again."),
                ..nothing
            },
            Self::RevokeCredential => Effect {
                link: LinkEffect::Revoked,
                page: PageEffect::Revoked,
                status: StatusEffect::Set,
                ..nothing
            },
            Self::ChangeExpiry => Effect {
                link: LinkEffect::Redated,
                page: PageEffect::Redated,
                undo: Some("You can change it again; nobody is sent a mail."),
                ..nothing
            },
            Self::Expire => Effect {
                link: LinkEffect::Expired,
                page: PageEffect::Expired,
                ..nothing
            },
            Self::DeleteRecipient => Effect {
                link: LinkEffect::Withdrawn,
                lock: LockEffect::Erased,
                page: PageEffect::DoesNotValidate,
                status: StatusEffect::Set,
                undo: None,
            },
            Self::CancelOrganisation => Effect {
                link: LinkEffect::Withdrawn,
                undo: Some("You can reactivate the organisation."),
                ..nothing
            },
            Self::SecondProfile => Effect {
                link: LinkEffect::Taken,
                undo: Some("You can reset the token."),
                ..nothing
            },
        }
    }

    /// The word in addresses and in the API.
    pub fn key(self) -> &'static str {
        match self {
            Self::CopyToken => "copy-token",
            Self::SendAgain => "send",
            Self::Correct => "correct",
            Self::PauseCampaign => "pause",
            Self::EndCampaign => "end",
            Self::Reset => "reset",
            Self::RevokeToken => "revoke-token",
            Self::EnableToken => "enable-token",
            Self::RevokeCredential => "revoke-credential",
            Self::ChangeExpiry => "change-expiry",
            Self::Expire => "expire",
            Self::DeleteRecipient => "delete",
            Self::CancelOrganisation => "cancel",
            Self::SecondProfile => "second-profile",
        }
    }

    /// What an admin presses.
    pub fn label(self) -> &'static str {
        match self {
            Self::CopyToken => "Copy token",
            Self::SendAgain => "Send again",
            Self::Correct => "Correct name or address",
            Self::PauseCampaign => "Pause",
            Self::EndCampaign => "End",
            Self::Reset => "Reset",
            Self::RevokeToken => "Revoke token",
            Self::EnableToken => "Enable token",
            Self::RevokeCredential => "Revoke credential",
            Self::ChangeExpiry => "Change expiry",
            Self::Expire => "Expire",
            Self::DeleteRecipient => "Delete recipient",
            Self::CancelOrganisation => "Cancel organisation",
            Self::SecondProfile => "Second profile",
        }
    }

    /// What it will do, before anybody presses: a sentence for each column that changes, and how it is undone.
    pub fn sentences(self) -> Vec<&'static str> {
        let effect = self.effect();
        let mail = matches!(self, Self::SendAgain).then_some("The mail with the link is sent once more.");
        let link = match effect.link {
            LinkEffect::Unchanged => "The link and the token stay as they are.",
            LinkEffect::Works => "The same link works for whoever opens it next.",
            LinkEffect::Paused => "The link says that the issuer paused this.",
            LinkEffect::Over => "The link says that this is over, unless somebody claimed with it.",
            LinkEffect::Withdrawn => "The link opens nothing any more, and nobody can claim with the token.",
            LinkEffect::Revoked => "The link says that the credential was revoked.",
            LinkEffect::Expired => "The link says that its time is over.",
            LinkEffect::Redated => "The link and the token stay as they are.",
            LinkEffect::Renewed => {
                "Another e-mail address gets a new link; the old one opens nothing then. With the same address the link stays as it is."
            }
            LinkEffect::Taken => "The link says that another account uses it.",
        };
        let lock = match effect.lock {
            LockEffect::Kept => None,
            LockEffect::Cleared => {
                Some("The profile that claimed it is let go; the next one binds it again.")
            }
            LockEffect::Erased => Some("Who claimed it is erased."),
        };
        let page = match effect.page {
            PageEffect::Unchanged => "A credential that was claimed stays valid.",
            PageEffect::Revoked => "The public page says that the credential was revoked, when and why.",
            PageEffect::Expired => "The public page says that the credential has expired.",
            PageEffect::Redated => {
                "The credential is signed anew under the same address: it is valid through the new day, and has expired if that is over. Files that were downloaded before keep their date."
            }
            PageEffect::SignedAnew => "A credential that was claimed is signed anew under the same address.",
            PageEffect::DoesNotValidate => "The credential no longer validates, and its page names nobody.",
        };
        let status = match effect.status {
            StatusEffect::Unchanged => None,
            StatusEffect::Set => Some("Verifiers everywhere refuse it, for good."),
        };
        let undo = effect.undo.unwrap_or(match effect.lock {
            LockEffect::Cleared | LockEffect::Erased => "This cannot be undone.",
            LockEffect::Kept => match effect.status {
                StatusEffect::Set => "This cannot be undone; issue a new one instead.",
                StatusEffect::Unchanged => "A new date makes it valid again.",
            },
        });
        [mail, Some(link), lock, Some(page), status, Some(undo)]
            .into_iter()
            .flatten()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_to_be_for_good_sets_the_bit() {
        let set: Vec<_> = RecipientAction::ALL
            .into_iter()
            .filter(|action| action.effect().status == StatusEffect::Set)
            .collect();
        assert_eq!(
            set,
            [
                RecipientAction::RevokeCredential,
                RecipientAction::DeleteRecipient
            ]
        );
        for action in set {
            assert_eq!(action.effect().undo, None);
            assert!(
                action
                    .sentences()
                    .iter()
                    .any(|one| one.contains("cannot be undone")),
                "{action:?}"
            );
        }
    }

    #[test]
    fn what_can_be_undone_is_told_and_not_ordered() {
        for action in RecipientAction::ALL {
            if let Some(undo) = action.effect().undo {
                let is_told = ["You can ", "Copying ", "A mail "]
                    .iter()
                    .any(|start| undo.starts_with(start));
                assert!(is_told, "{action:?}: {undo}");
            }
        }
    }

    #[test]
    fn sending_again_says_that_a_mail_goes_out() {
        let sentences = RecipientAction::SendAgain.sentences().join(" ");
        assert!(
            sentences.contains("sent once more") && sentences.contains("stay as they are"),
            "{sentences}"
        );
    }

    #[test]
    fn correcting_says_what_becomes_of_the_link_and_of_what_was_claimed() {
        let sentences = RecipientAction::Correct.sentences().join(" ");
        for expected in [
            "gets a new link",
            "signed anew under the same address",
            "You can correct it again",
        ] {
            assert!(sentences.contains(expected), "{expected}: {sentences}");
        }
    }

    #[test]
    fn another_expiry_says_that_it_is_signed_anew_and_what_old_files_say() {
        let sentences = RecipientAction::ChangeExpiry.sentences().join(" ");
        for expected in [
            "signed anew under the same address",
            "has expired if that is over",
            "before keep their date",
            "You can change it again",
        ] {
            assert!(sentences.contains(expected), "{expected}: {sentences}");
        }
        assert!(!sentences.contains("stays valid"), "{sentences}");
        let sentences = RecipientAction::Expire.sentences().join(" ");
        assert!(
            sentences.contains("A new date makes it valid again."),
            "{sentences}"
        );
    }

    #[test]
    fn revoking_a_token_says_that_what_was_claimed_stays_valid() {
        let sentences = RecipientAction::RevokeToken.sentences().join(" ");
        assert!(
            sentences.contains("stays valid") && sentences.contains("nobody can claim"),
            "{sentences}"
        );
        let sentences = RecipientAction::DeleteRecipient.sentences().join(" ");
        assert!(sentences.contains("no longer validates"), "{sentences}");
    }
}
