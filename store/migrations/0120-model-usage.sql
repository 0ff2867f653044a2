-- One row a model call, written with the step that records it: what cost figures (K10) are computed from. The price is
-- a setting, so that a change of price does not need the past to be written again.
create table model_usage (
  root_key bigint not null,
  at bigint not null,
  element_key bigint not null,
  model text not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  failed boolean not null,
  tenant_id text not null
);
create index model_usage_at on model_usage (at);
create index model_usage_root on model_usage (root_key);

create index plane_record_judgement on plane_record (at_ms) where kind = 'judgement';
