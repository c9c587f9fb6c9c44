// A provider of OpenID Connect: npm `oidc-provider`, which is certified. It listens on a port of its own, says where,
// and ends with its standard input. Whoever names an account has it.
import { createServer } from 'node:http';
import Provider, { interactionPolicy } from 'oidc-provider';

const redirect = process.env.REDIRECT;
if (!redirect) throw new Error('REDIRECT says where browsers are sent back to');

const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'tokenwright',
      client_secret: 'a secret of the judge, with + and % in it',
      redirect_uris: [redirect],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    pkce: { required: () => true },
    cookies: { keys: ['judge'] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false } },
    interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `Account ${id}`, email: `${id}@school.example`, email_verified: true }),
    }),
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    return interact(provider, request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  console.log(`listening at ${issuer}`);
});

// Asks which account it shall be, and takes that for signing in and for consent.
async function interact(provider, request, response) {
  const { prompt } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') return response.end(`<form method="post">${prompt.name}</form>`);
  let body = '';
  for await (const piece of request) body += piece;
  const accountId = new URLSearchParams(body).get('account');
  const grant = new provider.Grant({ accountId, clientId: 'tokenwright' });
  grant.addOIDCScope('openid profile email');
  const result = { select_account: {}, login: { accountId }, consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

// Whoever started this reads no further than the line that says where it listens.
process.stdout.on('error', () => {});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
