//! Sites that are guarded: what admins type and see.

use serde::{Deserialize, Serialize};

use super::host::{BadAddress, SiteAddress};
use super::{Groups, TOKEN_PARAMETER};
use crate::form::{self, Problems};
use crate::id::SiteId;
use crate::network::Network;

/// What a refused visitor gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnRefusal {
    /// The error page.
    #[default]
    Error,
    /// The page, as somebody who is a member of no group.
    Anonymous,
}

impl OnRefusal {
    /// All, in the order of the menu.
    pub const ALL: [OnRefusal; 2] = [Self::Error, Self::Anonymous];

    /// The words in the menu.
    pub fn label(self) -> &'static str {
        match self {
            Self::Error => "The error page",
            Self::Anonymous => "The page, as a visitor without groups",
        }
    }

    /// The word in forms and in the database.
    pub fn key(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Anonymous => "anonymous",
        }
    }

    /// What stands behind a word.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

/// A site, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteForm {
    /// *Address*: scheme, host and port.
    pub address: String,
    /// *Trusted networks*: where its proxies ask from, with commas; blank: they send the site's secret.
    pub trusted_networks: String,
    /// *A refused visitor gets*: `error` or `anonymous`.
    pub on_refusal: String,
    /// *Log refusals*, as a tick: `on`.
    pub log_refusals: String,
    /// *Groups that exist*, with commas; blank: any.
    pub groups: String,
    /// *Name of the parameter*; blank: `TOKEN`.
    pub token_parameter: String,
    /// *Folders whose assets belong to every page*, with commas, such as `/static/`.
    pub open_paths: String,
    /// *Send a signed assertion*, as a tick: `on`.
    pub asserts: String,
}

/// A site as it was described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteDraft {
    /// Where it is.
    pub address: SiteAddress,
    /// Where its proxies ask from.
    pub trusted_networks: Vec<Network>,
    /// What a refused visitor gets.
    pub on_refusal: OnRefusal,
    /// Whether the server's log names the rule of each refusal.
    pub log_refusals: bool,
    /// The groups that exist; empty: any.
    pub groups: Groups,
    /// What the token is called in addresses.
    pub token_parameter: String,
    /// Folders whose assets belong to every page.
    pub open_paths: Vec<String>,
    /// Whether its back end gets a signed assertion with each request that is let through.
    pub asserts: bool,
}

impl SiteForm {
    /// Makes a form that was opened with `shown` one for what is there `now`, with what was changed in it; both from
    /// [`SiteRow::form`]. The problems are the fields that somebody else changed meanwhile, too.
    pub fn settle(&mut self, shown: &Self, now: &Self) -> Problems {
        let mut problems = Problems::default();
        for (field, typed, shown, now) in [
            ("address", &mut self.address, &shown.address, &now.address),
            (
                "trusted_networks",
                &mut self.trusted_networks,
                &shown.trusted_networks,
                &now.trusted_networks,
            ),
            (
                "on_refusal",
                &mut self.on_refusal,
                &shown.on_refusal,
                &now.on_refusal,
            ),
            (
                "log_refusals",
                &mut self.log_refusals,
                &shown.log_refusals,
                &now.log_refusals,
            ),
            ("groups", &mut self.groups, &shown.groups, &now.groups),
            (
                "token_parameter",
                &mut self.token_parameter,
                &shown.token_parameter,
                &now.token_parameter,
            ),
            (
                "open_paths",
                &mut self.open_paths,
                &shown.open_paths,
                &now.open_paths,
            ),
            ("asserts", &mut self.asserts, &shown.asserts, &now.asserts),
        ] {
            form::settle(&mut problems, field, typed, shown, now);
        }
        problems
    }

    /// The site that was described.
    ///
    /// # Errors
    /// All problems at once, by field.
    pub fn parse(&self) -> Result<SiteDraft, Problems> {
        let mut problems = Problems::default();
        let address = problems.check("address", SiteAddress::parse(&self.address));
        let networks = problems.check("trusted_networks", Network::parse_list(&self.trusted_networks));
        let groups = problems.check("groups", Groups::parse(&self.groups));
        let token_parameter = problems.check("token_parameter", token_parameter(&self.token_parameter));
        let open_paths = problems.check("open_paths", open_paths(&self.open_paths));
        let on_refusal = match self.on_refusal.trim() {
            "" => Some(OnRefusal::Error),
            key => problems.check(
                "on_refusal",
                OnRefusal::from_key(key).ok_or("Choose what a refused visitor gets: error or anonymous."),
            ),
        };
        problems.into_result()?;
        Ok(SiteDraft {
            address: address.ok_or_else(|| Problems::one("address", BadAddress.to_string()))?,
            trusted_networks: networks.unwrap_or_default(),
            on_refusal: on_refusal.unwrap_or_default(),
            log_refusals: is_ticked(&self.log_refusals),
            groups: groups.unwrap_or_default(),
            token_parameter: token_parameter.unwrap_or_default(),
            open_paths: open_paths.unwrap_or_default(),
            asserts: is_ticked(&self.asserts),
        })
    }
}

fn is_ticked(text: &str) -> bool {
    matches!(text.trim(), "on" | "true" | "yes" | "1")
}

fn token_parameter(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let is_name = |text: &str| {
        text.len() <= 40
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    match text {
        "" => Ok(TOKEN_PARAMETER.to_owned()),
        name if is_name(name) => Ok(name.to_owned()),
        _ => Err("The name of the parameter has at most 40 letters, digits, - and _."),
    }
}

fn open_paths(text: &str) -> Result<Vec<String>, &'static str> {
    let paths: Vec<String> = text
        .split(',')
        .map(str::trim)
        .filter(|path| !path.is_empty())
        .map(|path| {
            if path.ends_with('/') {
                path.to_owned()
            } else {
                format!("{path}/")
            }
        })
        .collect();
    let is_folder = |path: &String| {
        path.starts_with('/')
            && !path.contains("//")
            && !path.contains("/.")
            && path
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte))
    };
    if paths.len() <= 20 && paths.iter().all(is_folder) {
        Ok(paths)
    } else {
        Err("Write at most 20 folders with commas between them, such as /static/,/images/.")
    }
}

/// A site, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRow {
    /// The site.
    pub id: SiteId,
    /// Where it is.
    pub address: String,
    /// Where its proxies ask from, with commas.
    pub trusted_networks: String,
    /// What a refused visitor gets.
    pub on_refusal: OnRefusal,
    /// Whether the server's log names the rule of each refusal.
    pub log_refusals: bool,
    /// The groups that exist, with commas.
    pub groups: String,
    /// What the token is called in addresses.
    pub token_parameter: String,
    /// Folders whose assets belong to every page, with commas.
    pub open_paths: String,
    /// Whether its back end gets a signed assertion with each request that is let through.
    pub asserts: bool,
    /// How many page tokens it has, deleted ones left out.
    pub tokens: i64,
}

impl SiteRow {
    /// The form with what is there.
    pub fn form(&self) -> SiteForm {
        let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
        SiteForm {
            address: self.address.clone(),
            trusted_networks: self.trusted_networks.clone(),
            on_refusal: self.on_refusal.key().into(),
            log_refusals: tick(self.log_refusals),
            groups: self.groups.clone(),
            token_parameter: self.token_parameter.clone(),
            open_paths: self.open_paths.clone(),
            asserts: tick(self.asserts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_an_address_and_what_its_proxies_may_do() {
        let draft = SiteForm {
            address: "http://Shop.test:8080/".into(),
            trusted_networks: "127.0.0.1/32".into(),
            open_paths: "/static, /images/".into(),
            ..SiteForm::default()
        }
        .parse()
        .expect("a good form");
        assert_eq!(draft.address.to_string(), "http://shop.test:8080");
        assert_eq!(draft.token_parameter, "TOKEN");
        assert_eq!(draft.open_paths, ["/static/", "/images/"]);
        assert_eq!(draft.on_refusal, OnRefusal::Error);
    }

    #[test]
    fn of_two_who_edit_each_keeps_what_they_changed() {
        let shown = SiteForm {
            groups: "Editors".into(),
            open_paths: "/static/".into(),
            ..SiteForm::default()
        };
        let now = SiteForm {
            groups: "Readers".into(),
            asserts: "on".into(),
            ..shown.clone()
        };
        let mut mine = SiteForm {
            groups: "Batch".into(),
            open_paths: "/static/,/images/".into(),
            ..shown.clone()
        };
        let problems = mine.settle(&shown, &now);
        assert!(
            problems
                .at("groups")
                .is_some_and(|told| told.contains("“Readers”"))
        );
        assert!(problems.at("open_paths").is_none() && problems.at("asserts").is_none());
        assert_eq!(mine.asserts, "on", "as the other one left it");
        assert_eq!(mine.groups, "Batch", "nothing that was typed is lost");
    }

    #[test]
    fn problems_stand_at_their_fields() {
        let problems = SiteForm {
            address: "http://shop.test/path".into(),
            trusted_networks: "x".into(),
            open_paths: "/a/../b".into(),
            token_parameter: "a b".into(),
            on_refusal: "maybe".into(),
            ..SiteForm::default()
        }
        .parse()
        .expect_err("a bad form");
        for field in [
            "address",
            "trusted_networks",
            "open_paths",
            "token_parameter",
            "on_refusal",
        ] {
            assert!(problems.at(field).is_some(), "{field}");
        }
    }
}
