// A page that waits for a value in the middle of its answer can stop there for ever when many ask at
// once. So every rendered route is asked a thousand times, twenty at a time.
import { Agent, request as ask } from 'node:http';
import type { BrowserContext } from '@playwright/test';
import { expect, test } from '../world/test';
import { givenCollection, givenToken } from '../world/given';
import { open, redeem, unique } from '../world/pages';

const TIMES = 1_000;
const AT_ONCE = 20;

test.skip(process.env.E2E_DATABASE === 'postgres', 'pages are rendered alike on both engines');
test.setTimeout(600_000);

test('a thousand answers of each page, and none that ends early', async ({ admin, visitor, world }) => {
  const collection = unique('Onboarding');
  const collectionPath = await givenCollection(admin, collection);
  const { link, path: tokenPath } = await givenToken(admin, { name: unique('Spring intake'), collection });
  const { path: codesPath } = await givenToken(admin, { name: unique('Partner pilot'), type: 'Multi Token', count: 60, collection });
  await redeem(visitor, link, { name: 'Mere Kahu', email: `${unique('mere').replace(' ', '.')}@example.org` });
  await expect(visitor).toHaveURL(/\/my\//);
  const own = new URL(visitor.url()).pathname;
  await open(admin, '/people');
  const reportPath = await admin.getByRole('link', { name: 'Mere Kahu' }).first().getAttribute('href');

  const { items } = (await (await admin.request.get(`/api/v1${collectionPath}`)).json()) as { items: { id: string }[] };
  const item = items[0].id;
  const made = await admin.request.post('/api/v1/api-tokens', { data: { name: unique('Import') }, headers: { 'sec-fetch-site': 'same-origin' } });
  const { id: apiToken } = (await made.json()) as { id: string };
  const fresh = (await givenToken(admin, { name: unique('Autumn intake'), collection })).link;
  await visitor.goto(fresh);
  const card = new URL(visitor.url()).pathname;

  const asAdmin = [
    ...['/tokens', '/tokens?list=expired', '/tokens?list=expired&q=spring&order=-uses', tokenPath, codesPath],
    ...['/collections', collectionPath, `${collectionPath}/preview`, `${collectionPath}/preview/${item}`],
    ...['/people', reportPath, '/organisation', '/organisation/departments', '/organisation/user-types', '/account'],
    ...['/administrator/tokens?order=-last-used&may=people:read', `/administrator/tokens/${apiToken}`, '/administrator/tokens/explain'],
  ];
  const asRecipient = [card, '/my', own, `${own}/${item}`];
  const asStranger = ['/sign-in', '/t', '/t/nonsense', '/my/sign-in'];
  const adminCookies = await cookies(admin.context());
  const recipientCookies = await cookies(visitor.context());
  const short: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const routes: [string | null, string][] = [
    ...asAdmin.map((path): [string | null, string] => [path, adminCookies]),
    ...asRecipient.map((path): [string | null, string] => [path, recipientCookies]),
    ...asStranger.map((path): [string | null, string] => [path, '']),
  ];
  for (const [path, cookie] of routes) {
    expect(path, 'a path from the page').toBeTruthy();
    const url = new URL(path ?? '', world.server.url);
    const begun = Date.now();
    short.push(...(await storm(agent, url, cookie)));
    test.info().annotations.push({ type: String(path), description: `${Math.round((TIMES * 1000) / (Date.now() - begun))} a second` });
  }
  agent.destroy();
  expect(short).toEqual([]);
});

async function cookies(context: BrowserContext): Promise<string> {
  return (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Asks `TIMES` times, `AT_ONCE` at once, and tells of answers that are not whole pages. */
async function storm(agent: Agent, url: URL, cookie: string): Promise<string[]> {
  const wrong: string[] = [];
  let left = TIMES;
  const asker = async () => {
    while (left > 0) {
      left -= 1;
      const problem = await once(agent, url, cookie);
      if (problem) wrong.push(`${url.pathname}${url.search}: ${problem}`);
      if (wrong.length > 5) return;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, asker));
  return wrong;
}

function once(agent: Agent, url: URL, cookie: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = ask(url, { agent, headers: { cookie, accept: 'text/html' } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => (text += piece));
      answer.on('end', () => {
        const status = answer.statusCode ?? 0;
        if (status !== 200 && status !== 404 && status !== 429) resolve(`status ${status}`);
        else resolve(isWhole(text.trimEnd()) ? undefined : `ends with ${text.slice(-60)}`);
      });
      answer.on('error', (error) => resolve(error.message));
    });
    sent.setTimeout(20_000, () => sent.destroy(new Error('no answer within 20 seconds')));
    sent.on('error', (error) => resolve(error.message));
    sent.end();
  });
}

/** A plain page ends with its last tag; an admin's page with what it tells the browser last: that nothing is left out. */
function isWhole(text: string): boolean {
  return text.endsWith('</html>') || (text.includes('</html>') && text.endsWith('__INCOMPLETE_CHUNKS=[];</script>'));
}
