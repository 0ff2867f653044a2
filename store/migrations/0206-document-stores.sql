-- Bytes of documents may lie elsewhere: in a folder, in an object storage. The row then names the store and the key there.
alter table document alter column content drop not null;
alter table document add column store_id text not null default 'database';
alter table document add column content_key text;
create index document_expiry on document (expires_at_ms) where expires_at_ms is not null;
