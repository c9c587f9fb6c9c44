// Admin Tokens by keys alone, and under axe.
import { JUDGES_SCREENS, findsNothing } from '../../world/axe';
import { expect, test } from '../../world/test';
import { act, addForm, addPageToken, addSite, PAGE_TOKENS } from '../../world/page-tokens';
import { open, row, unique } from '../../world/pages';

test.setTimeout(180_000);

test('a token is added and its link copied without a pointer', async ({ admin }) => {
  const address = `http://${unique('site').replace(' ', '-')}.test`;
  await addSite(admin, address);
  await open(admin, `${PAGE_TOKENS}?tab=add`);
  const form = addForm(admin);
  const url = form.getByLabel('Full URL');
  await url.focus();
  await admin.keyboard.type(`${address}/keys`);
  for (const field of ['Timeout in seconds (-1 for unlimited)', 'Maximum number of hits (-1 for unlimited)', 'Groups (separated by comma)']) {
    await admin.keyboard.press('Tab');
    await expect(form.getByLabel(field)).toBeFocused();
  }
  await admin.keyboard.type('Editors');
  await admin.keyboard.press('Enter');
  await expect(form.getByRole('heading', { name: 'The token was added' })).toBeVisible();
  await expect(form.getByLabel('Link', { exact: true })).toHaveValue(new RegExp(`^${address}/keys\\?TOKEN=twp_`));
  await open(admin, PAGE_TOKENS);
  await admin.keyboard.press('/');
  await expect(admin.getByLabel('Search page tokens')).toBeFocused();
  await admin.keyboard.type(address.replace('http://', ''));
  await expect(admin.locator('tbody').getByRole('row')).toHaveCount(1);
});

test('its screens', async ({ admin }) => {
  test.skip(!JUDGES_SCREENS, 'screens are judged on one engine');
  const address = `http://${unique('site').replace(' ', '-')}.test`;
  await addSite(admin, address);
  const url = `${address}/axe`;
  await addPageToken(admin, { url, note: 'Under axe' });
  await findsNothing(admin, 'a token that was added');
  for (const path of [PAGE_TOKENS, `${PAGE_TOKENS}?tabs=none`, `${PAGE_TOKENS}?tab=add`, `${PAGE_TOKENS}?tab=sites`, `${PAGE_TOKENS}?tab=explain`, `${PAGE_TOKENS}?list=expired`, `${PAGE_TOKENS}/batch`]) {
    await open(admin, path);
    await findsNothing(admin, path);
  }
  await open(admin, PAGE_TOKENS);
  for (const action of ['Edit', 'Show the link', 'Rotate', 'History']) {
    await act(admin, url, action);
    await expect(admin.getByRole('dialog')).toBeVisible();
    await findsNothing(admin, action);
    await admin.keyboard.press('Escape');
    await expect(admin.getByRole('dialog')).toBeHidden();
  }
  await expect(row(admin, url)).toBeVisible();
  await open(admin, `${PAGE_TOKENS}?tab=sites`);
  const site = admin.getByRole('listitem').filter({ hasText: address });
  for (const action of ['Edit', 'New secret', 'Remove']) {
    await site.getByRole('button', { name: action }).click();
    await expect(admin.getByRole('dialog')).toBeVisible();
    await findsNothing(admin, `${action} a site`);
    await admin.keyboard.press('Escape');
    await expect(admin.getByRole('dialog')).toBeHidden();
  }
});

test('without tabs everything stands below each other', async ({ admin }) => {
  await open(admin, PAGE_TOKENS);
  await expect(admin.getByRole('heading', { name: 'Add new token' })).toBeHidden();
  await admin.getByRole('link', { name: 'No Tabs' }).click();
  for (const heading of ['List tokens', 'Add new token', 'Sites', 'Why was this refused?']) {
    await expect(admin.getByRole('heading', { name: heading, exact: true })).toBeVisible();
  }
  await admin.getByRole('link', { name: 'Tabs', exact: true }).click();
  await expect(admin.getByRole('heading', { name: 'Add new token' })).toBeHidden();
});
