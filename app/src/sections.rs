//! The sections of the application, each with its own part of the Wasm.
//!
//! A part is loaded when somebody opens one of its pages, so that a section costs only the people who open it. What
//! sections share is in other parts: `xtask/src/site/merge.rs` says where. A new section is a line in this list.

mod routing;

use std::future::Future;
use std::pin::Pin;

use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;

pub use routing::routes;

/// Something that needs a part of the Wasm, which may fail to arrive.
type Loading<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// Pages that are loaded together.
pub struct Section {
    /// Its name, which is also the name of its part of the Wasm.
    pub name: &'static str,
    /// The paths of its pages, with `:id` for the variable part.
    paths: &'static [&'static str],
    load: fn() -> Loading<()>,
    show: fn(&'static str) -> Loading<AnyView>,
}

/// `name in feature { "path" page, … }`: a page is a function of the feature's module.
macro_rules! sections {
    ($($name:ident in $feature:ident { $($path:literal $page:ident),+ $(,)? })+) => {
        $(mod $name {
            use leptos::prelude::AnyView;
            use leptos::wasm_split::{SplitLoaderError, wasm_split};

            #[wasm_split($name, wasm_split_path = ::leptos::wasm_split, preload(load), fallible)]
            pub fn $name(path: &'static str) -> Result<AnyView, SplitLoaderError> {
                $(if path == $path {
                    return Ok(crate::$feature::$page());
                })+
                Ok(crate::frame::not_found())
            }

            pub fn loading() -> super::Loading<()> {
                Box::pin(load())
            }
        })+

        static SECTIONS: &[Section] = &[$(Section {
            name: stringify!($name),
            paths: &[$($path),+],
            load: $name::loading,
            show: |path| Box::pin($name::$name(path)),
        }),+];
    };
}

sections! {
    tokens in access_tokens { "/tokens" token_manager }
    token in access_tokens { "/tokens/:id" token_page }
    collections in collections { "/collections" collections_page }
    collection in collections { "/collections/:id" editor_page }
    page_tokens in page_tokens {
        "/administrator/page-tokens" page_tokens_page,
        "/administrator/page-tokens/batch" batch_page,
    }
    mobile_sessions in mobile_sessions { "/administrator/tokens/mobile" mobile_users_page }
    mobile_session in mobile_sessions { "/administrator/tokens/mobile/:id" mobile_session_page }
    mobile_apps in mobile_sessions { "/administrator/tokens/mobile/apps" apps_page }
    identity_providers in identity_providers { "/campaigns/sign-in-providers" providers_page }
    campaigns in campaigns { "/campaigns" campaigns_page }
    campaign in campaigns { "/campaigns/:id" campaign_page }
    import in campaigns { "/campaigns/:id/import" import_page }
    design in campaigns { "/campaigns/:id/design" design_page }
    people in people { "/people" people_page }
    person in people { "/people/:id" report_page }
    policy in api_tokens {
        "/administrator/tokens/policy" policy_page,
        "/administrator/tokens/explain" explain_page,
    }
    api_tokens in api_tokens { "/administrator/tokens" tokens_page }
    api_token in api_tokens { "/administrator/tokens/:id" token_page }
    organisation in organisations {
        "/organisation" organisation_page,
        "/organisation/departments" departments_page,
        "/organisation/user-types" user_types_page,
    }
    mail in mail { "/administrator/mail" mails_page, "/administrator/mail/:id" mail_page }
    mail_settings in mail { "/administrator/mail/settings" mail_settings_page }
    mail_texts in mail {
        "/administrator/mail/texts" mail_texts_page,
        "/administrator/mail/texts/:key/:language" mail_text_page,
    }
    account in account { "/account" account_page }
}

/// The section that an address leads to.
pub fn at(path: &str) -> Option<&'static Section> {
    routing::find(path).map(|(page, _)| page.section)
}

impl Section {
    /// Loads its part.
    ///
    /// # Errors
    /// When the part does not arrive.
    pub async fn load(&self) -> Result<(), SplitLoaderError> {
        (self.load)().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_one_section() {
        let name = |path| at(path).map(|section| section.name);
        assert_eq!(name("/tokens"), Some("tokens"));
        assert_eq!(name("/tokens/018f"), Some("token"));
        assert_eq!(name("/collections"), Some("collections"));
        assert_eq!(name("/collections/018f"), Some("collection"));
        assert_eq!(name("/people/018f"), Some("person"));
        assert_eq!(name("/administrator/mail/018f"), Some("mail"));
        assert_eq!(name("/administrator/mail/texts/token/en"), Some("mail_texts"));
        assert_eq!(name("/administrator/mail/settings"), Some("mail_settings"));
        assert_eq!(name("/campaigns/018f"), Some("campaign"));
        assert_eq!(name("/administrator/tokens"), Some("api_tokens"));
        assert_eq!(name("/administrator/tokens/018f"), Some("api_token"));
        assert_eq!(name("/administrator/tokens/mobile"), Some("mobile_sessions"));
        assert_eq!(name("/administrator/tokens/mobile/apps"), Some("mobile_apps"));
        assert_eq!(name("/administrator/tokens/mobile/018f"), Some("mobile_session"));
        assert_eq!(name("/administrator/tokens/policy"), Some("policy"));
        assert_eq!(name("/administrator/tokens/explain"), Some("policy"));
        assert_eq!(name("/campaigns/018f/design"), Some("design"));
        assert_eq!(name("/campaigns/sign-in-providers"), Some("identity_providers"));
        assert_eq!(name("/tokens/018f/codes.csv"), None);
        assert_eq!(name("/"), None);
    }

    #[test]
    fn no_path_stands_in_two_sections() {
        let mut paths: Vec<_> = SECTIONS.iter().flat_map(|section| section.paths).collect();
        let all = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), all);
    }
}
