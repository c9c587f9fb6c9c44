import { expect, test } from '../../world/test';
import { open, unique } from '../../world/pages';

test('two who edit one API token keep what each changed, and are told of what both did', async ({ admin }) => {
  const name = unique('Nightly import');
  await open(admin, '/administrator/tokens');
  await admin.getByRole('button', { name: 'New API token' }).first().click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Token Name').fill(name);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('link', { name: 'Go to the token' }).click();
  await expect(admin.getByRole('heading', { level: 1, name })).toBeVisible();
  const address = new URL(admin.url()).pathname;

  const other = await admin.context().newPage();
  for (const page of [admin, other]) {
    await open(page, address);
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await expect(page.getByRole('dialog').getByLabel('Token Name')).toHaveValue(name);
  }
  const [theirs, mine] = [admin.getByRole('dialog'), other.getByRole('dialog')];
  await theirs.getByLabel('Description').fill('Theirs');
  await theirs.getByLabel('Allowed networks').fill('127.0.0.0/8');
  await theirs.getByRole('button', { name: 'Save' }).click();
  await expect(theirs).toBeHidden();

  const renamed = `${name} again`;
  await mine.getByLabel('Token Name').fill(renamed);
  await mine.getByLabel('Description').fill('Mine');
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine.getByText('Somebody else changed this to “Theirs”')).toBeVisible();
  await expect(mine.getByLabel('Description'), 'nothing typed is lost').toHaveValue('Mine');
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine).toBeHidden();

  await expect(other.getByRole('heading', { level: 1, name: renamed })).toBeVisible();
  await expect(other.locator('main')).toContainText('Mine');
  await expect(other.locator('dl.facts')).toContainText('127.0.0.0/8');
  await other.close();
});
