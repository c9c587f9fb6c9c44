// A mobile app as its authors would write it with npm `oauth4webapi`, a certified client: discovery, the code flow with
// PKCE, a refresh, introspection by a program, and revocation. It prints the address that a person opens, reads the one
// that they are called back at, and says what it found as a line of JSON. Any answer that is not as the standards say
// throws.
import { createInterface } from 'node:readline';
import * as oauth from 'oauth4webapi';

const { ISSUER, CLIENT_ID, REDIRECT, PROGRAM } = process.env;
if (!ISSUER || !CLIENT_ID || !REDIRECT || !PROGRAM) throw new Error('ISSUER, CLIENT_ID, REDIRECT and PROGRAM say what to do');
const here = { [oauth.allowInsecureRequests]: true };

const issuer = new URL(ISSUER);
const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...here });
const server = await oauth.processDiscoveryResponse(issuer, found);
const client = { client_id: CLIENT_ID };

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const address = new URL(server.authorization_endpoint);
address.search = new URLSearchParams({
  response_type: 'code',
  client_id: CLIENT_ID,
  redirect_uri: REDIRECT,
  scope: 'tokens:read',
  state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
}).toString();
console.log(`open ${address}`);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const calledBack = new URL((await lines.next()).value);
const allowed = oauth.validateAuthResponse(server, client, calledBack, state);
const codeAnswer = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), allowed, REDIRECT, verifier, here);
const first = await oauth.processAuthorizationCodeResponse(server, client, codeAnswer);

const refreshAnswer = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), first.refresh_token, here);
const second = await oauth.processRefreshTokenResponse(server, client, refreshAnswer);

const myself = async (token) => {
  const url = new URL('/api/v1/tokens/self', ISSUER);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: await answer.json() };
};
const during = await myself(second.access_token);

// Only a program of the organisation may ask about a token.
const program = (_server, _client, _body, headers) => headers.set('authorization', `Bearer ${PROGRAM}`);
const introspect = async (token) => {
  const answer = await oauth.introspectionRequest(server, client, program, token, here);
  return oauth.processIntrospectionResponse(server, client, answer);
};
const live = await introspect(second.access_token);

const revoked = await oauth.revocationRequest(server, client, oauth.None(), second.refresh_token, here);
await oauth.processRevocationResponse(revoked);
const unknown = await oauth.revocationRequest(server, client, oauth.None(), 'twr_nobody_has_this', here);
await oauth.processRevocationResponse(unknown);
const after = await myself(second.access_token);
const dead = await introspect(second.access_token);
let refusal = 'none';
try {
  const answer = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), second.refresh_token, here);
  await oauth.processRefreshTokenResponse(server, client, answer);
} catch (error) {
  if (!(error instanceof oauth.ResponseBodyError)) throw error;
  refusal = error.error;
}
console.log(JSON.stringify({
  rotated: first.refresh_token !== second.refresh_token,
  scope: second.scope,
  during: { status: during.status, permissions: during.body.permissions },
  live: { active: live.active, client_id: live.client_id, scope: live.scope },
  after: after.status,
  dead,
  refusal,
}));
process.exit(0);
