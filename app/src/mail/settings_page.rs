//! How the organisation sends its mail, and a mail that tries it.

use domain::mail::{Logo, MailSettingsForm, MailSettingsView};
use leptos::prelude::*;
use leptos_meta::Title;

use super::api;
use crate::routes;
use crate::ui::form::{Field, FormState, Kind, Select};
use crate::ui::icon::{self, icon};
use crate::ui::opening::opening;
use crate::ui::toast::Toasts;

/// The page.
pub fn mail_settings_page() -> AnyView {
    view! {
        <Title text="Mail settings"/>
        <a class="back" href=routes::MAIL>{icon(icon::BACK)}"Mail"</a>
        <div class="head"><h1>"Mail settings"</h1></div>
        {opening(
            Signal::stored(String::new()),
            || Box::pin(api::get_mail_settings()),
            |view| view! { <Settings view/> }.into_any(),
            |_| None,
        )}
    }
    .into_any()
}

#[component]
fn Settings(view: MailSettingsView) -> AnyView {
    let toasts = Toasts::current();
    let form = FormState::new("mail");
    let trying = FormState::new("mail-test");
    let MailSettingsView {
        form: filled,
        has_password,
        otherwise,
        logo,
    } = view;
    let has_password = RwSignal::new(has_password);
    let field = |text: &str| RwSignal::new(text.to_owned());
    let (host, port) = (field(&filled.host), field(&filled.port));
    let security = field(if filled.security.is_empty() {
        "starttls"
    } else {
        &filled.security
    });
    let (user, password) = (field(&filled.user), field(""));
    let (from, reply_to) = (field(&filled.from), field(&filled.reply_to));
    let (colour, language) = (field(&filled.colour), field(&filled.language));
    let per_hour = field(&filled.per_hour);
    let (contact_email, contact_phone) = (field(&filled.contact_email), field(&filled.contact_phone));
    let contact_url = field(&filled.contact_url);
    let typed = move || MailSettingsForm {
        host: host.get_untracked(),
        port: port.get_untracked(),
        security: security.get_untracked(),
        user: user.get_untracked(),
        password: password.get_untracked(),
        from: from.get_untracked(),
        reply_to: reply_to.get_untracked(),
        colour: colour.get_untracked(),
        language: language.get_untracked(),
        per_hour: per_hour.get_untracked(),
        contact_email: contact_email.get_untracked(),
        contact_phone: contact_phone.get_untracked(),
        contact_url: contact_url.get_untracked(),
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = typed();
        if form.fits(typed.parse()) {
            form.send(api::change_mail_settings(typed), move |now: MailSettingsView| {
                password.try_set(String::new());
                has_password.try_set(now.has_password);
                toasts.say("Saved.");
            });
        }
    };
    let test = move |_| {
        let typed = typed();
        if !form.fits(typed.parse()) {
            return;
        }
        trying.send(api::send_test_mail(typed), move |to| {
            toasts.say(format!(
                "The mail server took a mail to {to}. Look into that mailbox."
            ));
        });
    };
    let kept = Signal::derive(move || {
        let words = if has_password.get() {
            "One is kept. Blank leaves it as it is."
        } else {
            ""
        };
        words.to_owned()
    });
    let encryption = [
        ("starttls".to_owned(), "STARTTLS (port 587)".to_owned()),
        ("tls".to_owned(), "TLS from the start (port 465)".to_owned()),
    ];
    view! {
        <form class="panel narrow" novalidate on:submit=submit>
            <fieldset class="bare">
                <legend>"Mail server"</legend>
                <p class="quiet">"Fill this in to send through a mail server of your own. Otherwise: "{otherwise}</p>
                <Field form name="host" label="Mail server" value=host hint=Signal::stored("Such as mail.example.org. Blank: none of your own.".to_owned())/>
                <Field form name="port" label="Port" value=port kind=Kind::Number/>
                <Select form name="security" label="Encryption" value=security options=Signal::stored(encryption.to_vec())/>
                <Field form name="user" label="User" value=user/>
                <Field form name="password" label="Password" value=password kind=Kind::Password hint=kept autocomplete="new-password"/>
                <Field form name="from" label="Mails come from" value=from kind=Kind::Email
                    hint=Signal::stored("What comes back goes to this mailbox, with a + and a key behind its name.".to_owned())/>
            </fieldset>
            <fieldset class="bare">
                <legend>"All mails"</legend>
                <Field form name="reply_to" label="Replies go to" value=reply_to kind=Kind::Email/>
                <Field form name="colour" label="Colour of buttons" value=colour hint=Signal::stored("Such as #0f766e.".to_owned())/>
                <Field form name="language" label="Language" value=language hint=Signal::stored("For readers whose language is not known: en, de, pt-BR.".to_owned())/>
                <Field form name="per_hour" label="Mails per hour, at most" value=per_hour kind=Kind::Number/>
            </fieldset>
            <fieldset class="bare">
                <legend>"Whom to ask"</legend>
                <p class="quiet">"At the end of each mail, and on the pages of recipients."</p>
                <Field form name="contact_email" label="Address to ask" value=contact_email kind=Kind::Email/>
                <Field form name="contact_phone" label="Telephone" value=contact_phone/>
                <Field form name="contact_url" label="Web site" value=contact_url kind=Kind::Url/>
            </fieldset>
            {form.failure()}
            {trying.failure()}
            <div class="row-end">
                <button type="button" class="button" aria-busy=move || trying.busy.get().then_some("true") on:click=test>"Send a test"</button>
                <button type="submit" class="button primary" aria-busy=move || form.busy.get().then_some("true")>"Save"</button>
            </div>
        </form>
        {logo_form(logo)}
    }
    .into_any()
}

/// The logo: a form that works by itself.
fn logo_form(logo: Option<Logo>) -> AnyView {
    let there = logo.map(|logo| {
        view! {
            <img src=logo.address alt="The logo" width=logo.width.to_string() height=logo.height.to_string()/>
            <button type="submit" class="button" name="remove" value="1">"Remove the logo"</button>
        }
    });
    view! {
        <form class="panel narrow" method="post" action=routes::MAIL_LOGO enctype="multipart/form-data">
            <h2>"Logo"</h2>
            <p class="quiet">"At the head of mails and of recipients' pages: an SVG, PNG or JPEG file of at most 4 MB. It is shown up to 240 pixels wide and 60 high."</p>
            <input type="file" name="file" aria-label="Logo" accept="image/svg+xml,image/png,image/jpeg"/>
            <div class="row-end">{there}<button type="submit" class="button primary">"Save the logo"</button></div>
        </form>
    }
    .into_any()
}
