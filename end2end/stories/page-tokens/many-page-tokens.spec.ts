import { expect, test } from '../../world/test';
import { act, addPageToken, addSite, PAGE_TOKENS } from '../../world/page-tokens';
import { chip, filterBy, open, row, unique } from '../../world/pages';

test('tokens are found, ordered, deleted together and brought back', async ({ admin }) => {
  const address = `http://${unique('site').replace(' ', '-')}.test`;
  await addSite(admin, address);
  const urls = ['a', 'b', 'c'].map((name) => `${address}/${name}`);
  for (const url of urls) await addPageToken(admin, { url, note: 'Of three' });

  await open(admin, PAGE_TOKENS);
  await admin.getByLabel('Search page tokens').fill(address.replace('http://', ''));
  await expect(admin.locator('tbody').getByRole('row')).toHaveCount(3);
  await admin.getByRole('combobox', { name: 'Order' }).selectOption({ label: 'URL' });
  const shown = () => admin.locator('tbody').getByRole('row').allInnerTexts();
  await expect.poll(async () => (await shown()).map((text) => urls.findIndex((url) => text.includes(url)))).toEqual([0, 1, 2]);
  await expect(admin).toHaveURL(/order=name/);

  await admin.getByRole('checkbox', { name: `Choose ${urls[0]}` }).check();
  await admin.getByRole('checkbox', { name: `Choose ${urls[2]}` }).check();
  await expect(admin.getByText('2 chosen')).toBeVisible();
  await admin.locator('.chosen').getByRole('button', { name: 'Delete' }).click();
  await expect(admin.getByText('2 tokens were deleted. They open nothing now.')).toBeVisible();
  await expect(admin.locator('tbody').getByRole('row')).toHaveCount(1);
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect(row(admin, urls[0])).toBeVisible();
  await expect(row(admin, urls[2])).toBeVisible();
});

test('tokens are suspended together, and found by their site and state', async ({ admin }) => {
  const addresses = [1, 2].map(() => `http://${unique('site').replace(' ', '-')}.test`);
  for (const address of addresses) await addSite(admin, address);
  const urls = ['a', 'b'].map((name) => `${addresses[0]}/${name}`);
  for (const url of [...urls, `${addresses[1]}/c`]) await addPageToken(admin, { url });

  await open(admin, PAGE_TOKENS);
  await filterBy(admin, 'Site', addresses[0]);
  const rows = admin.locator('tbody').getByRole('row');
  await expect(rows).toHaveCount(2);
  for (const url of urls) await admin.getByRole('checkbox', { name: `Choose ${url}` }).check();
  await admin.locator('.chosen').getByRole('button', { name: 'Suspend' }).click();
  for (const url of urls) await expect(row(admin, url)).toContainText('Suspended');
  await act(admin, urls[0], 'Resume');
  await expect(row(admin, urls[0])).not.toContainText('Suspended');
  await filterBy(admin, 'State', 'Suspended');
  await expect(rows).toHaveCount(1);
  await expect(chip(admin, addresses[0])).toBeVisible();
  await expect(row(admin, urls[1])).toBeVisible();
  await chip(admin, 'Suspended').click();
  await expect(rows).toHaveCount(2);
  await filterBy(admin, 'Site', addresses[1]);
  await expect(rows).toHaveCount(1);
  await expect(row(admin, `${addresses[1]}/c`)).toBeVisible();
});

test('what does not fit is said where it was typed, and nothing of it is lost', async ({ admin }) => {
  const address = `http://${unique('site').replace(' ', '-')}.test`;
  await addSite(admin, address);
  await open(admin, `${PAGE_TOKENS}?tab=add`);
  const form = admin.getByRole('region', { name: 'Add new token' });
  await form.getByLabel('Full URL').fill(`${address}/a?b=%2c`);
  await expect(form.getByText(`Compared as ${address}/a?b=, on your site ${address}.`)).toBeVisible();
  await form.getByText('More: dates, assets, parameters, networks').click();
  await form.getByLabel('Networks').fill('nowhere');
  await form.getByLabel('Groups (separated by comma)').fill('Editors');
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(form.getByLabel('Networks')).toHaveAttribute('aria-invalid', 'true');
  await expect(form.getByLabel('Networks')).toBeVisible();
  await expect(form.getByLabel('Groups (separated by comma)')).toHaveValue('Editors');
});
