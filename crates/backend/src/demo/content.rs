//! The content of the sample data.

use std::net::Ipv4Addr;

/// A sample collection.
pub(super) struct Example {
    pub title: &'static str,
    pub summary: &'static str,
    pub colour: &'static str,
    pub emoji: &'static str,
    /// Type, title, and text or address.
    pub items: &'static [(&'static str, &'static str, &'static str)],
}

pub(super) const COLLECTIONS: &[Example] = &[
    Example {
        title: "Onboarding",
        summary: "Everything for your first week: who we are, how we work, and whom to ask.",
        colour: "teal",
        emoji: "👋",
        items: &[
            (
                "page",
                "Welcome",
                "# Kia ora\n\nWe are glad that you are here. This collection takes about **forty minutes**. \
              Take it in your own time during your first week.\n\n1. Read the pages in order.\n2. Ask whoever sits next to you.\n\
              3. Tick off what you have done.\n",
            ),
            (
                "page",
                "How a day goes",
                "## Mornings\n\nWe start between eight and nine. The day's list hangs beside the coffee machine.\n\n\
              ## Afternoons\n\nCourses run from one to four. Please keep your phone silent in the rooms.\n",
            ),
            (
                "page",
                "Whom to ask",
                "| Question | Person |\n|---|---|\n| Pay and leave | Hine in the office |\n| Keys and rooms | Tama |\n| Everything else | Ada |\n",
            ),
            ("link", "Our code of conduct", "https://example.org/conduct"),
            (
                "page",
                "Your first course",
                "Pick a course from the list, sit in the back row, and note three things that worked. \
              We talk about them on Friday.\n\n> Nobody was born a teacher.\n",
            ),
        ],
    },
    Example {
        title: "Safety 2027",
        summary: "The yearly safety course for everybody who works on one of our sites.",
        colour: "amber",
        emoji: "🦺",
        items: &[
            (
                "page",
                "Before you start",
                "You need this course once a year. It has five lessons; each takes ten minutes.\n\n\
              **Nothing here replaces the briefing on your site.**\n",
            ),
            (
                "page",
                "What you wear",
                "- Helmet, from the gate on\n- Boots with steel caps\n- High-visibility vest\n- Gloves where the sign says so\n",
            ),
            (
                "page",
                "When something happens",
                "1. Stop.\n2. Make the place safe.\n3. Help.\n4. Call **111**, then the site office.\n",
            ),
            (
                "page",
                "Lifting and carrying",
                "Keep it close, bend your knees, and never twist. Above 25 kg there are two of you.\n",
            ),
            ("link", "The rules, in full", "https://example.org/safety"),
            (
                "page",
                "Check yourself",
                "Could you say, without looking, where the nearest extinguisher is? Walk there now.\n",
            ),
        ],
    },
    Example {
        title: "Teaching online",
        summary: "How to hold a course for people you cannot see.",
        colour: "violet",
        emoji: "🎧",
        items: &[
            (
                "page",
                "The room",
                "Light comes from the front. The microphone is close. The door is closed.\n",
            ),
            (
                "page",
                "The first five minutes",
                "Say each name once. Ask a question that everybody can answer with one word.\n",
            ),
            (
                "page",
                "Keeping them with you",
                "Every seven minutes something changes: a question, a picture, a task in pairs.\n",
            ),
            (
                "link",
                "A course that worked",
                "https://example.org/courses/listening",
            ),
        ],
    },
];

pub(super) const TOKEN_NAMES: &[&str] = &[
    "Spring intake",
    "Front desk tablet",
    "Webinar 12 November",
    "Partner pilot",
    "Volunteers",
    "Auditors",
    "Hamilton site",
    "Night shift",
    "Order #4711, Høst & Søn",
    "Summer school",
    "Press",
    "Library terminals",
    "Board members",
    "Exchange students",
    "Trial week",
    "Site visit in March",
    "Alumni",
    "Open day",
    "Cleaning crew",
    "Canteen",
    "Visitors' badge",
    "Apprentices 2026",
    "Apprentices 2027",
    "Drivers",
    "Regional office",
    "Wellington team",
    "Dunedin team",
    "Nelson team",
    "Suppliers",
    "Security guards",
    "Interpreters",
    "First aiders",
    "Fire wardens",
    "Team leads",
    "Mentors",
    "New parents",
    "Coming back to work",
    "Interns",
    "Research group",
    "Marketing",
    "Translators",
    "Photographers",
    "Substitutes",
    "Evening classes",
    "Weekend course",
    "Holiday club",
    "Parents' evening",
    "School partners",
    "City council",
    "Harbour crew",
    "Orchard season",
    "Vintage 2027",
    "Snow season",
    "Rescue helpers",
    "Market stall",
    "Repair café",
    "Choir",
    "Reading circle",
    "Chess club",
    "Lost and found",
];

pub(super) const FIRST_NAMES: &[&str] = &[
    "Hine", "Tama", "Grete", "Mei", "Aroha", "Jonas", "Sione", "Priya", "Luca", "Ngaio", "Amira", "Oskar",
    "Rangi", "Chiara", "Kiri", "Matteo", "Lani", "Sven", "Tui", "Zoë",
];

pub(super) const LAST_NAMES: &[&str] = &[
    "Moana",
    "Høst",
    "Parata",
    "Lindqvist",
    "Nakamura",
    "Okafor",
    "Rewi",
    "Fernández",
    "Taumata",
    "Brandt",
    "Iti",
    "Kowalski",
    "Ngata",
    "Silva",
    "Walker",
    "Petrova",
    "Rua",
    "Schneider",
    "Tane",
    "Osei",
];

/// A program that calls the REST API.
pub(super) struct Program {
    pub name: &'static str,
    pub description: &'static str,
    pub expires: &'static str,
    pub permissions: &'static str,
    pub networks: &'static str,
    /// The most calls at a time; none: it was never used.
    pub calls: usize,
    pub from: Ipv4Addr,
    pub suspended: bool,
}

const OFFICE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);
const CLOUD: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 80);

pub(super) const PROGRAMS: &[Program] = &[
    Program {
        name: "Nightly roster",
        description: "Fetches who has come, and updates the roster in the staff room.",
        expires: "365d",
        permissions: "tokens:read people:read",
        networks: "203.0.113.0/24",
        calls: 9,
        from: OFFICE,
        suspended: false,
    },
    Program {
        name: "Website sign-up",
        description: "Makes an access token for everybody who books a course.",
        expires: "180d",
        permissions: "tokens:read tokens:manage collections:read",
        networks: "",
        calls: 14,
        from: CLOUD,
        suspended: false,
    },
    Program {
        name: "Report of the month",
        description: "Counts uses per collection for the board.",
        expires: "120d",
        permissions: "tokens:read collections:read",
        networks: "",
        calls: 2,
        from: OFFICE,
        suspended: false,
    },
    Program {
        name: "Kiosk in the foyer",
        description: "Shows which courses are open today.",
        expires: "60d",
        permissions: "collections:read",
        networks: "203.0.113.0/24",
        calls: 6,
        from: OFFICE,
        suspended: false,
    },
    Program {
        name: "Old intranet",
        description: "Suspended until we know who still needs it.",
        expires: "365d",
        permissions: "tokens:read",
        networks: "",
        calls: 0,
        from: OFFICE,
        suspended: true,
    },
    Program {
        name: "Payroll trial",
        description: "",
        expires: "365d",
        permissions: "people:read",
        networks: "",
        calls: 0,
        from: CLOUD,
        suspended: false,
    },
];

/// The guarded site.
pub(super) const SITE: &str = "https://reports.example.org";

/// A page that is opened by a token.
pub(super) struct SharedPage {
    pub path: &'static str,
    pub note: &'static str,
    pub groups: &'static str,
    pub scope: &'static str,
    pub timeout: &'static str,
    pub max_hits: &'static str,
}

pub(super) const SHARED_PAGES: &[SharedPage] = &[
    SharedPage {
        path: "/monthly?region=north&format=pdf",
        note: "Mailed by cron on the first of each month",
        groups: "readers",
        scope: "exact",
        timeout: "-1",
        max_hits: "-1",
    },
    SharedPage {
        path: "/board/2027/",
        note: "For the board",
        groups: "board",
        scope: "below",
        timeout: "15552000",
        max_hits: "200",
    },
    SharedPage {
        path: "/timetable?week=48",
        note: "Printer beside the coffee machine",
        groups: "printers",
        scope: "exact",
        timeout: "-1",
        max_hits: "25",
    },
    SharedPage {
        path: "/results/spring",
        note: "Shown to the partners in autumn",
        groups: "readers",
        scope: "assets",
        timeout: "2592000",
        max_hits: "-1",
    },
    SharedPage {
        path: "/budget?year=2027",
        note: "One look for the auditor",
        groups: "board",
        scope: "exact",
        timeout: "-1",
        max_hits: "1",
    },
];
