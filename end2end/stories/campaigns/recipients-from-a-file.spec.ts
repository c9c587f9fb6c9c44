import { expect, test } from '../../world/test';
import { givenCampaign, givenLiveCampaign } from '../../world/given';
import { chip, filterBy, open, row, unique } from '../../world/pages';

test('a file is read, its columns are named, bad rows are shown, and the good ones are added', async ({ admin }) => {
  await open(admin, await givenCampaign(admin, unique('Safety')));
  await admin.getByRole('link', { name: 'Import', exact: true }).click();
  await expect(admin.getByRole('heading', { name: 'Import recipients' })).toBeVisible();

  const lines = ['Wer;Wohin;Note', 'Zoë Müller;zoe@import.test;1', 'Pat;nowhere;2', '山田 太郎;yamada@import.test;3'];
  await admin.getByLabel('File').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(`\ufeff${lines.join('\r\n')}`) });
  await admin.getByRole('button', { name: 'Continue' }).click();

  await expect(admin.getByText('people.csv: 3 rows.')).toBeVisible();
  await admin.getByLabel('What the column Wer holds').selectOption({ label: 'Name' });
  await admin.getByLabel('What the column Wohin holds').selectOption({ label: 'E-mail' });
  await admin.getByLabel('What the column Note holds').selectOption({ label: 'Placeholder of the design' });
  await expect(admin.getByText('{note}')).toBeVisible();
  await admin.getByRole('button', { name: 'Check' }).click();

  await expect(admin.getByText('2 rows can be added, 1 row cannot.')).toBeVisible();
  await expect(admin.getByRole('table', { name: 'Rows to mend' })).toContainText('nowhere');
  await expect(admin.getByText('山田太郎')).toBeVisible();
  const download = admin.waitForEvent('download');
  await admin.getByRole('link', { name: 'Download all as CSV' }).click();
  expect((await download).suggestedFilename()).toBe('rows-to-mend.csv');

  await admin.getByLabel('Add the good rows even if others are bad').check();
  await admin.getByRole('button', { name: 'Import 2 recipients' }).click();
  await expect(admin.getByText('The import is done.')).toBeVisible({ timeout: 15_000 });
  await admin.getByRole('link', { name: 'Show the recipients' }).click();
  await expect(row(admin, 'zoe@import.test')).toBeVisible();
  await expect(row(admin, 'yamada@import.test')).toBeVisible();

  // What the columns hold is known the next time.
  await admin.getByRole('link', { name: 'Import', exact: true }).click();
  await admin.getByLabel('Or paste a table').fill('Note\tWohin\tWer\n1\tada@import.test\tAda');
  await admin.getByRole('button', { name: 'Continue' }).click();
  await expect(admin.getByText('The columns are as in the last import.')).toBeVisible();
  await expect(admin.getByLabel('What the column Wer holds')).toHaveValue('name');
});

test('the same is done to many recipients, and who is refused is named', async ({ admin }) => {
  const many = { Ada: 'ada@many.test', Bob: 'bob@many.test', Cyd: 'cyd@many.test' };
  await open(admin, await givenLiveCampaign(admin, unique('Many'), many));
  await expect(row(admin, 'cyd@many.test')).toBeVisible();

  await admin.getByLabel('Choose Ada').check();
  await admin.getByLabel('Choose Bob').check();
  await expect(admin.getByText('2 chosen')).toBeVisible();
  await admin.getByRole('button', { name: 'Revoke token', exact: true }).click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByText('nobody can claim with the token')).toBeVisible();
  await dialog.getByRole('button', { name: 'Revoke token', exact: true }).click();
  await expect(dialog.getByText('Done: 2 of 2 done, 0 refused.')).toBeVisible({ timeout: 15_000 });
  await admin.keyboard.press('Escape');

  await filterBy(admin, 'Which recipients', 'Token revoked');
  await expect(row(admin, 'ada@many.test')).toBeVisible();
  await expect(row(admin, 'cyd@many.test')).toBeHidden();
  await chip(admin, 'Token revoked').click();
  await expect(row(admin, 'cyd@many.test')).toBeVisible();

  await admin.getByLabel('Choose Cyd').check();
  await admin.getByRole('button', { name: 'Choose everybody who fits' }).click();
  await admin.getByRole('button', { name: 'Send again', exact: true }).click();
  await dialog.getByRole('button', { name: 'Send again', exact: true }).click();
  await expect(dialog.getByText('Done: 1 of 3 done, 2 refused.')).toBeVisible({ timeout: 15_000 });
  await expect(dialog.getByRole('list', { name: 'Refused' })).toContainText('Ada');
});
