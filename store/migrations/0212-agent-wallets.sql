-- What agents have spent, and what they may: of a tenant per day (UTC), and of a process instance with all that it calls.
create table agent_usage (
  scope text not null,
  id text not null,
  -- Start of the day in milliseconds; 0 for an instance, which has its whole life.
  period bigint not null,
  tenant_id text not null,
  model_calls bigint not null default 0,
  tokens bigint not null default 0,
  tool_calls bigint not null default 0,
  primary key (scope, id, period)
) with (fillfactor = 70);

-- Limits that differ from the installation's. Null: none.
create table agent_limit (
  scope text not null,
  id text not null,
  tenant_id text not null,
  model_calls_max bigint,
  tokens_max bigint,
  tool_calls_max bigint,
  primary key (scope, id)
);
