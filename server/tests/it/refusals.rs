//! Who is refused what: every route and every server function, found by listing them, for a stranger, a
//! member, another organisation's owner, and an administrator where only an owner may.

mod matrix;

use std::collections::HashSet;

use app::ApiError;
use domain::access_tokens::{CodeQuery, NewTokenForm};
use domain::api_tokens::ApiTokenForm;
use domain::campaigns::CampaignForm;
use domain::campaigns::bulk::{BulkAction, BulkForm};
use domain::departments::DepartmentForm;
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::sites::SiteForm;
use domain::people::InvitationForm;
use domain::user_types::UserTypeForm;
use domain::{
    BatchId, CampaignId, Code, CollectionId, DepartmentId, FileId, IdentityProviderId, ImportId,
    InvitationId, ItemId, MailId, MobileAppId, PersonId, RecipientId, SessionId, SiteId, TokenId, UserTypeId,
};
use leptos::server_fn::error::FromServerFnError;
use reqwest::{Method, StatusCode};
use server::rest::Needs;
use server::routes::{self, Kind, Route, Who};

use crate::world::{Browser, PRESS, World, location, on_each_engine};

/// Something of each kind in the first organisation, whose name must not turn up elsewhere.
struct Theirs {
    token: TokenId,
    multi: TokenId,
    code: TokenId,
    collection: CollectionId,
    item: ItemId,
    file: FileId,
    person: PersonId,
    session: SessionId,
    invitation: InvitationId,
    site: SiteId,
    page_token: TokenId,
    api_token: TokenId,
    mail: MailId,
    department: DepartmentId,
    user_type: UserTypeId,
    campaign: CampaignId,
    recipient: RecipientId,
    import: ImportId,
    batch: BatchId,
    app: MobileAppId,
    mobile_session: TokenId,
}

/// What stands in the names of everything that belongs to the first organisation.
const CANARY: &str = "Kestrel";

/// The site that the first organisation guards.
const SITE: &str = "http://kestrel.test";

struct Cast {
    owner: Browser,
    administrator: Browser,
    member: Browser,
    stranger: Browser,
    foreign_owner: Browser,
    theirs: Theirs,
}

async fn cast(world: &World) -> Cast {
    let owner = world.set_up().await;
    let caller = world.caller(&owner).await;
    let collection = world.collection(&caller, "Kestrel collection").await;
    let (token, code) = world.single_token(&caller, collection, "").await;
    let form = NewTokenForm {
        name: "Kestrel seats".into(),
        token_type: "multi".into(),
        no_of_tokens: "3".into(),
        collection: collection.to_string(),
        ..NewTokenForm::default()
    };
    let multi = world
        .backend
        .access_tokens()
        .create(&caller, &form)
        .await
        .expect("a multi token")
        .id;
    let codes = world
        .backend
        .access_tokens()
        .codes(&caller, multi, &CodeQuery::default())
        .await
        .expect("its codes");
    let pieces = futures::stream::iter([Ok::<_, std::fmt::Error>(b"Kestrel file".to_vec())]);
    let view = world
        .backend
        .collections()
        .upload(&caller, collection, "canary.txt", pieces)
        .await
        .expect("a file");
    let file = view.items.iter().find_map(|item| match item.content {
        domain::collections::ItemViewContent::File { file, .. } => Some(file),
        _ => None,
    });
    let member = world.browser();
    member.redeem(&code, "Kestrel member", "member@example.org").await;
    let people = world.backend.people();
    let invite = |email: &str| InvitationForm {
        email: email.into(),
        user_type: "administrator".into(),
        department: String::new(),
    };
    let invitation = people
        .invite(&caller, &invite("canary@example.org"))
        .await
        .expect("an invitation")
        .row
        .id;
    let (campaign, recipient) = campaign(world, &caller).await;
    let table = b"Name,E-mail\nKestrel import,kestrel-import@example.org\n".to_vec();
    let campaigns = world.backend.campaigns();
    let import = campaigns
        .read_import(&caller, campaign, "kestrel.csv", table)
        .await;
    let import = import.expect("an import").id;
    let nothing_new = BulkForm {
        action: BulkAction::EnableToken,
        reason: String::new(),
        ids: vec![recipient],
        all: false,
        search: String::new(),
        state: None,
    };
    let batch = campaigns.act_on_many(&caller, campaign, &nothing_new).await;
    let batch = batch.expect("a batch").id;
    let site = SiteForm {
        address: SITE.into(),
        groups: "Kestrels".into(),
        ..SiteForm::default()
    };
    let form = ApiTokenForm {
        name: "Kestrel import".into(),
        ..ApiTokenForm::default()
    };
    let api_token = world.backend.api_tokens().create_from(&caller, &form).await;
    let api_token = api_token.expect("an API token");
    let page_tokens = world.backend.page_tokens();
    let (site, _) = page_tokens.add_site(&caller, &site).await.expect("a site");
    let form = PageTokenForm {
        full_url: format!("{SITE}/kestrel"),
        note: "Kestrel page".into(),
        ..PageTokenForm::default()
    };
    let (page_token, _) = page_tokens.create(&caller, &form).await.expect("a page token");
    world
        .backend
        .access_tokens()
        .assign(&caller, codes.rows[0].id, "canary-reader@example.org")
        .await
        .expect("assigned");
    let mails = world
        .backend
        .mail()
        .list(&caller, &Default::default())
        .await
        .expect("mails");
    let department = DepartmentForm {
        name: "Kestrel department".into(),
        parent: String::new(),
    };
    let department = world
        .backend
        .departments()
        .create(&caller, &department)
        .await
        .expect("a department");
    let user_type = UserTypeForm {
        name: "Kestrel user type".into(),
        description: String::new(),
        permissions: "tokens:read".into(),
    };
    let user_type = world
        .backend
        .user_types()
        .create(&caller, &user_type)
        .await
        .expect("a user type");
    let (app, issued) = crate::oauth::signed_in(world, &owner, "Kestrel app").await;
    let theirs = Theirs {
        app,
        mobile_session: issued.session,
        site: site.id,
        page_token: page_token.id,
        api_token: api_token.id,
        mail: mails.rows[0].id,
        department,
        user_type,
        campaign,
        recipient,
        import,
        batch,
        token,
        multi,
        code: codes.rows[0].id,
        collection,
        item: view.items[0].id,
        file: file.expect("a file"),
        person: caller.person().expect("an admin"),
        session: caller.signed_in().expect("an admin").session,
        invitation,
    };

    let link = people
        .invite(&caller, &invite("bob@example.org"))
        .await
        .expect("an invitation")
        .link;
    let administrator = world.browser();
    let path = link.strip_prefix(&world.url).expect("a link here").to_owned();
    // The page brings the cookie that shows that this browser takes cookies.
    administrator.get(&path).await;
    administrator
        .post(
            &path,
            &[PRESS, ("name", "Bob"), ("password", "a few words in a row")],
        )
        .await;
    Cast {
        owner,
        administrator,
        member,
        stranger: world.browser(),
        foreign_owner: world.set_up_another().await,
        theirs,
    }
}

/// A draft with a recipient.
async fn campaign(world: &World, caller: &backend::Caller) -> (CampaignId, RecipientId) {
    let campaigns = world.backend.campaigns();
    let form = CampaignForm {
        kind: "badge".into(),
        title: "Kestrel badge".into(),
        description: "Kestrel description".into(),
        criteria: "Kestrel criteria".into(),
        ..CampaignForm::default()
    };
    let campaign = campaigns.create(caller, &form).await.expect("a campaign").row.id;
    let recipients = domain::campaigns::pasted("Kestrel recipient, kestrel@example.org").expect("one");
    let added = campaigns.add_recipients(caller, campaign, &recipients).await;
    (campaign, added.expect("added").ids[0])
}

/// A server function, called with what belongs to the first organisation.
struct Call {
    path: &'static str,
    fields: Vec<(&'static str, String)>,
    /// Whether it names something of the organisation, which is then not found by others.
    names: bool,
    /// Whether only an owner may.
    owners: bool,
}

fn calls(theirs: &Theirs) -> Vec<Call> {
    let call = |path, fields: &[(&'static str, String)], names| Call {
        path,
        fields: fields.to_vec(),
        names,
        owners: false,
    };
    let one = |field, id: &dyn std::fmt::Display| [(field, id.to_string())];
    let token_query = [
        ("query[list]", "active".to_owned()),
        ("query[search]", String::new()),
        ("query[order]", "created".into()),
        ("query[descending]", "true".into()),
    ];
    let code_query = [
        ("id", theirs.multi.to_string()),
        ("query[search]", String::new()),
        ("query[show]", "all".into()),
    ];
    let form = |field: &'static str, text: &str| (field, text.to_owned());
    let token_form = [
        form("form[name]", "Taken over"),
        form("form[token_type]", "single"),
        form("form[usage_limit]", ""),
        form("form[no_of_tokens]", ""),
        form("form[starts]", ""),
        form("form[expires]", ""),
        ("form[collection]", theirs.collection.to_string()),
    ];
    let page_token_form = [
        ("form[full_url]", format!("{SITE}/taken-over")),
        form("form[timeout]", "-1"),
        form("form[max_hits]", "-1"),
    ];
    let app_form = [
        form("form[name]", "Taken over"),
        form("form[redirects]", "org.example.taken:/over"),
    ];
    let site_form = [("form[address]", SITE.to_owned())];
    let page_query = [
        form("query[list]", "active"),
        form("query[search]", ""),
        form("query[order]", "created"),
        form("query[descending]", "true"),
    ];
    let item_form = [
        ("id", theirs.collection.to_string()),
        form("form[item_type]", "page"),
        form("form[title]", "Taken over"),
        form("form[text]", "x"),
        form("form[url]", ""),
    ];
    let item = [
        ("id", theirs.collection.to_string()),
        ("item", theirs.item.to_string()),
    ];
    let api_token_form = [
        form("form[name]", "Taken over"),
        ("form[user]", theirs.person.to_string()),
    ];
    // What is left out would be lifted, so all of it is said.
    let service_user = [
        form("form[name]", "Nightly import"),
        form("form[owner]", ""),
        form("form[user_type]", "administrator"),
        form("form[department]", ""),
    ];
    let policy_form = [
        form("form[default_days]", "30"),
        form("form[longest_days]", "30"),
        form("form[never_allowed]", "false"),
        form("form[idle_days]", ""),
        form("form[show_once]", "false"),
        form("form[networks_required]", "false"),
        form("form[most_per_person]", "50"),
        form("form[revoke_exposed]", "true"),
        form("form[per_minute]", ""),
        form("form[organisation_per_minute]", ""),
    ];
    let mail_text = [form("key", "sign_in_link"), form("language", "de")];
    let mail_form = [
        form("form[subject]", "Hallo"),
        form("form[html]", "{{ link }}"),
        form("form[text]", "{{ link }}"),
    ];
    let owners = |path, fields: &[(&'static str, String)], names| Call {
        owners: true,
        ..call(path, fields, names)
    };
    let user_type_form = [
        form("form[name]", "Mine"),
        form("form[description]", ""),
        form("form[permissions]", "tokens:read"),
    ];
    let campaign_form = [
        form("form[kind]", "badge"),
        form("form[title]", "Taken over"),
        form("form[description]", "x"),
        form("form[criteria]", "x"),
        form("form[valid_days]", ""),
        form("form[template]", ""),
        form("form[colour]", ""),
    ];
    let campaign_query = [
        form("query[search]", ""),
        form("query[order]", "made"),
        form("query[reversed]", "false"),
    ];
    // Nobody answers there, so it is refused at its field.
    let provider_form = [
        form("form[template]", "other"),
        form("form[label]", "Taken over"),
        form("form[issuer]", "http://127.0.0.1:9"),
        form("form[client_id]", "x"),
        form("form[client_secret]", "x"),
    ];
    let nobodys_provider = IdentityProviderId(uuid::Uuid::nil());
    let in_campaign = |more: &[(&'static str, String)]| [&one("id", &theirs.campaign)[..], more].concat();
    let of_recipient = |more: &[(&'static str, String)]| [&one("id", &theirs.recipient)[..], more].concat();
    let of_import =
        |more: &[(&'static str, String)]| [&in_campaign(&one("import", &theirs.import))[..], more].concat();
    let import_form = [
        form("form[columns][0]", "name"),
        form("form[columns][1]", "email"),
        form("form[duplicates]", "skip"),
    ];
    let mut calls = vec![
        call("/rpc/campaigns/list", &campaign_query, false),
        call("/rpc/campaigns/count", &campaign_query, false),
        call("/rpc/campaigns/rows", &one("ids[0]", &theirs.campaign), false),
        call("/rpc/campaigns/designs", &[], false),
        call("/rpc/campaigns/create", &campaign_form, false),
        call("/rpc/campaigns/get", &in_campaign(&[]), true),
        call("/rpc/campaigns/update", &in_campaign(&campaign_form), true),
        call(
            "/rpc/campaigns/set_state",
            &in_campaign(&[form("state", "live")]),
            true,
        ),
        call(
            "/rpc/campaigns/recipients",
            &in_campaign(&[form("query[search]", "")]),
            true,
        ),
        call(
            "/rpc/campaigns/add_recipients",
            &in_campaign(&[form("recipients", "Eve, eve@another.example")]),
            true,
        ),
        call("/rpc/campaigns/add_myself", &in_campaign(&[]), true),
        call("/rpc/campaigns/design", &in_campaign(&[]), true),
        call(
            "/rpc/campaigns/save_design",
            &in_campaign(
                &[
                    &[("based_on", uuid::Uuid::nil().to_string())],
                    &blank_design()[..],
                ]
                .concat(),
            ),
            true,
        ),
        call(
            "/rpc/campaigns/use_design",
            &in_campaign(&[
                ("version", uuid::Uuid::nil().to_string()),
                ("based_on", uuid::Uuid::nil().to_string()),
            ]),
            true,
        ),
        call("/rpc/campaigns/design_versions", &in_campaign(&[]), true),
        call("/rpc/campaigns/draw_texts", &in_campaign(&[]), true),
        call(
            "/rpc/campaigns/preview_design",
            &in_campaign(&[&blank_design()[..], &[form("of", "ordinary")]].concat()),
            true,
        ),
        call("/rpc/campaigns/recipient", &of_recipient(&[]), true),
        call("/rpc/campaigns/copy_token", &of_recipient(&[]), true),
        call(
            "/rpc/campaigns/act",
            &of_recipient(&[form("action", "delete_recipient"), form("reason", "")]),
            true,
        ),
        call("/rpc/campaigns/history", &of_recipient(&[]), true),
        call("/rpc/campaigns/send_again", &of_recipient(&[]), true),
        call(
            "/rpc/campaigns/answer_name",
            &of_recipient(&[form("approve", "true")]),
            true,
        ),
        call(
            "/rpc/campaigns/schedule",
            &in_campaign(&[form("form[starts_at]", "")]),
            true,
        ),
        call("/rpc/campaigns/import", &of_import(&[]), true),
        call("/rpc/campaigns/check_import", &of_import(&import_form), true),
        call("/rpc/campaigns/start_import", &of_import(&import_form), true),
        call("/rpc/campaigns/cancel_import", &of_import(&[]), true),
        call(
            "/rpc/campaigns/act_on_many",
            &in_campaign(&[form("form[action]", "delete"), form("form[all]", "true")]),
            true,
        ),
        call("/rpc/campaigns/batch", &one("id", &theirs.batch), true),
        call(
            "/rpc/campaigns/correct",
            &of_recipient(&[
                form("form[name]", "Eve"),
                form("form[email]", "eve@another.example"),
            ]),
            true,
        ),
        call("/rpc/identity_providers/list", &[], false),
        owners("/rpc/identity_providers/add", &provider_form, true),
        owners(
            "/rpc/identity_providers/edit",
            &[&one("id", &nobodys_provider)[..], &provider_form].concat(),
            true,
        ),
        owners(
            "/rpc/identity_providers/remove",
            &one("id", &nobodys_provider),
            true,
        ),
        call("/rpc/access_tokens/list", &token_query, false),
        call("/rpc/access_tokens/first_steps", &[], false),
        call("/rpc/reports/find", &[form("words", "a")], false),
        call("/rpc/access_tokens/count", &token_query, false),
        call("/rpc/access_tokens/rows", &one("ids[0]", &theirs.token), false),
        call("/rpc/access_tokens/create", &token_form, true),
        call(
            "/rpc/access_tokens/edit",
            &[
                &one("id", &theirs.token)[..],
                &token_form[..1],
                &token_form[2..3],
                &token_form[4..6],
                &[form("shown[name]", "")],
            ]
            .concat(),
            true,
        ),
        call(
            "/rpc/access_tokens/add_codes",
            &[("id", theirs.multi.to_string()), form("no_of_tokens", "2")],
            true,
        ),
        call(
            "/rpc/access_tokens/cancel_job",
            &one("id", &uuid::Uuid::nil()),
            true,
        ),
        call("/rpc/access_tokens/codes", &code_query, true),
        call("/rpc/access_tokens/count_codes", &code_query, true),
        call(
            "/rpc/access_tokens/code_rows",
            &[
                ("id", theirs.multi.to_string()),
                ("codes[0]", theirs.code.to_string()),
            ],
            true,
        ),
        call(
            "/rpc/access_tokens/assign",
            &[
                ("id", theirs.code.to_string()),
                form("email", "eve@another.example"),
            ],
            true,
        ),
        call("/rpc/account/sessions", &[], false),
        call("/rpc/account/apps", &[], false),
        call("/rpc/account/end_app", &one("id", &theirs.mobile_session), true),
        call("/rpc/mobile_sessions/list", &[form("query[search]", "")], false),
        call("/rpc/mobile_sessions/count", &[form("query[search]", "")], false),
        call(
            "/rpc/mobile_sessions/rows",
            &one("ids[0]", &theirs.mobile_session),
            false,
        ),
        call(
            "/rpc/mobile_sessions/end_many",
            &one("ids[0]", &theirs.mobile_session),
            false,
        ),
        call("/rpc/mobile_sessions/choices", &[], false),
        call("/rpc/mobile_apps/list", &[], false),
        call("/rpc/mobile_apps/add", &app_form, false),
        call(
            "/rpc/mobile_apps/edit",
            &[&one("id", &theirs.app)[..], &app_form].concat(),
            true,
        ),
        call("/rpc/mobile_apps/remove", &one("id", &theirs.app), true),
        call("/rpc/account/end_session", &one("id", &theirs.session), true),
        call(
            "/rpc/account/change_password",
            &[form("old", "wrong wrong wrong"), form("new", "another few words")],
            true,
        ),
        call("/rpc/collections/list", &[form("query[search]", "")], false),
        call("/rpc/collections/count", &[form("query[search]", "")], false),
        call("/rpc/collections/rows", &one("ids[0]", &theirs.collection), false),
        call("/rpc/collections/choices", &[], false),
        call("/rpc/collections/get", &one("id", &theirs.collection), true),
        call("/rpc/collections/create", &[form("title", "Mine")], false),
        call(
            "/rpc/collections/update",
            &[
                ("id", theirs.collection.to_string()),
                form("form[title]", "Taken over"),
                form("form[summary]", ""),
                form("form[colour]", "red"),
                form("form[emoji]", "🦺"),
            ],
            true,
        ),
        call(
            "/rpc/collections/set_state",
            &[("id", theirs.collection.to_string()), form("state", "archived")],
            true,
        ),
        call("/rpc/collections/add_item", &item_form, true),
        call(
            "/rpc/collections/update_item",
            &[&item[1..], &item_form[..]].concat(),
            true,
        ),
        call("/rpc/collections/remove_item", &item, true),
        call(
            "/rpc/collections/move_item",
            &[&item[..], &[form("to", "1")]].concat(),
            true,
        ),
        call("/rpc/api_tokens/list", &[form("query[search]", "")], false),
        call("/rpc/api_tokens/count", &[form("query[search]", "")], false),
        call("/rpc/api_tokens/ids", &[form("query[search]", "")], false),
        call("/rpc/api_tokens/rows", &one("ids[0]", &theirs.api_token), false),
        call(
            "/rpc/api_tokens/preview",
            &one("ids[0]", &theirs.api_token),
            false,
        ),
        call("/rpc/api_tokens/choices", &[], false),
        call("/rpc/api_tokens/policy", &[], false),
        call("/rpc/api_tokens/would_refuse", &policy_form, false),
        call(
            "/rpc/api_tokens/explain",
            &[
                ("question[token]", theirs.api_token.to_string()),
                form("question[path]", "/api/v1/people"),
            ],
            false,
        ),
        owners("/rpc/api_tokens/set_policy", &policy_form, false),
        call("/rpc/api_tokens/view", &one("id", &theirs.api_token), true),
        call(
            "/rpc/api_tokens/reach",
            &[("form[user]", theirs.person.to_string())],
            true,
        ),
        call("/rpc/api_tokens/create", &api_token_form, true),
        call(
            "/rpc/api_tokens/edit",
            &[&one("id", &theirs.api_token)[..], &api_token_form].concat(),
            true,
        ),
        call(
            "/rpc/api_tokens/rotate",
            &[("id", theirs.api_token.to_string()), form("form[grace]", "0")],
            true,
        ),
        call(
            "/rpc/api_tokens/set_suspended",
            &[("id", theirs.api_token.to_string()), form("suspended", "true")],
            true,
        ),
        call(
            "/rpc/api_tokens/bulk",
            &[("ids[0]", theirs.api_token.to_string()), form("what", "revoke")],
            false,
        ),
        call(
            "/rpc/api_tokens/reveal",
            &[
                ("id", theirs.api_token.to_string()),
                form("password", "wrong wrong wrong"),
            ],
            true,
        ),
        call("/rpc/page_tokens/list", &page_query, false),
        call("/rpc/page_tokens/count", &page_query, false),
        call("/rpc/page_tokens/rows", &one("ids[0]", &theirs.page_token), false),
        call(
            "/rpc/page_tokens/delete_all",
            &one("ids[0]", &theirs.page_token),
            false,
        ),
        call(
            "/rpc/page_tokens/restore_all",
            &one("ids[0]", &theirs.page_token),
            false,
        ),
        call(
            "/rpc/page_tokens/suspend_all",
            &[
                ("ids[0]", theirs.page_token.to_string()),
                form("suspended", "true"),
            ],
            false,
        ),
        call("/rpc/page_tokens/create", &page_token_form, true),
        call(
            "/rpc/page_tokens/duplicate",
            &[&one("id", &theirs.page_token)[..], &page_token_form].concat(),
            true,
        ),
        call(
            "/rpc/page_tokens/edit",
            &[
                &one("id", &theirs.page_token)[..],
                &page_token_form,
                &[form("shown[note]", "")],
            ]
            .concat(),
            true,
        ),
        call(
            "/rpc/page_tokens/suspend",
            &[("id", theirs.page_token.to_string()), form("suspended", "true")],
            true,
        ),
        call(
            "/rpc/page_tokens/rotate",
            &[("id", theirs.page_token.to_string()), form("grace_hours", "0")],
            true,
        ),
        call(
            "/rpc/page_tokens/explain",
            &[
                ("url", format!("{SITE}/kestrel?TOKEN=twp_x")),
                form("method", ""),
                form("address", ""),
            ],
            false,
        ),
        call("/rpc/page_tokens/sites", &[], false),
        call("/rpc/page_tokens/add_site", &site_form, true),
        call(
            "/rpc/page_tokens/edit_site",
            &[
                &one("id", &theirs.site)[..],
                &site_form,
                &[form("shown[groups]", "")],
            ]
            .concat(),
            true,
        ),
        call(
            "/rpc/page_tokens/renew_site_secret",
            &[("id", theirs.site.to_string()), form("grace_hours", "0")],
            true,
        ),
        call("/rpc/page_tokens/remove_site", &one("id", &theirs.site), true),
        call("/rpc/mail/list", &[form("query[search]", "")], false),
        call("/rpc/mail/count", &[form("query[search]", "")], false),
        call("/rpc/mail/rows", &one("ids[0]", &theirs.mail), false),
        call("/rpc/mail/get", &one("id", &theirs.mail), true),
        call("/rpc/mail/send_again", &one("id", &theirs.mail), true),
        call(
            "/rpc/mail/correct_address",
            &[
                ("id", theirs.mail.to_string()),
                form("email", "eve@another.example"),
            ],
            true,
        ),
        Call {
            owners: true,
            ..call("/rpc/mail/settings", &[], false)
        },
        Call {
            owners: true,
            ..call(
                "/rpc/mail/change_settings",
                &[form("form[per_hour]", "10")],
                false,
            )
        },
        Call {
            owners: true,
            ..call("/rpc/mail/test", &[form("form[per_hour]", "10")], false)
        },
        call("/rpc/mail/texts", &[], false),
        call("/rpc/mail/text", &mail_text, false),
        call("/rpc/mail/reset_text", &mail_text, false),
        call(
            "/rpc/mail/save_text",
            &[&mail_text[..], &mail_form[..]].concat(),
            false,
        ),
        call(
            "/rpc/mail/preview_text",
            &[&mail_text[..], &mail_form[..]].concat(),
            false,
        ),
        call("/rpc/organisations/view", &[], false),
        call("/rpc/organisations/time_zones", &[], false),
        call("/rpc/organisations/me", &[], false),
        call("/rpc/departments/list", &[], false),
        owners(
            "/rpc/departments/create",
            &[form("form[name]", "Mine"), form("form[parent]", "")],
            false,
        ),
        owners(
            "/rpc/departments/rename",
            &[("id", theirs.department.to_string()), form("name", "Taken over")],
            true,
        ),
        owners(
            "/rpc/departments/move",
            &[("id", theirs.department.to_string()), form("parent", "")],
            true,
        ),
        owners("/rpc/departments/remove", &one("id", &theirs.department), true),
        call("/rpc/user_types/list", &[], false),
        owners("/rpc/user_types/create", &user_type_form, false),
        owners(
            "/rpc/user_types/update",
            &[&one("id", &theirs.user_type)[..], &user_type_form].concat(),
            true,
        ),
        owners("/rpc/user_types/delete", &one("id", &theirs.user_type), true),
        owners(
            "/rpc/people/set_department",
            &[("id", theirs.person.to_string()), form("department", "")],
            true,
        ),
        call(
            "/rpc/collections/set_department",
            &[("id", theirs.collection.to_string()), form("department", "")],
            true,
        ),
        Call {
            owners: true,
            ..call(
                "/rpc/organisations/update",
                &[form("name", "Another"), form("time_zone", "UTC")],
                false,
            )
        },
        call(
            "/rpc/people/list",
            &[form("query[search]", ""), form("query[admins_only]", "false")],
            false,
        ),
        call(
            "/rpc/people/count",
            &[form("query[search]", ""), form("query[admins_only]", "false")],
            false,
        ),
        call("/rpc/people/rows", &one("ids[0]", &theirs.person), false),
        call("/rpc/people/report", &one("id", &theirs.person), true),
        Call {
            owners: true,
            ..call(
                "/rpc/people/invite",
                &[
                    form("form[email]", "new@example.org"),
                    form("form[user_type]", "owner"),
                ],
                false,
            )
        },
        call("/rpc/people/invitations", &[], false),
        call(
            "/rpc/people/withdraw_invitation",
            &one("id", &theirs.invitation),
            true,
        ),
        Call {
            owners: true,
            ..call(
                "/rpc/people/set_user_type",
                &[("id", theirs.person.to_string()), form("user_type", "member")],
                true,
            )
        },
        call("/rpc/people/add_service_user", &service_user, false),
        owners(
            "/rpc/people/change_service_user",
            &[&one("id", &theirs.person)[..], &service_user].concat(),
            true,
        ),
        Call {
            owners: true,
            ..call("/rpc/people/deactivate", &one("id", &theirs.person), true)
        },
        Call {
            owners: true,
            ..call("/rpc/people/reactivate", &one("id", &theirs.person), true)
        },
    ];
    for path in [
        "/rpc/access_tokens/get",
        "/rpc/access_tokens/suspend",
        "/rpc/access_tokens/resume",
        "/rpc/access_tokens/revoke",
        "/rpc/access_tokens/delete",
        "/rpc/access_tokens/restore",
        "/rpc/access_tokens/share",
        "/rpc/access_tokens/history",
    ] {
        calls.push(call(path, &one("id", &theirs.token), true));
    }
    for path in [
        "/rpc/page_tokens/revoke",
        "/rpc/page_tokens/delete",
        "/rpc/page_tokens/restore",
        "/rpc/page_tokens/reveal",
        "/rpc/page_tokens/history",
    ] {
        calls.push(call(path, &one("id", &theirs.page_token), true));
    }
    for path in [
        "/rpc/mobile_sessions/get",
        "/rpc/mobile_sessions/end",
        "/rpc/mobile_sessions/end_everywhere",
        "/rpc/mobile_sessions/resume",
        "/rpc/mobile_sessions/wipe",
    ] {
        calls.push(call(path, &one("id", &theirs.mobile_session), true));
    }
    for path in [
        "/rpc/access_tokens/clear_assignment",
        "/rpc/access_tokens/replace",
        "/rpc/access_tokens/new_link",
    ] {
        calls.push(call(path, &one("id", &theirs.code), true));
    }
    calls
}

/// A design without anything on it, as a form sends it.
fn blank_design() -> [(&'static str, String); 3] {
    [
        ("design[width]", "1123".into()),
        ("design[height]", "794".into()),
        ("design[background][plain][colour]", "#ffffff".into()),
    ]
}

/// The status, and the refusal or else the bytes of the answer as far as they are text.
async fn answer(browser: &Browser, call: &Call) -> (StatusCode, String) {
    let fields: Vec<(&str, &str)> = call
        .fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = browser.post(call.path, &fields).await;
    let status = answer.status();
    let body = answer.bytes().await.expect("a body");
    if status.is_success() {
        (status, String::from_utf8_lossy(&body).into_owned())
    } else {
        (status, format!("{:?}", ApiError::de(body)))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_server_function_refuses_whoever_may_not() {
    on_each_engine(async |world| {
        let cast = cast(world).await;
        let calls = calls(&cast.theirs);
        let walked: HashSet<&str> = calls.iter().map(|call| call.path).collect();
        for (path, _) in leptos::server_fn::axum::server_fn_paths() {
            assert!(
                walked.contains(path),
                "{path} has no refusal test: add it to the list above"
            );
        }
        let before = picture(world, &cast).await;

        for call in &calls {
            for browser in [&cast.stranger, &cast.member] {
                let (status, body) = answer(browser, call).await;
                assert_eq!(
                    (status, body.contains("SignedOut")),
                    (StatusCode::UNAUTHORIZED, true),
                    "{}: {body}",
                    call.path
                );
            }
            let (status, body) = answer(&cast.foreign_owner, call).await;
            assert!(
                !body.contains(CANARY) && !body.contains("ada@example.org"),
                "{}: {body}",
                call.path
            );
            if call.names {
                assert!(
                    matches!(status.as_u16(), 404 | 422),
                    "{}: {status} {body}",
                    call.path
                );
            } else {
                assert_eq!(status, StatusCode::OK, "{}: {body}", call.path);
            }
            if call.owners {
                let (status, body) = answer(&cast.administrator, call).await;
                assert_eq!(
                    (status, body.contains("Forbidden")),
                    (StatusCode::FORBIDDEN, true),
                    "{}: {body}",
                    call.path
                );
            }
        }
        assert_eq!(
            picture(world, &cast).await,
            before,
            "nothing was changed by those who may not"
        );
    })
    .await;
}

/// Everything in the first organisation that somebody could have changed.
async fn picture(world: &World, cast: &Cast) -> String {
    let caller = world.caller(&cast.owner).await;
    let backend = &world.backend;
    let row = backend
        .access_tokens()
        .get(&caller, cast.theirs.token)
        .await
        .expect("a row");
    let multi = backend
        .access_tokens()
        .get(&caller, cast.theirs.multi)
        .await
        .expect("a row");
    let codes = backend
        .access_tokens()
        .codes(&caller, multi.id, &CodeQuery::default())
        .await
        .expect("codes");
    let codes: Vec<_> = codes
        .rows
        .iter()
        .map(|code| (code.id, code.hint.clone(), code.assigned.clone()))
        .collect();
    let view = backend
        .collections()
        .view(&caller, cast.theirs.collection)
        .await
        .expect("a collection");
    let items: Vec<_> = view.items.iter().map(|item| item.title.clone()).collect();
    let invitations = backend
        .people()
        .invitations(&caller)
        .await
        .expect("invitations")
        .len();
    let people = backend
        .people()
        .count(&caller, &Default::default())
        .await
        .expect("people");
    let tokens = backend
        .access_tokens()
        .count(&caller, &Default::default())
        .await
        .expect("tokens");
    let history = backend
        .access_tokens()
        .history(&caller, row.id)
        .await
        .expect("a history")
        .len();
    let page_token = backend
        .page_tokens()
        .get(&caller, cast.theirs.page_token)
        .await
        .expect("a page token");
    let sites = backend.page_tokens().sites(&caller).await.expect("sites");
    let page_tokens = backend
        .page_tokens()
        .count(&caller, &Default::default())
        .await
        .expect("page tokens");
    let page_tokens = format!("{page_token:?} {sites:?} {page_tokens}");
    let api_tokens = backend.api_tokens();
    let api_token = api_tokens
        .view(&caller, cast.theirs.api_token)
        .await
        .expect("an API token");
    let all = api_tokens.count(&caller, &Default::default()).await;
    let api_token = format!(
        "{} {:?} {} {} {}",
        api_token.row.name,
        api_token.row.state,
        api_token.permissions,
        api_token.history.len(),
        all.expect("API tokens")
    );
    let campaigns = backend.campaigns();
    let campaign = campaigns
        .view(&caller, cast.theirs.campaign)
        .await
        .expect("a campaign");
    let recipient = campaigns
        .recipient(&caller, cast.theirs.recipient)
        .await
        .expect("a recipient");
    let campaign = format!(
        "{} {:?} {} {} {recipient:?}",
        campaign.row.title, campaign.row.state, campaign.row.recipients, campaign.design
    );
    let session = backend
        .mobile_sessions()
        .row(&caller, cast.theirs.mobile_session)
        .await
        .expect("a session");
    let apps = backend.mobile_sessions().apps(&caller).await.expect("apps");
    let mobile = format!("{:?} {:?} {apps:?}", session.state, session.wipe);
    format!(
        "{mobile} {campaign} {page_tokens} {api_token} {} {:?} {:?} {:?} {:?} {codes:?} {} {:?} {items:?} {invitations} {people} {tokens} {history} {:?}",
        row.name,
        row.state,
        row.deleted,
        multi.limit,
        multi.state,
        view.title,
        view.state,
        caller.permissions,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_route_refuses_whoever_may_not() {
    on_each_engine(async |world| {
        let cast = cast(world).await;
        let before = picture(world, &cast).await;
        // Signing out comes last: it would make a stranger of the member.
        let (last, first): (Vec<_>, Vec<_>) =
            routes::all().iter().partition(|route| route.path == "/sign-out");
        for route in first.into_iter().chain(last) {
            let path = path_of(route, &cast.theirs);
            let what = format!("{} {path}", route.method);
            for (browser, is_member) in [(&cast.stranger, false), (&cast.member, true)] {
                let answer = send(browser, route, &path).await;
                let (status, leads) = (answer.status(), location(&answer).unwrap_or_default());
                match route.who {
                    // The gate lets nobody in who carries nothing.
                    Who::Anybody if route.kind == Kind::Gate => {
                        assert_eq!(status, StatusCode::FORBIDDEN, "{what}");
                    }
                    Who::Anybody => {
                        assert!(!matches!(status.as_u16(), 401 | 403 | 500..), "{what}: {status}");
                    }
                    Who::Recipient if is_member => {
                        assert!(!matches!(status.as_u16(), 401 | 403), "{what}: {status}");
                    }
                    Who::Recipient => refused(&what, status, &leads, "/my/sign-in"),
                    Who::Admin if is_member => refused(&what, status, &leads, "/my"),
                    Who::Admin => refused(&what, status, &leads, "/sign-in"),
                    Who::Program(Needs::Nothing) => assert!(status.is_success(), "{what}: {status}"),
                    Who::Program(_) => assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}"),
                }
            }
            // The texts of mails have the same names in every organisation.
            let is_anybodys = route.path.starts_with("/administrator/mail/texts/");
            if route.path.contains('{') && matches!(route.who, Who::Admin | Who::Recipient) && !is_anybodys {
                let answer = send(&cast.foreign_owner, route, &path).await;
                assert_eq!(
                    answer.status(),
                    StatusCode::NOT_FOUND,
                    "{what} for another organisation's owner"
                );
                let body = answer.text().await.expect("a body");
                assert!(!body.contains(CANARY), "{what}: {body}");
            }
        }
        assert_eq!(
            picture(world, &cast).await,
            before,
            "nothing was changed by those who may not"
        );
    })
    .await;
}

fn refused(what: &str, status: StatusCode, leads: &str, to: &str) {
    let led = status == StatusCode::SEE_OTHER && leads.split('?').next() == Some(to);
    assert!(
        led || status == StatusCode::UNAUTHORIZED,
        "{what}: {status} to {leads}"
    );
}

async fn send(browser: &Browser, route: &Route, path: &str) -> reqwest::Response {
    let request = browser
        .request(route.method.clone(), path)
        .header("sec-fetch-site", "same-origin");
    if route.path == "/events" {
        return request
            .header("accept", "text/event-stream")
            .send()
            .await
            .expect("an answer");
    }
    if ["/files", "/import", "/pictures", "/logo"]
        .iter()
        .any(|end| route.path.ends_with(end))
    {
        let body = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nEve,eve@another.example\r\n--x--\r\n";
        let request = request.header("content-type", "multipart/form-data; boundary=x");
        return request.body(body).send().await.expect("an answer");
    }
    if route.kind == Kind::Api {
        let request = request.header("content-type", "application/json");
        return request.body("{}").send().await.expect("an answer");
    }
    match route.method {
        Method::POST => request.form(&[("x", "y")]).send().await.expect("an answer"),
        _ => request.send().await.expect("an answer"),
    }
}

/// The path of a route, with what belongs to the first organisation.
fn path_of(route: &Route, theirs: &Theirs) -> String {
    let resource = match route.path.strip_prefix("/api/v1/") {
        Some(path) => path.split('/').next(),
        None => route.path.split('/').nth(1),
    };
    let id = match resource {
        Some("tokens" | "access-tokens") => theirs.multi.to_string(),
        Some("api-tokens") => theirs.api_token.to_string(),
        Some("mobile-sessions" | "me") => theirs.mobile_session.to_string(),
        Some("mobile-apps") => theirs.app.to_string(),
        Some("administrator") if route.path.starts_with("/administrator/tokens/mobile/") => {
            theirs.mobile_session.to_string()
        }
        Some("collections") => theirs.collection.to_string(),
        Some("people") => theirs.person.to_string(),
        Some("mails") => theirs.mail.to_string(),
        Some("departments") => theirs.department.to_string(),
        Some("user-types") => theirs.user_type.to_string(),
        Some("campaigns") => theirs.campaign.to_string(),
        Some("recipients") => theirs.recipient.to_string(),
        Some("credentials" | "identity-providers") => uuid::Uuid::nil().to_string(),
        Some("administrator") => theirs.mail.to_string(),
        Some("page-tokens") => theirs.page_token.to_string(),
        Some("sites") => theirs.site.to_string(),
        Some("c") => uuid::Uuid::nil().to_string(),
        Some("files") => theirs.file.to_string(),
        _ => String::new(),
    };
    let id = match route.path {
        "/administrator/tokens/{id}" => theirs.api_token.to_string(),
        _ => id,
    };
    let path = route
        .path
        .replace("{id}", &id)
        .replace("{picture}", &uuid::Uuid::nil().to_string())
        .replace("{collection}", &theirs.collection.to_string())
        .replace("{item}", &theirs.item.to_string())
        .replace("{*function}", "nowhere")
        .replace("{*path}", "kestrel")
        .replace("{import}", &theirs.import.to_string())
        .replace("{import_id}", &theirs.import.to_string())
        .replace("{batch_id}", &theirs.batch.to_string())
        .replace("{item_id}", &theirs.item.to_string())
        .replace("{job_id}", &uuid::Uuid::nil().to_string())
        .replace("{look}", &uuid::Uuid::nil().to_string())
        .replace("{code_id}", &theirs.code.to_string())
        .replace("{kind}", "not-found")
        .replace("{secret}", "nonsense")
        .replace("{file}", "nonsense.js")
        .replace("{token}", Code::from_random([1; 19]).reveal())
        .replace("{organisation}", &uuid::Uuid::nil().to_string())
        .replace("{list}", "4711")
        .replace("{key}", "sign_in_link")
        .replace("{language}", "en")
        .replace("{code}", Code::from_random([1; 19]).reveal());
    assert!(
        !path.contains('{') && !path.contains("//"),
        "{}: say what stands in the braces",
        route.path
    );
    path
}
