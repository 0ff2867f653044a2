-- People and programs that may sign in, what they hold to prove it, and their browser sessions.
-- Secrets are stored as hashes: passwords by scrypt with a salt each, tokens and session ids (random, 256 bits) by sha-256.

create table account (
  account_id text primary key,
  display_name text,
  email text,
  kind text not null,
  password_hash text,
  roles text[] not null default '{}',
  groups text[] not null default '{}',
  tenants text[] not null default '{<default>}',
  disabled boolean not null default false,
  created_at_ms bigint not null
);

create table api_token (
  token_id text primary key,
  account_id text not null references account on delete cascade,
  name text not null,
  token_hash text not null unique,
  -- Null: all permissions of the account; else at most these.
  permissions text[],
  created_at_ms bigint not null,
  expires_at_ms bigint,
  last_used_at_ms bigint
);

create table web_session (
  session_hash text primary key,
  account jsonb not null,
  created_at_ms bigint not null,
  expires_at_ms bigint not null
);
create index web_session_expiry on web_session (expires_at_ms);
