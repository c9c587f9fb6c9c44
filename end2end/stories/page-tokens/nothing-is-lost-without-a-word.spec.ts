import { expect, test } from '../../world/test';
import { act, addPageToken, addSite, PAGE_TOKENS } from '../../world/page-tokens';
import { cell, open, row, unique } from '../../world/pages';

test('two who edit one token are told of each other', async ({ admin }) => {
  const address = `http://${unique('site').replace(' ', '-')}.test`;
  await addSite(admin, address);
  const url = `${address}/page`;
  await addPageToken(admin, { url, hits: '5' });
  const other = await admin.context().newPage();
  for (const page of [admin, other]) {
    await open(page, PAGE_TOKENS);
    await act(page, url, 'Edit');
  }
  const [mine, theirs] = [other.getByRole('dialog'), admin.getByRole('dialog')];
  await theirs.getByLabel('Maximum number of hits (-1 for unlimited)').fill('9');
  await theirs.getByRole('button', { name: 'Save' }).click();
  await expect(theirs).toBeHidden();

  await mine.getByLabel('Maximum number of hits (-1 for unlimited)').fill('3');
  await mine.getByLabel('Note').fill('Nightly');
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine.getByText('Somebody else changed this to “9”')).toBeVisible();
  await expect(mine.getByLabel('Note'), 'nothing typed is lost').toHaveValue('Nightly');
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine).toBeHidden();
  await expect(await cell(other, url, 'Hits left')).toHaveText('3');
  await other.close();
});

test('two who edit one site are told of each other', async ({ admin }) => {
  const address = `http://${unique('site').replace(' ', '-')}.test`;
  await addSite(admin, address);
  const other = await admin.context().newPage();
  for (const page of [admin, other]) {
    await open(page, `${PAGE_TOKENS}?tab=sites`);
    const card = page.getByRole('listitem').filter({ hasText: address });
    await card.getByRole('button', { name: 'Edit' }).click();
  }
  const [mine, theirs] = [other.getByRole('dialog'), admin.getByRole('dialog')];
  await theirs.getByLabel('Groups that exist').fill('Editors');
  await theirs.getByLabel('Folders with assets of every page').fill('/static/');
  await theirs.getByRole('button', { name: 'Save' }).click();
  await expect(theirs).toBeHidden();

  await mine.getByLabel('Groups that exist').fill('Batch');
  await mine.getByLabel('Name of the parameter').fill('key');
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine.getByText('Somebody else changed this to “Editors”')).toBeVisible();
  await expect(mine.getByLabel('Groups that exist')).toBeFocused();
  await expect(mine.getByLabel('Name of the parameter'), 'nothing typed is lost').toHaveValue('key');
  await expect(mine.getByLabel('Folders with assets of every page'), 'as the other one left it').toHaveValue('/static/');
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine).toBeHidden();
  await expect(other.getByRole('listitem').filter({ hasText: address })).toContainText('Groups: Batch.');
  await other.close();
});

test('what cannot be taken back is asked for, and a copy is made on Add', async ({ admin }) => {
  const address = `http://${unique('site').replace(' ', '-')}.test`;
  await addSite(admin, address);
  const url = `${address}/page`;
  await addPageToken(admin, { url });
  await open(admin, PAGE_TOKENS);
  const dialog = admin.getByRole('dialog');
  const count = admin.locator('tbody').getByRole('row').filter({ hasText: url });

  await act(admin, url, 'Duplicate');
  await expect(dialog.getByRole('heading', { name: 'Duplicate the token' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await expect(count, 'nothing was made').toHaveCount(1);

  await act(admin, url, 'Revoke');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await expect(row(admin, url)).toBeVisible();
  await act(admin, url, 'Revoke');
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await expect(admin.getByText('The token was revoked. It opens nothing any more.')).toBeVisible();

  await open(admin, `${PAGE_TOKENS}?tab=sites`);
  const site = admin.getByRole('listitem').filter({ hasText: address });
  await site.getByRole('button', { name: 'New secret' }).click();
  await expect(dialog.getByLabel('Hours for which the old secret stays good')).toHaveValue('24');
  await dialog.getByRole('button', { name: 'Make a new secret' }).click();
  await expect(dialog.getByRole('heading', { name: "The site's secret" })).toBeVisible();
});

test('an answer stands beside the question that it is for, and beside no other', async ({ admin }) => {
  await open(admin, `${PAGE_TOKENS}?tab=explain`);
  const url = admin.getByLabel('URL with its token');
  await url.fill(`http://${unique('site').replace(' ', '-')}.test/page`);
  await admin.getByRole('button', { name: 'Explain' }).click();
  await expect(admin.getByText('It is refused: site')).toBeVisible();
  await url.fill('page');
  await admin.getByRole('button', { name: 'Explain' }).click();
  await expect(admin.getByText('Paste the full URL with its token, beginning with http:// or https://.')).toBeVisible();
  await expect(admin.getByText('It is refused: site')).toBeHidden();
});

test('without tabs the page begins at its top', async ({ admin }) => {
  await open(admin, `${PAGE_TOKENS}?tabs=none`);
  await expect(admin.getByLabel('Full URL')).toBeAttached();
  expect(await admin.evaluate(() => window.scrollY)).toBe(0);
});
