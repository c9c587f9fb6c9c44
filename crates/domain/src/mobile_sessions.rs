//! Mobile sessions: people who are signed in in a mobile app, and the apps that an organisation has registered.
//!
//! A session is one app on one device. It is held by a refresh token, which is replaced at each use, and works through
//! access tokens of ten minutes. What the app may do is what the person may do at that moment.

mod apps;
mod authorize;
mod device;
mod refresh;
mod rows;

pub use apps::{MobileAppForm, MobileAppRow, NewMobileApp, RedirectAddress};
pub use authorize::{AuthorizeForm, Granted, OAuthError, OAuthProblem, TokenForm, with_parameters};
pub use device::Device;
pub use refresh::{ANSWER_LOST, Standing, Verdict, judge};
pub use rows::{
    MobileChoices, MobileList, MobileOrder, MobileQuery, MobileSessionRow, MobileSessionView,
    OwnMobileSession, Wipe,
};

use chrono::TimeDelta;

/// How long an access token opens.
pub const ACCESS: TimeDelta = TimeDelta::minutes(10);

/// How long a session lives without a refresh.
pub const IDLE: TimeDelta = TimeDelta::days(30);

/// How long a session lives at most.
pub const ABSOLUTE: TimeDelta = TimeDelta::days(180);

/// How long an authorization code can be exchanged.
pub const CODE: TimeDelta = TimeDelta::seconds(60);
