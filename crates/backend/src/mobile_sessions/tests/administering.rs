//! What admins see of sessions, and do to them.

use super::*;

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

#[tokio::test]
async fn a_person_is_signed_out_everywhere_by_whoever_sees_them() {
    on_each_engine(async |world| {
        let (backend, ada) = (&world.backend, owner(&world.backend).await);
        let harbour = app(backend, &ada).await;
        let sessions = backend.mobile_sessions();
        let person = ada.person().expect("a person");
        let end = async |caller: &Caller| sessions.end_everywhere_of(caller, person).await;
        assert_eq!(end(&ada).await.expect("nothing to end"), 0);
        let first = sign_in(backend, &ada, &harbour, "").await;
        let second = sign_in(backend, &ada, &harbour, "").await;
        let eve = owner_of(backend, "Another", "eve@example.org").await;
        assert!(matches!(end(&eve).await, Err(Error::Refused(Refusal::NotFound))));
        let reader = Caller {
            permissions: [Permission::MobileSessionsRead].into_iter().collect(),
            ..ada.clone()
        };
        assert!(matches!(
            end(&reader).await,
            Err(Error::Refused(Refusal::Forbidden))
        ));
        assert_eq!(end(&ada).await.expect("signed out"), 2);
        for session in [&first, &second] {
            assert!(matches!(calls(backend, session).await, Err(Denied::Unknown)));
        }
    })
    .await;
}
