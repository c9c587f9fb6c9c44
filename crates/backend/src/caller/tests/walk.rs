//! A random walk of reads: with two organisations and two departments in each, filled alike, nothing that is read in one
//! of them names anything of another.

use std::collections::{HashMap, HashSet};
use std::fmt::Debug;

use domain::access_tokens::{CodeQuery, NewTokenForm, TokenList, TokenOrder, TokenQuery};
use domain::api_tokens::{ApiTokenForm, ApiTokenList, ApiTokenOrder, ApiTokenQuery};
use domain::audit::AuditQuery;
use domain::campaigns::{
    CampaignForm, CampaignOrder, CampaignQuery, CampaignState, CredentialQuery, NewRecipient, RecipientQuery,
};
use domain::collections::CollectionQuery;
use domain::mail::MailQuery;
use domain::mobile_sessions::{MobileList, MobileOrder, MobileQuery};
use domain::page_tokens::forms::PageTokenForm;
use domain::page_tokens::list::PageTokenQuery;
use domain::page_tokens::sites::SiteForm;
use domain::people::PeopleQuery;
use domain::{
    CampaignId, CollectionId, CredentialId, DepartmentId, JobId, MailId, MobileAppId, PersonId, RecipientId,
    Refusal, SiteId, TokenId,
};
use uuid::Uuid;

use super::Place;
use crate::campaigns::Profile;
use crate::mobile_sessions::AskingApp;
use crate::mobile_sessions::testing::{app, sign_in};
use crate::people::testing::{browser, owner_of};
use crate::testing::{World, on_each_engine};
use crate::tokens::Filters;
use crate::{Caller, Error, Result};

/// Rows that have ids, and how those of an organisation or of a department are found.
struct Kind {
    name: &'static str,
    of_organisation: &'static str,
    /// `None`: they belong to the whole organisation.
    of_department: Option<&'static str>,
}

macro_rules! kind {
    ($name:literal, $from:literal, $id:literal, $organisation:literal, $department:literal) => {
        Kind {
            name: $name,
            of_organisation: concat!("SELECT ", $id, " FROM ", $from, " WHERE ", $organisation, " = $1"),
            of_department: Some(concat!(
                "SELECT ",
                $id,
                " FROM ",
                $from,
                " WHERE ",
                $department,
                " IN (SELECT department_id FROM department_tree WHERE ancestor_id = $1)"
            )),
        }
    };
    ($table:literal) => {
        kind!($table, $table, "id", "organisation_id", "department_id")
    };
}

/// Every kind of row whose ids reach those who read.
const KINDS: [Kind; 14] = [
    kind!("departments", "departments", "id", "organisation_id", "id"),
    kind!("people"),
    kind!("invitations"),
    kind!("collections"),
    kind!("tokens"),
    kind!("campaigns"),
    kind!("sites"),
    kind!("mails"),
    kind!(
        "mobile sessions",
        "mobile_sessions s JOIN people p ON p.id = s.person_id",
        "s.token_id",
        "s.organisation_id",
        "p.department_id"
    ),
    kind!(
        "recipients",
        "campaign_recipients r JOIN campaigns c ON c.id = r.campaign_id",
        "r.id",
        "c.organisation_id",
        "c.department_id"
    ),
    kind!(
        "credentials",
        "credentials x JOIN campaigns c ON c.id = x.campaign_id",
        "x.id",
        "c.organisation_id",
        "c.department_id"
    ),
    kind!(
        "jobs",
        "jobs j JOIN tokens t ON t.id = j.token_id",
        "j.id",
        "t.organisation_id",
        "t.department_id"
    ),
    Kind {
        name: "mobile apps",
        of_organisation: "SELECT id FROM mobile_apps WHERE organisation_id = $1",
        of_department: None,
    },
    Kind {
        name: "audit entries",
        of_organisation: "SELECT id FROM audit WHERE organisation_id = $1",
        of_department: None,
    },
];

/// The ids of rows, by their kinds.
#[derive(Clone, Default)]
struct Ids(HashMap<&'static str, Vec<Uuid>>);

impl Ids {
    async fn of_organisation(world: &World, owner: &Caller) -> Self {
        let mut ids = Self::default();
        let mut conn = world.backend.db.read().await.expect("a reader");
        for kind in &KINDS {
            let query = conn.query(kind.of_organisation).bind(owner.organisation());
            let rows: Vec<(Uuid,)> = query.all().await.expect("ids");
            ids.add(kind, rows);
        }
        ids
    }

    async fn of_department(world: &World, department: DepartmentId) -> Self {
        let mut ids = Self::default();
        let mut conn = world.backend.db.read().await.expect("a reader");
        for kind in &KINDS {
            let Some(statement) = kind.of_department else {
                continue;
            };
            let rows: Vec<(Uuid,)> = conn.query(statement).bind(department).all().await.expect("ids");
            ids.add(kind, rows);
        }
        ids
    }

    fn add(&mut self, kind: &Kind, rows: Vec<(Uuid,)>) {
        assert!(!rows.is_empty(), "there are no {}", kind.name);
        self.0
            .insert(kind.name, rows.into_iter().map(|(id,)| id).collect());
    }

    fn contains(&self, id: Uuid) -> bool {
        self.0.values().any(|ids| ids.contains(&id))
    }
}

/// A single token of each other family, a campaign that somebody claimed in, and a job, in a place that has collections
/// and access tokens.
async fn fill(world: &World, place: &Place, app: &AskingApp) {
    let (backend, admin, canary) = (&world.backend, &place.admin, &place.canary);
    let many = NewTokenForm {
        name: format!("{canary} many"),
        token_type: "multi".into(),
        no_of_tokens: "6000".into(),
        collection: place.collections[0].to_string(),
        ..NewTokenForm::default()
    };
    backend.access_tokens().create(admin, &many).await.expect("made");

    let site = SiteForm {
        address: format!("https://{canary}.test").to_lowercase(),
        trusted_networks: "127.0.0.1/32".into(),
        ..SiteForm::default()
    };
    let pages = backend.page_tokens();
    pages.add_site(admin, &site).await.expect("a site");
    let page = PageTokenForm {
        full_url: format!("{}/report", site.address),
        groups: format!("{canary}s"),
        note: format!("{canary} report"),
        ..PageTokenForm::default()
    };
    pages.create(admin, &page).await.expect("a page token");

    let program = ApiTokenForm {
        name: format!("{canary} import"),
        expires: "90d".into(),
        department: place.department.to_string(),
        ..ApiTokenForm::default()
    };
    let programs = backend.api_tokens();
    programs.create_from(admin, &program).await.expect("an API token");
    sign_in(backend, admin, app, "").await;

    let campaigns = backend.campaigns();
    let form = CampaignForm {
        kind: "certificate".into(),
        title: format!("{canary} certificate"),
        description: "Knows what to do when something burns.".into(),
        criteria: "Passed the test.".into(),
        ..CampaignForm::default()
    };
    let campaign = campaigns.create(admin, &form).await.expect("a draft").row.id;
    campaigns
        .set_state(admin, campaign, CampaignState::Live)
        .await
        .expect("started");
    let email: domain::EmailAddress = format!("{canary}@claims.example")
        .to_lowercase()
        .parse()
        .expect("an address");
    let recipient = NewRecipient::new(format!("{canary} Holder"), email.clone());
    let added = campaigns
        .add_recipients(admin, campaign, &[recipient])
        .await
        .expect("added");
    let (token, _) = campaigns.copy_token(admin, added.ids[0]).await.expect("copied");
    campaigns
        .claim(token.reveal(), &Profile::mailbox(email), &browser("192.0.2.7"))
        .await
        .expect("claimed");
}

/// The steps of a walk, the same in each run.
struct Steps(u64);

impl Steps {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap_or_default()
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn yes(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// Who reads, and what they ask for: half of the time something that is theirs, and otherwise anything there is.
struct Walker<'a> {
    world: &'a World,
    caller: &'a Caller,
    own: Ids,
    all: &'a [Ids],
    words: &'a [String],
    steps: &'a mut Steps,
}

/// What was answered. A refusal names nothing either.
fn text<T: Debug>(answer: Result<T>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(Error::Refused(refusal)) => format!("{refusal:?}"),
        Err(Error::Fault(fault)) => panic!("a fault: {fault:?}"),
    }
}

impl Walker<'_> {
    fn id(&mut self, kind: &'static str) -> Uuid {
        let from = if self.steps.yes() {
            &self.own
        } else {
            &self.all[self.steps.below(self.all.len())]
        };
        match from.0.get(kind) {
            Some(ids) => self.steps.one(ids),
            None => Uuid::nil(),
        }
    }

    fn department(&mut self) -> Option<DepartmentId> {
        (self.steps.below(4) == 0).then(|| DepartmentId(self.id("departments")))
    }

    fn search(&mut self) -> String {
        match self.steps.yes() {
            true => String::new(),
            false => self.steps.one(self.words),
        }
    }

    /// One read of something chosen at random.
    async fn read(&mut self) -> String {
        match self.steps.below(8) {
            0 => self.access_tokens().await,
            1 => self.collections_and_people().await,
            2 => self.page_tokens().await,
            3 => self.campaigns().await,
            4 => self.recipients().await,
            5 => self.api_tokens().await,
            6 => self.mobile_sessions().await,
            _ => self.mails_jobs_and_audit().await,
        }
    }

    async fn access_tokens(&mut self) -> String {
        let tokens = self.world.backend.access_tokens();
        let query = TokenQuery {
            list: self.steps.one(&[TokenList::Active, TokenList::Expired]),
            order: self.steps.one(&TokenOrder::ALL),
            descending: self.steps.yes(),
            collection: (self.steps.below(4) == 0).then(|| CollectionId(self.id("collections"))),
            search: self.search(),
            department: self.department(),
            ..TokenQuery::default()
        };
        let codes = CodeQuery {
            search: self.search(),
            ..CodeQuery::default()
        };
        let (token, other) = (TokenId(self.id("tokens")), TokenId(self.id("tokens")));
        let caller = self.caller;
        match self.steps.below(10) {
            0 | 1 => text(tokens.list(caller, &query).await),
            2 => text(tokens.count(caller, &query).await.map(|_| ())),
            3 => text(tokens.rows(caller, &[token, other]).await),
            4 => text(tokens.get(caller, token).await),
            5 => text(tokens.codes(caller, token, &codes).await),
            6 => text(tokens.code_rows(caller, token, &[other]).await),
            7 => text(tokens.uses(caller, token, None, None).await),
            8 => text(tokens.history(caller, token).await),
            _ => text(tokens.share(caller, token).await),
        }
    }

    async fn collections_and_people(&mut self) -> String {
        let backend = &self.world.backend;
        let (collections, people, reports) = (backend.collections(), backend.people(), backend.reports());
        let collection_query = CollectionQuery {
            search: self.search(),
            department: self.department(),
            ..CollectionQuery::default()
        };
        let people_query = PeopleQuery {
            search: self.search(),
            admins_only: self.steps.below(4) == 0,
            department: self.department(),
            ..PeopleQuery::default()
        };
        let collection = CollectionId(self.id("collections"));
        let person = PersonId(self.id("people"));
        let typed = self.search();
        let caller = self.caller;
        match self.steps.below(14) {
            0 => text(collections.list(caller, &collection_query).await),
            1 => text(collections.rows(caller, &[collection]).await),
            2 => text(collections.view(caller, collection).await),
            3 => text(collections.choices(caller).await),
            4 => text(collections.count(caller, &collection_query).await.map(|_| ())),
            5 => text(reports.people(caller, &people_query).await),
            6 => text(reports.people_by_id(caller, &[person]).await),
            7 => text(reports.report(caller, person).await),
            8 => text(people.invitations(caller).await),
            9 => text(backend.departments().list(caller).await),
            10 => text(reports.find(caller, &typed).await),
            11 => text(backend.user_types().list(caller).await),
            12 => text(reports.first_steps(caller).await),
            _ => text(people.count(caller, &people_query).await.map(|_| ())),
        }
    }

    async fn page_tokens(&mut self) -> String {
        let tokens = self.world.backend.page_tokens();
        let query = PageTokenQuery {
            order: self.steps.one(&TokenOrder::ALL),
            descending: self.steps.yes(),
            search: self.search(),
            site: (self.steps.below(4) == 0).then(|| SiteId(self.id("sites"))),
            department: self.department(),
            ..PageTokenQuery::default()
        };
        let (token, other) = (TokenId(self.id("tokens")), TokenId(self.id("tokens")));
        let site = SiteId(self.id("sites"));
        let caller = self.caller;
        match self.steps.below(7) {
            0 | 1 => text(tokens.list(caller, &query).await),
            2 => text(tokens.count(caller, &query).await.map(|_| ())),
            3 => text(tokens.rows(caller, &[token, other]).await),
            4 => text(tokens.get(caller, token).await),
            5 => text(tokens.sites(caller).await),
            _ => text(tokens.site(caller, site).await),
        }
    }

    async fn campaigns(&mut self) -> String {
        let campaigns = self.world.backend.campaigns();
        let query = CampaignQuery {
            search: self.search(),
            order: self.steps.one(&[CampaignOrder::Made, CampaignOrder::Title]),
            reversed: self.steps.yes(),
            department: self.department(),
            ..CampaignQuery::default()
        };
        let campaign = CampaignId(self.id("campaigns"));
        let caller = self.caller;
        match self.steps.below(6) {
            0 => text(campaigns.list(caller, &query).await),
            1 => text(campaigns.count(caller, &query).await.map(|_| ())),
            2 => text(campaigns.rows(caller, &[campaign]).await),
            3 => text(campaigns.view(caller, campaign).await),
            4 => text(campaigns.design(caller, campaign).await),
            _ => text(campaigns.design_versions(caller, campaign, None, None).await),
        }
    }

    async fn recipients(&mut self) -> String {
        let campaigns = self.world.backend.campaigns();
        let campaign = CampaignId(self.id("campaigns"));
        let recipients = RecipientQuery {
            search: self.search(),
            ..RecipientQuery::default()
        };
        let credentials = CredentialQuery {
            campaign: self.steps.yes().then_some(campaign),
            ..CredentialQuery::default()
        };
        let recipient = RecipientId(self.id("recipients"));
        let credential = CredentialId(self.id("credentials"));
        let caller = self.caller;
        match self.steps.below(5) {
            0 => text(campaigns.recipients(caller, campaign, &recipients).await),
            1 => text(campaigns.recipient(caller, recipient).await),
            2 => text(campaigns.recipient_history(caller, recipient).await),
            3 => text(campaigns.credentials(caller, &credentials).await),
            _ => text(campaigns.credential(caller, credential).await),
        }
    }

    async fn api_tokens(&mut self) -> String {
        let tokens = self.world.backend.api_tokens();
        let query = ApiTokenQuery {
            list: ApiTokenList::Active,
            search: self.search(),
            order: self.steps.one(&ApiTokenOrder::ALL),
            descending: self.steps.yes(),
            person: (self.steps.below(4) == 0).then(|| PersonId(self.id("people"))),
            department: self.department(),
            ..ApiTokenQuery::default()
        };
        let (token, other) = (TokenId(self.id("tokens")), TokenId(self.id("tokens")));
        let caller = self.caller;
        match self.steps.below(8) {
            0 => text(tokens.list(caller, &query).await),
            1 => text(tokens.count(caller, &query).await.map(|_| ())),
            2 => text(tokens.ids(caller, &query, &Filters::default()).await),
            3 => text(tokens.rows(caller, &[token, other]).await),
            4 => text(tokens.row(caller, token).await),
            5 => text(tokens.view(caller, token).await),
            6 => text(tokens.preview(caller, &[token, other]).await),
            _ => text(tokens.choices(caller).await),
        }
    }

    async fn mobile_sessions(&mut self) -> String {
        let sessions = self.world.backend.mobile_sessions();
        let query = MobileQuery {
            list: self.steps.one(&[MobileList::Active, MobileList::Ended]),
            search: self.search(),
            order: self.steps.one(&[
                MobileOrder::SignedIn,
                MobileOrder::Name,
                MobileOrder::LastActive,
                MobileOrder::Expires,
            ]),
            descending: self.steps.yes(),
            department: self.department(),
            ..MobileQuery::default()
        };
        let kind = self.steps.one(&["tokens", "mobile sessions", "mobile sessions"]);
        let (session, other) = (TokenId(self.id(kind)), TokenId(self.id(kind)));
        let app = MobileAppId(self.id("mobile apps"));
        let caller = self.caller;
        match self.steps.below(9) {
            0 | 1 => text(sessions.list(caller, &query).await),
            2 => text(sessions.count(caller, &query).await.map(|_| ())),
            3 => text(sessions.rows(caller, &[session, other]).await),
            4 => text(sessions.view(caller, session).await),
            5 => text(sessions.preview(caller, &[session, other]).await),
            6 => text(sessions.choices(caller).await),
            7 => text(sessions.apps(caller).await),
            _ => text(sessions.app(caller, app).await),
        }
    }

    async fn mails_jobs_and_audit(&mut self) -> String {
        let backend = &self.world.backend;
        let (mails, jobs) = (backend.mail(), backend.jobs());
        let query = MailQuery {
            search: self.search(),
            department: self.department(),
            ..MailQuery::default()
        };
        let events = AuditQuery {
            token: self.steps.yes().then(|| TokenId(self.id("tokens"))),
            person: (self.steps.below(4) == 0).then(|| PersonId(self.id("people"))),
            ..AuditQuery::default()
        };
        let mail = MailId(self.id("mails"));
        let job = JobId(self.id("jobs"));
        let caller = self.caller;
        match self.steps.below(8) {
            0 => text(mails.list(caller, &query).await),
            1 => text(mails.count(caller, &query).await.map(|_| ())),
            2 => text(mails.rows(caller, &[mail]).await),
            3 => text(mails.view(caller, mail).await),
            4 => text(mails.html(caller, mail).await),
            5 | 6 => {
                let token = self.token_of(job).await;
                text(jobs.of_token(caller, token, job).await)
            }
            _ => text(backend.audit().list(caller, &events).await),
        }
    }

    /// The token that a job works for: jobs are found under their own tokens alone.
    async fn token_of(&self, job: JobId) -> TokenId {
        let mut conn = self.world.backend.db.read().await.expect("a reader");
        let query = conn.query("SELECT token_id FROM jobs WHERE id = $1").bind(job);
        let found: Option<(TokenId,)> = query.optional().await.expect("looked up");
        found.map_or(TokenId(Uuid::nil()), |(token,)| token)
    }
}

/// The ids in an answer.
fn ids(answer: &str) -> impl Iterator<Item = Uuid> {
    answer
        .split(|c: char| !(c.is_ascii_hexdigit() || c == '-'))
        .filter_map(|word| Uuid::parse_str(word).ok())
}

#[tokio::test]
async fn a_random_walk_of_reads_in_one_place_never_meets_another() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let acme = owner_of(backend, "Acme", "ada@example.org").await;
        let other = owner_of(backend, "Other", "eve@example.org").await;
        let mut places = Vec::new();
        let mut apps = HashMap::new();
        for owner in [&acme, &other] {
            apps.insert(owner.organisation(), app(backend, owner).await);
        }
        for (owner, canary) in [
            (&acme, "Kestrel"),
            (&acme, "Merlin"),
            (&other, "Osprey"),
            (&other, "Falcon"),
        ] {
            let place = Place::fill(world, owner, canary).await;
            fill(world, &place, &apps[&owner.organisation()]).await;
            places.push(place);
        }
        let organisations = [
            Ids::of_organisation(world, &acme).await,
            Ids::of_organisation(world, &other).await,
        ];
        let mut departments = Vec::new();
        for place in &places {
            departments.push(Ids::of_department(world, place.department).await);
        }
        let words: Vec<String> = places
            .iter()
            .map(|place| place.canary.clone())
            .chain(["collection", "single", "example", "import", "certificate"].map(String::from))
            .collect();
        let mut steps = Steps(0x9E37_79B9_7F4A_7C15);
        // Each with the places that are none of theirs.
        let mut walkers = vec![
            (&acme, organisations[0].clone(), vec![2, 3]),
            (&other, organisations[1].clone(), vec![0, 1]),
        ];
        for (number, place) in places.iter().enumerate() {
            let foreign = (0..places.len()).filter(|one| *one != number).collect();
            walkers.push((&place.admin, departments[number].clone(), foreign));
        }
        for (caller, own, foreign) in walkers {
            let elsewhere = &organisations[usize::from(caller.organisation() == acme.organisation())];
            let mut seen = HashSet::new();
            let mut walker = Walker {
                world,
                caller,
                own,
                all: &organisations,
                words: &words,
                steps: &mut steps,
            };
            for _ in 0..700 {
                let answer = walker.read().await;
                for number in &foreign {
                    let place = &places[*number];
                    assert!(!answer.contains(&place.canary), "{} in {answer}", place.canary);
                    let met = ids(&answer).find(|id| departments[*number].contains(*id));
                    assert_eq!(met, None, "of {} in {answer}", place.canary);
                }
                let met = ids(&answer).find(|id| elsewhere.contains(*id));
                assert_eq!(met, None, "of another organisation in {answer}");
                seen.extend(ids(&answer));
            }
            for (kind, own) in &walker.own.0 {
                let is_met = own.iter().any(|id| seen.contains(id));
                assert!(is_met, "the walk has seen none of its own {kind}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_counted_in_a_department_is_what_its_list_shows() {
    on_each_engine(async |world| {
        let backend = &world.backend;
        let ada = owner_of(backend, "Acme", "ada@example.org").await;
        let harbour = app(backend, &ada).await;
        let mut places = Vec::new();
        for canary in ["Kestrel", "Merlin"] {
            let place = Place::fill(world, &ada, canary).await;
            fill(world, &place, &harbour).await;
            places.push(place);
        }
        for place in &places {
            let department = Some(place.department);
            let tokens = PageTokenQuery {
                department,
                ..PageTokenQuery::default()
            };
            let page = backend.page_tokens().list(&ada, &tokens).await.expect("a page");
            let notes: Vec<_> = page.rows.iter().map(|row| row.note.as_str()).collect();
            assert_eq!(notes, [format!("{} report", place.canary)]);
            assert_eq!(
                backend.page_tokens().count(&ada, &tokens).await.expect("a count"),
                1
            );

            let campaigns = CampaignQuery {
                department,
                ..CampaignQuery::default()
            };
            let page = backend.campaigns().list(&ada, &campaigns).await.expect("a page");
            let titles: Vec<_> = page.rows.iter().map(|row| row.title.as_str()).collect();
            assert_eq!(titles, [format!("{} certificate", place.canary)]);
            assert_eq!(
                backend
                    .campaigns()
                    .count(&ada, &campaigns)
                    .await
                    .expect("a count"),
                1
            );

            let mails = MailQuery {
                department,
                ..MailQuery::default()
            };
            let page = backend.mail().list(&ada, &mails).await.expect("a page");
            let canary = place.canary.to_lowercase();
            assert!(!page.rows.is_empty());
            assert!(
                page.rows.iter().all(|row| row.to.as_str().contains(&canary)),
                "{page:?}"
            );
            let count = backend.mail().count(&ada, &mails).await.expect("a count");
            assert_eq!(count, page.rows.len() as i64);

            let collections = CollectionQuery {
                department,
                ..CollectionQuery::default()
            };
            let page = backend
                .collections()
                .list(&ada, &collections)
                .await
                .expect("a page");
            let count = backend
                .collections()
                .count(&ada, &collections)
                .await
                .expect("a count");
            assert_eq!((page.rows.len(), count), (2, 2));
        }
        let department = Some(DepartmentId(Uuid::nil()));
        let tokens = PageTokenQuery {
            department,
            ..PageTokenQuery::default()
        };
        let campaigns = CampaignQuery {
            department,
            ..CampaignQuery::default()
        };
        let mails = MailQuery {
            department,
            ..MailQuery::default()
        };
        let not_found = format!("{:?}", Refusal::NotFound);
        assert_eq!(text(backend.page_tokens().list(&ada, &tokens).await), not_found);
        assert_eq!(text(backend.page_tokens().count(&ada, &tokens).await), not_found);
        assert_eq!(text(backend.campaigns().list(&ada, &campaigns).await), not_found);
        assert_eq!(text(backend.campaigns().count(&ada, &campaigns).await), not_found);
        assert_eq!(text(backend.mail().list(&ada, &mails).await), not_found);
        assert_eq!(text(backend.mail().count(&ada, &mails).await), not_found);
    })
    .await;
}
