import { expect, test } from '../../world/test';
import { GuardedSite, PICTURES } from '../../world/guarded';
import { act, addPageToken, addSite, PAGE_TOKENS } from '../../world/page-tokens';
import { cell, open, row, unique } from '../../world/pages';

const REFUSAL = 'Token Error: Your access to this page has expired';

test('a link is handed out, opened through the gate, changed while it lives, and explained when it is over', async ({ admin, another, world }) => {
  const site = await GuardedSite.start(world.server.url);
  await addSite(admin, site.address);
  const url = `${site.address}/shop/report?year=2026&parts=a%2Cb`;
  const link = await addPageToken(admin, { url, hits: '3', groups: 'Editors, Batch', opens: 'This URL with its assets', note: unique('Board') });
  expect(link).toMatch(new RegExp(`^${url.replace(/[?]/g, '\\?')}&TOKEN=twp_\\w+$`));
  await open(admin, PAGE_TOKENS);
  await expect(await cell(admin, url, 'Hits left')).toHaveText('3');

  // Somebody without the link reads that it is over, and learns nothing else.
  const stranger = await another();
  const refused = await stranger.goto(url);
  expect(refused?.status()).toBe(403);
  await expect(stranger.getByRole('heading', { name: REFUSAL })).toBeVisible();

  // The address loses the token, and forty pictures load with one hit, which the admin sees at once.
  const reader = await another();
  await reader.goto(link);
  await expect(reader.getByRole('heading', { name: 'The annual report' })).toBeVisible();
  await expect(reader.getByText('Groups: Editors,Batch')).toBeVisible();
  expect(reader.url()).toBe(url);
  const loaded = () => reader.locator('img').evaluateAll((pictures) => pictures.filter((picture) => (picture as HTMLImageElement).naturalWidth > 0).length);
  await expect.poll(loaded).toBe(PICTURES);
  await expect(await cell(admin, url, 'Hits left')).toHaveText('2');
  await reader.reload();
  await expect.poll(loaded).toBe(PICTURES);
  expect(site.served.filter((path) => path === '/shop/report')).toHaveLength(2);
  await expect(await cell(admin, url, 'Hits left')).toHaveText('2');
  await open(admin, PAGE_TOKENS);
  await expect(await cell(admin, url, 'Hits left'), 'and it is so').toHaveText('2');

  // Its groups are changed while it lives: the link stays, and the next request is somebody else's.
  await act(admin, url, 'Edit');
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Groups (separated by comma)').fill('Readers');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(row(admin, url)).toContainText('Readers');
  await reader.reload();
  await expect(reader.getByText('Groups: Readers')).toBeVisible();

  // It ends: the next request is refused, it stands among the expired ones, and why is explained.
  await act(admin, url, 'Edit');
  await dialog.getByLabel('Timeout in seconds (-1 for unlimited)').fill('1');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  // Its second has to be over: a page that is loaded just before would ask for its pictures just after.
  await reader.waitForTimeout(1_200);
  await expect(async () => {
    await reader.goto(url);
    await expect(reader.getByRole('heading', { name: REFUSAL })).toBeVisible({ timeout: 500 });
  }).toPass();
  await open(admin, `${PAGE_TOKENS}?tab=explain`);
  await admin.getByLabel('URL with its token').fill(link);
  await admin.getByRole('button', { name: 'Explain' }).click();
  await expect(admin.getByText('It is refused: expired')).toBeVisible();
  await admin.getByLabel('URL with its token').fill(link.replace('year=2026', 'year=2025'));
  await admin.getByRole('button', { name: 'Explain' }).click();
  await expect(admin.getByText('It is refused: expired')).toBeVisible();
  await open(admin, PAGE_TOKENS);
  await admin.getByRole('button', { name: 'Show expired tokens' }).click();
  await expect(row(admin, url)).toContainText('Expired');
  await site.stop();
});

test('the last hit ends a link, and what is rotated stays good for its grace', async ({ admin, world }) => {
  const site = await GuardedSite.start(world.server.url);
  await addSite(admin, site.address);
  const url = `${site.address}/${unique('batch').replace(' ', '-')}`;
  const link = await addPageToken(admin, { url, hits: '2', timeout: '-1' });
  const status = async (address: string) => (await fetch(address, { redirect: 'manual' })).status;
  expect(await status(url)).toBe(403);
  expect(await status(link)).toBe(200);

  await open(admin, PAGE_TOKENS);
  await act(admin, url, 'Rotate');
  const dialog = admin.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make a new link' }).click();
  const rotated = await dialog.getByLabel('Link', { exact: true }).inputValue();
  expect(rotated).not.toBe(link);
  await admin.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  expect(await status(link), 'the old link, in its grace').toBe(200);
  expect(await status(rotated), 'their hits count together').toBe(403);
  await open(admin, `${PAGE_TOKENS}?list=expired`);
  await expect(await cell(admin, url, 'Hits left')).toHaveText('0');

  await act(admin, url, 'History');
  await expect(dialog.getByText('Used', { exact: false }).first()).toBeVisible();
  await admin.keyboard.press('Escape');
  await site.stop();
});
