-- What the engine remembers. Times are milliseconds since 1970 (bigint), keys are bigint.
-- Tables of running work start their primary key with root_key, the root process instance: everything that one command
-- writes stands under one root, so a distributed PostgreSQL can shard by it.
-- Texts that come from outside are bounded by the engine before they get here.

create sequence engine_node_id as integer;
create sequence engine_key_block;
create sequence commit_writer_id;

create table engine_node (
  id integer primary key,
  started_at bigint not null
);

-- One row a writer lane: how far it has come. See store/lane.ts.
create table commit_lane (
  lane text primary key,
  batch bigint not null
) with (fillfactor = 50);

-- Definitions ------------------------------------------------------------------------------------------------------

create table deployment (
  key bigint primary key,
  tenant_id text not null,
  deployed_at bigint not null,
  actor jsonb not null
);

create table resource (
  key bigint primary key,
  deployment_key bigint not null,
  kind text not null,
  name text not null,
  resource_id text not null,
  version integer not null,
  version_tag text,
  checksum text not null,
  content bytea not null,
  tenant_id text not null
);
create index resource_name on resource (tenant_id, name, key desc);

create table process_definition (
  key bigint primary key,
  process_id text not null,
  version integer not null,
  name text,
  version_tag text,
  resource_key bigint not null,
  resource_name text not null,
  deployment_key bigint not null,
  checksum text not null,
  tenant_id text not null,
  start_form jsonb,
  is_latest boolean not null default true,
  state text not null default 'ACTIVE',
  unique (tenant_id, process_id, version)
);

create table process_element (
  definition_key bigint not null,
  element_id text not null,
  name text,
  type text not null,
  primary key (definition_key, element_id)
);

create table decision_requirements (
  key bigint primary key,
  requirements_id text not null,
  name text not null,
  version integer not null,
  resource_key bigint not null,
  resource_name text not null,
  deployment_key bigint not null,
  checksum text not null,
  tenant_id text not null,
  unique (tenant_id, requirements_id, version)
);

create table decision_definition (
  key bigint primary key,
  decision_id text not null,
  name text not null,
  version integer not null,
  version_tag text,
  requirements_key bigint not null,
  deployment_key bigint not null,
  tenant_id text not null,
  is_latest boolean not null default true,
  unique (tenant_id, decision_id, version)
);

create table form (
  key bigint primary key,
  form_id text not null,
  version integer not null,
  version_tag text,
  resource_key bigint not null,
  resource_name text not null,
  deployment_key bigint not null,
  checksum text not null,
  schema text not null,
  tenant_id text not null,
  is_latest boolean not null default true,
  unique (tenant_id, form_id, version)
);

-- Start events of latest versions that a message, signal, timer or condition triggers. Replaced by each deployment.
create table start_subscription (
  key bigint primary key,
  definition_key bigint not null,
  process_id text not null,
  element_id text not null,
  element_index integer not null,
  kind text not null,
  name text,
  due_at bigint,
  repetitions integer not null default 0,
  interval text,
  claimed_until bigint not null default 0,
  created_at bigint not null,
  tenant_id text not null
);
create index start_subscription_definition on start_subscription (definition_key);
create index start_subscription_name on start_subscription (kind, name) where name is not null;
create index start_subscription_due on start_subscription (due_at) where due_at is not null;

-- The record -------------------------------------------------------------------------------------------------------

-- One row a command (row per event: 1.4 to 1.6 times slower at saturation). The primary key is also the fence: a node
-- that works from an old version of an instance cannot write its next command. Nothing else carries the version, so a
-- command costs no update of a state row; measured 31k against 21k instances/s in the stripped writer.
create table history (
  root_key bigint not null,
  sequence integer not null,
  at bigint not null,
  -- JSON as text: nothing searches in it, and as jsonb it cost twice the database's time (20 against 12 µs a row).
  command text not null,
  events text not null,
  constraint history_pkey primary key (root_key, sequence)
);

-- A cache of the fold, written every so many commands; any of it may be deleted.
create table instance_snapshot (
  root_key bigint primary key,
  sequence integer not null,
  state jsonb not null
);

-- The read model ---------------------------------------------------------------------------------------------------

create table process_instance (
  root_key bigint not null,
  key bigint not null,
  definition_key bigint not null,
  parent_key bigint,
  parent_element_key bigint,
  state text not null,
  suspended boolean not null default false,
  started_at bigint not null,
  ended_at bigint,
  business_id text,
  tags jsonb not null default '[]',
  tenant_id text not null,
  primary key (root_key, key)
) with (fillfactor = 85);
create unique index process_instance_key on process_instance (key);
create index process_instance_definition on process_instance (definition_key, key);
create index process_instance_parent on process_instance (parent_key) where parent_key is not null;
create index process_instance_business on process_instance (business_id) where business_id is not null;

create table element_instance (
  root_key bigint not null,
  key bigint not null,
  instance_key bigint not null,
  definition_key bigint not null,
  element_id text not null,
  type text not null,
  scope_key bigint,
  state text not null,
  started_at bigint not null,
  ended_at bigint,
  tenant_id text not null,
  primary key (root_key, key)
) with (fillfactor = 85);
create unique index element_instance_key on element_instance (key);

-- The element instance of a process itself is its process instance: shown from there, written once.
create view all_element_instance as
  select root_key, key, instance_key, definition_key, element_id, type, scope_key, state, started_at, ended_at, tenant_id
    from element_instance
  union all
  select p.root_key, p.key, p.key, p.definition_key, d.process_id, 'PROCESS', p.parent_element_key, p.state, p.started_at, p.ended_at, p.tenant_id
    from process_instance p join process_definition d on d.key = p.definition_key;

create table variable (
  root_key bigint not null,
  scope_key bigint not null,
  name text not null,
  key bigint not null,
  instance_key bigint not null,
  value text not null,
  tenant_id text not null,
  primary key (root_key, scope_key, name)
) with (fillfactor = 85);
create unique index variable_key on variable (key);
create index variable_value on variable (name, left(value, 64));

create table job (
  root_key bigint not null,
  key bigint not null,
  instance_key bigint not null,
  definition_key bigint not null,
  element_key bigint not null,
  element_id text not null,
  type text not null,
  kind text not null,
  listener_event_type text not null,
  state text not null,
  retries integer not null,
  priority integer not null,
  headers jsonb not null,
  guard jsonb,
  user_task_key bigint,
  worker text not null default '',
  -- Lock of a remote worker; null: free.
  deadline bigint,
  -- Set while a worker inside that node has it. Released when the node is found dead.
  node_id integer,
  retry_at bigint not null default 0,
  suspended boolean not null default false,
  -- A poll may look at it: open, with retries, not suspended, not inside a node. The partial index hangs on this column
  -- alone, which never changes for a job that a worker inside a node completes: its update stays heap-only.
  available boolean not null,
  error_code text,
  error_message text,
  denied boolean,
  denied_reason text,
  created_at bigint not null,
  updated_at bigint not null,
  ended_at bigint,
  tenant_id text not null,
  primary key (root_key, key)
) with (fillfactor = 85);
create unique index job_key on job (key);
create index job_available on job (type, priority desc, key) where available;

create table user_task (
  root_key bigint not null,
  key bigint not null,
  instance_key bigint not null,
  definition_key bigint not null,
  element_key bigint not null,
  element_id text not null,
  name text,
  state text not null,
  assignee text,
  candidate_groups jsonb not null,
  candidate_users jsonb not null,
  due_date text,
  follow_up_date text,
  due_at bigint,
  follow_up_at bigint,
  priority integer not null,
  form_key bigint,
  external_form_reference text,
  headers jsonb not null,
  approval_id text,
  created_at bigint not null,
  ended_at bigint,
  tenant_id text not null,
  primary key (root_key, key)
) with (fillfactor = 85);
create unique index user_task_key on user_task (key);
create index user_task_open on user_task (created_at) where ended_at is null;
create index user_task_approval on user_task (approval_id) where approval_id is not null;

create table incident (
  root_key bigint not null,
  key bigint not null,
  instance_key bigint not null,
  definition_key bigint not null,
  element_key bigint not null,
  element_id text not null,
  -- Keys of the element instance and of everything around it, up to the root.
  path bigint[] not null,
  error_type text not null,
  message text not null,
  job_key bigint,
  state text not null,
  created_at bigint not null,
  ended_at bigint,
  tenant_id text not null,
  primary key (root_key, key)
) with (fillfactor = 85);
create unique index incident_key on incident (key);
create index incident_active on incident (root_key) where state = 'ACTIVE';

create table decision_instance (
  evaluation_key bigint not null,
  position integer not null,
  decision_key bigint not null,
  decision_id text not null,
  decision_name text not null,
  decision_type text not null,
  decision_version integer not null,
  requirements_key bigint not null,
  root_decision_key bigint not null,
  root_key bigint,
  instance_key bigint,
  definition_key bigint,
  element_key bigint,
  evaluated_at bigint not null,
  failure text,
  output text not null,
  inputs jsonb not null,
  rules jsonb not null,
  tenant_id text not null,
  primary key (evaluation_key, position)
);
create index decision_instance_instance on decision_instance (instance_key) where instance_key is not null;

-- Waits ------------------------------------------------------------------------------------------------------------

create table timer (
  root_key bigint not null,
  key bigint not null,
  due_at bigint not null,
  claimed_until bigint not null default 0,
  primary key (root_key, key)
);
create index timer_due on timer (due_at);

-- `match` is a hash over tenant, name and correlation key: what messages and subscriptions meet by.
create table message_subscription (
  root_key bigint not null,
  key bigint not null,
  instance_key bigint not null,
  definition_key bigint not null,
  process_id text not null,
  element_key bigint not null,
  element_id text not null,
  message_name text not null,
  correlation_key text not null,
  match text not null,
  state text not null,
  opened_at bigint not null,
  updated_at bigint not null,
  tenant_id text not null,
  primary key (root_key, key)
) with (fillfactor = 85);
create unique index message_subscription_key on message_subscription (key);
create index message_subscription_match on message_subscription (match, key) where state = 'CREATED';

create table message (
  key bigint primary key,
  name text not null,
  correlation_key text not null,
  match text not null,
  message_id text,
  published_at bigint not null,
  expires_at bigint not null,
  -- Until it has been matched once after its commit.
  pending boolean not null default true,
  variables jsonb not null,
  tenant_id text not null
);
create unique index message_unique on message (match, message_id) where message_id is not null;
create index message_match on message (match, key);
create index message_expires on message (expires_at);
create index message_pending on message (key) where pending;

-- A message goes once to each process id: the primary key says so.
create table message_correlation (
  message_key bigint not null,
  process_id text not null,
  tenant_id text not null,
  subscription_key bigint not null,
  root_key bigint not null,
  instance_key bigint not null,
  definition_key bigint not null,
  element_id text not null,
  element_key bigint,
  message_name text not null,
  correlation_key text not null,
  correlated_at bigint not null,
  constraint message_correlation_pkey primary key (message_key, process_id, tenant_id)
);
create index message_correlation_root on message_correlation (root_key);

-- A message start event with a correlation key has one running instance per key.
create table message_start_lock (
  tenant_id text not null,
  process_id text not null,
  match text not null,
  root_key bigint not null,
  constraint message_start_lock_pkey primary key (tenant_id, process_id, match)
);
create index message_start_lock_root on message_start_lock (root_key);

create table signal_subscription (
  root_key bigint not null,
  key bigint not null,
  signal_name text not null,
  opened_at bigint not null,
  tenant_id text not null,
  primary key (root_key, key)
);
create index signal_subscription_name on signal_subscription (signal_name, key);

-- Broadcasts that have not reached everybody yet.
create table signal (
  key bigint primary key,
  name text not null,
  variables jsonb not null,
  broadcast_at bigint not null,
  tenant_id text not null
);

-- What must take effect once: a signal at a subscription, a timer start event at its due time.
create table delivery (
  source_key bigint not null,
  target bigint not null,
  constraint delivery_pkey primary key (source_key, target)
);

-- Batch operations -------------------------------------------------------------------------------------------------

create table batch_operation (
  key bigint primary key,
  type text not null,
  state text not null,
  plan jsonb not null,
  actor jsonb not null,
  tenant_ids jsonb,
  started_at bigint not null,
  ended_at bigint,
  total integer not null default 0,
  failed integer not null default 0,
  completed integer not null default 0,
  error text
);
create table batch_operation_item (
  batch_key bigint not null,
  item_key bigint not null,
  instance_key bigint not null,
  root_key bigint,
  state text not null,
  processed_at bigint,
  error text,
  primary key (batch_key, item_key)
);
create index batch_operation_item_open on batch_operation_item (batch_key) where state = 'ACTIVE';
create index batch_operation_item_instance on batch_operation_item (instance_key);
