import { expect, test } from '../../world/test';
import { createToken, linkOf, publishCollection, redeem, unique } from '../../world/pages';

/** Everything a recipient's page loads, unpacked. */
const MOST = 30_000;

test('a recipient’s page weighs at most 30 kB in all, without Wasm', async ({ admin, visitor }) => {
  const collection = unique('House rules');
  await publishCollection(admin, collection);
  const name = unique('Everybody');
  await createToken(admin, { name, collection });
  const link = await linkOf(admin, name);

  await weighs(visitor, () => visitor.goto('/t'));
  await weighs(visitor, () => visitor.goto(link));
  await redeem(visitor, link, { name: 'Mere Kahu', email: `${unique('mere').replace(' ', '.')}@example.org` });
  await expect(visitor).toHaveURL(/\/my\//);
  await weighs(visitor, () => visitor.reload());
  await weighs(visitor, () => visitor.goto('/my'));
  await weighs(visitor, () => visitor.goto('/sign-in'));
});

async function weighs(page: import('@playwright/test').Page, go: () => Promise<unknown>) {
  const loaded: { url: string; bytes: Promise<number> }[] = [];
  const hear = (response: import('@playwright/test').Response) => {
    const bytes = response.body().then((body) => body.length, () => 0);
    loaded.push({ url: response.url(), bytes });
  };
  page.on('response', hear);
  await go();
  await page.waitForLoadState('load');
  page.off('response', hear);
  const sizes = await Promise.all(loaded.map(async ({ url, bytes }) => ({ url, bytes: await bytes })));
  expect(sizes.filter(({ url }) => /\.(wasm|js)(\?|$)/.test(url))).toEqual([]);
  const sum = sizes.reduce((so_far, { bytes }) => so_far + bytes, 0);
  expect(sum, JSON.stringify(sizes)).toBeLessThanOrEqual(MOST);
}
