-- What people and programs did to the installation itself: commands of instances stand in the history, deployments and
-- batch operations in their own rows. Written in the transaction of the deed.
create table operator_record (
  key bigint primary key,
  at bigint not null,
  command text not null,
  entity_type text not null,
  operation text not null,
  entity_key text not null,
  description text,
  actor jsonb not null,
  tenant_id text not null
);
create index operator_record_at on operator_record (at);
