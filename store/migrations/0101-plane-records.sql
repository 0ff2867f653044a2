-- The audit store of the decision plane: every record of every kind, append-only, hash-chained per stream.
-- Trigger, not only grants: even the owner of the table is refused. An installation can go further and give the
-- server a role that has INSERT and SELECT only.

create table plane_record (
  stream text not null,
  seq bigint not null,
  prev_hash text not null,
  record_hash text not null,
  hash text not null,
  -- decision, shadow, approval, outcome, correction, promotion, interrupt, erasure
  kind text not null,
  record_id text not null,
  decision_id text,
  at_ms bigint not null,
  -- Canonical JSON, exactly the bytes that record_hash is over. Text, because jsonb would not keep the bytes.
  record text not null,
  tenant_id text,
  agent_id text,
  actor_id text,
  action_type text,
  determination text,
  -- shadow: what was enforced
  enforced_determination text,
  reason_code text,
  risk_score double precision,
  -- The most particular policy that judged; the record holds all.
  policy_id text,
  policy_version integer,
  policy_stage text,
  process_instance_key text,
  element_id text,
  duration_us bigint,
  primary key (stream, seq)
);
create index plane_record_at on plane_record (at_ms);
create index plane_record_decision on plane_record (decision_id);
create index plane_record_instance on plane_record (process_instance_key) where process_instance_key is not null;
create index plane_record_policy on plane_record (policy_id, policy_version, at_ms) where policy_id is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'Expected an append-only table, but % was tried on %', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger plane_record_append_only before update or delete on plane_record for each row execute function refuse_change();
create trigger plane_record_no_truncate before truncate on plane_record for each statement execute function refuse_change();

create table plane_checkpoint (
  number bigint primary key,
  at_ms bigint not null,
  body jsonb not null,
  signature text not null
);
create trigger plane_checkpoint_append_only before update or delete on plane_checkpoint for each row execute function refuse_change();
create trigger plane_checkpoint_no_truncate before truncate on plane_checkpoint for each statement execute function refuse_change();
create trigger policy_version_append_only before update or delete on policy_version for each row execute function refuse_change();
create trigger policy_promotion_append_only before update or delete on policy_promotion for each row execute function refuse_change();

-- Public halves of the signing keys of all nodes, past and present.
create table plane_key (
  kid text primary key,
  public_key jsonb not null,
  created_at_ms bigint not null
);

-- Personal data that the records only commit to; deleting a row erases the value and leaves the chain valid.
create table fact_vault (
  decision_id text not null,
  name text not null,
  subject_key text not null,
  salt text not null,
  value jsonb not null,
  primary key (decision_id, name)
);
create index fact_vault_subject on fact_vault (subject_key);
