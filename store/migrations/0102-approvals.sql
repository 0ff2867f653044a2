-- The register of approvals (a projection: the signed records are in plane_record) and what may happen only once.

create table approval (
  approval_id text primary key,
  decision_id text not null,
  state text not null,
  group_name text,
  requester jsonb not null,
  request jsonb not null,
  due_at_ms bigint,
  escalated boolean not null default false,
  process_instance_key text,
  element_instance_key text,
  created_at_ms bigint not null,
  resolved_at_ms bigint,
  used_by text
);
create index approval_pending on approval (due_at_ms) where state = 'pending';
create index approval_created on approval (created_at_ms);

-- One row per event; the primary key decides races: one vote n, one escalation, one resolution, one use.
create table approval_event (
  approval_id text not null,
  event_key text not null,
  at_ms bigint not null,
  event jsonb not null,
  primary key (approval_id, event_key)
);

create table permit_use (
  decision_id text primary key,
  holder text not null,
  at_ms bigint not null
);

-- Idempotency of questions from outside: the first decision for a key is the decision.
create table decision_key (
  idempotency_key text primary key,
  decision_id text not null,
  request_hash text not null,
  at_ms bigint not null
);

-- Pattern 3: questions whose default holds until they are answered.
create table decision_queue (
  queue_id text primary key,
  decision_id text not null,
  default_determination text not null,
  request jsonb not null,
  -- Who must hear of the answer: an element instance of a process, or nobody (outside callers ask).
  element_instance_key text,
  queued_at_ms bigint not null,
  attempts integer not null default 0,
  next_at_ms bigint not null,
  answer jsonb,
  done_at_ms bigint
);
create index decision_queue_open on decision_queue (next_at_ms) where done_at_ms is null;

create table plane_alert (
  alert_id text primary key,
  rule text not null,
  policy_id text,
  policy_version integer,
  at_ms bigint not null,
  body jsonb not null,
  resolved_at_ms bigint
);
