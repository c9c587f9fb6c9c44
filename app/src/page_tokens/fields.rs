//! The fields of a page token: the seed's four, and more behind a fold. While a URL is typed, its canonical form and the
//! site that it belongs to stand beside it.

use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteRow;
use domain::page_tokens::{PageScope, PageUrl, TOKEN_PARAMETER};
use leptos::prelude::*;

use crate::ui::form::{Field, FormState, Kind, Select};

/// What is typed.
#[derive(Clone, Copy)]
pub struct Typed {
    full_url: RwSignal<String>,
    timeout: RwSignal<String>,
    max_hits: RwSignal<String>,
    groups: RwSignal<String>,
    starts: RwSignal<String>,
    expires: RwSignal<String>,
    scope: RwSignal<String>,
    may_add: RwSignal<String>,
    any_value: RwSignal<String>,
    networks: RwSignal<String>,
    reads_only: RwSignal<String>,
    confirm: RwSignal<String>,
    note: RwSignal<String>,
    email: RwSignal<String>,
}

impl Typed {
    /// The fields with what is there.
    pub fn new(form: PageTokenForm) -> Self {
        Self {
            full_url: RwSignal::new(form.full_url),
            timeout: RwSignal::new(form.timeout),
            max_hits: RwSignal::new(form.max_hits),
            groups: RwSignal::new(form.groups),
            starts: RwSignal::new(form.starts),
            expires: RwSignal::new(form.expires),
            scope: RwSignal::new(form.scope),
            may_add: RwSignal::new(form.may_add),
            any_value: RwSignal::new(form.any_value),
            networks: RwSignal::new(form.networks),
            reads_only: RwSignal::new(form.reads_only),
            confirm: RwSignal::new(form.confirm),
            note: RwSignal::new(form.note),
            email: RwSignal::new(form.email),
        }
    }

    /// Puts something else into the fields.
    pub fn set(self, form: PageTokenForm) {
        for (field, text) in [
            (self.full_url, form.full_url),
            (self.timeout, form.timeout),
            (self.max_hits, form.max_hits),
            (self.groups, form.groups),
            (self.starts, form.starts),
            (self.expires, form.expires),
            (self.scope, form.scope),
            (self.may_add, form.may_add),
            (self.any_value, form.any_value),
            (self.networks, form.networks),
            (self.reads_only, form.reads_only),
            (self.confirm, form.confirm),
            (self.note, form.note),
            (self.email, form.email),
        ] {
            field.try_set(text);
        }
    }

    /// What stands in the fields now.
    pub fn form(self) -> PageTokenForm {
        PageTokenForm {
            full_url: self.full_url.get_untracked(),
            timeout: self.timeout.get_untracked(),
            max_hits: self.max_hits.get_untracked(),
            groups: self.groups.get_untracked(),
            starts: self.starts.get_untracked(),
            expires: self.expires.get_untracked(),
            scope: self.scope.get_untracked(),
            may_add: self.may_add.get_untracked(),
            any_value: self.any_value.get_untracked(),
            networks: self.networks.get_untracked(),
            reads_only: self.reads_only.get_untracked(),
            confirm: self.confirm.get_untracked(),
            note: self.note.get_untracked(),
            email: self.email.get_untracked(),
        }
    }
}

/// A week, in seconds.
const WEEK: &str = "604800";

/// What a new form begins with: a week and ten hits, as the old program had it.
pub fn fresh() -> PageTokenForm {
    PageTokenForm {
        timeout: WEEK.into(),
        max_hits: "10".into(),
        scope: PageScope::Exact.key().into(),
        ..PageTokenForm::default()
    }
}

/// The fields that a new token shows when they are asked for.
const MORE: [&str; 7] = [
    "starts",
    "expires",
    "scope",
    "may_add",
    "any_value",
    "networks",
    "email",
];

/// The fields. `blank` says what blank times mean, where there is a token already. With `first`, the page or dialog starts
/// here.
pub fn fields(
    form: FormState,
    typed: Typed,
    sites: Signal<Vec<SiteRow>>,
    blank: Option<String>,
    first: bool,
) -> AnyView {
    let is_new = blank.is_none();
    if is_new {
        date_instead_of_seconds(typed);
    }
    let (timeout_hint, expires_hint) = match blank {
        None => (
            "From now on. A day is 86400, a week 604800.".to_owned(),
            "A date instead of seconds".to_owned(),
        ),
        Some(blank) => (
            format!("{blank} A number counts from now on."),
            format!("{blank} Yesterday ends it now."),
        ),
    };
    let scopes: Vec<(String, String)> = PageScope::ALL
        .map(|scope| (scope.key().to_owned(), scope.label().to_owned()))
        .to_vec();
    let hint = |text: &'static str| Signal::stored(text.to_owned());
    // A problem is never where nobody sees it.
    let shows_more = Memo::new(move |_| {
        !is_new
            || form
                .problems
                .with(|problems| MORE.iter().any(|field| problems.at(field).is_some()))
    });
    view! {
        <Field form name="full_url" label="Full URL" value=typed.full_url kind=Kind::Url first
            hint=Signal::derive(move || understood(&typed.full_url.get(), &sites.get()))/>
        <div class="two">
            <Field form name="timeout" label="Timeout in seconds (-1 for unlimited)" value=typed.timeout kind=Kind::Text hint=Signal::stored(timeout_hint)/>
            <Field form name="max_hits" label="Maximum number of hits (-1 for unlimited)" value=typed.max_hits kind=Kind::Text/>
        </div>
        <Field form name="groups" label="Groups (separated by comma)" value=typed.groups
            hint=hint("The page is shown as to a member of these groups, and of no others.")/>
        <details class="more" open=move || shows_more.get()>
            <summary>"More: dates, assets, parameters, networks"</summary>
            <div class="two">
                <Field form name="starts" label="Starts" value=typed.starts kind=Kind::Date hint=hint("Blank: at once")/>
                <Field form name="expires" label="Expires" value=typed.expires kind=Kind::Date hint=Signal::stored(expires_hint)/>
            </div>
            <Select form name="scope" label="Opens" value=typed.scope options=Signal::stored(scopes)/>
            <div class="two">
                <Field form name="may_add" label="Parameters that may be added" value=typed.may_add hint=hint("Such as utm_*,page")/>
                <Field form name="any_value" label="Parameters that may have any value" value=typed.any_value hint=hint("Such as page")/>
            </div>
            <Field form name="networks" label="Networks" value=typed.networks hint=hint("Where requests may come from, such as 10.0.0.0/8. Blank: from anywhere.")/>
            {tick("reads_only", "GET and HEAD only", typed.reads_only)}
            {tick("confirm", "Ask before a hit is spent: for links that go to people, which mail programs open, too", typed.confirm)}
            <Field form name="note" label="Note" value=typed.note hint=hint("The site is told it, as Remote-Name.")/>
            <Field form name="email" label="Send the link to" value=typed.email kind=Kind::Email hint=hint("Blank: to nobody")/>
        </details>
    }
    .into_any()
}

/// A date that is chosen stands instead of the seconds that were there from the start; taken away, they come back.
fn date_instead_of_seconds(typed: Typed) {
    Effect::new(move |had: Option<bool>| {
        let has_date = !typed.expires.with(String::is_empty);
        let timeout = typed.timeout.get_untracked();
        if has_date && timeout == WEEK {
            typed.timeout.set(String::new());
        } else if !has_date && had == Some(true) && timeout.is_empty() {
            typed.timeout.set(WEEK.to_owned());
        }
        has_date
    });
}

/// Something that is on or off.
pub fn tick(name: &'static str, label: &'static str, value: RwSignal<String>) -> AnyView {
    view! {
        <label class="tick">
            <input
                type="checkbox" name=name prop:checked=move || value.with(|value| !value.is_empty())
                on:change=move |event| value.set(if event_target_checked(&event) { "on".to_owned() } else { String::new() })
            />
            <span>{label}</span>
        </label>
    }
    .into_any()
}

/// What a URL is understood as: its canonical form, and the site it belongs to.
pub fn understood(typed: &str, sites: &[SiteRow]) -> String {
    if typed.trim().is_empty() {
        return "Copy it from the address bar: with its parameters, encoded or not.".to_owned();
    }
    match PageUrl::typed(typed, TOKEN_PARAMETER) {
        Err(error) => error.to_string(),
        Ok(url) => {
            let address = url.site.to_string();
            match sites.iter().find(|site| site.address == address) {
                Some(site) => {
                    let url = PageUrl::typed(typed, &site.token_parameter).unwrap_or(url);
                    format!("Compared as {url} on your site {address}.")
                }
                None => {
                    format!("Compared as {url}. The site {address} is not guarded yet: add it under Sites.")
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::page_tokens::sites::SiteForm;

    use super::*;

    #[test]
    fn what_a_url_is_understood_as_is_said_while_it_is_typed() {
        assert!(understood("", &[]).starts_with("Copy it"));
        assert!(understood("shop", &[]).contains("begins with http"));
        let said = understood("http://Shop.test/a?b=%2c", &[]);
        assert!(
            said.contains("http://shop.test/a?b=,") && said.contains("not guarded yet"),
            "{said}"
        );
    }

    #[test]
    fn a_sites_own_name_of_the_parameter_is_the_token_and_no_other() {
        let form = SiteForm {
            address: "http://shop.test".into(),
            token_parameter: "key".into(),
            ..SiteForm::default()
        };
        let draft = form.parse().expect("a site");
        let site = SiteRow {
            id: "01900000-0000-7000-8000-000000000000".parse().expect("an id"),
            address: draft.address.to_string(),
            trusted_networks: String::new(),
            on_refusal: draft.on_refusal,
            log_refusals: false,
            groups: String::new(),
            token_parameter: draft.token_parameter,
            open_paths: String::new(),
            asserts: false,
            tokens: 0,
        };
        let said = understood("http://shop.test/a?KEY=x&token=y", &[site]);
        assert!(said.contains("http://shop.test/a?token=y on your site"), "{said}");
    }
}
