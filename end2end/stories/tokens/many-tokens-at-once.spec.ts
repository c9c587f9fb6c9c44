import { expect, test } from '../../world/test';
import { createToken, linkOf, open, publishCollection, row, unique } from '../../world/pages';

test('some tokens are suspended together, one press takes it back, and what was refused is said', async ({
  admin,
  visitor,
}) => {
  const collection = unique('Onboarding');
  await publishCollection(admin, collection);
  const group = unique('Group');
  const names = ['north', 'south', 'west'].map((part) => `${group} ${part}`);
  for (const name of names) await createToken(admin, { name, collection });
  const link = await linkOf(admin, names[0]);

  await open(admin, `/tokens?q=${encodeURIComponent(group)}`);
  const tick = (name: string) => admin.getByRole('checkbox', { name: `Choose ${name}` });
  await tick(names[2]).click();
  await tick(names[0]).click({ modifiers: ['Shift'] });
  await expect(admin.getByText('3 chosen')).toBeVisible();
  await tick(names[1]).click();
  await expect(admin.getByText('2 chosen')).toBeVisible();

  await admin.getByRole('button', { name: 'Suspend', exact: true }).click();
  const dialog = admin.getByRole('dialog', { name: 'Suspend: 2 tokens' });
  await expect(dialog.getByText('Their links open nothing until they are resumed.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Suspend', exact: true }).click();
  await expect(dialog.getByRole('status')).toHaveText('2 were suspended.');
  await expect(row(admin, names[0])).toContainText('Suspended');
  await expect(row(admin, names[1])).not.toContainText('Suspended');
  await visitor.goto(link);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toHaveCount(0);

  await dialog.getByRole('button', { name: 'Undo' }).click();
  await expect(dialog.getByRole('status')).toHaveText('2 are as before again.');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(row(admin, names[0])).not.toContainText('Suspended');
  await visitor.goto(link);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toBeVisible();
  await expect(admin.getByText('chosen')).toHaveCount(0);
});

test('all that fit get another expiry, also those that are not shown yet', async ({ admin }) => {
  const collection = unique('Safety');
  await publishCollection(admin, collection);
  const group = unique('Batch');
  for (let number = 1; number <= 4; number += 1) await createToken(admin, { name: `${group} ${number}`, collection });
  await open(admin, `/tokens?q=${encodeURIComponent(group)}`);
  await admin.getByRole('checkbox', { name: `Choose ${group} 1` }).click();
  await admin.getByRole('button', { name: 'Choose all that fit' }).click();
  await expect(admin.getByText('4 chosen')).toBeVisible();
  await admin.getByRole('button', { name: 'Change expiry' }).click();
  const dialog = admin.getByRole('dialog', { name: 'Change expiry: all 4 tokens that fit' });
  await dialog.getByLabel('Expires').fill('2031-03-31');
  await dialog.getByRole('button', { name: 'Change expiry' }).click();
  await expect(dialog.getByRole('status')).toHaveText('4 were given another expiry.');
  await dialog.getByRole('button', { name: 'Done' }).click();
  for (let number = 1; number <= 4; number += 1) await expect(row(admin, `${group} ${number}`)).toContainText('31 Mar 2031');
});

test('by keys alone tokens are chosen, deleted and brought back', async ({ admin }) => {
  const collection = unique('Onboarding');
  await publishCollection(admin, collection);
  const name = unique('By keys');
  await createToken(admin, { name, collection });
  await open(admin, `/tokens?q=${encodeURIComponent(name)}`);
  await admin.getByRole('checkbox', { name: `Choose ${name}` }).focus();
  await admin.keyboard.press('Space');
  await admin.getByRole('button', { name: 'Delete', exact: true }).press('Enter');
  const dialog = admin.getByRole('dialog', { name: 'Delete: 1 token' });
  await dialog.getByRole('button', { name: 'Delete', exact: true }).press('Enter');
  await expect(dialog.getByRole('status')).toHaveText('1 was deleted.');
  await dialog.getByRole('button', { name: 'Undo' }).press('Enter');
  await expect(dialog.getByRole('status')).toHaveText('1 is as before again.');
  await admin.keyboard.press('Escape');
  await expect(row(admin, name)).toBeVisible();
});
