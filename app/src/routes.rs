//! Every path of the admin pages, in one list.

/// The Token Manager.
pub const TOKENS: &str = "/tokens";
/// The collections.
pub const COLLECTIONS: &str = "/collections";
/// Admin Tokens: page tokens and the sites they belong to.
pub const PAGE_TOKENS: &str = "/administrator/page-tokens";
/// What page tokens are for, with a list of scheduled jobs.
pub const BATCH: &str = "/administrator/page-tokens/batch";
/// Signed-in mobile apps.
pub const MOBILE_USERS: &str = "/administrator/tokens/mobile";
/// The apps that people can sign in to.
pub const MOBILE_APPS: &str = "/administrator/tokens/mobile/apps";
/// The campaigns of certificates and badges.
pub const CAMPAIGNS: &str = "/campaigns";
/// Where recipients prove a profile.
pub const SIGN_IN_PROVIDERS: &str = "/campaigns/sign-in-providers";
/// The people.
pub const PEOPLE: &str = "/people";
/// The mails.
pub const MAIL: &str = "/administrator/mail";
/// The organisation's settings.
pub const ORGANISATION: &str = "/organisation";
/// Its departments.
pub const DEPARTMENTS: &str = "/organisation/departments";
/// Its user types.
pub const USER_TYPES: &str = "/organisation/user-types";
/// The tokens of programs.
pub const API_TOKENS: &str = "/administrator/tokens";
/// What the organisation allows its API tokens.
pub const API_TOKEN_POLICY: &str = "/administrator/tokens/policy";
/// Why a request with a token is refused.
pub const EXPLAIN_TOKEN: &str = "/administrator/tokens/explain";
/// One's own account.
pub const ACCOUNT: &str = "/account";

/// A token's page: the codes of a multi token, the details of a single one.
pub fn token(id: domain::TokenId) -> String {
    format!("{TOKENS}/{id}")
}

/// An API token's page.
pub fn api_token(id: domain::TokenId) -> String {
    format!("{API_TOKENS}/{id}")
}

/// The list of tokens as a file, by the address of the list.
pub fn tokens_file(list: &str) -> String {
    list.replacen(TOKENS, "/tokens.csv", 1)
}

/// A multi token's codes with their links, as a file.
pub fn codes_file(id: domain::TokenId) -> String {
    format!("{TOKENS}/{id}/codes.csv")
}

/// Who used a single token, as a file.
pub fn uses_file(id: domain::TokenId) -> String {
    format!("{TOKENS}/{id}/uses.csv")
}

/// A multi token's codes with their QR codes, to be printed.
pub fn sheet(id: domain::TokenId) -> String {
    format!("{TOKENS}/{id}/sheet")
}

/// A collection's editor.
pub fn collection(id: domain::CollectionId) -> String {
    format!("{COLLECTIONS}/{id}")
}

/// A collection as a recipient sees it.
pub fn preview(id: domain::CollectionId) -> String {
    format!("{COLLECTIONS}/{id}/preview")
}

/// Where files for a collection are uploaded.
pub fn upload(id: domain::CollectionId) -> String {
    format!("{COLLECTIONS}/{id}/files")
}

/// The mail settings.
pub const MAIL_SETTINGS: &str = "/administrator/mail/settings";
/// Where the logo is sent.
pub const MAIL_LOGO: &str = "/administrator/mail/logo";
/// The texts of mails.
pub const MAIL_TEXTS: &str = "/administrator/mail/texts";
/// Where the HTML of a text is previewed.
pub const MAIL_PREVIEW: &str = "/administrator/mail/preview";

/// The texts of a campaign's mails.
pub fn campaign_texts(id: domain::CampaignId) -> String {
    format!("{MAIL_TEXTS}?campaign={id}")
}

/// A text of mails.
pub fn mail_text(key: &str, language: &str) -> String {
    format!("{MAIL_TEXTS}/{key}/{language}")
}

/// A mail.
pub fn mail(id: domain::MailId) -> String {
    format!("{MAIL}/{id}")
}

/// A mail's HTML, to be shown in a frame.
pub fn mail_html(id: domain::MailId) -> String {
    format!("{MAIL}/{id}/letter")
}

/// A mobile session.
pub fn mobile_session(id: domain::TokenId) -> String {
    format!("{MOBILE_USERS}/{id}")
}

/// A person's report.
pub fn person(id: domain::PersonId) -> String {
    format!("{PEOPLE}/{id}")
}

/// A campaign with its recipients.
pub fn campaign(id: domain::CampaignId) -> String {
    format!("{CAMPAIGNS}/{id}")
}

/// The designer of a campaign.
pub fn design(id: domain::CampaignId) -> String {
    format!("{CAMPAIGNS}/{id}/design")
}

/// A picture of a version of a campaign's design.
pub fn design_picture(id: domain::CampaignId, version: domain::DesignId) -> String {
    format!("{CAMPAIGNS}/{id}/design.png?version={version}")
}

/// The background of a template.
pub fn template_background(template: &str, colour: &str) -> String {
    let colour = colour.trim_start_matches('#');
    format!("{CAMPAIGNS}/background.svg?template={template}&colour=%23{colour}")
}

/// Where pictures for a design are uploaded.
pub fn pictures(id: domain::CampaignId) -> String {
    format!("{CAMPAIGNS}/{id}/pictures")
}

/// A picture for a design.
pub fn picture(id: domain::CampaignId, picture: domain::DesignPictureId) -> String {
    format!("{CAMPAIGNS}/{id}/pictures/{picture}")
}

/// A picture of what a campaign will look like.
pub fn campaign_preview(kind: &str, template: &str, colour: &str) -> String {
    let colour = colour.trim_start_matches('#');
    format!("{CAMPAIGNS}/preview.png?kind={kind}&template={template}&colour=%23{colour}")
}

/// Where a file of recipients is chosen and uploaded.
pub fn import(id: domain::CampaignId) -> String {
    format!("{CAMPAIGNS}/{id}/import")
}

/// An uploaded file of recipients.
pub fn import_of(id: domain::CampaignId, import: &str) -> String {
    format!("{CAMPAIGNS}/{id}/import?file={import}")
}

/// The bad rows of a file, to be corrected.
pub fn bad_rows(id: domain::CampaignId, import: domain::ImportId) -> String {
    format!("{CAMPAIGNS}/{id}/imports/{import}/bad.csv")
}
