import { findsNothing } from '../../world/axe';
import { expect, test } from '../../world/test';
import { GuardedSite } from '../../world/guarded';
import { addForm, addPageToken, addSite, fillInPageToken, PAGE_TOKENS } from '../../world/page-tokens';
import { cell, open } from '../../world/pages';

test('a link that asks first is opened by a press of its button, and a refusal reads well', async ({ admin, another, world }) => {
  const site = await GuardedSite.start(world.server.url);
  await addSite(admin, site.address);
  const url = `${site.address}/shop/asked`;
  await open(admin, `${PAGE_TOKENS}?tab=add`);
  const form = await fillInPageToken(admin, { url, hits: '1', opens: 'This URL with its assets' });
  await form.getByLabel('Ask before a hit is spent').check();
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(form.getByRole('heading', { name: 'The token was added' })).toBeVisible();
  const link = await form.getByLabel('Link', { exact: true }).inputValue();

  const reader = await another();
  await reader.goto(link);
  await expect(reader.getByRole('heading', { name: 'Open this page?' })).toBeVisible();
  await findsNothing(reader, 'the page that asks first');
  await open(admin, PAGE_TOKENS);
  await expect(await cell(admin, url, 'Hits left'), 'looking costs nothing').toHaveText('1');
  await reader.getByRole('button', { name: 'Open the page' }).focus();
  await reader.keyboard.press('Enter');
  await expect(reader.getByRole('heading', { name: 'The annual report' })).toBeVisible();
  expect(reader.url()).toBe(url);
  await reader.reload();
  await expect(reader.getByRole('heading', { name: 'The annual report' })).toBeVisible();

  const stranger = await another();
  await stranger.goto(link);
  await expect(stranger.getByRole('heading', { name: 'Token Error: Your access to this page has expired' })).toBeVisible();
  await findsNothing(stranger, 'the refusal');
  await site.stop();
});

test('a browser that keeps no cookies is told so, and sees the page with its link once more', async ({ admin, another, world }) => {
  const site = await GuardedSite.start(world.server.url);
  site.keepsCookies = false;
  await addSite(admin, site.address);
  const url = `${site.address}/shop/plain`;
  const link = await addPageToken(admin, { url, hits: '3' });
  const reader = await another();
  await reader.goto(link);
  await expect(reader.getByRole('heading', { name: 'This page needs a cookie' })).toBeVisible();
  await findsNothing(reader, 'the page that needs a cookie');
  expect(reader.url()).toBe(url);
  // Its pictures need the cookie, too: what counts is the page.
  await reader.route('**/*.svg', (route) => route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }));
  await reader.goto(link);
  await expect(reader.getByRole('heading', { name: 'The annual report' })).toBeVisible();
  await open(admin, PAGE_TOKENS);
  await expect(await cell(admin, url, 'Hits left'), 'one hit for both').toHaveText('2');
  await site.stop();
});

test('what is handed out is copied by its buttons', async ({ admin, world }) => {
  const site = await GuardedSite.start(world.server.url);
  await addSite(admin, site.address);
  await admin.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const link = await addPageToken(admin, { url: `${site.address}/export?separator=%2C&fields[]=2` });
  const form = addForm(admin);
  const copied = () => admin.evaluate(() => navigator.clipboard.readText());
  for (const [button, field] of [['Copy link', 'Link'], ['Copy command', 'Command line'], ['Copy line', 'Line of a crontab']]) {
    await form.getByRole('button', { name: button }).click();
    await expect.poll(copied).toBe(await form.getByLabel(field, { exact: true }).inputValue());
  }
  expect(await copied()).toContain('\\%2C');
  expect(link).toContain('%2C');
  await site.stop();
});
