// What a story begins with, made as programs make it: over the API, with the session of whoever is signed in. How people make
// the same on their screens is told by the stories about that.
import { type Page, expect } from '@playwright/test';
import type { NewToken } from './pages';

/** The ids of collections that were given, by their titles, which no two share. */
const collections = new Map<string, string>();

/** A token that was given. */
export interface GivenToken {
  /** The path of its page. */
  path: string;
  /** The link of a single token; a multi token has none of its own. */
  link: string;
}

/** A published collection with one link in it. Answers with the path of its page. */
export async function givenCollection(page: Page, title: string): Promise<string> {
  const { id } = await call<{ id: string }>(page, 'POST', 'collections', { title });
  await call(page, 'POST', `collections/${id}/items`, { type: 'link', title: 'Read this first', url: 'https://example.org/first' });
  await call(page, 'PATCH', `collections/${id}`, { state: 'published' });
  collections.set(title, id);
  return `/collections/${id}`;
}

/** A token for a collection that was given. */
export async function givenToken(page: Page, token: NewToken): Promise<GivenToken> {
  const collection = collections.get(token.collection);
  if (!collection) throw new Error(`The collection ${token.collection} was not given.`);
  const isMulti = token.type === 'Multi Token';
  const { id } = await call<{ id: string }>(page, 'POST', 'access-tokens', {
    name: token.name,
    type: isMulti ? 'multi' : 'single',
    collection_id: collection,
    usage_limit: token.limit,
    number_of_tokens: token.count,
    expires_on: token.expires,
  });
  const { link } = isMulti ? { link: '' } : await call<{ link: string }>(page, 'POST', `access-tokens/${id}/share`);
  return { path: `/tokens/${id}`, link };
}

/** The draft of a campaign. Answers with the path of its page. */
export async function givenCampaign(page: Page, title: string): Promise<string> {
  const { id } = await call<{ id: string }>(page, 'POST', 'campaigns', {
    type: 'certificate',
    title,
    description: 'Knows what to do when something burns.',
    criteria: 'Passed the test.',
  });
  return `/campaigns/${id}`;
}

/** A campaign that is live, and its recipients: names with their addresses. Answers with the path of its page. */
export async function givenLiveCampaign(page: Page, title: string, recipients: Record<string, string>): Promise<string> {
  const path = await givenCampaign(page, title);
  const campaign = path.slice(1);
  await call(page, 'POST', `${campaign}/start`);
  const added = Object.entries(recipients).map(([name, email]) => ({ name, email }));
  if (added.length) await call(page, 'POST', `${campaign}/recipients`, { recipients: added });
  return path;
}

async function call<Answer>(page: Page, method: 'POST' | 'PATCH', path: string, data?: object): Promise<Answer> {
  const answer = await page.request.fetch(`/api/v1/${path}`, { method, data, headers: { 'sec-fetch-site': 'same-origin' } });
  expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return (await answer.json()) as Answer;
}
