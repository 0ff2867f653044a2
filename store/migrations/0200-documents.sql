-- Documents: files beside the variables. Bytes are kept in their own column, which searches never touch.

create table document (
  document_id text primary key,
  tenant_id text not null,
  content bytea not null,
  content_hash text not null,
  metadata jsonb not null,
  created_at_ms bigint not null,
  expires_at_ms bigint
);

-- A link gives its document to whoever holds it; only the hash of its token is kept.
create table document_link (
  token_hash text primary key,
  document_id text not null references document on delete cascade,
  expires_at_ms bigint not null
);
