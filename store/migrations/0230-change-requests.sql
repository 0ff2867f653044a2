-- What somebody wants to have deployed, and who has agreed: files of one tenant, or a version of a policy. A revision
-- is what an approval is about; a new one makes the approval before it void.
create table change_request (
  change_id text primary key,
  -- Null: of the whole organisation, as policies are.
  tenant_id text,
  title text not null,
  description text,
  state text not null,
  revision integer not null,
  author jsonb not null,
  policy_id text,
  policy_version integer,
  created_at_ms bigint not null,
  foreign key (policy_id, policy_version) references policy_version (policy_id, version),
  check ((policy_id is null) = (tenant_id is not null)),
  check (state in ('submitted', 'approved', 'rejected', 'withdrawn', 'deployed'))
);
create index change_request_created on change_request (created_at_ms desc, change_id desc);
create index change_request_policy on change_request (policy_id, policy_version) where policy_id is not null;

create table change_resource (
  change_id text not null references change_request,
  revision integer not null,
  name text not null,
  -- sha-256, hex
  checksum text not null,
  content bytea not null,
  -- Key of the resource that was deployed under this name when the revision was handed in.
  replaces bigint,
  -- The deployment that this file's approval was used for: it counts once.
  deployment_key bigint,
  primary key (change_id, revision, name)
);
create index change_resource_checksum on change_resource (checksum);

-- Approvals in force; what is void is deleted and stands in the events. A promotion that rests on one keeps it: the
-- database itself refuses to promote on an approval that is gone, and to take one away that has been used.
create table change_approval (
  approval_id text primary key,
  change_id text not null unique references change_request,
  revision integer not null,
  approver jsonb not null,
  comment text,
  at_ms bigint not null
);

create table change_event (
  change_id text not null references change_request,
  sequence integer not null,
  revision integer not null,
  deed text not null,
  actor jsonb not null,
  comment text,
  deployment_key bigint,
  at_ms bigint not null,
  primary key (change_id, sequence)
);

alter table policy_promotion add column approval_id text constraint policy_promotion_approval references change_approval;
create index policy_promotion_approval_id on policy_promotion (approval_id) where approval_id is not null;
