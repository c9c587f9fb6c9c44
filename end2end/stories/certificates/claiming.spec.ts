import type { Browser, Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { findsNothing } from '../../world/axe';
import { actOn, claimByMail, fromMenu, newCampaign, startCampaign } from '../../world/campaigns';
import { linkIn } from '../../world/mail';
import { givenLiveCampaign } from '../../world/given';
import { open, row, unique } from '../../world/pages';

test.setTimeout(180_000);

test('from a file of people to a phone without scripts; a second profile is told, and let in', async ({ admin, browser, baseURL, visitor, world }) => {
  const mails = world.server.mail;
  const [zoe, yui] = [address('zoe'), address('yui')];
  await newCampaign(admin, unique('Safety'));
  await admin.getByRole('link', { name: 'Import', exact: true }).click();
  await expect(admin.getByText('nothing is sent before it starts')).toBeVisible();
  await admin.getByLabel('Or paste a table').fill(`Name\tE-mail\nZoë Müller\t${zoe}\nYui Sato\t${yui}`);
  await admin.getByRole('button', { name: 'Continue' }).click();
  await admin.getByRole('button', { name: 'Check' }).click();
  await admin.getByRole('button', { name: 'Import 2 recipients' }).click();
  await expect(admin.getByText('The import is done.')).toBeVisible({ timeout: 15_000 });
  await admin.getByRole('link', { name: 'Show the recipients' }).click();
  await expect(row(admin, zoe)).toBeVisible();
  await startCampaign(admin);

  const link = linkIn(await mails.arrived(zoe), '/r/');
  await visitor.goto(link);
  await expect(visitor.getByText('Zoë Müller').first()).toBeVisible();
  await findsNothing(visitor, 'the page behind a claim link');

  const phone = await phoneWithoutScripts(browser, baseURL);
  await phone.goto(link);
  await expect(phone.getByText('Zoë Müller').first()).toBeVisible();
  expect(phone.url(), 'the token has left the address').not.toContain(link.split('/r/')[1]);
  const credential = await claimByMail(phone, mails, zoe);
  await expect(phone.getByText('The signature was checked just now.')).toBeVisible();
  await expect(phone.getByRole('button', { name: 'Add to LinkedIn' })).toBeVisible();
  for (const ending of ['pdf', 'png', 'svg', 'json', 'jwt']) {
    expect((await phone.request.get(`${credential}.${ending}`)).ok(), ending).toBe(true);
  }
  await visitor.goto(credential);
  await findsNothing(visitor, 'the public page of a credential');
  await expect(row(admin, zoe)).toContainText('Claimed');

  // Somebody else who has the link is told whose it is, and asks.
  const second = await phoneWithoutScripts(browser, baseURL);
  await second.goto(link);
  await expect(second.getByText('This token is already in use by another account').first()).toBeVisible();
  await visitor.goto(link);
  await findsNothing(visitor, 'a token that another account uses');
  await second.getByRole('button', { name: 'Ask the issuer to unlock' }).click();
  await expect(second.getByText('The issuer was asked').first()).toBeVisible();

  await expect(row(admin, zoe)).toContainText('Asks to unlock');
  await row(admin, zoe).getByRole('button', { name: 'Unlock' }).click();
  await expect(row(admin, zoe)).toContainText('Unlocked');
  await second.goto(link);
  const again = await claimByMail(second, mails, address('private'));
  expect(again, 'the credential keeps its address').toBe(credential);
  await phone.context().close();
  await second.context().close();
});

test('a token is reset and revoked, a credential is revoked, a recipient is deleted, a campaign is paused', async ({ admin, visitor, world }) => {
  const mails = world.server.mail;
  const [ada, bob, cyd] = [address('ada'), address('bob'), address('cyd')];
  await open(admin, await givenLiveCampaign(admin, unique('Boats'), { 'Ada Quill': ada, 'Bob Reed': bob, 'Cyd Lane': cyd }));
  const links = { ada: linkIn(await mails.arrived(ada), '/r/'), bob: linkIn(await mails.arrived(bob), '/r/'), cyd: linkIn(await mails.arrived(cyd), '/r/') };

  // Reset: the same link works for the next profile.
  await visitor.goto(links.ada);
  const first = await claimByMail(visitor, mails, ada);
  await expect(row(admin, ada)).toContainText('Claimed');
  await actOn(admin, 'Ada Quill', 'Reset', 'The profile that claimed it is let go');
  await expect(row(admin, ada)).toContainText('Unlocked');
  await visitor.goto(links.ada);
  await expect(visitor.getByText('Connect the profile that shall hold it.')).toBeVisible();

  // Revoke token: nobody can claim by it, until it is enabled again.
  await actOn(admin, 'Bob Reed', 'Revoke token', 'nobody can claim with the token');
  await expect(row(admin, bob)).toContainText('Token revoked');
  await visitor.goto(links.bob);
  await expect(visitor.getByText('This link opens nothing').first()).toBeVisible();
  await actOn(admin, 'Bob Reed', 'Enable token', 'You can revoke it again.');
  await visitor.goto(links.bob);
  await expect(visitor.getByText('Connect the profile that shall hold it.')).toBeVisible();

  // Change expiry: it is signed anew under the same address, with another last day.
  await fromMenu(admin, 'Ada Quill', 'Change expiry');
  const expiry = admin.getByRole('dialog');
  await expect(expiry.getByText('signed anew under the same address')).toBeVisible();
  await expiry.getByLabel('Expires').fill('2001-12-31');
  await expiry.getByRole('button', { name: 'Change expiry', exact: true }).click();
  await expect(expiry.getByText('It was signed on')).toBeVisible();
  await findsNothing(admin, 'another expiry of a credential');
  await expiry.getByLabel('Expires').fill('2099-12-31');
  await expiry.getByRole('button', { name: 'Change expiry', exact: true }).click();
  await expect(expiry).toBeHidden();
  await visitor.goto(first);
  await expect(visitor.getByText('Valid until 31 Dec 2099. The signature was checked just now.')).toBeVisible();

  // Revoke credential: everybody reads when and why, and nobody is offered to show it elsewhere.
  await actOn(admin, 'Ada Quill', 'Revoke credential', 'Verifiers everywhere refuse it, for good.', 'Issued by mistake');
  await visitor.goto(first);
  await expect(visitor.getByText('Issued by mistake')).toBeVisible();
  await expect(visitor.getByRole('button', { name: 'Add to LinkedIn' })).toHaveCount(0);
  await findsNothing(visitor, 'the page of a revoked credential');

  // Delete recipient: nothing validates, and nobody is named.
  await visitor.goto(links.cyd);
  const gone = await claimByMail(visitor, mails, cyd);
  await expect(row(admin, cyd)).toContainText('Claimed');
  await actOn(admin, 'Cyd Lane', 'Delete recipient', 'This cannot be undone.');
  await expect(row(admin, cyd)).toHaveCount(0);
  await visitor.goto(gone);
  await expect(visitor.getByRole('heading', { name: 'This credential does not validate' })).toBeVisible();
  await expect(visitor.getByText('Cyd Lane')).toHaveCount(0);

  // Pause: links say so; resumed, they work.
  await admin.getByRole('button', { name: 'Pause', exact: true }).click();
  const dialog = admin.getByRole('dialog');
  await expect(dialog.getByText('The link says that the issuer paused this.')).toBeVisible();
  await findsNothing(admin, 'a campaign that is about to be paused');
  await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(dialog).toBeHidden();
  await visitor.goto(links.bob);
  await expect(visitor.getByText('paused this')).toBeVisible();
  await admin.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect(admin.getByText('The campaign is live now.').first()).toBeVisible();
  await visitor.goto(links.bob);
  await expect(visitor.getByText('Connect the profile that shall hold it.')).toBeVisible();
});

test('a public page stands in the frame of another site, and its address is enough to verify it', async ({ admin, visitor, world }) => {
  const mails = world.server.mail;
  const zoe = address('zoe');
  await givenLiveCampaign(admin, unique('Frames'), { 'Zoë Müller': zoe });
  await visitor.goto(linkIn(await mails.arrived(zoe), '/r/'));
  const credential = await claimByMail(visitor, mails, zoe);
  await visitor.getByRole('button', { name: 'Share its address' }).click();
  await expect(visitor.getByText('<iframe src=')).toBeVisible();

  await visitor.goto(`${credential}?embed`);
  await expect(visitor.getByText('The signature was checked just now.')).toBeVisible();
  await expect(visitor.getByRole('link')).toHaveCount(1);
  await findsNothing(visitor, 'a credential in a frame');

  await visitor.goto('/verify');
  await visitor.getByLabel('Or its address').fill(`${world.server.url}${credential}`);
  await visitor.getByLabel('Was it given to this e-mail address?').fill(zoe);
  await visitor.getByRole('button', { name: 'Verify' }).click();
  await expect(visitor.getByText('Valid: every step passed.')).toBeVisible();
  await expect(visitor.getByText('Recipient (passed)')).toBeVisible();
  await expect(visitor.getByText('Zoë Müller').first()).toBeVisible();
  await findsNothing(visitor, 'a credential that was verified');
});

function address(name: string): string {
  return `${unique(name).replace(' ', '.')}@claims.test`;
}

/** A phone's browser that runs no scripts, as those inside mail programs often do not. */
async function phoneWithoutScripts(browser: Browser, baseURL?: string): Promise<Page> {
  const context = await browser.newContext({
    baseURL,
    javaScriptEnabled: false,
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  });
  return context.newPage();
}
