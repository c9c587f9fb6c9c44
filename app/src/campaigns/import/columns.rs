//! What the columns hold, and what would come of it.

use domain::campaigns::import::{Duplicates, Holds, ImportCheck, ImportForm, ImportView, placeholder};
use domain::form::grouped;
use leptos::prelude::*;

use crate::campaigns::api;
use crate::routes;
use crate::ui::form::{FormState, Select};
use crate::ui::icon::{self, icon};

#[component]
pub fn Columns(import: RwSignal<ImportView>) -> AnyView {
    let form = FormState::new("columns");
    let view = import.get_untracked();
    let (campaign, id, rows) = (view.campaign, view.id, view.rows);
    let holds: Vec<RwSignal<String>> = view
        .mapping
        .columns
        .iter()
        .map(|column| RwSignal::new(column.holds.key().to_owned()))
        .collect();
    let holds = StoredValue::new(holds);
    let duplicates = RwSignal::new(Duplicates::Skip.key().to_owned());
    let good_only = RwSignal::new(false);
    let check = RwSignal::new(None::<ImportCheck>);
    let typed = move || ImportForm {
        columns: holds.with_value(|holds| holds.iter().map(RwSignal::get).collect()),
        duplicates: duplicates.get(),
        good_only: good_only.get(),
    };
    // What was found is true of what was chosen then.
    Effect::new(move |before: Option<(Vec<String>, String)>| {
        let now = typed();
        let chosen = (now.columns, now.duplicates);
        if before.is_some_and(|before| before != chosen) {
            check.set(None);
        }
        chosen
    });
    let look = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        form.problems.set(domain::Problems::default());
        form.send(api::check_import(campaign, id, untrack(typed)), move |found| {
            check.try_set(Some(found));
        });
    };
    let start = move |_| {
        form.problems.set(domain::Problems::default());
        form.send(api::start_import(campaign, id, untrack(typed)), move |view| {
            import.try_set(view);
        });
    };
    let wrong = form.problem("columns");
    let good_only_wrong = form.problem("good_only");
    let lines: Vec<_> = view
        .mapping
        .columns
        .iter()
        .enumerate()
        .map(|(number, column)| {
            let samples: Vec<_> = view.samples.iter().filter_map(|row| row.get(number)).cloned().collect();
            let held = holds.with_value(|holds| holds[number]);
            let name = placeholder(&column.heading);
            let options = Holds::ALL.map(|one| {
                let chosen = held.with_untracked(|held| held == one.key());
                view! { <option value=one.key() selected=chosen>{one.label()}</option> }
            });
            view! {
                <tr>
                    <td class="primary"><span class="name">{column.heading.clone()}</span></td>
                    <td data-label="First rows"><span class="quiet">{samples.join(" · ")}</span></td>
                    <td data-label="Holds">
                        <select class="input" aria-label=format!("What the column {} holds", column.heading)
                            on:change=move |event| held.set(event_target_value(&event))>{options.into_iter().collect_view()}</select>
                        {move || held.with(|held| held == Holds::Placeholder.key()).then(|| view! {
                            <span class="sub">"In the design: "<code>{format!("{{{name}}}")}</code></span>
                        })}
                    </td>
                </tr>
            }
        })
        .collect();
    let policies = Duplicates::ALL.map(|one| (one.key().to_owned(), one.label().to_owned()));
    view! {
        <section class="panel">
            <p>{format!("{}: {} rows.", view.file, grouped(rows))}" "
                {view.remembered.then_some("The columns are as in the last import.")}</p>
            <form class="form" novalidate on:submit=look>
                <div class="body">
                    <div class="table file-lines"><table role="table" aria-label="Columns of the file">
                        <thead><tr>
                            <th scope="col" class="primary">"Column"</th><th scope="col">"First rows"</th><th scope="col">"Holds"</th>
                        </tr></thead>
                        <tbody>{lines}</tbody>
                    </table></div>
                    {move || wrong.get().map(|sentence| view! { <p class="field-problem" role="alert">{sentence}</p> })}
                    <Select form name="duplicates" label="Addresses that are here already" value=duplicates
                        options=Signal::stored(policies.to_vec())/>
                    <label class="tick">
                        <input type="checkbox" prop:checked=move || good_only.get()
                            on:change=move |event| good_only.set(event_target_checked(&event))/>
                        <span>"Add the good rows even if others are bad"</span>
                    </label>
                    {move || good_only_wrong.get().map(|sentence| view! { <p class="field-problem" role="alert">{sentence}</p> })}
                    {form.failure()}
                </div>
                <footer>
                    <a class="button" href=routes::import(campaign)>"Choose another file"</a>
                    <button type="submit" class="button" disabled=move || form.busy.get()>"Check"</button>
                    <button type="button" class="button primary" on:click=start
                        disabled=move || form.busy.get() || check.with(|check| check.as_ref().is_none_or(|check| check.good == 0))>
                        {move || check.with(|check| match check {
                            Some(check) => format!("Import {}", counted(check.taken(&duplicates.get()), "recipient", "recipients")),
                            None => "Import".to_owned(),
                        })}
                    </button>
                </footer>
            </form>
        </section>
        {move || check.get().map(|check| found(&check, routes::bad_rows(campaign, id)))}
    }
    .into_any()
}

fn counted(number: usize, one: &str, many: &str) -> String {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// What would become of the file.
fn found(check: &ImportCheck, file: String) -> AnyView {
    let bad: Vec<_> = check
        .first_bad
        .iter()
        .map(|row| {
            view! {
                <tr>
                    <td class="n" data-label="Line">{row.line}</td>
                    <td class="primary">{row.text.clone()}</td>
                    <td data-label="Reason">{row.reason.clone()}</td>
                </tr>
            }
        })
        .collect();
    let boxes: Vec<_> = check
        .first_undrawable
        .iter()
        .map(|one| view! { <li>{format!("Line {}: {} ({})", one.line, one.name, one.missing)}</li> })
        .collect();
    view! {
        <section class="panel" aria-label="What is in the file">
            <p role="status">
                {format!("{} can be added, {} cannot.", counted(check.good, "row", "rows"), counted(check.bad, "row", "rows"))}
                {(check.already > 0).then(|| format!(" {} here already.", counted(check.already, "address is", "addresses are")))}
                {(check.twice > 0).then(|| format!(" {} an address of a line above.", counted(check.twice, "row repeats", "rows repeat")))}
            </p>
            {(check.bad > 0).then(|| view! {
                <div class="head">
                    <h2>"Rows to mend"</h2>
                    <span class="switch"></span>
                    <a class="button" href=file download="rows-to-mend.csv" rel="external">"Download all as CSV"</a>
                </div>
                <div class="table file-lines"><table role="table" aria-label="Rows to mend">
                    <thead><tr><th scope="col" class="n">"Line"</th><th scope="col" class="primary">"Row"</th><th scope="col">"Reason"</th></tr></thead>
                    <tbody>{bad}</tbody>
                </table></div>
            })}
            {(check.undrawable > 0).then(|| view! {
                <div class="notice" role="note">
                    {icon(icon::WARNING)}
                    <div>
                        <p>{format!("{} letters that no font of ours has: they would be drawn as boxes.", counted(check.undrawable, "name has", "names have"))}</p>
                        <ul>{boxes}</ul>
                    </div>
                </div>
            })}
        </section>
    }
    .into_any()
}
