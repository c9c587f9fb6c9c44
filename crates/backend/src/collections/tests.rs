//! Stories of collections, on both engines.

use std::convert::Infallible;

use domain::collections::{
    CollectionForm, CollectionQuery, CollectionState, CollectionView, ItemViewContent,
};
use domain::{BuiltIn, FileId, ItemId, Refusal};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::testing::{link, page, published};
use super::*;
use crate::people::testing::{owner, owner_of};
use crate::testing::on_each_engine;
use crate::{Caller, Error};

fn refusal<T>(outcome: Result<T>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        Err(Error::Fault(fault)) => panic!("{fault:?}"),
        Ok(_) => panic!("not refused"),
    }
}

fn titles(view: &CollectionView) -> Vec<&str> {
    view.items.iter().map(|item| item.title.as_str()).collect()
}

fn item(view: &CollectionView, title: &str) -> ItemId {
    view.items
        .iter()
        .find(|item| item.title == title)
        .expect("an item")
        .id
}

/// A stream of content, in parts of an awkward size.
fn stream_of(content: &[u8]) -> impl stream::Stream<Item = std::result::Result<Vec<u8>, Infallible>> + Send {
    let parts: Vec<_> = content.chunks(100_001).map(|part| Ok(part.to_vec())).collect();
    stream::iter(parts)
}

#[tokio::test]
async fn a_collection_is_written_ordered_and_published() {
    on_each_engine(async |world| {
        let collections = world.backend.collections();
        let ada = owner(&world.backend).await;
        let id = collections.create(&ada, "  Onboarding ").await.expect("made").id;
        for form in [
            page("Welcome", "# Hi"),
            link("Map", "https://example.org"),
            page("Rules", "Be kind."),
        ] {
            collections.add_item(&ada, id, &form).await.expect("added");
        }
        let form = CollectionForm {
            title: "Onboarding 2027".into(),
            summary: "The first week.".into(),
            colour: "rose".into(),
            emoji: "🦺".into(),
        };
        let view = collections.update(&ada, id, &form).await.expect("changed");
        assert_eq!(
            (view.state, view.cover.colour.as_str()),
            (CollectionState::Draft, "rose")
        );
        assert_eq!(titles(&view), ["Welcome", "Map", "Rules"]);

        let view = collections
            .move_item(&ada, id, item(&view, "Rules"), 0)
            .await
            .expect("moved");
        assert_eq!(titles(&view), ["Rules", "Welcome", "Map"]);
        let view = collections
            .move_item(&ada, id, item(&view, "Rules"), 99)
            .await
            .expect("moved");
        assert_eq!(titles(&view), ["Welcome", "Map", "Rules"]);
        let welcome = item(&view, "Welcome");
        let view = collections
            .update_item(&ada, id, welcome, &page("Hello", "*New*"))
            .await
            .expect("changed");
        let ItemViewContent::Page { html, text } = &view.items[0].content else {
            panic!("no page")
        };
        assert_eq!((html.trim(), text.as_str()), ("<p><em>New</em></p>", "*New*"));
        let other = refusal(
            collections
                .update_item(&ada, id, welcome, &link("x", "https://x.example"))
                .await,
        );
        assert!(other.problems().is_some());
        let view = collections
            .remove_item(&ada, id, item(&view, "Map"))
            .await
            .expect("removed");
        assert_eq!(titles(&view), ["Hello", "Rules"]);

        assert!(collections.choices(&ada).await.expect("listed").is_empty());
        let view = collections
            .set_state(&ada, id, CollectionState::Published)
            .await
            .expect("published");
        assert_eq!(view.state, CollectionState::Published);
        assert_eq!(
            collections.choices(&ada).await.expect("listed")[0].title,
            "Onboarding 2027"
        );
        let mut conn = world.backend.db.read().await.expect("a reader");
        let brief = head(&mut conn, &ada.scope, id)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(brief.state, CollectionState::Published);
    })
    .await;
}

#[tokio::test]
async fn the_list_is_searched_filtered_and_cut_into_pages() {
    on_each_engine(async |world| {
        let collections = world.backend.collections();
        let ada = owner(&world.backend).await;
        for n in 0..60 {
            collections
                .create(&ada, &format!("Draft {n:02}"))
                .await
                .expect("made");
        }
        published(&world.backend, &ada, "Kōwhai training").await;

        let first = collections
            .list(&ada, &CollectionQuery::default())
            .await
            .expect("listed");
        let rest = CollectionQuery {
            after: first.next.clone(),
            ..CollectionQuery::default()
        };
        let rest = collections.list(&ada, &rest).await.expect("listed");
        assert_eq!((first.rows.len(), rest.rows.len()), (50, 11));
        assert!(rest.next.is_none());
        assert_eq!(rest.rows[10].title, "Kōwhai training");
        assert_eq!(
            collections
                .count(&ada, &CollectionQuery::default())
                .await
                .expect("counted"),
            61
        );

        let wanted = |search: &str, state| CollectionQuery {
            search: search.into(),
            state,
            ..CollectionQuery::default()
        };
        let found = collections
            .list(&ada, &wanted("train kowh", None))
            .await
            .expect("listed");
        assert_eq!((found.rows.len(), found.rows[0].items), (1, 2));
        let drafts = wanted("", Some(CollectionState::Draft));
        assert_eq!(collections.count(&ada, &drafts).await.expect("counted"), 60);
        let none = wanted("kowhai", Some(CollectionState::Draft));
        assert_eq!(collections.count(&ada, &none).await.expect("counted"), 0);
        assert!(
            collections
                .list(&ada, &none)
                .await
                .expect("listed")
                .rows
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn a_file_is_kept_in_pieces_and_comes_back_whole() {
    on_each_engine(async |world| {
        let collections = world.backend.collections();
        let ada = owner(&world.backend).await;
        let id = collections.create(&ada, "Files").await.expect("made").id;
        let content: Vec<u8> = b"%PDF-1.7\n"
            .iter()
            .copied()
            .chain((0..700_000_u32).map(|n| n.to_le_bytes()[0]))
            .collect();

        let view = collections
            .upload(&ada, id, "../plan.pdf", stream_of(&content))
            .await
            .expect("uploaded");

        let ItemViewContent::File {
            file,
            name,
            bytes,
            media_type,
        } = &view.items[0].content
        else {
            panic!("no file")
        };
        assert_eq!(
            (name.as_str(), media_type.as_str()),
            ("plan.pdf", "application/pdf")
        );
        assert_eq!(usize::try_from(*bytes), Ok(content.len()));
        let given = collections.file(&ada, *file).await.expect("found");
        assert!(given.inline);
        let pieces: Vec<Vec<u8>> = given.pieces.try_collect().await.expect("read");
        assert_eq!(pieces.len(), 3);
        assert!(pieces.concat() == content, "the same bytes");

        let svg = stream_of(b"<svg onload='alert(1)'/>");
        let view = collections
            .upload(&ada, id, "x.svg", svg)
            .await
            .expect("uploaded");
        let ItemViewContent::File { file: svg, .. } = &view.items[1].content else {
            panic!("no file")
        };
        assert!(!collections.file(&ada, *svg).await.expect("found").inline);

        let stranger = owner_of(&world.backend, "Other", "eve@example.org").await;
        assert_eq!(
            refusal(collections.file(&stranger, *file).await),
            Refusal::NotFound
        );
        collections
            .remove_item(&ada, id, view.items[0].id)
            .await
            .expect("removed");
        assert_eq!(refusal(collections.file(&ada, *file).await), Refusal::NotFound);
    })
    .await;
}

#[tokio::test]
async fn bad_uploads_leave_nothing_behind() {
    on_each_engine(async |world| {
        let collections = world.backend.collections();
        let ada = owner(&world.backend).await;
        let id = collections.create(&ada, "Files").await.expect("made").id;
        let left = async || {
            let mut conn = world.backend.db.read().await.expect("a reader");
            let pieces = conn
                .query("SELECT CAST(COUNT(*) AS BIGINT) FROM file_pieces")
                .number()
                .await;
            let files = conn
                .query("SELECT CAST(COUNT(*) AS BIGINT) FROM files")
                .number()
                .await;
            pieces.expect("a count") + files.expect("a count")
        };

        let large = stream::iter((0..84).map(|_| Ok::<_, Infallible>(vec![0_u8; 256 * 1024])));
        let too_large = refusal(collections.upload(&ada, id, "large.zip", large).await);
        assert!(
            too_large
                .problems()
                .and_then(|problems| problems.at("file"))
                .is_some_and(|s| s.contains("20 MB"))
        );
        let empty = refusal(collections.upload(&ada, id, "x.txt", stream_of(b"")).await);
        assert!(
            empty
                .problems()
                .and_then(|problems| problems.at("file"))
                .is_some()
        );
        let cut_off = stream::iter([Ok(vec![1_u8; 300_000]), Err("the line went dead")]);
        assert!(matches!(
            refusal(collections.upload(&ada, id, "x.txt", cut_off).await),
            Refusal::Conflict(_)
        ));
        assert_eq!(left().await, 0);

        let endless = stream::iter([Ok::<_, Infallible>(vec![1_u8; 300_000])]).chain(stream::pending());
        let given_up = collections.upload(&ada, id, "x.txt", endless);
        assert!(
            tokio::time::timeout(std::time::Duration::from_millis(300), given_up)
                .await
                .is_err()
        );
        assert!(left().await > 0, "the upload was dropped half-way");
        collections.sweep().await.expect("too early");
        assert!(left().await > 0);
        world.backend.clock().advance(chrono::TimeDelta::hours(25));
        collections.sweep().await.expect("swept");
        assert_eq!(left().await, 0);
    })
    .await;
}

#[tokio::test]
async fn other_organisations_and_members_are_refused_everywhere() {
    on_each_engine(async |world| {
        let collections = world.backend.collections();
        let ada = owner(&world.backend).await;
        let id = published(&world.backend, &ada, "Onboarding").await;
        let first = collections.view(&ada, id).await.expect("seen").items[0].id;
        let stranger = owner_of(&world.backend, "Other", "eve@example.org").await;
        let member = Caller {
            permissions: BuiltIn::Member.permissions(),
            ..ada.clone()
        };
        let form = CollectionForm {
            title: "x".into(),
            colour: "teal".into(),
            emoji: "🦺".into(),
            ..CollectionForm::default()
        };
        for (caller, expected) in [(&stranger, Refusal::NotFound), (&member, Refusal::Forbidden)] {
            for outcome in [
                collections.view(caller, id).await.map(|_| ()),
                collections.update(caller, id, &form).await.map(|_| ()),
                collections
                    .set_state(caller, id, CollectionState::Archived)
                    .await
                    .map(|_| ()),
                collections
                    .add_item(caller, id, &page("x", "y"))
                    .await
                    .map(|_| ()),
                collections
                    .update_item(caller, id, first, &page("x", "y"))
                    .await
                    .map(|_| ()),
                collections.remove_item(caller, id, first).await.map(|_| ()),
                collections.move_item(caller, id, first, 1).await.map(|_| ()),
                collections
                    .upload(caller, id, "x.txt", stream_of(b"x"))
                    .await
                    .map(|_| ()),
                collections.preview(caller, id).await.map(|_| ()),
                collections.preview_item(caller, id, first).await.map(|_| ()),
                collections.file(caller, FileId(first.0)).await.map(|_| ()),
            ] {
                assert_eq!(refusal(outcome), expected);
            }
        }
        assert_eq!(
            refusal(collections.create(&member, "x").await),
            Refusal::Forbidden
        );
        assert_eq!(
            refusal(collections.list(&member, &CollectionQuery::default()).await),
            Refusal::Forbidden
        );
        assert_eq!(
            refusal(collections.count(&member, &CollectionQuery::default()).await),
            Refusal::Forbidden
        );
        assert_eq!(refusal(collections.choices(&member).await), Refusal::Forbidden);
        // An item of another collection of the same organisation is not in this one.
        let other = published(&world.backend, &ada, "Other").await;
        assert_eq!(
            refusal(collections.remove_item(&ada, other, first).await),
            Refusal::NotFound
        );
        assert_eq!(
            refusal(collections.move_item(&ada, other, first, 0).await),
            Refusal::NotFound
        );
        assert_eq!(
            refusal(collections.update_item(&ada, other, first, &page("x", "y")).await),
            Refusal::NotFound
        );
        assert_eq!(
            refusal(collections.preview_item(&ada, other, first).await),
            Refusal::NotFound
        );
    })
    .await;
}

#[tokio::test]
async fn a_preview_shows_what_recipients_will_see_and_keeps_nothing() {
    on_each_engine(async |world| {
        let collections = world.backend.collections();
        let ada = owner(&world.backend).await;
        let id = published(&world.backend, &ada, "Onboarding").await;

        let page = collections.preview(&ada, id).await.expect("seen");
        assert!(page.preview && page.items.iter().all(|item| !item.opened));
        let first = collections
            .preview_item(&ada, id, page.items[0].item.id)
            .await
            .expect("seen");
        assert_eq!(
            (first.previous, first.next.map(|(_, title)| title)),
            (None, Some("Map".into()))
        );
        let last = collections
            .preview_item(&ada, id, page.items[1].item.id)
            .await
            .expect("seen");
        assert_eq!(
            (last.previous.map(|(_, title)| title), last.next),
            (Some("Welcome".into()), None)
        );
    })
    .await;
}

#[tokio::test]
async fn two_admins_at_once_lose_nothing() {
    on_each_engine(async |world| {
        let collections = world.backend.collections();
        let ada = owner(&world.backend).await;
        let id = published(&world.backend, &ada, "Onboarding").await;
        let collections = &collections;
        let adds = (0..8).map(|n| {
            let (ada, title) = (ada.clone(), format!("Page {n}"));
            async move { collections.add_item(&ada, id, &page(&title, "")).await }
        });
        for outcome in futures::future::join_all(adds).await {
            outcome.expect("added");
        }
        let view = collections.view(&ada, id).await.expect("seen");
        let map = item(&view, "Map");
        let (a, b) = tokio::join!(
            collections.move_item(&ada, id, map, 9),
            collections.move_item(&ada, id, map, 0)
        );
        assert!(a.is_ok() && b.is_ok());
        let view = collections.view(&ada, id).await.expect("seen");
        assert_eq!(view.items.len(), 10);
        let order = items::all(&mut world.backend.db.read().await.expect("a reader"), id)
            .await
            .expect("read");
        assert_eq!(order.iter().filter(|other| other.id == map).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_auditor_finds_a_file_that_is_not_whole() {
    on_each_engine(async |world| {
        let collections = world.backend.collections();
        let ada = owner(&world.backend).await;
        let id = collections.create(&ada, "Files").await.expect("made").id;
        collections
            .upload(&ada, id, "x.txt", stream_of(&[7; 600_000]))
            .await
            .expect("uploaded");
        assert_eq!(world.backend.fsck().await.expect("checked"), Vec::<String>::new());

        let mut tx = world.backend.db.write().await.expect("a transaction");
        tx.query("DELETE FROM file_pieces WHERE number = 1")
            .run()
            .await
            .expect("tampered");
        tx.commit().await.expect("committed");

        let findings = world.backend.fsck().await.expect("checked").join("\n");
        assert!(
            findings.contains("a file is not whole") && findings.contains("expected 600000"),
            "{findings}"
        );
    })
    .await;
}
