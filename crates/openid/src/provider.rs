//! A provider: what it says of itself, the way to it, and who it says somebody is.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
    CoreClientAuthMethod, CoreGrantType, CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKey,
    CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AdditionalProviderMetadata, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, SubjectIdentifier, TokenResponse,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::peer::Peer;
use crate::trouble::Trouble;

/// How signatures of ID tokens may be made: with a key pair, whatever a provider offers beside it. `none`, and secrets
/// that both sides share, are not among them.
const SIGNED_BY: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The longest name and subject that are taken.
const LONGEST: usize = 300;

/// What a provider says of itself, beyond what the crate reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct More {
    /// Whether its answers name it (RFC 9207).
    authorization_response_iss_parameter_supported: Option<bool>,
    /// What it can be asked to ask, where it says so.
    prompt_values_supported: Option<Vec<String>>,
}

impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider, as it described itself.
#[derive(Debug, Clone)]
pub struct Provider(Metadata);

/// What a provider does otherwise than the standard says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manners {
    /// The client's secret stands in the body of the request.
    pub secret_in_body: bool,
    /// It refuses PKCE, so the client's secret and the state have to do.
    pub no_pkce: bool,
    /// It leaves out the nonce. A wrong one is refused all the same.
    pub no_nonce: bool,
}

/// What an organisation arranged with a provider.
#[derive(Clone)]
pub struct Registration {
    /// What the provider calls the organisation.
    pub client_id: String,
    /// What proves it.
    pub client_secret: Zeroizing<String>,
    /// Where browsers come back to: exactly this address.
    pub redirect: String,
    /// What is special about this provider.
    pub manners: Manners,
}

/// What is remembered in the browser's own cookie while it is at a provider.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    state: String,
    nonce: String,
    verifier: String,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registration(…)")
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending(…)")
    }
}

impl Pending {
    /// Made of chance: 32 bytes each for state, nonce and PKCE.
    pub fn new(chance: &[u8; 96]) -> Self {
        let part = |number: usize| URL_SAFE_NO_PAD.encode(&chance[number * 32..(number + 1) * 32]);
        Self {
            state: part(0),
            nonce: part(1),
            verifier: part(2),
        }
    }

    /// What the provider sends back with the browser.
    pub fn state(&self) -> &str {
        &self.state
    }
}

/// What a browser came back with.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// What the provider gives the identity for, once.
    pub code: String,
    /// What it was sent with.
    pub state: String,
    /// Who answers.
    pub iss: String,
    /// Why not.
    pub error: String,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(…)")
    }
}

/// Who somebody is, as a provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who vouches.
    pub issuer: String,
    /// What the profile is called there, for ever.
    pub subject: String,
    /// What people call it.
    pub name: Option<String>,
    /// Its address.
    pub email: Option<String>,
    /// Whether the provider checked the address.
    pub is_email_proven: bool,
}

impl Provider {
    /// Reads what a provider says of itself, and its keys.
    ///
    /// # Errors
    /// It was not reached, or is not the one that it should be.
    pub async fn discover(peer: &Peer, issuer: &str) -> Result<Self, Trouble> {
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|_| strange("its address is none"))?;
        Metadata::discover_async(issuer, peer)
            .await
            .map(Self)
            .map_err(of_discovery)
    }

    /// Where a browser is led to. The provider asks which account it shall be, also when there is one alone, unless it says
    /// of itself that it cannot.
    ///
    /// # Errors
    /// The redirect is no address.
    pub fn way(&self, registration: &Registration, pending: &Pending) -> Result<String, Trouble> {
        let client = self.client(registration)?;
        let (state, nonce) = (
            CsrfToken::new(pending.state.clone()),
            Nonce::new(pending.nonce.clone()),
        );
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || state,
                move || nonce,
            )
            .add_scope(Scope::new("profile".into()))
            .add_scope(Scope::new("email".into()));
        let prompts = self.0.additional_metadata().prompt_values_supported.as_ref();
        if prompts.is_none_or(|prompts| prompts.iter().any(|prompt| prompt == "select_account")) {
            request = request.add_prompt(CoreAuthPrompt::SelectAccount);
        }
        if !registration.manners.no_pkce {
            let verifier = PkceCodeVerifier::new(pending.verifier.clone());
            request = request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        }
        Ok(request.url().0.into())
    }

    /// Who came back. The code is given to the provider once, and what it answers is believed only when signature,
    /// issuer, audience, time and nonce are right.
    ///
    /// # Errors
    /// Any of these is not.
    pub async fn identify(
        &self,
        peer: &Peer,
        registration: &Registration,
        pending: &Pending,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<Identity, Trouble> {
        self.belongs(pending, answer)?;
        let client = self.client(registration)?;
        let mut request = client
            .exchange_code(AuthorizationCode::new(answer.code.clone()))
            .map_err(|_| strange("it names no token endpoint"))?;
        if !registration.manners.no_pkce {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()));
        }
        let tokens = request.request_async(peer).await.map_err(of_exchange)?;
        let id_token = tokens.id_token().ok_or_else(|| strange("it sent no ID token"))?;
        let claims = self
            .believed(peer, &client, registration, pending, id_token, now)
            .await?;
        let mut identity = Identity {
            issuer: self.0.issuer().to_string(),
            subject: claims.subject().to_string(),
            name: claims
                .name()
                .and_then(|name| name.get(None))
                .map(|name| name.to_string()),
            email: claims.email().map(|email| email.to_string()),
            is_email_proven: claims.email_verified() == Some(true),
        };
        if identity.email.is_none() || identity.name.is_none() {
            add_user_info(peer, &client, tokens.access_token(), &mut identity).await;
        }
        identity.checked()
    }

    /// The state, and whoever answers, before anything is sent.
    fn belongs(&self, pending: &Pending, answer: &Answer) -> Result<(), Trouble> {
        let is_ours: bool = pending.state.as_bytes().ct_eq(answer.state.as_bytes()).into();
        if !is_ours || pending.state.is_empty() {
            return Err(Trouble::OtherState);
        }
        let must_say = self.0.additional_metadata();
        let must_say = must_say.authorization_response_iss_parameter_supported == Some(true);
        if answer.iss.is_empty() && must_say
            || !answer.iss.is_empty() && answer.iss != self.0.issuer().as_str()
        {
            return Err(Trouble::Distrusted("another provider answered".into()));
        }
        if !answer.error.is_empty() {
            return Err(Trouble::Refused(words(&answer.error)));
        }
        if answer.code.is_empty() {
            return Err(strange("it sent no code"));
        }
        Ok(())
    }

    /// The claims of an ID token. Keys that the provider took into use since it was discovered are asked for once.
    async fn believed<'t>(
        &self,
        peer: &Peer,
        client: &Client,
        registration: &Registration,
        pending: &Pending,
        id_token: &'t CoreIdToken,
        now: DateTime<Utc>,
    ) -> Result<&'t CoreIdTokenClaims, Trouble> {
        let nonce = |found: Option<&Nonce>| is_nonce(found, pending, registration.manners);
        let verifier = strict(client.id_token_verifier(), now);
        let error = match id_token.claims(&verifier, nonce) {
            Ok(claims) => return Ok(claims),
            Err(error) => error,
        };
        let is_new_key = matches!(
            error,
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)
        );
        if !is_new_key {
            return Err(of_claims(error));
        }
        let keys = CoreJsonWebKeySet::fetch_async(self.0.jwks_uri(), peer)
            .await
            .map_err(of_discovery)?;
        let verifier = CoreIdTokenVerifier::new_public_client(
            ClientId::new(registration.client_id.clone()),
            self.0.issuer().clone(),
            keys,
        );
        id_token.claims(&strict(verifier, now), nonce).map_err(of_claims)
    }

    fn client(&self, registration: &Registration) -> Result<Client, Trouble> {
        let redirect = RedirectUrl::new(registration.redirect.clone())
            .map_err(|_| strange("the address to come back to is none"))?;
        let methods = self.0.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_none_or(|methods| methods.contains(&method));
        let in_body = registration.manners.secret_in_body
            || !takes(CoreClientAuthMethod::ClientSecretBasic)
                && takes(CoreClientAuthMethod::ClientSecretPost);
        let client = CoreClient::from_provider_metadata(
            self.0.clone(),
            ClientId::new(registration.client_id.clone()),
            Some(ClientSecret::new(registration.client_secret.to_string())),
        );
        let auth = if in_body {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        };
        Ok(client.set_redirect_uri(redirect).set_auth_type(auth))
    }
}

impl Identity {
    fn checked(mut self) -> Result<Self, Trouble> {
        if self.subject.is_empty() || self.subject.len() > LONGEST {
            return Err(strange("the profile has no name of a usual length"));
        }
        let fits = |text: &String| text.len() <= LONGEST && !text.chars().any(char::is_control);
        self.name = self.name.filter(fits);
        self.email = self.email.filter(fits);
        self.is_email_proven &= self.email.is_some();
        Ok(self)
    }
}

/// Only what is signed with a key pair, as of now.
fn strict(verifier: CoreIdTokenVerifier<'_>, now: DateTime<Utc>) -> CoreIdTokenVerifier<'_> {
    verifier.set_allowed_algs(SIGNED_BY).set_time_fn(move || now)
}

fn is_nonce(found: Option<&Nonce>, pending: &Pending, manners: Manners) -> Result<(), String> {
    match found {
        Some(nonce) if nonce.secret().as_bytes().ct_eq(pending.nonce.as_bytes()).into() => Ok(()),
        None if manners.no_nonce => Ok(()),
        Some(_) => Err("it belongs to another try".into()),
        None => Err("it does not say to which try it belongs".into()),
    }
}

/// Name and address, where the ID token has none. The profile is proven without them, so who does not get them does
/// without.
async fn add_user_info(peer: &Peer, client: &Client, token: &AccessToken, identity: &mut Identity) {
    let subject = SubjectIdentifier::new(identity.subject.clone());
    let Ok(request) = client.user_info(token.clone(), Some(subject)) else {
        return;
    };
    let info: Result<CoreUserInfoClaims, _> = request.request_async(peer).await;
    let Ok(info) = info else { return };
    if identity.name.is_none() {
        identity.name = info
            .name()
            .and_then(|name| name.get(None))
            .map(|name| name.to_string());
    }
    if identity.email.is_none() {
        identity.email = info.email().map(|email| email.to_string());
        identity.is_email_proven = info.email_verified() == Some(true);
    }
}

fn strange(why: &str) -> Trouble {
    Trouble::Strange(why.into())
}

fn of_discovery(error: DiscoveryError<Trouble>) -> Trouble {
    match error {
        DiscoveryError::Request(trouble) => trouble,
        DiscoveryError::Response(status, ..) => {
            Trouble::Strange(format!("its status is {}", status.as_u16()))
        }
        DiscoveryError::Parse(_) => strange("it does not describe itself as OpenID Connect providers do"),
        // What stands behind it is what the provider calls itself.
        DiscoveryError::Validation(why) => Trouble::Strange(words(&why)),
        _ => strange("its address cannot be read"),
    }
}

fn of_exchange<T>(error: RequestTokenError<Trouble, T>) -> Trouble
where
    T: openidconnect::ErrorResponse + fmt::Display + 'static,
{
    match error {
        RequestTokenError::Request(trouble) => trouble,
        RequestTokenError::ServerResponse(response) => Trouble::Refused(words(&response.to_string())),
        // The answer may hold a token, so nothing of it is said.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => strange("its tokens cannot be read"),
    }
}

fn of_claims(error: ClaimsVerificationError) -> Trouble {
    let why = match error {
        ClaimsVerificationError::Expired(_) => "its time is over".into(),
        ClaimsVerificationError::InvalidAudience(_) => "it is meant for somebody else".into(),
        ClaimsVerificationError::InvalidIssuer(_) => "another provider says it".into(),
        ClaimsVerificationError::InvalidNonce(why) => why,
        ClaimsVerificationError::SignatureVerification(_) => "its signature is not good".into(),
        _ => "it cannot be read".into(),
    };
    Trouble::Distrusted(why)
}

/// A provider's words, as far as they can be shown.
fn words(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    text.trim_end_matches('.').to_owned()
}
