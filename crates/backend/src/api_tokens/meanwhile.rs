//! Two people who edit one token: each keeps what they changed, and who changed the same as the other is told before
//! anything is written.

use domain::api_tokens::ApiTokenForm;
use domain::{Permission, Problems, Refusal, TokenId, form};

use super::change::form_of;
use super::{ApiTokens, sql};
use crate::Caller;
use crate::error::Result;
use crate::times::Times;
use crate::tokens::Token;

impl ApiTokens<'_> {
    /// Changes what was changed in a form that was opened with `shown`. Where somebody else changed the same meanwhile,
    /// nothing is written, unless the sentence that says so is among the `told` ones: then they have read it, and put theirs
    /// in its place.
    ///
    /// # Errors
    /// As [`edit`](Self::edit); the fields that somebody else changed.
    pub async fn edit_shown(
        &self,
        caller: &Caller,
        id: TokenId,
        mut form: ApiTokenForm,
        shown: &ApiTokenForm,
        told: &Problems,
    ) -> Result<()> {
        caller.may(Permission::ApiTokensManage)?;
        self.is_a_person(caller)?;
        let (mut tx, token) = self.opened(caller, id).await?;
        let details = sql::details(&mut tx, caller.organisation(), id).await?;
        let now = Now::of(&token, details.ok_or(Refusal::NotFound)?, &self.0.times(caller));
        now.settle(&mut form, shown, told)
            .into_result()
            .map_err(Refusal::Invalid)?;
        self.write(tx, caller, &token, &form.parse()?).await
    }
}

/// What a token has now.
struct Now {
    form: ApiTokenForm,
    /// What is chosen from a list, by its name.
    user: String,
    department: String,
    user_type: String,
}

impl Now {
    fn of(token: &Token, details: sql::Details, times: &Times) -> Self {
        let end = token.bounds.expires_at;
        let names = [
            details.person_name.clone(),
            details.department_name.clone().unwrap_or_default(),
            details.user_type.clone(),
        ];
        let [user, department, user_type] = names;
        let form = form_of(token, details);
        Self {
            form: ApiTokenForm {
                expires: end.map(|end| times.last_minute(end).input).unwrap_or_default(),
                // As a form shows them.
                networks: form.networks.replace(',', ", "),
                ..form
            },
            user,
            department,
            user_type,
        }
    }

    /// Leaves in a form what was changed in it, and takes the rest from here. The problems are what both changed.
    fn settle(&self, typed: &mut ApiTokenForm, shown: &ApiTokenForm, told: &Problems) -> Problems {
        let now = &self.form;
        let mut problems = Problems::default();
        for (field, typed, shown, now, name) in [
            ("name", &mut typed.name, &shown.name, &now.name, &now.name),
            ("user", &mut typed.user, &shown.user, &now.user, &self.user),
            (
                "department",
                &mut typed.department,
                &shown.department,
                &now.department,
                &self.department,
            ),
            (
                "user_type",
                &mut typed.user_type,
                &shown.user_type,
                &now.user_type,
                &self.user_type,
            ),
            (
                "permissions",
                &mut typed.permissions,
                &shown.permissions,
                &now.permissions,
                &now.permissions,
            ),
            (
                "networks",
                &mut typed.networks,
                &shown.networks,
                &now.networks,
                &now.networks,
            ),
            (
                "description",
                &mut typed.description,
                &shown.description,
                &now.description,
                &now.description,
            ),
            (
                "expires",
                &mut typed.expires,
                &shown.expires,
                &now.expires,
                &now.expires,
            ),
        ] {
            // A blank end stays as it is.
            if field == "expires" && typed.trim().is_empty() {
                continue;
            }
            let mut both = Problems::default();
            form::settle(&mut both, field, typed, shown, now);
            let sentence = form::changed_to(name);
            if !both.is_empty() && told.at(field) != Some(sentence.as_str()) {
                problems.add(field, sentence);
            }
        }
        // A token may do only some things exactly if they are named: who did not touch the one did not touch the other.
        if typed.narrowed == shown.narrowed {
            typed.narrowed = !typed.permissions.is_empty() || typed.narrowed && now.narrowed;
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, permissions: &str, expires: &str) -> ApiTokenForm {
        ApiTokenForm {
            name: name.into(),
            permissions: permissions.into(),
            narrowed: !permissions.is_empty(),
            expires: expires.into(),
            department: "7".into(),
            ..ApiTokenForm::default()
        }
    }

    fn now(form: ApiTokenForm) -> Now {
        Now {
            form,
            user: "Ada".into(),
            department: "North".into(),
            user_type: "Owner".into(),
        }
    }

    #[test]
    fn what_was_not_touched_is_taken_from_what_is_there() {
        let shown = form("a", "", "2027-01-31");
        let there = now(form("b", "tokens:read", "2027-02-28"));
        let mut typed = ApiTokenForm {
            description: "mine".into(),
            expires: String::new(),
            ..shown.clone()
        };
        let problems = there.settle(&mut typed, &shown, &Problems::default());
        assert!(problems.is_empty(), "{problems}");
        assert_eq!((&*typed.name, &*typed.description), ("b", "mine"));
        assert_eq!((typed.narrowed, &*typed.permissions), (true, "tokens:read"));
        assert_eq!(typed.expires, "", "it stays");

        // The other way: they lifted the narrowing, and the form that was opened before still has it.
        let shown = form("a", "tokens:read", "");
        let mut typed = shown.clone();
        let problems = now(form("a", "", "")).settle(&mut typed, &shown, &Problems::default());
        assert!(problems.is_empty() && !typed.narrowed && typed.permissions.is_empty());
        // Who narrows it to nothing is refused as ever, and not turned into one who lifts it.
        let shown = form("a", "", "");
        let mut typed = ApiTokenForm {
            narrowed: true,
            ..shown.clone()
        };
        now(shown.clone()).settle(&mut typed, &shown, &Problems::default());
        assert!(typed.narrowed && typed.parse().is_err());
    }

    #[test]
    fn what_both_changed_is_told_by_its_name_and_once() {
        let shown = form("a", "", "2027-01-31");
        let mut there = form("b", "tokens:read", "2027-02-28");
        there.department = "8".into();
        let there = now(there);
        let typed = ApiTokenForm {
            department: "9".into(),
            ..form("c", "people:read", "90d")
        };
        let problems = there.settle(&mut typed.clone(), &shown, &Problems::default());
        for (field, theirs) in [
            ("name", "“b”"),
            ("department", "“North”"),
            ("permissions", "“tokens:read”"),
            ("expires", "“2027-02-28”"),
        ] {
            assert!(
                problems
                    .at(field)
                    .is_some_and(|sentence| sentence.contains(theirs)),
                "{field}"
            );
        }
        assert_eq!(problems.iter().count(), 4);
        let mut again = typed.clone();
        assert!(there.settle(&mut again, &shown, &problems).is_empty());
        assert_eq!(again, typed, "theirs is in its place");
        let once_more = now(form("d", "tokens:read", "2027-02-28"));
        let problems = once_more.settle(&mut typed.clone(), &shown, &problems);
        assert!(
            problems
                .at("name")
                .is_some_and(|sentence| sentence.contains("“d”"))
        );
    }
}
