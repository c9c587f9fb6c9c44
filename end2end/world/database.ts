// A database for one server: a file, or one of its own on the PostgreSQL that the tests share.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';

export interface Database {
  /** What `--database` takes. */
  setting: string;
  drop: () => Promise<void>;
}

export async function newDatabase(folder: string): Promise<Database> {
  const engine = process.env.E2E_DATABASE ?? 'sqlite';
  if (engine === 'sqlite') return { setting: `sqlite:${join(folder, 'tokenwright.db')}`, drop: async () => {} };
  const server = process.env.TEST_POSTGRES_URL;
  if (!server) throw new Error('TEST_POSTGRES_URL names no PostgreSQL: use `cargo xtask test e2e-postgres`.');
  const name = `tokenwright_story_${randomBytes(6).toString('hex')}`;
  await ask(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { setting: url.toString(), drop: () => ask(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function ask(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
