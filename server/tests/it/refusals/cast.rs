//! Who asks for what: an organisation with something of each kind, its people, and others.

use domain::access_tokens::bulk;

use super::*;

/// Something of each kind in the first organisation, whose name must not turn up elsewhere.
pub(super) struct Theirs {
    pub(super) token: TokenId,
    pub(super) multi: TokenId,
    pub(super) code: TokenId,
    pub(super) collection: CollectionId,
    pub(super) item: ItemId,
    pub(super) file: FileId,
    pub(super) person: PersonId,
    pub(super) session: SessionId,
    pub(super) invitation: InvitationId,
    pub(super) site: SiteId,
    pub(super) page_token: TokenId,
    pub(super) api_token: TokenId,
    pub(super) mail: MailId,
    pub(super) department: DepartmentId,
    pub(super) user_type: UserTypeId,
    pub(super) campaign: CampaignId,
    pub(super) recipient: RecipientId,
    pub(super) import: ImportId,
    pub(super) batch: BatchId,
    pub(super) token_batch: BatchId,
    pub(super) app: MobileAppId,
    pub(super) mobile_session: TokenId,
}

/// What stands in the names of everything that belongs to the first organisation.
pub(super) const CANARY: &str = "Kestrel";

/// The site that the first organisation guards.
pub(super) const SITE: &str = "http://kestrel.test";

pub(super) struct Cast {
    pub(super) owner: Browser,
    pub(super) administrator: Browser,
    pub(super) member: Browser,
    pub(super) stranger: Browser,
    pub(super) foreign_owner: Browser,
    pub(super) theirs: Theirs,
}

pub(super) async fn cast(world: &World) -> Cast {
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
    let nothing_to_do = bulk::BulkForm {
        action: bulk::BulkAction::Resume,
        expires: String::new(),
        chosen: bulk::Chosen::These(vec![token]),
    };
    let tokens = world.backend.access_tokens();
    let token_batch = tokens.act_on_many(&caller, &nothing_to_do).await;
    let token_batch = token_batch.expect("a batch").id;
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
        token_batch,
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
