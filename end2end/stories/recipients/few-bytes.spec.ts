import { expect, test } from '../../world/test';
import { claimByMail } from '../../world/campaigns';
import { linkIn } from '../../world/mail';
import { givenCollection, givenLiveCampaign, givenToken } from '../../world/given';
import { redeem, unique } from '../../world/pages';

/** Everything a recipient's page loads, unpacked. */
const MOST = 30_000;
/** The same of a claim and of a credential, without its picture. */
const MOST_OF_CLAIM = 40_000;

test('a recipient’s page weighs at most 30 kB in all, without Wasm', async ({ admin, visitor }) => {
  const collection = unique('House rules');
  await givenCollection(admin, collection);
  const { link } = await givenToken(admin, { name: unique('Everybody'), collection });

  await weighs(visitor, () => visitor.goto('/t'));
  await weighs(visitor, () => visitor.goto(link));
  await redeem(visitor, link, { name: 'Mere Kahu', email: `${unique('mere').replace(' ', '.')}@example.org` });
  await expect(visitor).toHaveURL(/\/my\//);
  await weighs(visitor, () => visitor.reload());
  await weighs(visitor, () => visitor.goto('/my'));
  await weighs(visitor, () => visitor.goto('/sign-in'));
});

test('a claim weighs at most 40 kB a page without the picture, and the credential does, too', async ({ admin, visitor, world }) => {
  const mails = world.server.mail;
  const zoe = `${unique('zoe').replace(' ', '.')}@bytes.test`;
  await givenLiveCampaign(admin, unique('Bytes'), { 'Zoë Müller': zoe });
  const link = linkIn(await mails.arrived(zoe), '/r/');

  await weighs(visitor, () => visitor.goto('/recipient-view'), MOST_OF_CLAIM);
  await weighs(visitor, () => visitor.goto(link), MOST_OF_CLAIM);
  const credential = await claimByMail(visitor, mails, zoe);
  await weighs(visitor, () => visitor.goto(credential), MOST_OF_CLAIM, credential);
  await weighs(visitor, () => visitor.goto('/verify'), MOST_OF_CLAIM);
});

async function weighs(page: import('@playwright/test').Page, go: () => Promise<unknown>, most = MOST, pictureOf?: string) {
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
  const isPicture = (url: string) => pictureOf !== undefined && /\.(png|svg)(\?|$)/.test(url) && url.includes(pictureOf);
  const sum = sizes.reduce((so_far, { url, bytes }) => so_far + (isPicture(url) ? 0 : bytes), 0);
  expect(sum, JSON.stringify(sizes)).toBeLessThanOrEqual(most);
}
