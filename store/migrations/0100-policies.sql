-- Policies: immutable versions, and what was released when. The stage of a version is the fold of its promotions;
-- there is no status column that could be changed without leaving a trace.

create table policy_version (
  policy_id text not null,
  version integer not null,
  content_hash text not null,
  manifest jsonb not null,
  dmn text not null,
  tests jsonb not null,
  author jsonb not null,
  created_at_ms bigint not null,
  primary key (policy_id, version),
  unique (policy_id, content_hash)
);

create table policy_promotion (
  epoch bigint generated always as identity primary key,
  -- Epoch of this policy that the promotion was judged on; two that were judged on the same state cannot both stand.
  previous_epoch bigint not null,
  promotion_id text not null unique,
  policy_id text not null,
  version integer not null,
  from_stage text not null,
  to_stage text not null,
  share_basis_points integer,
  -- Version that gave way: the active one before, or the canary that was taken back.
  supersedes integer,
  rollback boolean not null default false,
  at_ms bigint not null,
  -- Canonical text of the promotion record, also in the chain.
  record text not null,
  foreign key (policy_id, version) references policy_version,
  unique (policy_id, previous_epoch)
);

create table policy_test_run (
  policy_id text not null,
  version integer not null,
  at_ms bigint not null,
  passed boolean not null,
  rule_coverage double precision not null,
  report jsonb not null,
  primary key (policy_id, version, at_ms),
  foreign key (policy_id, version) references policy_version
);
