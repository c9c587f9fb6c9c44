import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { open, unique } from '../../world/pages';

test('an admin pastes a token and a request, and is told which rule refuses it', async ({ admin }) => {
  const name = unique('Refused');
  await open(admin, '/administrator/tokens');
  await admin.getByRole('button', { name: 'New API token' }).first().click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Token Name').fill(name);
  await dialog.getByRole('button', { name: 'Save' }).click();
  const secret = await dialog.getByLabel('API Token', { exact: true }).inputValue();

  await open(admin, '/administrator/tokens');
  await admin.getByRole('navigation', { name: 'Tokens' }).getByRole('link', { name: 'Why refused?' }).click();
  await expect(admin.getByRole('heading', { level: 1, name: 'Why was this refused?' })).toBeVisible();
  await findsNothing(admin, 'why a program is refused');

  const explain = admin.getByRole('button', { name: 'Explain' });
  await explain.click();
  await expect(admin.getByLabel('Token or its id')).toHaveAttribute('aria-invalid', 'true');
  await admin.getByLabel('Token or its id').fill(secret);
  await admin.getByLabel('Path').fill('/api/v1/access-tokens');
  await explain.click();
  await expect(admin.getByText('It is let in.', { exact: true })).toBeVisible();
  await admin.getByLabel('Method').selectOption('POST');
  await admin.getByLabel('Path').fill('/api/v1/api-tokens');
  await explain.click();
  await expect(admin.getByText('It is refused: the operation takes no such token.')).toBeVisible();
  await admin.getByLabel('Token or its id').fill(`${secret.slice(0, -1)}x`);
  await explain.click();
  await expect(admin.getByText('It is refused: the token is not known.')).toBeVisible();
  await findsNothing(admin, 'a refusal that is explained');
});
