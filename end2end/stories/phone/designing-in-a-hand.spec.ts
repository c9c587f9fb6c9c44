import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { open, unique } from '../../world/pages';

test('on a phone the panel stands below the page, and everything is in reach', async ({ admin }) => {
  await open(admin, '/campaigns');
  await admin.getByRole('button', { name: 'New campaign' }).first().click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Title').fill(unique('In a hand'));
  await dialog.getByLabel('Description').fill('Knows knots.');
  await dialog.getByLabel('Criteria').fill('Tied one.');
  await dialog.getByRole('button', { name: 'Create' }).click();
  const page = admin.getByRole('application', { name: 'Design' });
  await expect(page).toBeVisible();

  await admin.getByRole('button', { name: 'Add text' }).click();
  const panel = admin.getByRole('region', { name: 'What is chosen' });
  const [above, below] = [await page.boundingBox(), await panel.boundingBox()];
  expect(above && below && below.y >= above.y + above.height, 'the panel stands below').toBeTruthy();
  await admin.getByLabel('Text', { exact: true }).fill('By thumb');
  await expect(admin.getByRole('button', { name: 'By thumb', exact: true })).toBeVisible();
  expect(await admin.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing hangs over the edge').toBe(true);
  await findsNothing(admin, 'the designer on a phone');
});
