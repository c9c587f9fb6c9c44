//! Stories of mobile sessions.

use chrono::TimeDelta;
use domain::api_tokens::{Bulk, BulkResult};
use domain::mobile_sessions::{MobileAppForm, MobileList, MobileOrder, MobileQuery, OAuthError, Wipe};
use domain::tokens::State;
use domain::{BuiltIn, Permission, Refusal};

use super::testing::{CHALLENGE, REDIRECT, app, asks, code, device, exchanges, phone, refresh, sign_in};
use super::{Issued, Signer, TokenError};
use crate::api_tokens::Denied;
use crate::people::testing::{owner, owner_of, person, signed_in};
use crate::testing::{World, on_each_engine};
use crate::{Backend, Caller, Client, Error};

async fn calls(backend: &Backend, issued: &Issued) -> Result<Caller, Denied> {
    let known = backend
        .mobile_sessions()
        .authenticate(issued.access.reveal(), &phone())
        .await?;
    Ok(known.caller)
}

fn error<T>(answer: Result<T, TokenError>) -> OAuthError {
    match answer {
        Err(TokenError::Refused(problem)) => problem.error,
        Err(other) => panic!("another error: {other:?}"),
        Ok(_) => panic!("it was given"),
    }
}

/// The number of mails about a session that ended.
async fn mails_about(backend: &Backend, caller: &Caller) -> usize {
    let mails = backend
        .mail()
        .list(caller, &Default::default())
        .await
        .expect("mails");
    mails
        .rows
        .iter()
        .filter(|mail| mail.about.contains("Sign-in with an app"))
        .count()
}

#[tokio::test]
async fn an_app_does_what_its_person_may_until_they_are_signed_out() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "").await;
        assert!(issued.access.reveal().starts_with("twm_") && issued.refresh.reveal().starts_with("twr_"));
        assert!(!format!("{issued:?}").contains(issued.access.reveal()));
        assert_eq!(issued.seconds, 600);

        let caller = calls(backend, &issued).await.expect("let in");
        assert_eq!(caller.permissions, ada.permissions);
        assert_eq!(
            (caller.person(), caller.organisation()),
            (ada.person(), ada.organisation())
        );
        let create = backend
            .api_tokens()
            .create(
                &caller,
                &domain::api_tokens::ApiTokenForm {
                    name: "From a phone".into(),
                    ..Default::default()
                }
                .parse()
                .expect("a form"),
            )
            .await;
        assert!(
            matches!(create, Err(Error::Refused(Refusal::Forbidden))),
            "a phone makes no tokens"
        );

        let view = backend
            .mobile_sessions()
            .view(&ada, issued.session)
            .await
            .expect("a page");
        assert_eq!(
            (
                view.row.name.as_str(),
                view.row.user_type.as_str(),
                view.row.device.as_str()
            ),
            ("Ada", "Owner", "Pixel 9")
        );
        assert_eq!(
            (view.row.system.as_str(), view.row.version.as_str()),
            ("Android 16", "Harbour 3.2")
        );
        assert_eq!(view.networks.len(), 1);
        assert_eq!(view.networks[0].0, "192.0.2.44");
        assert_eq!(view.row.expires_at, backend.clock().now() + TimeDelta::days(30));

        backend
            .mobile_sessions()
            .end(&ada, issued.session)
            .await
            .expect("signed out");
        assert!(
            matches!(calls(backend, &issued).await, Err(Denied::Unknown)),
            "at the next request"
        );
        let answer = refresh(backend, &harbour, issued.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        assert_eq!(mails_about(backend, &ada).await, 0, "that was no theft");
        backend
            .mobile_sessions()
            .end(&ada, issued.session)
            .await
            .expect("a second time is the same");
        assert_eq!(backend.fsck().await.expect("checked"), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_code_is_exchanged_once_by_whoever_asked_for_it_and_within_a_minute() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let other = MobileAppForm {
            name: "Other".into(),
            redirects: REDIRECT.into(),
        };
        let other = backend
            .mobile_sessions()
            .add_app(&ada, &other)
            .await
            .expect("another app");
        let sessions = backend.mobile_sessions();
        type Change = Box<dyn Fn(&mut domain::mobile_sessions::TokenForm)>;
        let changes: Vec<Change> = vec![
            Box::new(move |form| form.client_id = other.id.to_string()),
            Box::new(|form| form.redirect_uri.push('/')),
            Box::new(|form| form.code_verifier = CHALLENGE.into()),
            Box::new(|form| form.code_verifier.clear()),
        ];
        for change in changes {
            let code = code(backend, &ada, &harbour, "").await;
            let mut form = exchanges(&harbour, &code);
            change(&mut form);
            let answer = sessions.exchange(&form, &device(), &phone()).await;
            assert_eq!(error(answer), OAuthError::InvalidGrant, "{form:?}");
            let answer = sessions
                .exchange(&exchanges(&harbour, &code), &device(), &phone())
                .await;
            assert_eq!(error(answer), OAuthError::InvalidGrant, "it is used up");
        }

        let late = code(backend, &ada, &harbour, "").await;
        backend.clock().advance(TimeDelta::seconds(60));
        let answer = sessions
            .exchange(&exchanges(&harbour, &late), &device(), &phone())
            .await;
        assert_eq!(error(answer), OAuthError::InvalidGrant, "at exactly its end");
        let in_time = code(backend, &ada, &harbour, "").await;
        backend
            .clock()
            .advance(TimeDelta::seconds(60) - TimeDelta::microseconds(1));
        let form = exchanges(&harbour, &in_time);
        let issued = sessions
            .exchange(&form, &device(), &phone())
            .await
            .expect("in time");
        assert!(calls(backend, &issued).await.is_ok());

        let again = sessions.exchange(&form, &device(), &phone()).await;
        assert_eq!(error(again), OAuthError::InvalidGrant);
        assert!(
            matches!(calls(backend, &issued).await, Err(Denied::Unknown)),
            "what it gave has ended"
        );
        assert_eq!(mails_about(backend, &ada).await, 1, "and its person is told");
    })
    .await;
}

#[tokio::test]
async fn an_app_of_another_organisation_and_another_address_get_no_code() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let eve = owner_of(backend, "Another", "eve@example.org").await;
        let harbour = app(backend, &ada).await;
        let granted = asks(&harbour, "").asked().expect("a good request");
        for (signer, redirect) in [(&eve, REDIRECT), (&ada, "org.example.other:/signed-in")] {
            let signer = Signer::admin(signer).expect("an admin");
            let answer = backend
                .mobile_sessions()
                .allow(&signer, &harbour, redirect, &granted)
                .await;
            assert!(
                matches!(answer, Err(Error::Refused(Refusal::Forbidden))),
                "{redirect}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_lost_answer_is_asked_for_again() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let first = sign_in(backend, &ada, &harbour, "tokens:read").await;
        let second = refresh(backend, &harbour, first.refresh.reveal())
            .await
            .expect("refreshed");
        assert_eq!(second.permissions.to_string(), "tokens:read");
        assert!(calls(backend, &first).await.is_ok(), "its minutes are not over");

        backend
            .clock()
            .advance(TimeDelta::seconds(10) - TimeDelta::microseconds(1));
        let lost = refresh(backend, &harbour, first.refresh.reveal())
            .await
            .expect("the answer was lost");
        let third = refresh(backend, &harbour, second.refresh.reveal())
            .await
            .expect("or it was not, after all");
        assert!(calls(backend, &third).await.is_ok());
        let answer = refresh(backend, &harbour, lost.refresh.reveal()).await;
        assert_eq!(
            error(answer),
            OAuthError::InvalidGrant,
            "two hands hold this session"
        );
        for issued in [&first, &second, &lost, &third] {
            assert!(matches!(calls(backend, issued).await, Err(Denied::Unknown)));
        }
        let answer = refresh(backend, &harbour, third.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        assert_eq!(mails_about(backend, &ada).await, 1, "told once");
        let view = backend
            .mobile_sessions()
            .view(&ada, first.session)
            .await
            .expect("a page");
        let alarms = view
            .history
            .iter()
            .filter(|entry| entry.what.starts_with("ALARM"))
            .count();
        assert_eq!(
            (alarms, view.row.state),
            (1, State::Revoked),
            "{:?}",
            view.history
        );
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_after_ten_seconds_ends_its_session() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let bystander = sign_in(backend, &ada, &harbour, "").await;
        let first = sign_in(backend, &ada, &harbour, "").await;
        let second = refresh(backend, &harbour, first.refresh.reveal())
            .await
            .expect("refreshed");
        backend.clock().advance(TimeDelta::seconds(10));
        let answer = refresh(backend, &harbour, first.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        assert!(matches!(calls(backend, &second).await, Err(Denied::Unknown)));
        assert!(
            calls(backend, &bystander).await.is_ok(),
            "another session goes on"
        );
        assert_eq!(mails_about(backend, &ada).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_idle_after_thirty_days_and_in_any_case_after_a_hundred_and_eighty() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let mut issued = sign_in(backend, &ada, &harbour, "").await;
        backend.clock().advance(TimeDelta::minutes(10));
        assert!(
            matches!(calls(backend, &issued).await, Err(Denied::Expired)),
            "at exactly its end"
        );
        let idle = sign_in(backend, &ada, &harbour, "").await;
        let began = backend.clock().now() - TimeDelta::minutes(10);
        while backend.clock().now() + TimeDelta::days(29) < began + TimeDelta::days(180) {
            backend.clock().advance(TimeDelta::days(29));
            issued = refresh(backend, &harbour, issued.refresh.reveal())
                .await
                .expect("it is not idle");
        }
        let answer = refresh(backend, &harbour, idle.refresh.reveal()).await;
        assert_eq!(
            error(answer),
            OAuthError::InvalidGrant,
            "nobody used it for 30 days"
        );
        let end = began + TimeDelta::days(180);
        let row = backend
            .mobile_sessions()
            .row(&ada, issued.session)
            .await
            .expect("a row");
        assert_eq!(row.expires_at, end);
        backend.clock().advance(end - backend.clock().now());
        let answer = refresh(backend, &harbour, issued.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        backend.upkeep().sweep().await.expect("swept");
        let ended = MobileQuery {
            list: MobileList::Ended,
            ..MobileQuery::default()
        };
        let list = backend
            .mobile_sessions()
            .list(&ada, &ended)
            .await
            .expect("a list");
        assert_eq!(list.rows.len(), 2);
        assert_eq!(mails_about(backend, &ada).await, 0, "time is no thief");
    })
    .await;
}

#[tokio::test]
async fn what_a_person_loses_their_apps_lose_at_the_next_request() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let organisation = ada.organisation();
        let bob = person(
            backend,
            organisation,
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let bobs = signed_in(backend, organisation, "bob@example.org").await;
        let issued = sign_in(
            backend,
            &bobs,
            &harbour,
            "people:read tokens:read organisation:manage",
        )
        .await;
        assert_eq!(
            issued.permissions.to_string(),
            "tokens:read people:read",
            "no more than Bob has"
        );

        let people = backend.people();
        people
            .set_user_type(&ada, bob, BuiltIn::Member.into())
            .await
            .expect("changed");
        let caller = calls(backend, &issued).await.expect("signed in still");
        assert!(caller.permissions.is_empty() && caller.may(Permission::TokensRead).is_err());
        people
            .set_user_type(&ada, bob, BuiltIn::Owner.into())
            .await
            .expect("changed");
        let caller = calls(backend, &issued).await.expect("signed in still");
        assert!(caller.may(Permission::OrganisationManage).is_ok());
        assert!(
            caller.may(Permission::TokensManage).is_err(),
            "what was allowed bounds it"
        );

        people.deactivate(&ada, bob).await.expect("ended");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Unknown)));
        let answer = refresh(backend, &harbour, issued.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        people.reactivate(&ada, bob).await.expect("back");
        assert!(calls(backend, &issued).await.is_ok());

        let more = domain::mobile_sessions::TokenForm {
            client_id: harbour.id.to_string(),
            refresh_token: issued.refresh.reveal().into(),
            scope: "tokens:manage".into(),
            ..Default::default()
        };
        let answer = backend
            .mobile_sessions()
            .refresh(&more, &device(), &phone())
            .await;
        assert_eq!(error(answer), OAuthError::InvalidScope);
        assert!(
            refresh(backend, &harbour, issued.refresh.reveal()).await.is_ok(),
            "it was not used"
        );

        backend
            .organisations()
            .cancel(organisation)
            .await
            .expect("cancelled");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Unknown)));
    })
    .await;
}

#[tokio::test]
async fn an_app_that_is_removed_is_signed_out_everywhere() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "").await;
        let waiting = code(backend, &ada, &harbour, "").await;
        let sessions = backend.mobile_sessions();
        assert_eq!(sessions.app(&ada, harbour.id).await.expect("an app").sessions, 1);
        sessions.remove_app(&ada, harbour.id).await.expect("removed");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Unknown)));
        let answer = sessions
            .exchange(&exchanges(&harbour, &waiting), &device(), &phone())
            .await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        assert!(
            sessions
                .asking_app(&harbour.id.to_string())
                .await
                .expect("asked")
                .is_none()
        );
        assert!(sessions.apps(&ada).await.expect("apps").is_empty());
    })
    .await;
}

#[tokio::test]
async fn admins_find_sessions_and_end_one_many_or_all_of_a_person() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let eve = owner_of(backend, "Another", "eve@example.org").await;
        let (harbour, theirs) = (app(backend, &ada).await, app(backend, &eve).await);
        let organisation = ada.organisation();
        person(
            backend,
            organisation,
            "Bob Lund",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let bob = signed_in(backend, organisation, "bob@example.org").await;
        // The newest come first, and ids are made of the clock.
        let later = async |who: &Caller| {
            backend.clock().advance(TimeDelta::milliseconds(1));
            sign_in(backend, who, &harbour, "").await
        };
        let adas = later(&ada).await;
        let bobs = [later(&bob).await, later(&bob).await, later(&bob).await];
        let eves = sign_in(backend, &eve, &theirs, "").await;
        let sessions = backend.mobile_sessions();
        let found = async |search: &str| {
            let query = MobileQuery {
                search: search.into(),
                ..MobileQuery::default()
            };
            let page = sessions.list(&ada, &query).await.expect("a list");
            assert_eq!(
                sessions.count(&ada, &query).await.expect("counted"),
                page.rows.len() as i64
            );
            page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(
            found("").await,
            [bobs[2].session, bobs[1].session, bobs[0].session, adas.session]
        );
        assert_eq!(found("lun bob").await.len(), 3);
        assert_eq!(found("ada@example.org").await, [adas.session]);
        assert!(found("nobody").await.is_empty());
        let two = MobileQuery {
            rows: Some(2),
            ..MobileQuery::default()
        };
        let page = sessions.list(&ada, &two).await.expect("a page");
        let rest = MobileQuery {
            after: page.next.clone(),
            ..two
        };
        let rest = sessions.list(&ada, &rest).await.expect("the next page");
        assert_eq!((page.rows.len(), rest.rows[1].id), (2, adas.session));
        assert!(rest.next.is_none());

        assert!(matches!(
            sessions.view(&ada, eves.session).await,
            Err(Error::Refused(Refusal::NotFound))
        ));
        assert!(sessions.end(&ada, eves.session).await.is_err());
        let results = sessions
            .bulk(&ada, &[bobs[0].session, eves.session], Bulk::Revoke)
            .await
            .expect("carried out");
        for (id, result) in results {
            let expected = if id == eves.session {
                BulkResult::NotFound
            } else {
                BulkResult::Revoked
            };
            assert_eq!(result, expected);
        }
        assert!(calls(backend, &bobs[0]).await.is_err() && calls(backend, &eves).await.is_ok());
        assert_eq!(
            sessions
                .end_everywhere(&ada, bobs[0].session)
                .await
                .expect("signed out"),
            2
        );
        assert!(calls(backend, &bobs[1]).await.is_err() && calls(backend, &bobs[2]).await.is_err());
        assert!(calls(backend, &adas).await.is_ok());

        let suspended = sessions.bulk(&ada, &[adas.session], Bulk::Suspend).await;
        assert!(suspended.is_ok() && matches!(calls(backend, &adas).await, Err(Denied::Suspended)));
        sessions.resume(&ada, adas.session).await.expect("resumed");
        assert!(calls(backend, &adas).await.is_ok());

        let mut reader = ada.clone();
        reader.permissions = "mobile_sessions:read".parse().expect("a permission");
        for refused in [
            sessions.end(&reader, adas.session).await.err(),
            sessions.wipe(&reader, adas.session).await.err(),
            sessions.end_everywhere(&reader, adas.session).await.err(),
            sessions.remove_app(&reader, harbour.id).await.err(),
        ] {
            assert!(matches!(refused, Some(Error::Refused(Refusal::Forbidden))));
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_is_where_its_person_is_now() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let organisation = ada.organisation();
        let bob = person(
            backend,
            organisation,
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let department = async |name: &str| {
            let form = domain::departments::DepartmentForm {
                name: name.into(),
                parent: String::new(),
            };
            backend
                .departments()
                .create(&ada, &form)
                .await
                .expect("a department")
        };
        let (east, west) = (department("East").await, department("West").await);
        let bobs = signed_in(backend, organisation, "bob@example.org").await;
        let issued = sign_in(backend, &bobs, &harbour, "").await;
        let adas = sign_in(backend, &ada, &harbour, "").await;
        let (mut of_east, mut of_west) = (ada.clone(), ada.clone());
        of_east.scope = crate::Scope::new(organisation, Some(east));
        of_west.scope = crate::Scope::new(organisation, Some(west));
        for (now, sees, not) in [(east, &of_east, &of_west), (west, &of_west, &of_east)] {
            backend
                .people()
                .set_department(&ada, bob, Some(now))
                .await
                .expect("moved");
            let sessions = backend.mobile_sessions();
            let list = sessions
                .list(sees, &MobileQuery::default())
                .await
                .expect("a list");
            assert_eq!(
                list.rows.iter().map(|row| row.id).collect::<Vec<_>>(),
                [issued.session]
            );
            assert!(sessions.view(not, issued.session).await.is_err());
            assert!(sessions.end(not, issued.session).await.is_err());
            assert!(sessions.end(sees, adas.session).await.is_err());
            let caller = calls(backend, &issued).await.expect("let in");
            assert_eq!(caller.scope.department(), Some(now), "and sees what they see now");
        }
        let everybody_of_west = MobileQuery {
            department: Some(west),
            ..MobileQuery::default()
        };
        let list = backend
            .mobile_sessions()
            .list(&ada, &everybody_of_west)
            .await
            .expect("a list");
        assert_eq!(list.rows.len(), 1);
        let app = MobileAppForm {
            name: "Mine".into(),
            redirects: REDIRECT.into(),
        };
        let refused = backend.mobile_sessions().add_app(&of_west, &app).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Forbidden))));
    })
    .await;
}

#[tokio::test]
async fn an_app_is_told_to_wipe_at_its_next_call_and_says_when_it_has() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "").await;
        let other = sign_in(backend, &ada, &harbour, "").await;
        let sessions = backend.mobile_sessions();
        assert!(
            !sessions
                .wiped(issued.refresh.reveal(), &phone())
                .await
                .expect("asked"),
            "nobody wants that"
        );
        assert!(calls(backend, &issued).await.is_ok());
        sessions.wipe(&ada, issued.session).await.expect("asked for");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Wipe)));
        let answer = refresh(backend, &harbour, issued.refresh.reveal()).await;
        assert!(matches!(answer, Err(TokenError::Wipe)));
        sessions.end(&ada, issued.session).await.expect("signed out, too");
        backend.clock().advance(TimeDelta::days(40));
        backend.upkeep().sweep().await.expect("swept");
        let answer = refresh(backend, &harbour, issued.refresh.reveal()).await;
        assert!(matches!(answer, Err(TokenError::Wipe)), "however late it comes");
        let state = async || {
            let row = sessions.row(&ada, issued.session).await.expect("a row");
            row.wipe
        };
        assert_eq!(state().await, Wipe::Pending);
        assert!(
            sessions
                .wiped(issued.refresh.reveal(), &phone())
                .await
                .expect("done")
        );
        assert_eq!(state().await, Wipe::Done);
        let answer = refresh(backend, &harbour, issued.refresh.reveal()).await;
        assert_eq!(
            error(answer),
            OAuthError::InvalidGrant,
            "nothing is left to be told"
        );
        let again = sessions.wipe(&ada, issued.session).await;
        assert!(matches!(again, Err(Error::Refused(Refusal::Conflict(_)))));
        let other = sessions.row(&ada, other.session).await.expect("a row");
        assert_eq!(other.wipe, Wipe::Nothing);
    })
    .await;
}

#[tokio::test]
async fn everybody_sees_and_ends_their_own_and_nobody_elses() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let organisation = ada.organisation();
        person(
            backend,
            organisation,
            "Bob",
            "bob@example.org",
            BuiltIn::Administrator,
        )
        .await;
        let bob = signed_in(backend, organisation, "bob@example.org").await;
        let first = sign_in(backend, &ada, &harbour, "").await;
        let second = sign_in(backend, &ada, &harbour, "").await;
        let bobs = sign_in(backend, &bob, &harbour, "").await;
        let sessions = backend.mobile_sessions();
        let by_phone = calls(backend, &first).await.expect("let in");
        let own = sessions.own(&by_phone).await.expect("a list");
        assert_eq!(own.len(), 2);
        assert_eq!(
            own.iter()
                .filter(|one| one.is_this)
                .map(|one| one.id)
                .collect::<Vec<_>>(),
            [first.session]
        );
        assert_eq!(own[0].device, "Pixel 9, Android 16");
        assert_eq!(
            sessions.own(&ada).await.expect("a list").len(),
            2,
            "in a browser, too"
        );
        for id in [bobs.session, domain::TokenId(uuid::Uuid::nil())] {
            let refused = sessions.end_own(&ada, id).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::NotFound))));
        }
        assert_eq!(sessions.end_other_own(&by_phone).await.expect("ended"), 1);
        assert!(calls(backend, &second).await.is_err() && calls(backend, &first).await.is_ok());
        sessions.end_own(&ada, first.session).await.expect("ended");
        assert!(calls(backend, &first).await.is_err() && calls(backend, &bobs).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn whoever_has_a_token_can_revoke_it_and_ask_what_it_is_if_they_may() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let eve = owner_of(backend, "Another", "eve@example.org").await;
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "tokens:read").await;
        let sessions = backend.mobile_sessions();
        let active = async |caller: &Caller, secret: &str| {
            let answer = sessions.introspect(caller, secret).await.expect("an answer");
            answer.is_some()
        };
        for secret in [issued.access.reveal(), issued.refresh.reveal()] {
            assert!(active(&ada, secret).await, "who may see sessions");
            assert!(!active(&eve, secret).await, "another organisation");
            let mut blind = ada.clone();
            blind.permissions = domain::Permissions::NONE;
            assert!(!active(&blind, secret).await);
        }
        let itself = calls(backend, &issued).await.expect("let in");
        assert!(active(&itself, issued.access.reveal()).await, "its own");
        let known = sessions
            .introspect(&ada, issued.access.reveal())
            .await
            .expect("an answer");
        let known = known.expect("active");
        assert_eq!(known.view.permissions.to_string(), "tokens:read");
        assert_eq!((known.app, known.is_bearer), (Some(harbour.id), true));
        assert_eq!(
            known.view.expires_at,
            Some(backend.clock().now() + TimeDelta::minutes(10))
        );
        for garbage in [
            "",
            "x",
            "twm_",
            "twa_00000000000000000000000000000000000000000000znndx",
        ] {
            assert!(!active(&ada, garbage).await);
            sessions
                .revoke_token(garbage, &phone())
                .await
                .expect("nothing is said");
        }

        sessions
            .revoke_token(issued.access.reveal(), &phone())
            .await
            .expect("revoked");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Unknown)));
        assert!(!active(&ada, issued.access.reveal()).await);
        let next = refresh(backend, &harbour, issued.refresh.reveal())
            .await
            .expect("the session goes on");
        assert!(!active(&ada, issued.refresh.reveal()).await, "it was used");
        sessions
            .revoke_token(next.refresh.reveal(), &phone())
            .await
            .expect("revoked");
        assert!(matches!(calls(backend, &next).await, Err(Denied::Unknown)));
        let row = sessions.row(&ada, issued.session).await.expect("a row");
        assert_eq!(row.state, State::Revoked);
    })
    .await;
}

#[tokio::test]
async fn when_a_session_was_active_is_written_down_together_and_moves_forward() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "").await;
        let sessions = backend.mobile_sessions();
        for last in 50..58 {
            backend.clock().advance(TimeDelta::seconds(1));
            let from = Client {
                address: format!("198.51.100.{last}").parse().ok(),
                user_agent: "Harbour".into(),
                device: None,
            };
            let known = sessions.authenticate(issued.access.reveal(), &from).await;
            assert!(known.is_ok());
            sessions.note_uses().await.expect("written down");
        }
        let view = sessions.view(&ada, issued.session).await.expect("a page");
        assert_eq!(view.row.last_active.at, backend.clock().now());
        assert_eq!(view.row.last_address, "198.51.100.57");
        let addresses: Vec<_> = view
            .networks
            .iter()
            .map(|(address, _)| address.as_str())
            .collect();
        assert_eq!(
            addresses,
            [
                "198.51.100.57",
                "198.51.100.56",
                "198.51.100.55",
                "198.51.100.54",
                "198.51.100.53"
            ]
        );
        sessions.sweep().await.expect("swept");
        let view = sessions.view(&ada, issued.session).await.expect("a page");
        assert_eq!(view.networks.len(), 5);
        sessions
            .was_exposed(issued.access.reveal(), &phone())
            .await
            .expect("recorded");
        assert!(matches!(calls(backend, &issued).await, Err(Denied::Unknown)));
    })
    .await;
}

#[tokio::test]
async fn what_a_session_leaves_behind_is_forgotten_ninety_days_after_its_end() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let over = sign_in(backend, &ada, &harbour, "").await;
        let over = refresh(backend, &harbour, over.refresh.reveal())
            .await
            .expect("refreshed");
        let sessions = backend.mobile_sessions();
        sessions.end(&ada, over.session).await.expect("signed out");
        sessions.wipe(&ada, over.session).await.expect("asked for");
        let keys = async || {
            let mut conn = backend.db.read().await.expect("a reader");
            let earlier = super::sql::count_with_key(&mut conn, 1).await.expect("counted");
            let newest = conn
                .query("SELECT COUNT(*) FROM tokens WHERE family = 'mobile' AND key_id = 1")
                .number()
                .await
                .expect("counted");
            (earlier, newest)
        };
        assert_eq!(
            keys().await,
            (3, 1),
            "one refresh token before, two access tokens"
        );
        backend.clock().advance(TimeDelta::days(90));
        sessions.sweep().await.expect("swept");
        assert_eq!(keys().await, (1, 1), "the app is told still");
        let answer = refresh(backend, &harbour, over.refresh.reveal()).await;
        assert!(matches!(answer, Err(TokenError::Wipe)));
        let alive = sign_in(backend, &ada, &harbour, "").await;
        backend.clock().advance(TimeDelta::microseconds(1));
        sessions.sweep().await.expect("swept");
        assert_eq!(keys().await, (1, 1), "those of the session that goes on");
        let answer = refresh(backend, &harbour, over.refresh.reveal()).await;
        assert_eq!(error(answer), OAuthError::InvalidGrant);
        assert!(refresh(backend, &harbour, alive.refresh.reveal()).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn of_many_refreshes_at_once_none_is_taken_for_a_theft() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let issued = sign_in(backend, &ada, &harbour, "").await;
        let tries = (0..8).map(|_| refresh(backend, &harbour, issued.refresh.reveal()));
        let answers = futures::future::join_all(tries).await;
        let answers: Vec<Issued> = answers
            .into_iter()
            .map(|answer| answer.expect("refreshed"))
            .collect();
        for answer in &answers {
            assert!(calls(backend, answer).await.is_ok());
        }
        let kept = refresh(backend, &harbour, answers[3].refresh.reveal())
            .await
            .expect("whichever the app kept");
        assert!(calls(backend, &kept).await.is_ok());
        assert_eq!(mails_about(backend, &ada).await, 0);
    })
    .await;
}

#[tokio::test]
async fn who_is_signed_out_on_one_server_is_refused_on_another() {
    on_each_engine(async |world: &World| {
        let Some(there) = world.another_server_if_shared().await else {
            return;
        };
        let here = &world.backend;
        let ada = owner(here).await;
        let harbour = app(here, &ada).await;
        let issued = sign_in(here, &ada, &harbour, "").await;
        let asking = tokio::spawn({
            let db = there.database().clone();
            async move { db.ask_for_changes().await }
        });
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        assert!(calls(&there, &issued).await.is_ok() && calls(&there, &issued).await.is_ok());
        here.mobile_sessions()
            .end(&ada, issued.session)
            .await
            .expect("ended");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert!(
            matches!(calls(&there, &issued).await, Err(Denied::Unknown)),
            "a second later at the latest"
        );
        asking.abort();
    })
    .await;
}

#[tokio::test]
async fn the_list_has_every_order_and_is_narrowed_by_what_a_person_and_a_session_have() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let organisation = ada.organisation();
        let harbour = app(backend, &ada).await;
        let mut issued = Vec::new();
        for (name, user_type) in [
            ("Carla", BuiltIn::Administrator),
            ("Ben", BuiltIn::Owner),
            ("Alma", BuiltIn::Administrator),
        ] {
            let email = format!("{name}@example.org").to_lowercase();
            person(backend, organisation, name, &email, user_type).await;
            let caller = signed_in(backend, organisation, &email).await;
            backend.clock().advance(TimeDelta::minutes(1));
            issued.push(sign_in(backend, &caller, &harbour, "").await);
        }
        // Carla is active once more, after all others.
        backend.clock().advance(TimeDelta::minutes(1));
        calls(backend, &issued[0]).await.expect("let in");
        let sessions = backend.mobile_sessions();
        let names = async |query: &MobileQuery| {
            let mut names = Vec::new();
            let mut query = query.clone();
            loop {
                let page = sessions.list(&ada, &query).await.expect("a page");
                names.extend(page.rows.into_iter().map(|row| row.name));
                query.after = page.next;
                if query.after.is_none() {
                    return names;
                }
            }
        };
        let (carla, ben, alma) = ("Carla", "Ben", "Alma");
        for (order, up) in [
            (MobileOrder::SignedIn, [carla, ben, alma]),
            (MobileOrder::Name, [alma, ben, carla]),
            (MobileOrder::LastActive, [ben, alma, carla]),
            (MobileOrder::Expires, [carla, ben, alma]),
        ] {
            for descending in [false, true] {
                let query = MobileQuery {
                    order,
                    descending,
                    rows: Some(1),
                    ..MobileQuery::default()
                };
                let mut expected = up;
                if descending {
                    expected.reverse();
                }
                assert_eq!(names(&query).await, expected, "{order:?}, page by page");
            }
        }
        let choices = sessions.choices(&ada).await.expect("choices");
        let owners = choices.user_types.iter().find(|(_, name)| name == "Owner");
        let of_owners = MobileQuery {
            user_type: owners.map(|(id, _)| *id),
            ..MobileQuery::default()
        };
        assert_eq!(names(&of_owners).await, [ben]);
        let within = |days| MobileQuery {
            expires_within: Some(days),
            ..MobileQuery::default()
        };
        assert_eq!(names(&within(7)).await, [""; 0]);
        assert_eq!(names(&within(31)).await.len(), 3);
        let of_app = MobileQuery {
            app: choices.apps.first().map(|(id, _)| *id),
            state: Some(State::Live),
            ..MobileQuery::default()
        };
        assert_eq!(names(&of_app).await.len(), 3);
        let cursor = sessions
            .list(
                &ada,
                &MobileQuery {
                    rows: Some(1),
                    ..MobileQuery::default()
                },
            )
            .await;
        let wrong = MobileQuery {
            order: MobileOrder::Expires,
            after: cursor.expect("a page").next,
            ..MobileQuery::default()
        };
        assert!(
            matches!(
                sessions.list(&ada, &wrong).await,
                Err(Error::Refused(Refusal::Malformed))
            ),
            "the cursor of another order"
        );
    })
    .await;
}
