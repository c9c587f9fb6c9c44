import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { claimByMail } from '../../world/campaigns';
import { linkIn } from '../../world/mail';
import { givenLiveCampaign } from '../../world/given';
import { cell, open, unique } from '../../world/pages';

test.setTimeout(120_000);

test('an issuer says who it is, and what is shared from its page is counted', async ({ admin, visitor, world }) => {
  const mails = world.server.mail;
  const title = unique('Shared');
  const zoe = `${unique('zoe').replace(' ', '.')}@claims.test`;

  await open(admin, '/campaigns');
  await admin.getByRole('button', { name: 'Issuer', exact: true }).click();
  const dialog = admin.getByRole('dialog');
  await dialog.getByLabel('Telephone').fill('call us');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('A telephone number is written as')).toBeVisible();
  await dialog.getByLabel('Telephone').fill('+49 30 1234567');
  await dialog.getByLabel('Description').fill('Courses since 1990.');
  await expect(dialog.getByRole('button', { name: 'Make a new key' })).toBeVisible();
  await findsNothing(admin, 'what an issuer says of itself');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();

  await givenLiveCampaign(admin, title, { 'Zoë Müller': zoe });
  await visitor.goto(linkIn(await mails.arrived(zoe), '/r/'));
  const credential = await claimByMail(visitor, mails, zoe);
  await expect(visitor.getByText('Courses since 1990.')).toBeVisible();
  await visitor.goto(credential);
  await visitor.getByRole('button', { name: 'Share its address' }).click();
  await expect(visitor.getByText('<iframe src=')).toBeVisible();
  await findsNothing(visitor, 'an address to share');

  await open(admin, '/campaigns');
  await expect(await cell(admin, title, 'Shared')).toHaveText('1');
});
