//! *Departments*: the tree, and the dialogs that change it.

use domain::departments::{DepartmentForm, DepartmentView, department_name};
use domain::feed::Change;
use domain::{DepartmentId, Permission, Problems};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

use super::{api, organisation_tabs};
use crate::departments::{is_within, options};
use crate::request_context::RequestContext;
use crate::ui::dialog::{Dialog, Opened, foot};
use crate::ui::feed::Feed;
use crate::ui::form::{Field, FormState, Select};
use crate::ui::icon::{self, icon};
use crate::ui::menu::{Menu, item};
use crate::ui::notice;
use crate::ui::opening::opening;
use crate::ui::toast::Toasts;

/// The page.
pub fn departments_page() -> AnyView {
    view! {
        <Title text="Departments"/>
        <div class="head"><h1>"Organisation"</h1></div>
        {organisation_tabs()}
        {opening(
            Signal::stored(String::new()),
            || Box::pin(api::list_departments()),
            |found| view! { <Departments found/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

/// What a dialog is open for.
#[derive(Clone)]
enum OpenDialog {
    /// To create a department, below another one or at the top.
    New(Option<DepartmentId>),
    /// To rename one.
    Rename(DepartmentView),
    /// To move one.
    Move(DepartmentView),
}

/// The page's actions on departments.
#[derive(Clone, Copy)]
struct Actions {
    all: RwSignal<Vec<DepartmentView>>,
    dialog: RwSignal<Option<OpenDialog>>,
    toasts: Toasts,
    manages: bool,
    /// The department that limits the signed-in person.
    limit: Option<DepartmentId>,
}

impl Actions {
    fn read(self) {
        spawn_local(async move {
            if let Ok(now) = api::list_departments().await {
                // An unchanged list is not rendered again: a menu may be open.
                if self.all.try_with_untracked(|before| *before != now) == Some(true) {
                    self.all.try_set(now);
                }
            }
        });
    }

    fn remove(self, view: &DepartmentView) {
        let (id, name) = (view.id, view.name.clone());
        spawn_local(async move {
            match api::remove_department(id).await {
                Ok(()) => self.toasts.say(format!("The department {name} was removed.")),
                Err(error) => self.toasts.say(error.to_string()),
            }
            self.read();
        });
    }
}

#[component]
fn Departments(found: Vec<DepartmentView>) -> AnyView {
    let visit = RequestContext::current();
    let actions = Actions {
        all: RwSignal::new(found),
        dialog: RwSignal::new(None),
        toasts: Toasts::current(),
        manages: visit.may(Permission::DepartmentsManage),
        limit: visit
            .me
            .with_untracked(|me| me.as_ref().and_then(|me| me.department)),
    };
    Feed::listen(move |changes| {
        let may_matter = |change: &Change| matches!(change, Change::Everything | Change::Person { .. });
        if changes.iter().any(may_matter) {
            actions.read();
        }
    });
    let new = move || {
        actions.manages.then(|| {
            view! {
                <button type="button" class="button primary" on:click=move |_| actions.dialog.set(Some(OpenDialog::New(actions.limit)))>
                    {icon(icon::PLUS)}"New department"
                </button>
            }
        })
    };
    let close = Callback::new(move |()| actions.dialog.set(None));
    view! {
        <section class="panel" aria-labelledby="departments-heading">
            <div class="panel-head"><h2 id="departments-heading">"Departments"</h2>{new()}</div>
            <p class="quiet">
                "People in a department see what belongs to it and to those below it, and nothing else. \
                 People in none see the whole organisation."
            </p>
            {move || match actions.all.with(Vec::is_empty) {
                true => notice::empty("No departments yet", "Everybody sees the whole organisation.", ().into_any()),
                false => actions.all.with(|all| branch(actions, all, None)),
            }}
        </section>
        {move || actions.dialog.get().map(|dialog| view! { <DepartmentDialog dialog actions on_close=close/> })}
    }
    .into_any()
}

/// The departments below one, or at the top, each with those below it.
fn branch(actions: Actions, all: &[DepartmentView], parent: Option<DepartmentId>) -> AnyView {
    let rows: Vec<_> = all
        .iter()
        .filter(|view| view.parent == parent)
        .map(|view| {
            let below = all.iter().any(|other| other.parent == Some(view.id));
            view! {
                <li>
                    <span class="tree-row">
                        <span class="name">{view.name.clone()}</span>
                        {view.is_empty.then(|| view! { <span class="quiet">"empty"</span> })}
                        {(actions.manages && actions.limit != Some(view.id)).then(|| menu(actions, view))}
                    </span>
                    {below.then(|| branch(actions, all, Some(view.id)))}
                </li>
            }
        })
        .collect();
    view! { <ul class="tree">{rows}</ul> }.into_any()
}

fn menu(actions: Actions, view: &DepartmentView) -> AnyView {
    let id = format!("menu-{}", view.id);
    let label = Signal::stored(format!("Change {}", view.name));
    let view = StoredValue::new(view.clone());
    view! {
        <Menu id label picture=icon::PENCIL>
            {item(icon::PLUS, "Add one below", "", move || actions.dialog.set(Some(OpenDialog::New(Some(view.get_value().id)))))}
            {item(icon::PENCIL, "Rename", "", move || actions.dialog.set(Some(OpenDialog::Rename(view.get_value()))))}
            {item(icon::UP, "Move", "", move || actions.dialog.set(Some(OpenDialog::Move(view.get_value()))))}
            <hr/>
            {item(icon::TRASH, "Remove", "", move || actions.remove(&view.get_value()))}
        </Menu>
    }
    .into_any()
}

#[component]
fn DepartmentDialog(dialog: OpenDialog, actions: Actions, on_close: Callback<()>) -> AnyView {
    let title = match &dialog {
        OpenDialog::New(_) => "New department".to_owned(),
        OpenDialog::Rename(view) => format!("Rename {}", view.name),
        OpenDialog::Move(view) => format!("Move {}", view.name),
    };
    view! {
        <Dialog title on_close>
            {match dialog {
                OpenDialog::New(parent) => view! { <NewFields parent actions/> }.into_any(),
                OpenDialog::Rename(view) => view! { <NameFields view actions/> }.into_any(),
                OpenDialog::Move(view) => view! { <PlaceFields view actions/> }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

/// The places that a department can be moved to: none within itself.
fn places(actions: Actions, but: Option<DepartmentId>) -> Signal<Vec<(String, String)>> {
    let all = actions.all.get_untracked();
    let fitting: Vec<DepartmentView> = all
        .iter()
        .filter(|view| but.is_none_or(|but| !is_within(&all, view.id, but)))
        .cloned()
        .collect();
    let none = actions.limit.is_none().then_some("The organisation itself");
    Signal::stored(options(&fitting, none))
}

#[component]
fn NewFields(parent: Option<DepartmentId>, actions: Actions) -> AnyView {
    let opened = Opened::around();
    let form = FormState::new("department");
    let name = RwSignal::new(String::new());
    let parent = RwSignal::new(parent.map(|id| id.to_string()).unwrap_or_default());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = DepartmentForm {
            name: name.get_untracked(),
            parent: parent.get_untracked(),
        };
        if form.fits(typed.parse()) {
            form.send(api::create_department(typed), move |_| done(actions, opened));
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="name" label="Name" value=name first=true/>
                <Select form name="parent" label="Part of" value=parent options=places(actions, None)/>
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}

#[component]
fn NameFields(view: DepartmentView, actions: Actions) -> AnyView {
    let opened = Opened::around();
    let form = FormState::new("department");
    let id = view.id;
    let name = RwSignal::new(view.name);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = name.get_untracked();
        let parsed = department_name(&typed).map_err(|error| Problems::one("name", error.to_string()));
        if form.fits(parsed) {
            form.send(api::rename_department(id, typed), move |()| done(actions, opened));
        }
    };
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <Field form name="name" label="Name" value=name first=true/>
                {form.failure()}
            </div>
            {foot("Save", form.busy.into())}
        </form>
    }
    .into_any()
}

#[component]
fn PlaceFields(view: DepartmentView, actions: Actions) -> AnyView {
    let opened = Opened::around();
    let form = FormState::new("department");
    let id = view.id;
    let parent = RwSignal::new(view.parent.map(|id| id.to_string()).unwrap_or_default());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        form.send(api::move_department(id, parent.get_untracked()), move |()| {
            done(actions, opened);
        });
    };
    // There may be another one of the same name in the new place; this form has no field for it.
    let taken = form.problem("name");
    view! {
        <form class="form" novalidate on:submit=submit>
            <div class="body">
                <p>"What belongs to it and what stands below it comes along."</p>
                <Select form name="parent" label="Part of" value=parent options=places(actions, Some(id))/>
                {move || taken.get().map(|sentence| view! { <p class="field-problem" role="alert">{sentence}</p> })}
                {form.failure()}
            </div>
            {foot("Move", form.busy.into())}
        </form>
    }
    .into_any()
}

fn done(actions: Actions, opened: Option<Opened>) {
    actions.read();
    if let Some(opened) = opened {
        opened.close();
    }
}
