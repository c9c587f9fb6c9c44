// Programs look at links before people do, and some send the forms that they find. Only a person spends.
import type { Page } from '@playwright/test';
import { expect, test } from '../../world/test';
import { givenCollection, givenToken } from '../../world/given';
import { cell, open, redeem, row, unique } from '../../world/pages';

// Recording a trace runs scripts in the page with a person's gesture, and for some seconds after a robot's own script
// passes for a person's.
test.use({ trace: 'off' });

// As many pages does a robot send the forms of.
const PAGES = 5;

// What it writes to the console when it has seen one page more, and rests.
const GAVE_UP = 'the robot gave up';

let link = '';
let name = '';

test.beforeEach(async ({ admin }) => {
  const collection = unique('House rules');
  await givenCollection(admin, collection);
  name = unique('Everybody');
  ({ link } = await givenToken(admin, { name, collection }));
});

test('a robot that loads the link and runs every script for ten seconds uses nothing', async ({ admin, visitor }) => {
  await visitor.goto(link);
  await expect(visitor.locator('script')).toHaveCount(0);
  await visitor.waitForTimeout(10_000);
  await expect(visitor.getByRole('button', { name: 'Get access' })).toBeVisible();
  await hasUses(admin, 0);
});

// Each is run by a script of the page, which has no gesture of a person's behind it.
const WAYS: Record<string, (form: HTMLFormElement) => void> = {
  'submit()': (form) => form.submit(),
  'requestSubmit()': (form) => form.requestSubmit(),
  'requestSubmit() of its button': (form) => form.requestSubmit(form.querySelector('button')),
  'click() on its button': (form) => form.querySelector('button')?.click(),
  'a made-up event': (form) => form.querySelector('button')?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })),
};

for (const [way, send] of Object.entries(WAYS)) {
  test(`a robot that sends every form by ${way} uses nothing, whatever page follows`, async ({ admin, visitor, javaScriptEnabled }) => {
    test.skip(javaScriptEnabled === false, 'A robot of this kind needs scripts.');
    const sent: { form: string; status: number }[] = [];
    visitor.on('response', (response) => {
      const request = response.request();
      if (request.method() === 'POST') sent.push({ form: request.postData() ?? '', status: response.status() });
    });
    await visitor.addInitScript(robot(send));
    // Whatever is asked of the page would be asked with a gesture, so it says by itself when it rests: a page that is on its
    // way to the next one can hardly be closed.
    const rests = visitor.waitForEvent('console', { predicate: (message) => message.text() === GAVE_UP, timeout: 60_000 });
    // The robot leaves each page before it is loaded.
    await visitor.goto(link, { waitUntil: 'commit' });
    await rests;
    await visitor.close();
    expect(sent.length, 'each page was sent').toBeGreaterThanOrEqual(PAGES);
    expect(sent[0].form, 'the robot filled the form in').toContain('robot%40example.org');
    expect(new Set(sent.map(({ status }) => status)), 'each is answered with the page once more').toEqual(new Set([422]));
    await hasUses(admin, 0);
  });
}

test('a person’s click uses it once', async ({ admin, visitor }) => {
  await redeem(visitor, link, { name: 'Mere Kahu', email: someAddress() });
  await expect(visitor).toHaveURL(/\/my\/[0-9a-f-]+/);
  await hasUses(admin, 1);
});

test('Enter in a field uses it once', async ({ admin, visitor }) => {
  await visitor.goto(link);
  await visitor.getByLabel('Your name').fill('Mere Kahu');
  await visitor.getByLabel('E-mail').fill(someAddress());
  await visitor.getByLabel('E-mail').press('Enter');
  await expect(visitor).toHaveURL(/\/my\/[0-9a-f-]+/);
  await hasUses(admin, 1);
});

test('a person who comes after a robot presses on its second page', async ({ admin, visitor, javaScriptEnabled }) => {
  test.skip(javaScriptEnabled === false, 'A robot of this kind needs scripts.');
  await visitor.goto(link);
  await visitor.getByLabel('Your name').fill('Mere Kahu');
  await visitor.getByLabel('E-mail').fill(someAddress());
  await visitor.locator('form').first().evaluate((form: HTMLFormElement) => form.submit());
  await expect(visitor.getByText('Nothing has happened yet.')).toBeVisible();
  await expect(visitor.getByLabel('Your name'), 'what was typed is kept').toHaveValue('Mere Kahu');
  await hasUses(admin, 0);

  await visitor.getByRole('button', { name: 'Get access' }).click();
  await expect(visitor).toHaveURL(/\/my\/[0-9a-f-]+/);
  await hasUses(admin, 1);
});

/**
 * A script for every page: fills the fields of each form in and sends it, a moment after the page is there, and gives up
 * after some pages.
 */
function robot(send: (form: HTMLFormElement) => void): string {
  return `addEventListener('load', () => setTimeout(() => {
    const pages = Number(sessionStorage.getItem('robot')) + 1;
    if (pages > ${PAGES}) {
      console.info('${GAVE_UP}');
      return;
    }
    sessionStorage.setItem('robot', pages);
    for (const form of document.forms) {
      for (const field of form.querySelectorAll('input:not([type=hidden]):not([readonly])')) {
        field.value = field.type === 'email' ? 'robot@example.org' : 'Robot';
      }
      (${send})(form);
    }
  }, 200));`;
}

async function hasUses(admin: Page, uses: number): Promise<void> {
  await open(admin, '/tokens');
  await expect(row(admin, name)).toBeVisible();
  await expect(await cell(admin, name, 'Uses')).toHaveText(String(uses));
}

function someAddress(): string {
  return `${unique('mere').replace(' ', '.')}@example.org`;
}
