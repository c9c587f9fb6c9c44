//! What a page knows from its first moment: who the user is, and their preferences.
//!
//! The server finds it in the request and writes it into the page, so that both sides render the same.

use chrono::NaiveDate;
use domain::form;
use domain::people::Me;
use domain::{Permission, Permissions};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ui::browser;

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    /// As the system is set.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All of them, as in the menu.
    pub const ALL: [Theme; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// Its name in the cookie.
    pub fn key(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Its label in the menu.
    pub fn label(self) -> &'static str {
        match self {
            Self::Auto => "As the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The theme with this name.
    pub fn from_key(key: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.key() == key)
            .unwrap_or_default()
    }
}

/// The data of a visit, as it crosses the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The signed-in person.
    pub me: Option<Me>,
    /// Their theme.
    pub theme: Theme,
    /// Whether single letters do not act as shortcuts.
    pub no_shortcuts: bool,
}

/// The visit, as pages use it.
#[derive(Clone, Copy)]
pub struct RequestContext {
    /// The signed-in person; changes when they change the organisation.
    pub me: RwSignal<Option<Me>>,
    /// Their theme.
    pub theme: RwSignal<Theme>,
    /// Whether single letters act as shortcuts.
    pub shortcuts: RwSignal<bool>,
}

impl RequestContext {
    /// Provides the visit to all pages.
    pub fn provide(facts: Facts) -> Self {
        let visit = Self {
            me: RwSignal::new(facts.me),
            theme: RwSignal::new(facts.theme),
            shortcuts: RwSignal::new(!facts.no_shortcuts),
        };
        provide_context(visit);
        visit
    }

    /// The visit of this page.
    pub fn current() -> Self {
        use_context().unwrap_or_else(|| Self::provide(Facts::default()))
    }

    /// Whether the signed-in person may do this: what they may not do is left out of the page.
    pub fn may(self, permission: Permission) -> bool {
        self.me
            .with(|me| me.as_ref().is_some_and(|me| me.permissions.contains(permission)))
    }

    /// Whether the signed-in person may do everything.
    pub fn is_owner(self) -> bool {
        self.me
            .with(|me| me.as_ref().is_some_and(|me| me.permissions == Permissions::all()))
    }

    /// The organisation's time zone.
    pub fn time_zone(self) -> String {
        self.me
            .with(|me| me.as_ref().map(|me| me.time_zone.clone()).unwrap_or_default())
    }

    /// Today's date there, as of when the page was loaded. The server corrects a page that stays open past midnight.
    pub fn today(self) -> NaiveDate {
        let today = |me: &Option<Me>| form::date("Today", &me.as_ref()?.today).ok()?;
        self.me.with_untracked(today).unwrap_or_default()
    }

    /// Whether the organisation has the full Tokens feature.
    pub fn full_tokens(self) -> bool {
        self.me
            .with_untracked(|me| me.as_ref().is_some_and(|me| me.full_tokens))
    }

    /// Changes the theme, now and for later visits.
    pub fn set_theme(self, theme: Theme) {
        self.theme.set(theme);
        browser::keep_cookie("theme", theme.key());
        browser::set_root_attribute("data-theme", theme.key());
    }

    /// Switches single-letter shortcuts on or off, now and for later visits.
    pub fn set_shortcuts(self, on: bool) {
        self.shortcuts.set(on);
        browser::keep_cookie("shortcuts", if on { "on" } else { "off" });
    }

    /// The key of an event, if it may act as a shortcut now: pressed alone, while nobody types and nothing covers the
    /// page. Only in a browser.
    pub fn shortcut(self, event: &web_sys::Event) -> Option<String> {
        let is_held = ["ctrlKey", "metaKey", "altKey", "isComposing"]
            .into_iter()
            .any(|flag| browser::flag(event, flag));
        let rests = is_held
            || self.shortcuts.try_get_untracked() != Some(true)
            || browser::is_typing()
            || browser::is_covered();
        // Programs that fill in forms send key events without a key name.
        (!rests).then(|| browser::property(event, "key"))?
    }
}
