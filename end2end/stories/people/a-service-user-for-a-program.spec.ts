import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { open, row, unique } from '../../world/pages';

test('a service user is made, renamed, and chosen for an API token', async ({ admin }) => {
  const name = unique('Import');
  await open(admin, '/people');
  await admin.getByRole('button', { name: 'New service user' }).click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await expect(dialog.getByLabel('User type'), 'a program owns nothing unless it is meant to').not.toHaveValue('owner');
  await dialog.getByLabel('Owner').fill('nobody');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('Owner')).toHaveAttribute('aria-invalid', 'true');
  await findsNothing(admin, 'a new service user');
  await dialog.getByLabel('Owner').fill('');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  // New rows wait for whoever reads the list; a search finds it at once.
  await admin.getByLabel('Search people').fill(name);
  await expect(row(admin, name)).toContainText('service user of');

  await row(admin, name).getByRole('link', { name }).click();
  const renamed = unique('Export');
  await admin.getByLabel('Name').fill(renamed);
  await admin.getByRole('button', { name: 'Save' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: renamed })).toBeVisible();

  await open(admin, '/administrator/tokens');
  await admin.getByRole('button', { name: 'New API token' }).first().click();
  await dialog.getByLabel('Token Name').fill(renamed);
  await dialog.getByLabel('Select User').selectOption({ label: `${renamed} (service user)` });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('API Token', { exact: true })).toHaveValue(/^twa_/);
});
