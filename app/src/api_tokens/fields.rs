//! The fields of an API token, with the names that people know them by.

use domain::Permissions;
use domain::api_tokens::{ApiTokenForm, Choices, UserTypeChoice};
use leptos::prelude::*;

use super::form::ends;
use crate::departments;
use crate::request_context::RequestContext;
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::permissions::PermissionBoxes;

/// *Expiry Date* when it is a date that is typed.
pub const ON_A_DATE: &str = "date";

/// *Expiry Date* when it stays.
pub const AS_IT_IS: &str = "";

/// What is typed.
#[derive(Clone, Copy)]
pub struct Typed {
    name: RwSignal<String>,
    /// The choice at *Expiry Date*.
    pub lifetime: RwSignal<String>,
    /// The last day, where that is the choice.
    pub date: RwSignal<String>,
    user: RwSignal<String>,
    department: RwSignal<String>,
    user_type: RwSignal<String>,
    /// Whether it may less than its user type.
    pub is_narrowed: RwSignal<bool>,
    /// What it may, if so.
    pub permissions: RwSignal<Permissions>,
    networks: RwSignal<String>,
    description: RwSignal<String>,
}

impl Typed {
    /// The fields with what is there.
    pub fn new(start: ApiTokenForm, choices: &Choices, is_new: bool) -> Self {
        let permissions = Permissions::from(start.permissions.clone());
        let lifetime = match is_new {
            true => format!("{}d", choices.policy.default_days),
            false => AS_IT_IS.to_owned(),
        };
        let user = match start.user.is_empty() {
            true => choices.me.to_string(),
            false => start.user,
        };
        Self {
            name: RwSignal::new(start.name),
            lifetime: RwSignal::new(lifetime),
            date: RwSignal::new(String::new()),
            user: RwSignal::new(user),
            department: RwSignal::new(start.department),
            user_type: RwSignal::new(start.user_type),
            is_narrowed: RwSignal::new(start.narrowed),
            permissions: RwSignal::new(permissions),
            networks: RwSignal::new(start.networks),
            description: RwSignal::new(start.description),
        }
    }

    /// What stands in the fields now.
    pub fn form(self) -> ApiTokenForm {
        let lifetime = self.lifetime.get();
        ApiTokenForm {
            name: self.name.get(),
            expires: match lifetime == ON_A_DATE {
                true => self.date.get(),
                false => lifetime,
            },
            networks: self.networks.get(),
            description: self.description.get(),
            ..self.reach()
        }
    }

    /// What of it says what the token could reach.
    pub fn reach(self) -> ApiTokenForm {
        let narrowed = self.is_narrowed.get();
        let permissions = match narrowed {
            true => self.permissions.get(),
            false => Permissions::NONE,
        };
        ApiTokenForm {
            user: self.user.get(),
            department: self.department.get(),
            user_type: self.user_type.get(),
            permissions: permissions.to_string(),
            narrowed,
            ..ApiTokenForm::default()
        }
    }
}

/// The fields.
pub fn fields(form: FormState, typed: Typed, choices: &Choices, is_new: bool) -> AnyView {
    let visit = RequestContext::current();
    let hint = |text: &'static str| Signal::stored(text.to_owned());
    let longest = match choices.policy.longest_days {
        Some(days) => format!("Your organisation allows {days} days at most."),
        None => "No longer than 12 months is a good habit.".to_owned(),
    };
    let zone = visit.time_zone();
    let last_day = Signal::stored(format!("It opens until the end of this day ({zone})."));
    let users = with_chosen(
        choices.users.clone(),
        &typed.user.get_untracked(),
        "Who it is now",
    );
    view! {
        <Field form name="name" label="Token Name" value=typed.name first=true/>
        <div class="two">
            <Select form name="expires" label="Expiry Date" value=typed.lifetime options=Signal::stored(ends(choices, is_new))
                hint=Signal::stored(longest)/>
            {move || typed.lifetime.with(|key| key == ON_A_DATE).then(|| view! {
                <Field form name="date" label="Last day" value=typed.date kind=Kind::Date hint=last_day/>
            })}
        </div>
        <Select form name="user" label="Select User" value=typed.user options=Signal::stored(users)
            hint=hint("The token may never do more than this person, and ends with their access.")/>
        {department_and_user_type(form, typed, choices, visit)}
        {permissions(form, typed, choices, visit)}
        <Field form name="networks" label="Allowed networks" value=typed.networks
            hint=hint("Blank: everywhere. Else such as 203.0.113.0/24, 2001:db8::/32")/>
        <Field form name="description" label="Description" value=typed.description kind=Kind::Lines(2)/>
    }
    .into_any()
}

/// *Select Department & User Type*.
fn department_and_user_type(
    form: FormState,
    typed: Typed,
    choices: &Choices,
    visit: RequestContext,
) -> AnyView {
    let limited = visit
        .me
        .with_untracked(|me| me.as_ref().is_some_and(|me| me.department.is_some()));
    let none = (!limited).then_some("All that the user sees");
    let departments = departments::options(&choices.departments, none);
    if limited
        && typed.department.with_untracked(String::is_empty)
        && let Some((first, _)) = departments.first()
    {
        typed.department.set(first.clone());
    }
    let types = choices.user_types.iter().filter(|one| one.can_be_granted);
    let types = types.map(|one| (one.id.to_string(), one.name.clone()));
    let types = std::iter::once((String::new(), "The user's own".to_owned()))
        .chain(types)
        .collect();
    let types = with_chosen(types, &typed.user_type.get_untracked(), "As it is now");
    view! {
        <fieldset class="field">
            <legend>"Select Department & User Type"</legend>
            <div class="two">
                <Select form name="department" label="Department" value=typed.department options=Signal::stored(departments)/>
                <Select form name="user_type" label="User Type" value=typed.user_type options=Signal::stored(types)/>
            </div>
        </fieldset>
    }
    .into_any()
}

/// What is chosen stays a choice, although whoever looks at it could not choose it.
fn with_chosen(mut options: Vec<(String, String)>, chosen: &str, words: &str) -> Vec<(String, String)> {
    if !chosen.is_empty() && options.iter().all(|(key, _)| key != chosen) {
        options.push((chosen.to_owned(), words.to_owned()));
    }
    options
}

/// The permissions, for a token that may less than its user type.
fn permissions(form: FormState, typed: Typed, choices: &Choices, visit: RequestContext) -> AnyView {
    let types = StoredValue::new(choices.user_types.clone());
    let mine = visit
        .me
        .with_untracked(|me| me.as_ref().map(|me| me.permissions).unwrap_or_default());
    let offered = Signal::derive(move || {
        let user_type = typed.user_type.get();
        types.with_value(|types| of_type(types, &user_type).unwrap_or(mine))
    });
    let problem = form.problem("permissions");
    view! {
        <fieldset class="field" aria-describedby="api-token-permissions-problem">
            <legend>"Permissions"</legend>
            <label class="tick">
                <input
                    id="api-token-permissions" type="checkbox" prop:checked=move || typed.is_narrowed.get()
                    on:change=move |event| typed.is_narrowed.set(event_target_checked(&event))
                />
                <span>"Only some of what the user type may do"</span>
            </label>
            {move || typed.is_narrowed.get().then(|| view! {
                <div class="permission-boxes"><PermissionBoxes chosen=typed.permissions offered may_tick=mine/></div>
            })}
            {move || problem.get().map(|sentence| view! {
                <p class="field-problem" id="api-token-permissions-problem">{sentence}</p>
            })}
        </fieldset>
    }
    .into_any()
}

fn of_type(types: &[UserTypeChoice], id: &str) -> Option<Permissions> {
    let found = types.iter().find(|one| one.id.to_string() == id);
    found.map(|one| one.permissions)
}
