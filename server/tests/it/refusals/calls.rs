//! What each server function is sent: something of the first organisation.

use super::cast::SITE;
use super::*;

/// A server function, called with what belongs to the first organisation.
pub(super) struct Call {
    pub(super) path: &'static str,
    pub(super) fields: Vec<(&'static str, String)>,
    /// Whether it names something of the organisation, which is then not found by others.
    pub(super) names: bool,
    /// Whether only an owner may.
    pub(super) owners: bool,
}

pub(super) fn calls(theirs: &Theirs) -> Vec<Call> {
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
        call(
            "/rpc/campaigns/change_expiry",
            &of_recipient(&[form("expires", "2027-12-31")]),
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
        call("/rpc/campaigns/issuer", &[], false),
        owners(
            "/rpc/campaigns/change_issuer",
            &[form("form[description]", "Taken over")],
            false,
        ),
        call("/rpc/campaigns/issuer_keys", &[], false),
        owners("/rpc/campaigns/rotate_issuer_keys", &[], false),
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
            "/rpc/access_tokens/act_on_many",
            &[
                form("form[action]", "delete"),
                form("form[expires]", ""),
                ("form[chosen][These][0]", theirs.token.to_string()),
            ],
            true,
        ),
        call("/rpc/access_tokens/bulk", &one("id", &theirs.token_batch), true),
        call(
            "/rpc/access_tokens/undo_many",
            &one("id", &theirs.token_batch),
            true,
        ),
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
            &[
                &one("id", &theirs.api_token)[..],
                &api_token_form,
                &[form("shown[name]", "")],
            ]
            .concat(),
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
        "/rpc/access_tokens/uses",
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
