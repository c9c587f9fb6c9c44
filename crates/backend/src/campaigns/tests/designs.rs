//! How certificates look: versions, what was issued, pictures, and who may.

use domain::campaigns::CampaignForm;
use domain::campaigns::design::{Background, Design, DesignView, Layer, Picture, PreviewOf};
use domain::departments::DepartmentForm;
use domain::{DesignPictureId, Permission, Refusal};

use super::super::Form;
use super::{Campaign, form};
use crate::error::{Error, Result};
use crate::testing::on_each_engine;
use crate::{Caller, Scope};

/// A drawing of one colour.
const DOT: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"20\"><rect width=\"40\" height=\"20\" fill=\"#336699\"/></svg>";

impl Campaign<'_> {
    async fn design(&self) -> DesignView {
        let campaigns = self.backend.campaigns();
        campaigns.design(&self.ada, self.id).await.expect("a design")
    }

    async fn save(&self, before: &DesignView, design: &Design) -> Result<DesignView> {
        let campaigns = self.backend.campaigns();
        campaigns
            .save_design(&self.ada, self.id, Some(before.version.id), design)
            .await
    }

    async fn numbers(&self) -> Vec<i64> {
        let campaigns = self.backend.campaigns();
        let page = campaigns.design_versions(&self.ada, self.id, None, None).await;
        page.expect("versions")
            .rows
            .iter()
            .map(|row| row.number)
            .collect()
    }

    async fn svg(&self, credential: domain::CredentialId) -> Vec<u8> {
        let campaigns = self.backend.campaigns();
        let document = campaigns.document(credential, Form::Svg).await;
        document.expect("drawn").expect("there").bytes
    }
}

/// The same with its first text somewhere else.
fn moved(design: &Design, dy: f32) -> Design {
    let mut design = design.clone();
    let page = design.size();
    design.layers[0].move_by(0.0, dy, page);
    design
}

fn refused<T: std::fmt::Debug>(answer: Result<T>) -> Refusal {
    match answer.expect_err("refused") {
        Error::Refused(refusal) => refusal,
        Error::Fault(fault) => panic!("{fault:?}"),
    }
}

#[tokio::test]
async fn each_save_is_a_version_and_what_was_issued_keeps_its_own() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let zoe = campaign.add("Zoë Müller", "zoe@example.org").await;
        let first = campaign.design().await;
        assert_eq!((first.version.number, first.version.is_current), (1, true));
        assert_eq!(first.version.author, "Ada");
        assert_eq!(first.drawn.len(), first.design.fields().count());
        assert!(first.drawn.iter().any(|text| text.svg.contains("<path")));

        let early = campaign
            .claimed(&campaign.token(zoe).await, "zoe@example.org")
            .await;
        let as_issued = campaign.svg(early).await;
        let design = moved(&first.design, 37.0);
        let second = campaign.save(&first, &design).await.expect("saved");
        assert_eq!((second.version.number, &second.design), (2, &design));
        let again = campaign.save(&second, &design).await.expect("nothing to save");
        assert_eq!(
            again.version, second.version,
            "what is as it was makes no version"
        );
        assert_eq!(
            campaign.svg(early).await,
            as_issued,
            "what was issued keeps its design"
        );

        let yui = campaign.add("Zoë Müller", "yui@example.org").await;
        let late = campaign
            .claimed(&campaign.token(yui).await, "yui@example.org")
            .await;
        assert_ne!(
            campaign.svg(late).await,
            as_issued,
            "what is issued now has the new one"
        );

        let campaigns = campaign.backend.campaigns();
        let back = campaigns
            .use_design(
                &campaign.ada,
                campaign.id,
                first.version.id,
                Some(second.version.id),
            )
            .await
            .expect("used again");
        assert_eq!((back.version.number, &back.design), (3, &first.design));
        assert_eq!(campaign.numbers().await, [3, 2, 1]);
        let page = campaigns
            .design_versions(&campaign.ada, campaign.id, None, Some(2))
            .await
            .expect("a page");
        assert_eq!(page.rows.iter().filter(|row| row.is_current).count(), 1);
        let rest = campaigns
            .design_versions(&campaign.ada, campaign.id, page.next.as_ref(), Some(2))
            .await
            .expect("the rest");
        assert_eq!((rest.rows.len(), rest.rows[0].number, &rest.next), (1, 1, &None));
    })
    .await;
}

#[tokio::test]
async fn whoever_saves_over_somebody_else_is_told_and_nothing_is_lost() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let before = campaign.design().await;
        let (theirs, mine) = (moved(&before.design, 20.0), moved(&before.design, 40.0));
        campaign.save(&before, &theirs).await.expect("the first");
        let conflict = refused(campaign.save(&before, &mine).await);
        let Refusal::Conflict(sentence) = &conflict else {
            panic!("{conflict:?}")
        };
        assert!(sentence.contains("Ada has saved version 2"), "{sentence}");
        assert_eq!(campaign.design().await.design, theirs, "theirs still counts");
        let campaigns = campaign.backend.campaigns();
        let anyway = campaigns
            .save_design(&campaign.ada, campaign.id, None, &mine)
            .await
            .expect("saved whatever counts");
        assert_eq!((anyway.version.number, anyway.design), (3, mine));
        // A version of another campaign is none of this one.
        let other = campaigns.create(&campaign.ada, &form()).await.expect("another");
        let strange = campaigns
            .save_design(&campaign.ada, campaign.id, Some(other.design), &theirs)
            .await;
        assert_eq!(refused(strange), Refusal::NotFound);
        let strange = campaigns
            .use_design(&campaign.ada, campaign.id, other.design, None)
            .await;
        assert_eq!(refused(strange), Refusal::NotFound);
    })
    .await;
}

#[tokio::test]
async fn two_who_save_at_once_make_one_version_and_one_conflict() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let before = campaign.design().await;
        let (one, other) = (moved(&before.design, 20.0), moved(&before.design, 40.0));
        let (one, other) = futures::join!(campaign.save(&before, &one), campaign.save(&before, &other));
        let saved = [&one, &other].into_iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(saved, 1, "{one:?} {other:?}");
        assert_eq!(campaign.numbers().await, [2, 1]);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_told_at_its_place_and_saved_nowhere() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let before = campaign.design().await;
        let mut design = before.design.clone();
        if let Some(Layer::Text(field)) = design.layers.first_mut() {
            field.size = 9000.0;
        }
        let refusal = refused(campaign.save(&before, &design).await);
        assert!(
            refusal
                .problems()
                .is_some_and(|problems| problems.at("layers/0/size").is_some()),
            "{refusal}"
        );
        let mut design = before.design.clone();
        design.background = Background::Template {
            template: "nothing".into(),
            colour: "#112233".into(),
        };
        let refusal = refused(campaign.save(&before, &design).await);
        assert!(refusal.to_string().contains("classic"), "{refusal}");
        let mut design = before.design.clone();
        design.background = Background::Picture {
            picture: DesignPictureId(uuid::Uuid::from_u128(7)),
        };
        let campaigns = campaign.backend.campaigns();
        for answer in [
            campaign.save(&before, &design).await.map(|_| ()),
            campaigns
                .preview_design(&campaign.ada, campaign.id, &design, PreviewOf::Ordinary)
                .await
                .map(|_| ()),
        ] {
            let refusal = refused(answer);
            assert!(refusal.to_string().contains("picture"), "{refusal}");
        }
        assert_eq!(campaign.numbers().await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_picture_stands_on_the_design_and_in_no_other_campaign() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let file = |text: &str| text.as_bytes().to_vec();
        let hostile = DOT.replace("<rect", "<script>alert(1)</script><rect onclick=\"x()\"");
        let picture = campaigns
            .add_picture(&campaign.ada, campaign.id, "logo\u{7}.svg", file(&hostile))
            .await
            .expect("taken");
        assert_eq!(
            (picture.name.as_str(), picture.width, picture.height),
            ("logo.svg", 40, 20)
        );
        let (media, clean) = campaigns
            .picture(&campaign.ada, campaign.id, picture.id)
            .await
            .expect("there");
        let clean = String::from_utf8(clean).expect("text");
        assert_eq!(media, "image/svg+xml");
        assert!(!clean.contains("alert") && !clean.contains("onclick"), "{clean}");
        let refusal = refused(
            campaigns
                .add_picture(&campaign.ada, campaign.id, "x.pdf", file("%PDF-1.7"))
                .await,
        );
        assert!(
            refusal
                .problems()
                .is_some_and(|problems| problems.at("file").is_some())
        );

        let before = campaign.design().await;
        let mut design = before.design.clone();
        design.background = Background::Picture { picture: picture.id };
        design.layers.push(Layer::Picture(Picture {
            picture: picture.id,
            x: 20.0,
            y: 20.0,
            width: 200.0,
            height: 100.0,
            description: "The logo of Acme".into(),
        }));
        campaign.save(&before, &design).await.expect("saved");
        let zoe = campaign.add("Zoë", "zoe@example.org").await;
        let credential = campaign
            .claimed(&campaign.token(zoe).await, "zoe@example.org")
            .await;
        assert!(String::from_utf8_lossy(&campaign.svg(credential).await).contains("#336699"));
        for form in [Form::Pdf, Form::Png] {
            assert!(
                campaigns
                    .document(credential, form)
                    .await
                    .expect("drawn")
                    .is_some()
            );
        }

        let other = campaigns
            .create(&campaign.ada, &form())
            .await
            .expect("another")
            .row
            .id;
        let elsewhere = campaigns.picture(&campaign.ada, other, picture.id).await;
        assert_eq!(refused(elsewhere), Refusal::NotFound);
        let elsewhere = campaigns.save_design(&campaign.ada, other, None, &design).await;
        assert!(refused(elsewhere).to_string().contains("Add it again"));

        // A day later the picture that a version uses is there, and one that nobody placed is gone.
        let unused = campaigns
            .add_picture(&campaign.ada, campaign.id, "b.svg", file(DOT))
            .await
            .expect("taken");
        world.backend.clock().advance(chrono::TimeDelta::days(2));
        campaigns
            .add_picture(&campaign.ada, campaign.id, "c.svg", file(DOT))
            .await
            .expect("taken");
        let gone = campaigns.picture(&campaign.ada, campaign.id, unused.id).await;
        assert_eq!(refused(gone), Refusal::NotFound);
        assert!(
            campaigns
                .picture(&campaign.ada, campaign.id, picture.id)
                .await
                .is_ok()
        );
    })
    .await;
}

#[tokio::test]
async fn a_preview_shows_each_recipient_and_no_one_elses() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let zoe = campaign.add("Zoë Müller", "zoe@example.org").await;
        let campaigns = campaign.backend.campaigns();
        let design = campaign.design().await.design;
        let mut pictures = Vec::new();
        for of in [
            PreviewOf::Ordinary,
            PreviewOf::Longest,
            PreviewOf::Strangest,
            PreviewOf::Recipient(zoe),
        ] {
            let picture = campaigns
                .preview_design(&campaign.ada, campaign.id, &design, of)
                .await
                .expect("drawn");
            assert!(picture.starts_with(b"\x89PNG"), "{of:?}");
            assert!(!pictures.contains(&picture), "{of:?} is another picture");
            pictures.push(picture);
        }
        let other = campaigns
            .create(&campaign.ada, &form())
            .await
            .expect("another")
            .row
            .id;
        let stranger = campaigns
            .preview_design(&campaign.ada, other, &design, PreviewOf::Recipient(zoe))
            .await;
        assert_eq!(refused(stranger), Refusal::NotFound);
        let picture = campaigns.design_picture(&campaign.ada, campaign.id).await;
        assert!(picture.expect("drawn").starts_with(b"\x89PNG"));
    })
    .await;
}

#[tokio::test]
async fn another_colour_starts_over_and_a_new_title_does_not() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let before = campaign.design().await;
        let design = moved(&before.design, 25.0);
        campaign.save(&before, &design).await.expect("saved");
        let titled = CampaignForm {
            title: "Safety at sea".into(),
            ..form()
        };
        let update = async |form: &CampaignForm| {
            campaigns
                .update(&campaign.ada, campaign.id, form)
                .await
                .expect("changed")
        };
        let view = update(&titled).await;
        assert_eq!(
            campaign.design().await.design,
            design,
            "the work of the designer stays"
        );
        let same = CampaignForm {
            template: view.template.clone(),
            colour: view.colour.clone(),
            ..titled.clone()
        };
        update(&same).await;
        assert_eq!(campaign.numbers().await, [2, 1]);
        let coloured = CampaignForm {
            colour: "#0f766e".into(),
            ..same
        };
        let view = update(&coloured).await;
        assert_eq!(
            (view.template.as_str(), view.colour.as_str()),
            ("classic", "#0f766e")
        );
        assert_eq!(
            campaign.numbers().await,
            [3, 2, 1],
            "what was before is a version"
        );
    })
    .await;
}

#[tokio::test]
async fn only_who_may_sees_and_changes_a_design() {
    on_each_engine(async |world| {
        let campaign = Campaign::live(world).await;
        let campaigns = campaign.backend.campaigns();
        let before = campaign.design().await;
        let design = moved(&before.design, 25.0);
        let reader = Caller {
            permissions: [Permission::CampaignsRead].into_iter().collect(),
            ..campaign.ada.clone()
        };
        assert!(campaigns.design(&reader, campaign.id).await.is_ok());
        let saved = campaigns.save_design(&reader, campaign.id, None, &design).await;
        assert_eq!(refused(saved), Refusal::Forbidden);
        let used = campaigns
            .use_design(&reader, campaign.id, before.version.id, None)
            .await;
        assert_eq!(refused(used), Refusal::Forbidden);
        let added = campaigns
            .add_picture(&reader, campaign.id, "x.svg", DOT.as_bytes().to_vec())
            .await;
        assert_eq!(refused(added), Refusal::Forbidden);
        let nobody = Caller {
            permissions: Default::default(),
            ..campaign.ada.clone()
        };
        assert_eq!(
            refused(campaigns.design(&nobody, campaign.id).await),
            Refusal::Forbidden
        );

        // Somebody of a department, to whom the organisation's campaigns do not belong.
        let department = world
            .backend
            .departments()
            .create(
                &campaign.ada,
                &DepartmentForm {
                    name: "Harbour".into(),
                    parent: String::new(),
                },
            )
            .await
            .expect("a department");
        let limited = Caller {
            scope: Scope::new(campaign.ada.organisation(), Some(department)),
            ..campaign.ada.clone()
        };
        let fields: Vec<_> = design.fields().cloned().collect();
        for answer in [
            campaigns.design(&limited, campaign.id).await.map(|_| ()),
            campaigns
                .save_design(&limited, campaign.id, None, &design)
                .await
                .map(|_| ()),
            campaigns
                .use_design(&limited, campaign.id, before.version.id, None)
                .await
                .map(|_| ()),
            campaigns
                .design_versions(&limited, campaign.id, None, None)
                .await
                .map(|_| ()),
            campaigns
                .preview_design(&limited, campaign.id, &design, PreviewOf::Ordinary)
                .await
                .map(|_| ()),
            campaigns
                .draw_texts(&limited, campaign.id, &fields, PreviewOf::Ordinary)
                .await
                .map(|_| ()),
            campaigns.design_picture(&limited, campaign.id).await.map(|_| ()),
            campaigns
                .add_picture(&limited, campaign.id, "x.svg", DOT.as_bytes().to_vec())
                .await
                .map(|_| ()),
        ] {
            assert_eq!(refused(answer), Refusal::NotFound);
        }
        assert_eq!(campaign.numbers().await, [1]);
    })
    .await;
}
