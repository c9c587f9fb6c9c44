import { expect, test } from '../../world/test';
import { open, unique } from '../../world/pages';

test('what a token never did is taken from it, and a copy of it is made with what is left', async ({ admin, world }) => {
  const name = unique('Reader');
  await open(admin, '/account');
  const made = await admin.evaluate(async (name) => {
    const answer = await fetch('/api/v1/api-tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, permissions: ['collections:read', 'people:read'], description: 'Reads at night.' }),
    });
    return (await answer.json()) as { id: string; token: string };
  }, name);
  const call = (path: string) => fetch(`${world.server.url}${path}`, { headers: { Authorization: `Bearer ${made.token}` } });
  expect((await call('/api/v1/collections')).status).toBe(200);

  await open(admin, `/administrator/tokens/${made.id}`);
  await expect(admin.getByText('Never used: see people, their reports and open invitations.')).toBeVisible();
  await expect(admin.getByRole('img', { name: 'Uses per day in the last 90 days: 1 in all' })).toBeVisible();
  await admin.getByText('As a table').click();
  await expect(admin.getByRole('table', { name: 'Uses per day' }).getByRole('row')).toHaveCount(2);
  await admin.getByRole('button', { name: 'Remove unused' }).click();
  await expect(admin.getByText(/^Never used:/)).toHaveCount(0);
  expect((await call('/api/v1/collections')).status, 'the string stays').toBe(200);
  expect((await call('/api/v1/people')).status, 'at the next request').toBe(403);

  await admin.getByRole('button', { name: 'Duplicate' }).click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByLabel('Description')).toHaveValue('Reads at night.');
  await expect(dialog.getByLabel('See collections and their content')).toBeChecked();
  await expect(dialog.getByLabel('See people, their reports and open invitations')).not.toBeChecked();
  await dialog.getByLabel('Token Name').fill(`${name}, too`);
  await dialog.getByRole('button', { name: 'Save' }).click();
  const other = await dialog.getByLabel('API Token', { exact: true }).inputValue();
  expect(other).toMatch(/^twa_/);
  expect(other).not.toBe(made.token);
});
