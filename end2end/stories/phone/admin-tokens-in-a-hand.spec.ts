import { expect, test } from '../../world/test';
import { act, addPageToken, addSite, PAGE_TOKENS } from '../../world/page-tokens';
import { open, row, unique } from '../../world/pages';

test('a page token is added and changed on a phone, and nothing is wider than it', async ({ admin }) => {
  const address = `http://${unique('site').replace(' ', '-')}.test`;
  await addSite(admin, address);
  const url = `${address}/a/rather/long/path/to/the/annual/report?year=2026&parts=one%2Ctwo%2Cthree`;
  await addPageToken(admin, { url, groups: 'Editors,Batch' });
  await fits(admin);
  for (const path of [PAGE_TOKENS, `${PAGE_TOKENS}?tabs=none`, `${PAGE_TOKENS}?tab=sites`, `${PAGE_TOKENS}?tab=explain`, `${PAGE_TOKENS}/batch`]) {
    await open(admin, path);
    await fits(admin);
  }
  await open(admin, PAGE_TOKENS);
  await act(admin, url, 'Edit');
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Groups (separated by comma)').fill('Readers');
  await fits(admin);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(row(admin, url)).toContainText('Readers');
});

async function fits(page: import('@playwright/test').Page) {
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width, `${page.url()} fits`).toBeLessThanOrEqual(390);
}
