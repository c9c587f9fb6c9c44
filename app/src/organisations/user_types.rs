//! *User types*: what each may do, in words, how many people have it, and the dialogs that change it.

use domain::feed::Change;
use domain::form::grouped;
use domain::user_types::{MOST_COUNTED, UserTypeForm, UserTypeView};
use domain::{BuiltIn, Permission, Permissions};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::{api, organisation_tabs};
use crate::request_context::RequestContext;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::feed::Feed;
use crate::ui::form::{Field, FormState, Kind};
use crate::ui::icon::{self, icon};
use crate::ui::opening::opening;
use crate::ui::permissions::{PermissionBoxes, sentence};
use crate::ui::toast::Toasts;

/// The page.
pub fn user_types_page() -> AnyView {
    view! {
        <Title text="User types"/>
        <div class="head"><h1>"Organisation"</h1></div>
        {organisation_tabs()}
        {opening(
            Signal::stored(String::new()),
            || Box::pin(api::list_user_types()),
            |found| view! { <UserTypes found/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

/// The page's actions on user types.
#[derive(Clone, Copy)]
struct Actions {
    all: RwSignal<Vec<UserTypeView>>,
    /// The open dialog: to create one, or to change one.
    dialog: RwSignal<Option<Option<UserTypeView>>>,
    toasts: Toasts,
    visit: RequestContext,
    manages: bool,
}

impl Actions {
    fn read(self) {
        spawn_local(async move {
            if let Ok(now) = api::list_user_types().await {
                // An unchanged list is not rendered again: a menu may be open.
                if self.all.try_with_untracked(|before| *before != now) == Some(true) {
                    self.all.try_set(now);
                }
            }
        });
    }

    fn delete(self, view: &UserTypeView) {
        let (id, name) = (view.id, view.name.clone());
        spawn_local(async move {
            match api::delete_user_type(id).await {
                Ok(()) => self.toasts.say(format!("The user type {name} was deleted.")),
                Err(error) => self.toasts.say(error.to_string()),
            }
            self.read();
        });
    }

    /// The signed-in person's own permissions may have changed.
    fn read_me(self) {
        spawn_local(async move {
            if let Ok(me) = api::who_am_i().await {
                self.visit.me.try_set(Some(me));
            }
        });
    }
}

#[component]
fn UserTypes(found: Vec<UserTypeView>) -> AnyView {
    let visit = RequestContext::current();
    let limited = visit
        .me
        .with_untracked(|me| me.as_ref().is_some_and(|me| me.department.is_some()));
    let actions = Actions {
        all: RwSignal::new(found),
        dialog: RwSignal::new(None),
        toasts: Toasts::current(),
        visit,
        manages: visit.may(Permission::UserTypesManage) && !limited,
    };
    Feed::listen(move |changes| {
        let may_matter = |change: &Change| matches!(change, Change::Everything | Change::Person { .. });
        if changes.iter().any(may_matter) {
            actions.read();
        }
    });
    let close = Callback::new(move |()| actions.dialog.set(None));
    view! {
        <section class="panel" aria-labelledby="user-types-heading">
            <div class="panel-head">
                <h2 id="user-types-heading">"User types"</h2>
                {actions.manages.then(|| view! {
                    <button type="button" class="button primary" on:click=move |_| actions.dialog.set(Some(None))>
                        {icon(icon::PLUS)}"New user type"
                    </button>
                })}
            </div>
            <p class="quiet">"A change acts on the next thing that anybody of the type does, in a browser or with an API token."</p>
            <ul class="plain-list user-types">
                {move || actions.all.get().into_iter().map(|view| row(actions, view)).collect_view()}
            </ul>
        </section>
        {move || actions.dialog.get().map(|view| view! { <UserTypeDialog view actions on_close=close/> })}
    }
    .into_any()
}

fn row(actions: Actions, view: UserTypeView) -> AnyView {
    let can_be_edited = view.built_in.is_none_or(BuiltIn::is_editable);
    let (people, may) = (people(view.people), sentence(view.permissions));
    let built_in = view.built_in.is_some();
    let (edit_label, delete_label) = (format!("Edit {}", view.name), format!("Delete {}", view.name));
    let (name, description) = (view.name.clone(), view.description.clone());
    let view = StoredValue::new(view);
    let edit = move |_| actions.dialog.set(Some(Some(view.get_value())));
    view! {
        <li>
            <span class="titles">
                <span class="name">{name}" "{built_in.then(|| view! { <span class="tag">"built in"</span> })}</span>
                {(!description.is_empty()).then(|| view! { <span class="sub">{description}</span> })}
                <span>{may}</span>
            </span>
            <span class="quiet">{people}</span>
            {(actions.manages && can_be_edited).then(|| view! {
                <button type="button" class="button small" aria-label=edit_label on:click=edit>"Edit"</button>
            })}
            {(actions.manages && !built_in).then(|| view! {
                <button type="button" class="button small" aria-label=delete_label on:click=move |_| actions.delete(&view.get_value())>"Delete"</button>
            })}
        </li>
    }
    .into_any()
}

/// How many people have it.
fn people(count: i64) -> String {
    match count {
        1 => "1 person".to_owned(),
        more if more > MOST_COUNTED => format!("more than {} people", grouped(MOST_COUNTED)),
        many => format!("{} people", grouped(many)),
    }
}

#[component]
fn UserTypeDialog(view: Option<UserTypeView>, actions: Actions, on_close: Callback<()>) -> AnyView {
    let title = match &view {
        Some(view) => format!("Edit {}", view.name),
        None => "New user type".to_owned(),
    };
    view! {
        <Dialog title class="wide" on_close>
            <Fields view actions/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Fields(view: Option<UserTypeView>, actions: Actions) -> AnyView {
    let opened = Opened::around();
    let form = FormState::new("user-type");
    let id = view.as_ref().map(|view| view.id);
    let who = view
        .as_ref()
        .map(|view| format!("{} of this type.", people(view.people)));
    let start = view.map(|view| (view.name, view.description, view.permissions));
    let (name, description, permissions) = start.unwrap_or_default();
    let name = RwSignal::new(name);
    let description = RwSignal::new(description);
    let permissions = RwSignal::new(permissions);
    let mine = actions
        .visit
        .me
        .with_untracked(|me| me.as_ref().map(|me| me.permissions).unwrap_or_default());
    let all = Signal::stored(Permissions::all());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = UserTypeForm {
            name: name.get_untracked(),
            description: description.get_untracked(),
            permissions: permissions.get_untracked().to_string(),
        };
        if !form.fits(typed.parse()) {
            return;
        }
        let saved = move || {
            actions.read();
            actions.read_me();
            if let Some(opened) = opened {
                opened.close();
            }
        };
        match id {
            Some(id) => form.send(api::update_user_type(id, typed), move |()| saved()),
            None => form.send(api::create_user_type(typed), move |_| saved()),
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="name" label="Name" value=name first=true/>
                <Field form name="description" label="Description" value=description kind=Kind::Lines(2)/>
                <div class="permission-boxes"><PermissionBoxes chosen=permissions offered=all may_tick=mine/></div>
                <p class="says" aria-live="polite">
                    {move || sentence(permissions.get())}
                    {who.map(|who| format!(" {who}"))}
                </p>
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}
