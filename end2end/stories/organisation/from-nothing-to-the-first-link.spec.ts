// What a brand new organisation sees, and the way from there to the first link that is handed out.
import { findsNothing } from '../../world/axe';
import { Server } from '../../world/server';
import { expect, fillInSetUp, test } from '../../world/test';
import { addLink, hydrated } from '../../world/pages';

test('four steps lead to the first link', async ({ another }) => {
  const server = await Server.start();
  const page = await another();
  try {
    await page.goto(`${server.url}/setup`);
    await fillInSetUp(page);
    await page.waitForURL(/\/tokens/);
    await hydrated(page);
    await expect(page.getByRole('heading', { name: 'Four steps to the first link' })).toBeVisible();
    const now = page.locator('[aria-current="step"]');
    await expect(now).toContainText('Start a collection');
    await findsNothing(page, 'the first steps');

    await now.getByRole('link', { name: 'Go to the collections' }).click();
    await page.getByRole('button', { name: 'Start the first one' }).click();
    await page.getByLabel('Title').fill('Onboarding');
    await page.getByRole('button', { name: 'Create collection' }).click();
    await page.waitForURL(/\/collections\/[0-9a-f-]+/);
    const collection = page.url();

    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Tokens', exact: true }).click();
    await expect(now).toContainText('Publish it');
    await expect(page.locator('.first-steps .done')).toHaveCount(1);
    await now.getByRole('link', { name: 'Open the draft' }).click();
    await expect(page).toHaveURL(collection);
    await addLink(page, 'Read this first', 'https://example.org/first');
    await page.getByRole('button', { name: 'Publish' }).click();
    await expect(page.getByText('Published', { exact: true }).first()).toBeVisible();

    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Tokens', exact: true }).click();
    await expect(now).toContainText('Make a token');
    await now.getByRole('button', { name: 'Make the first one' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('Everybody');
    await dialog.getByRole('button', { name: 'Create Token', exact: true }).click();
    const shared = page.getByRole('dialog', { name: 'Share Everybody' });
    await expect(shared.getByRole('button', { name: 'Copy link' })).toBeFocused();
    await expect(shared.getByText('Whoever has the link can use it.')).toBeVisible();
  } finally {
    // First, so that its stream of events is not cut off.
    await page.close();
    await server.stop();
  }
});

test('without scripts a page can be read, and says what it needs', async ({ browser, world, baseURL }) => {
  const context = await browser.newContext({ baseURL, javaScriptEnabled: false, storageState: world.signedIn });
  const page = await context.newPage();
  await page.goto('/tokens');
  await expect(page.getByRole('heading', { level: 1, name: 'Token Manager' })).toBeVisible();
  // A browser that is only told to run none does not show what stands in <noscript>, so what is sent is looked at.
  const sent = await (await page.request.get('/tokens')).text();
  expect(sent).toMatch(/<noscript><p class="notice no-scripts">JavaScript is switched off in this browser\./);
  await page.getByRole('link', { name: 'People', exact: true }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'People' })).toBeVisible();
  await context.close();
});
